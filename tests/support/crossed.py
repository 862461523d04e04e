"""Parameters that are crossed: some combinations in every run of the tests, all of them in `make soak`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _pytest.mark import ParameterSet


def crossed(values: Iterable[Any], others: Sequence[Any]) -> list[ParameterSet]:
    """Give each value with each of the others; all but one of each value's, in turn, are for the soak.

    Where there are as many values as others or more, every value and every other is in every run.
    """
    return [
        pytest.param(value, other, marks=[] if place == turn % len(others) else [pytest.mark.soak])
        for turn, value in enumerate(values)
        for place, other in enumerate(others)
    ]


def pairs(first: Iterable[Any], second: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Give each of the first with each of the second, as values to be crossed with others."""
    return list(itertools.product(first, second))

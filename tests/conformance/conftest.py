"""How sure each case is and where it comes from; a line at the end counts them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest import TerminalReporter  # noqa: PT013 (types only)

SURE = ("observed", "documented", "inferred")
COUNTED = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sure(how, source): how sure a fact about the API is")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Count the cases of this folder that are run."""
    counted: Counter[str] = Counter()
    for item in items:
        for mark in item.iter_markers("sure"):
            how, _source = mark.args
            assert how in SURE, f"{item.nodeid}: how sure is {how}?"
            counted[how] += 1
    config.stash[COUNTED] = counted


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """Say how many cases there were, and how sure they are."""
    counted = config.stash.get(COUNTED, Counter())
    if counted:
        parts = ", ".join(f"{counted[how]} {how}" for how in SURE)
        terminalreporter.write_line(f"conformance: {counted.total()} cases, {parts}")

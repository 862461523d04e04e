"""The sandbox as a pytest fixture, for projects that read Copernica.

In your `conftest.py`::

    pytest_plugins = ["copernica_sandbox.pytest_plugin"]

and in a test::

    def test_my_pipeline(copernica_sandbox):
        box = copernica_sandbox(days=3, now="2024-06-01T12:00:00+00:00")
        my_pipeline(box.url, box.token)
        assert my_clicks() == {row["ID"] for row in box.rows("clicks")}
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def copernica_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start simulated accounts (`Sandbox`'s arguments); they stop with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(**options))

        yield start

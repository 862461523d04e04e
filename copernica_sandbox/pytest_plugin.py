"""The sandbox as a pytest fixture, for projects that read Copernica.

pytest finds it by itself wherever this distribution is installed. In a test::

    def test_my_pipeline(copernica_sandbox):
        box = copernica_sandbox(days=3, now="2024-06-01T12:00:00+00:00")
        my_pipeline(box.url, box.token)
        assert my_clicks() == {row["ID"] for row in box.rows("clicks")}
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copernica_sandbox import Sandbox


@pytest.fixture
def copernica_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start simulated accounts (`Sandbox`'s arguments); they stop with the test."""
    try:
        from copernica_sandbox import Sandbox  # noqa: PLC0415  (only a test that asks needs it)
    except ImportError as error:
        pytest.fail(f"{error}: in a clone, pip install '.[sandbox]'", pytrace=False)
    with ExitStack() as stack:

        def start(**options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(**options))

        yield start

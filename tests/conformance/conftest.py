"""How sure each case is and where it comes from; a line at the end counts them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest
    from pytest import TerminalReporter  # noqa: PT013 (types only)

SURE = ("observed", "documented", "inferred")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sure(how, source): how sure a fact about the API is")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Let the report of each case say how sure it is, also where tests run in several processes."""
    for item in items:
        for mark in item.iter_markers("sure"):
            how, source = mark.args
            assert how in SURE, f"{item.nodeid}: how sure is {how}?"
            assert source
            item.user_properties.append(("sure", how))


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many cases hold, and how sure they are."""
    counted = Counter(
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "sure" and report.when == "call"
    )
    if counted:
        parts = ", ".join(f"{counted[how]} {how}" for how in SURE)
        terminalreporter.write_line(f"conformance: {counted.total()} cases hold, {parts}")

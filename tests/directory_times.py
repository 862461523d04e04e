"""A pytest plugin: the time and number of tests of each test directory, printed at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest import TerminalReporter, TestReport  # noqa: PT013 (types only)

_seconds: defaultdict[str, float] = defaultdict(float)
_tests: Counter[str] = Counter()


def pytest_runtest_logreport(report: TestReport) -> None:
    """Add one phase (set-up, call or tear-down) of one test to its directory."""
    directory = str(PurePosixPath(report.nodeid.split("::", 1)[0]).parent)
    _seconds[directory] += report.duration
    _tests[directory] += report.when == "call"


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the sums, the slowest directory first."""
    terminalreporter.section("time per directory")
    for directory, seconds in sorted(_seconds.items(), key=lambda pair: -pair[1]):
        terminalreporter.write_line(f"{seconds:7.1f} s  {_tests[directory]:4d} tests  {directory}")

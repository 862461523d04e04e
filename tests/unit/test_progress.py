"""A line every few seconds at most while a stream is read, and one for each stream at the end."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tap_copernica.http.calls import Calls
from tap_copernica.output.progress import Progress
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copernica_sandbox import Sandbox

FIRST = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock time
DAY = timedelta(days=1)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watched() -> Iterator[tuple[Progress, Clock, Calls]]:
    calls, clock = Calls(), Clock()
    calls.count("before")
    progress = Progress("clicks", calls, logging.getLogger("test.progress"), clock)
    progress.begin()
    yield progress, clock, calls
    progress.end()


def test_a_line_says_how_far_it_is_and_how_long_the_rest_takes(
    watched: tuple[Progress, Clock, Calls], caplog: pytest.LogCaptureFixture
) -> None:
    progress, clock, calls = watched
    progress.place = "stream 7 of 24"
    progress.plan(FIRST, FIRST + 10 * DAY)
    calls.count("clicks")
    clock.now += 50
    progress.rows += 12_000
    progress.window_done(FIRST + 2 * DAY)
    (line,) = caplog.messages
    assert line == (
        "clicks: stream 7 of 24, 12,000 rows (240/s), at 2024-01-03 00:00:00, about 3 min left, "
        "1 calls, 2 in the run."
    )


def left(caplog: pytest.LogCaptureFixture) -> float:
    """Give the seconds that the last line says are left."""
    number, unit = re.findall(r"about ([\d.]+) (s|min|h) left", caplog.messages[-1])[0]
    return float(number) * {"s": 1, "min": 60, "h": 3600}[unit]


def test_quiet_years_before_a_dense_week_do_not_promise_the_end(
    watched: tuple[Progress, Clock, Calls], caplog: pytest.LogCaptureFixture
) -> None:
    """Ten years in six seconds, then 100,000 rows a day at 5,000 a second: 140 seconds."""
    progress, clock, _ = watched
    end = FIRST + 3657 * DAY
    progress.plan(FIRST, end)
    clock.now += 6
    progress.window_done(FIRST + 3650 * DAY)
    for day in range(1, 7):
        progress.rows += 100_000
        clock.now += 20
        progress.window_done(FIRST + (3650 + day) * DAY)
        truth = 20 * (7 - day)
        assert truth / 2 <= left(caplog) <= truth * 2
        assert left(caplog) >= 20


def test_no_less_is_left_than_the_last_window_took_or_the_one_under_way_takes(
    watched: tuple[Progress, Clock, Calls], caplog: pytest.LogCaptureFixture
) -> None:
    progress, clock, _ = watched
    progress.plan(FIRST + 100 * DAY, FIRST)  # backward
    clock.now += 30
    progress.rows += 10
    progress.window_done(FIRST + DAY)
    assert left(caplog) >= 30
    clock.now += 50
    progress.tell()
    assert left(caplog) >= 50


def test_lines_are_seconds_apart(
    watched: tuple[Progress, Clock, Calls], caplog: pytest.LogCaptureFixture
) -> None:
    progress, clock, _ = watched
    for _ in range(120):
        clock.now += 0.1
        progress.tell()
    assert len(caplog.messages) == 2


def test_the_summary_counts_retries_and_warnings_of_the_stream_alone(
    watched: tuple[Progress, Clock, Calls],
) -> None:
    progress, clock, calls = watched
    logging.getLogger("test.other").warning("not this stream's")
    logging.getLogger("test.progress").warning("this stream's")
    for _ in range(3):
        calls.count("clicks")
    calls.retries["clicks"] += 1
    clock.now += 4
    progress.rows, progress.outcome = 5, "done"
    progress.end()
    assert progress.summary() == (
        "clicks: done; 5 rows, 3 calls (1 of them again), 4.0 s, 1 warnings."
    )


def test_a_run_ends_with_a_line_for_each_stream(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=5, now="2024-06-01T12:00:00+00:00")
    output = run(box, streams=("account", "clicks", "unsubscribes"), start_date="2024-05-25")
    told = [
        message for message in caplog.messages if "; " in message and " API calls" not in message
    ]
    assert [line.partition(";")[0] for line in told[-3:]] == [
        "account: done",
        "clicks: done",
        "unsubscribes: skipped",
    ]
    assert f"{len(output.records()):,} rows, " in told[-2]
    assert " windows, " in told[-2]


def test_rows_that_pass_through_a_stream_map_count_too(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=5, now="2024-06-01T12:00:00+00:00")
    output = run(box, start_date="2024-05-25", stream_maps={"clicks": {"ip": None}})
    assert f"clicks: done; {len(output.records()):,} rows" in caplog.text

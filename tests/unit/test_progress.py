"""A line every few seconds at most while a stream is read, and one for each stream at the end."""

from __future__ import annotations

import logging
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
    progress.plan(FIRST, FIRST + 10 * DAY)
    calls.count("clicks")
    clock.now += 50
    progress.rows += 12_000
    progress.window_done(FIRST + 2 * DAY)
    (line,) = caplog.messages
    where, _, what = line.partition(" left, ")
    assert where == "clicks: 20% of the period (up to 2024-01-03 00:00:00), about 3 min"
    assert what == "12,000 rows (240/s), 1 calls."


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
    told = [message for message in caplog.messages if " calls" in message]
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

"""Kills: whatever was cut off, and wherever, the runs that follow make the set whole."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from copernica_sandbox import Sandbox
from tests.reliability.consumer import Consumer, Killed, run_and_kill, run_here
from tests.support.runs import truth

NOW = "2025-10-27T09:00:00+00:00"
START, EDGE = "2025-10-23T00:00:00+00:00", "2025-10-27T08:55:00+00:00"
SOAK = bool(os.environ.get("SOAK_SECONDS"))  # many more of each, with `make soak`
SIZE = 210_000  # characters of output of a whole run, about


def account(per_day: int = 200) -> Sandbox:
    return Sandbox(seed=12, days=6, clicks_per_day=per_day, now=NOW)


@pytest.mark.parametrize("number", range(50 if SOAK else 8))
def test_three_random_kills_and_a_final_run_lose_no_row(number: int) -> None:
    dice = random.Random(f"kills {number}")
    consumer = Consumer()
    with account() as box:
        expected = truth(box, START, EDGE)
        for _ in range(3):
            concurrency, page_size = dice.choice([1, 4, 8]), dice.choice([70, 1000])
            after = dice.randrange(SIZE // 2)
            ended = run_here(
                box, consumer, after, start_date=START, concurrency=concurrency, page_size=page_size
            )
            assert ended is None or isinstance(ended, Killed)
        assert run_here(box, consumer, start_date=START) is None
        # Where the final run had no new bookmark to write, its end is what vouches for its rows.
        assert set(consumer.table) == expected
        assert set(consumer.trusted | consumer.pending) == expected
        assert datetime.fromisoformat(consumer.bookmark or "") == datetime.fromisoformat(EDGE)


@pytest.mark.parametrize("number", range(4 if SOAK else 1))
def test_three_kills_of_a_process_and_a_final_run_lose_no_row(number: int) -> None:
    dice = random.Random(f"processes {number}")
    consumer = Consumer()
    with account(per_day=2000) as box:
        for _ in range(3):
            run_and_kill(box, consumer, dice.randrange(900_000), start_date=START)
        assert run_here(box, consumer, start_date=START) is None
        expected = truth(box, START, EDGE)
        assert set(consumer.table) == expected
        assert set(consumer.trusted | consumer.pending) == expected


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("number", range(20 if SOAK else 6))
def test_a_kill_at_any_moment_costs_at_most_the_windows_in_flight(number: int) -> None:
    dice = random.Random(f"windows {number}")
    consumer = Consumer()
    settings: dict[str, Any] = {"concurrency": 8, "page_size": 20, "lookback_minutes": 0}
    with account() as box:
        cut_after = dice.randrange(SIZE)
        if number % 5:
            assert isinstance(
                run_here(box, consumer, cut_after, start_date=START, **settings), Killed
            )
        else:
            assert run_and_kill(box, consumer, cut_after, start_date=START, **settings)
        bookmark = datetime.fromisoformat(consumer.bookmark or START)
        begun = windows_asked(box)
        assert run_here(box, consumer, start_date=START, **settings) is None
        assert set(consumer.table) == truth(box, START, EDGE)
    if number % 5:  # a process of its own may have half a second of work to do again
        assert sum(end > bookmark for _, end in begun) <= settings["concurrency"] + 1


def windows_asked(box: Sandbox) -> list[tuple[datetime, datetime]]:
    """Give the windows that were begun, without those that were split after their first page."""
    zone = ZoneInfo("Europe/Amsterdam")
    asked = set()
    for _, params in box.requests:
        named = dict(params)
        bounds = (named["begintime"], named["endtime"])
        begin, end = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in bounds)
        asked.add((begin.astimezone(UTC) + timedelta(seconds=1), end.astimezone(UTC)))
    return [
        one
        for one in asked
        if not any(other != one and one[0] <= other[0] and other[1] <= one[1] for other in asked)
    ]


def test_a_run_killed_before_its_first_byte_leaves_nothing_behind() -> None:
    consumer = Consumer()
    with account() as box:
        assert isinstance(run_here(box, consumer, 0, start_date=START), Killed)
        assert not consumer.table
        assert consumer.bookmark is None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_half_of_all_calls_failing_end_in_the_exact_set(seed: int) -> None:
    print("seed", seed)  # noqa: T201 - shown by pytest where the test fails
    consumer = Consumer()
    kinds = ["503", "empty", "truncated", "html", "reset", "invalid_json", "504", "chunk_cut"]
    with account() as box:
        for number, kind in enumerate(kinds):
            # Independent rules that together let half of the calls pass.
            box.fault(kind, probability=1 - 0.5 ** (1 / len(kinds)), seed=seed * 100 + number)
        settings: dict[str, Any] = {"max_tries": 30, "backoff_seconds": 0.01, "page_size": 100}
        assert run_here(box, consumer, start_date=START, **settings) is None
        assert set(consumer.trusted) == truth(box, START, EDGE)
        assert box.faults_injected >= 0.3 * sum(box.calls.values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_tenth_of_all_calls_failing_is_no_matter_for_the_default_tries(seed: int) -> None:
    print("seed", seed)  # noqa: T201 - shown by pytest where the test fails
    consumer = Consumer()
    with account() as box:
        for number, kind in enumerate(["502", "empty", "truncated", "html"]):
            box.fault(kind, probability=0.026, seed=seed * 100 + number)
        assert run_here(box, consumer, start_date=START, page_size=50) is None
        assert set(consumer.trusted) == truth(box, START, EDGE)
        assert box.faults_injected


def test_the_bookmark_is_never_ahead_of_this_machine() -> None:
    consumer = Consumer()
    with Sandbox(
        seed=1, days=2, clicks_per_day=100, switches={"clock_offset_seconds": 9000}
    ) as box:
        start = datetime.now(UTC).date().isoformat()
        assert run_here(box, consumer, start_date=start, lag_minutes=0, timezone="UTC") is None
    assert consumer.bookmark is None or datetime.fromisoformat(consumer.bookmark) <= datetime.now(
        UTC
    )

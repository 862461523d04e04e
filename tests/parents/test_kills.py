"""A pass over mailings that is killed: the next run goes on there, and pays for hardly any twice."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.output.pace import SECONDS_BETWEEN_STATES
from tests.parents.truth import NOON
from tests.reliability.consumer import Consumer, Killed, run_and_kill, run_here

SETTINGS: dict[str, Any] = {
    "start_date": "2026-01-01",
    "optional_streams": ["emailing_statistics"],
}
SIZE = 250_000  # characters of output of a whole run, about


def account(**options: Any) -> Sandbox:
    """Give an account with 300 mailings."""
    return Sandbox(seed=2, days=30, clicks_per_day=0, mailings_per_day=10, now=NOON, **options)


def repeated(box: Sandbox) -> int:
    """Count the calls for counters that were made for a mailing once more."""
    asked = Counter(path for path in box.calls.elements() if path.endswith("/statistics"))
    assert len(asked) == len(list(box.rows("emailings")))
    return asked.total() - len(asked)


def assert_whole(box: Sandbox, consumer: Consumer) -> None:
    mailings = {row["id"] for row in box.rows("emailings")}
    assert set(consumer.trusted | consumer.pending) == mailings
    assert str(consumer.bookmark).startswith("2026-06-01T11:55:")


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("concurrency", [1, 8])
def test_runs_that_are_cut_anywhere_repeat_at_most_what_was_in_flight(concurrency: int) -> None:
    dice = random.Random(f"cut {concurrency}")
    consumer = Consumer(stream="emailing_statistics")
    with account() as box:
        kills = 6
        for _ in range(kills):
            after = dice.randrange(SIZE // kills)
            ended = run_here(box, consumer, after, concurrency=concurrency, **SETTINGS)
            assert isinstance(ended, Killed)
        assert run_here(box, consumer, concurrency=concurrency, **SETTINGS) is None
        assert_whole(box, consumer)
        assert 0 < repeated(box) <= kills * (concurrency + 1)


@pytest.mark.parametrize("concurrency", [pytest.param(1, marks=pytest.mark.soak), 8])
def test_a_process_that_is_killed_repeats_at_most_half_a_second_of_work(concurrency: int) -> None:
    consumer = Consumer(stream="emailing_statistics")
    seconds = 0.05 * concurrency**0.5  # of a call
    with account(latency_ms=seconds * 1000) as box:
        assert run_and_kill(box, consumer, SIZE // 10, concurrency=concurrency, **SETTINGS) < 0
        assert run_here(box, consumer, concurrency=concurrency, **SETTINGS) is None
        assert_whole(box, consumer)
        in_half_a_second = (SECONDS_BETWEEN_STATES + 0.2) / seconds * concurrency
        assert repeated(box) <= in_half_a_second + concurrency + 1

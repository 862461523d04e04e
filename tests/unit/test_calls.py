"""The account of calls: budget, waits, the end, the API's time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from typing_extensions import override

from tap_copernica import clock
from tap_copernica.errors import (
    BudgetSpent,
    Interrupted,
    StreamError,
    TransientError,
    UnreachableError,
)
from tap_copernica.http.calls import LONGEST_BACKOFF, LONGEST_RETRY_AFTER, Calls


class Waits(Calls):
    """Notes how long it would wait, and does not."""

    def __init__(self, **settings: float) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.waits: list[float] = []

    @override
    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    @override
    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)


def failing(times: int, error: TransientError) -> list[TransientError]:
    return [error] * times


def tried(calls: Calls, errors: list[TransientError]) -> str:
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop()
        return "answer"

    return calls.tried(call, "clicks")


def test_waits_double_with_jitter_up_to_their_limit() -> None:
    calls = Waits(max_tries=10, backoff_seconds=2)
    assert tried(calls, failing(9, TransientError("busy"))) == "answer"
    for attempt, wait in enumerate(calls.waits):
        plain = 2 * 2**attempt
        assert min(LONGEST_BACKOFF, 0.75 * plain) <= wait <= min(LONGEST_BACKOFF, 1.25 * plain)
    assert calls.retries["clicks"] == 9


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (0, 0), (86_400, LONGEST_RETRY_AFTER)])
def test_retry_after_wins_and_is_capped(asked: float, waited: float) -> None:
    calls = Waits(max_tries=2, backoff_seconds=2)
    tried(calls, failing(1, TransientError("busy", overloaded=True, retry_after=asked)))
    assert calls.waits == [waited]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TransientError("no answer", unreachable=True), UnreachableError),
        (TransientError("HTTP 503", overloaded=True), UnreachableError),
        (TransientError("cut off"), StreamError),
    ],
)
def test_after_max_tries_one_line_says_what_to_do(
    error: TransientError, kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=r"clicks: .* in each of 3 tries. ") as caught:
        tried(Waits(max_tries=3), failing(3, error))
    assert "\n" not in str(caught.value)


def test_the_budget_counts_every_call_and_is_never_exceeded() -> None:
    calls = Calls(budget=50)
    refused: list[BaseException] = []

    def work() -> None:
        for _ in range(20):
            try:
                calls.count("clicks")
            except BudgetSpent as end:
                refused.append(end)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (calls.made, calls.left, len(refused)) == (50, 0, 30)


def test_overload_pauses_the_calls_of_every_thread() -> None:
    calls = Calls()
    calls.pause(0.2)
    began = time.monotonic()
    thread = threading.Thread(target=calls.count, args=("other",))
    thread.start()
    thread.join()
    assert time.monotonic() - began >= 0.19


def test_the_end_of_a_run_ends_every_wait() -> None:
    calls = Calls()
    threading.Timer(0.05, calls.end, args=(15,)).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        calls.wait(60)
    assert time.monotonic() - began < 5
    with pytest.raises(Interrupted):
        calls.count("clicks")
    assert calls.made == 0


@pytest.mark.parametrize(("minutes", "taken"), [(-90, -90), (90, 0)])
def test_now_is_the_earlier_of_both_clocks(minutes: int, taken: int) -> None:
    calls = Calls()
    theirs = datetime.now(UTC) + timedelta(minutes=minutes)
    calls.note_date({"Date": format_datetime(theirs.replace(microsecond=0), usegmt=True)})
    off = calls.now() - clock.now() - timedelta(minutes=taken)
    assert abs(off) < timedelta(seconds=5)


@pytest.mark.parametrize("date", ["yesterday, probably", "", "Thu, 99 Foo 2024 00:00:00 GMT"])
def test_a_date_that_is_none_is_ignored(date: str) -> None:
    calls = Calls()
    calls.note_date({"Date": date})
    assert abs(calls.now() - clock.now()) < timedelta(seconds=5)

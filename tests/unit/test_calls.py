"""The account of calls: budget, waits, the end, the API's time."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
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
from tap_copernica.http.transport import raise_for_passing_failure
from tests.support.limits import limit


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


@pytest.mark.parametrize(("asked", "waited"), [(7, 7), (86_400, LONGEST_RETRY_AFTER)])
def test_retry_after_wins_and_is_capped(asked: float, waited: float) -> None:
    calls = Waits(max_tries=2, backoff_seconds=2)
    tried(calls, failing(1, TransientError("busy", overloaded=True, retry_after=asked)))
    assert calls.waits == [waited]


@pytest.mark.parametrize("asked", [0, 0.5])
def test_retry_after_never_shortens_a_wait(asked: float) -> None:
    calls = Waits(max_tries=4, backoff_seconds=2)
    tried(calls, failing(3, TransientError("busy", overloaded=True, retry_after=asked)))
    for attempt, wait in enumerate(calls.waits):
        assert wait >= 0.75 * 2 * 2**attempt


DATE = "Mon, 01 Jun 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Mon, 01 Jun 2026 12:00:30 GMT", "Date": DATE}, 30),
        ({"Retry-After": "Mon, 01 Jun 2026 12:00:30 -0000", "Date": DATE}, 30),
        ({"Retry-After": "Monday, 01-Jun-26 12:01:00 GMT", "Date": DATE}, 60),
        ({"Retry-After": "Mon Jun  1 12:00:10 2026", "Date": DATE}, 10),
        ({"Retry-After": "Mon, 01 Jun 2026 11:00:00 GMT", "Date": DATE}, 0),
        ({"Retry-After": "Mon, 01 Jun 2026 12:00:30 GMT", "Date": "soon"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    response = requests.Response()
    response.status_code = 503
    response.headers.update(headers)
    with pytest.raises(TransientError) as caught:
        raise_for_passing_failure(response)
    assert caught.value.retry_after == seconds


def test_a_date_to_retry_after_is_read_by_this_machines_clock_where_the_api_has_none() -> None:
    response = requests.Response()
    response.status_code = 429
    later = clock.now() + timedelta(seconds=90)
    response.headers["Retry-After"] = format_datetime(later, usegmt=True)
    with pytest.raises(TransientError) as caught:
        raise_for_passing_failure(response)
    assert 85 < (caught.value.retry_after or 0) <= 90


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


def test_of_several_bounds_the_lowest_counts_and_is_named() -> None:
    calls = Calls(budget=7)
    assert (calls.budget, calls.bound_of) == (7, "`max_api_calls` (7)")
    for most, of in ((8, "eight"), (5, "five"), (5, "the same"), (6, "six")):
        calls.bound(most, of)
    assert (calls.budget, calls.bound_of, calls.left) == (5, "five", 5)
    unbound = Calls()
    lefts = [unbound.left]
    unbound.bound(9, "this month's")
    assert [*lefts, unbound.left] == [None, 9]
    assert unbound.bound_of == "this month's"


def test_all_waits_are_added_up() -> None:
    calls = Calls()
    assert calls.waited == 0
    for _ in range(2):
        calls.wait(0.02)
    assert 0.039 <= calls.waited < limit(2)


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
    with pytest.raises(Interrupted) as caught:
        calls.wait(60)
    assert caught.value.signum == 15
    assert time.monotonic() - began < limit(5)
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
    assert calls.now().tzinfo is UTC


def test_the_apis_clock_is_read_once_and_goes_on_by_itself() -> None:
    calls = Calls()
    calls.note_date({})
    for minutes in (90, 30):
        theirs = datetime.now(UTC) - timedelta(minutes=minutes)
        calls.note_date({"Date": format_datetime(theirs, usegmt=True)})
    first = calls.now()
    assert abs(clock.now() - first - timedelta(minutes=90)) < timedelta(seconds=5)
    time.sleep(0.01)
    assert timedelta(seconds=0.01) <= calls.now() - first < timedelta(seconds=limit(5))


class ReadInBetween(dict[str, str]):
    """Headers: while one thread reads them, another notes the date of its own answer."""

    def __init__(self, calls: Calls, own: datetime, others: datetime) -> None:
        super().__init__(Date=format_datetime(own, usegmt=True))
        headers = {"Date": format_datetime(others, usegmt=True)}
        self.other = threading.Thread(target=calls.note_date, args=(headers,))

    @override
    def __getitem__(self, name: str) -> str:
        self.other.start()
        self.other.join()
        return super().__getitem__(name)


def test_of_two_threads_only_one_reads_the_apis_clock(caplog: pytest.LogCaptureFixture) -> None:
    calls, now = Calls(), datetime.now(UTC)
    calls.note_date(ReadInBetween(calls, now - timedelta(minutes=30), now - timedelta(minutes=90)))
    assert abs(clock.now() - calls.now() - timedelta(minutes=90)) < timedelta(seconds=5)
    assert len(caplog.records) == 1


@pytest.mark.parametrize(("minutes", "told"), [(-6, 1), (-4, 0), (4, 0), (6, 1)])
def test_a_machine_whose_clock_is_far_off_is_told_so(
    caplog: pytest.LogCaptureFixture, minutes: int, told: int
) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=minutes, seconds=1)
    Calls().note_date({"Date": format_datetime(theirs, usegmt=True)})
    assert len(caplog.records) == told
    assert all(one.name == "tap_copernica.http.calls" for one in caplog.records)


@pytest.mark.parametrize("date", ["yesterday, probably", "", "Thu, 99 Foo 2024 00:00:00 GMT"])
def test_a_date_that_is_none_is_ignored(date: str) -> None:
    calls = Calls()
    calls.note_date({"Date": date})
    assert abs(calls.now() - clock.now()) < timedelta(seconds=5)

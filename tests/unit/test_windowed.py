"""A stream that is read by time: which windows it asks for, and what its state says after each of them."""

from __future__ import annotations

import json
import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tap_copernica import clock
from tap_copernica.errors import ApiError, BudgetSpent, Interrupted, StreamError
from tap_copernica.output import progress
from tap_copernica.reading.verdict import Reading
from tap_copernica.reading.windows import Window
from tap_copernica.streams.windowed import WindowedStream
from tests.support.clicks import Clicks
from tests.support.runs import stream_of
from tests.support.scripted import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox
    from tests.support.scripted import Asked

    Made = Callable[..., WindowedStream]

HOUR, DAY = 3600, 86_400
Ends = list[tuple[str, str]]


@pytest.fixture
def made(server: Scripted) -> Made:
    """Make a stream that reads 1 May 2024 in UTC from the oldest row on, or what settings say."""

    def stream(
        what: Callable[[Asked], Answer], name: str = "deliveries", **settings: Any
    ) -> WindowedStream:
        server.reply = what
        period = {"timezone": "UTC", "start_date": "2024-05-01", "end_date": "2024-05-02"}
        config = {"access_token": "a-token", "api_url": server.url, "page_size": 10, "max_tries": 3}
        found = windowed(name, **{**config, **period, "lookback_minutes": 0, **settings})
        found.run.turns.begin(name)
        return found

    return stream


def windowed(name: str, **settings: Any) -> WindowedStream:
    found = stream_of(name, **{"concurrency": 1, "backfill_order": "oldest_first", **settings})
    assert isinstance(found, WindowedStream)
    found.begin()
    return found


def ids(stream: WindowedStream) -> list[int]:
    return [record["ID"] for record in stream.read()]


def kept(stream: WindowedStream) -> dict[str, Any]:
    """Give what the state holds of a stream; what is over is None in it, for Meltano's sake."""
    state = stream.get_context_state(None)
    return {
        name: value
        for name, value in state.items()
        if value is not None and name != "replication_key"
    }


def covered(stream: WindowedStream) -> tuple[Any, Any]:
    state = kept(stream)
    return state.get("covered_from"), state.get("replication_key_value")


def until(bookmark: str, since: str = "2024-05-01", **more: Any) -> dict[str, Any]:
    """Give a state that says what is covered, in UTC."""
    times = {"replication_key_value": bookmark, "covered_from": since}
    whole = {name: day if "T" in day else f"{day}T00:00:00+00:00" for name, day in times.items()}
    return {**whole, "replication_key": "timestamp", **more}


def widths(what: Clicks) -> list[float]:
    """Give how many hours each window that was asked for holds: a second more is asked before it."""
    ends = [tuple(map(datetime.fromisoformat, period)) for period in what.periods]
    return [((end - begin).total_seconds() - 1) / HOUR for begin, end in ends]


def starts(what: Clicks) -> list[str]:
    """Give when each window that was asked for begins."""
    return [str(datetime.fromisoformat(begin) + timedelta(seconds=1)) for begin, _ in what.periods]


# Windows, one after another


def test_each_window_is_written_before_the_state_that_covers_it(made: Made) -> None:
    what = Clicks(*(day * DAY for day in range(12)))
    stream = made(what, end_date="2024-05-13")
    found = [(record["ID"], stream.bookmark) for record in stream.read()]
    first, second = "2024-05-02T00:00:00+00:00", "2024-05-10T00:00:00+00:00"
    bookmarks = [None, *[first] * 8, *[second] * 3]
    assert found == list(enumerate(bookmarks, 1))
    assert widths(what) == [24, 8 * 24, 3 * 24]
    assert covered(stream) == ("2024-05-01T00:00:00+00:00", "2024-05-13T00:00:00+00:00")
    assert what.paths[0] == "/v2/ms/deliveries"
    assert sorted(what.asked[0]) == ["begintime", "endtime", "limit", "start"]


def test_a_window_that_is_cut_is_written_as_its_parts_in_order(made: Made) -> None:
    what = Clicks(*(n * 400 for n in range(120)), *(DAY,) * 2)
    stream = made(what)
    assert ids(stream) == list(range(1, 121))
    assert len(what.asked) > 12
    assert covered(stream)[1] == "2024-05-02T00:00:00+00:00"
    assert widths(what)[0] == 24
    assert max(widths(what)[1:]) < 24


@pytest.mark.parametrize(
    ("state", "hours"),
    [
        ({}, 24),
        ({"window_seconds": 3600}, 1),
        ({"window_seconds": 7200.0}, 2),
        ({"window_seconds": 0}, 24),  # no run wrote it
        ({"window_seconds": -5}, 24),
        ({"window_seconds": 10 * DAY}, 24),  # no wider than without
        ({"window_seconds": "3600"}, 24),
        ({"past_window_seconds": 3600}, 24),
    ],
)
def test_the_first_window_of_what_is_new_is_as_narrow_as_the_run_before_left_it(
    made: Made, state: dict[str, Any], hours: float
) -> None:
    what = Clicks()
    ids(made(what, state=state, end_date="2024-05-03"))
    assert widths(what)[0] == hours


@pytest.mark.parametrize(("seconds", "hours"), [(3600, 1), (10 * DAY, 240), (600 * DAY, 24)])
def test_the_first_window_of_the_past_is_as_wide_as_they_had_become(
    made: Made, seconds: int, hours: float
) -> None:
    state = until("2024-05-02", past_window_seconds=seconds)
    what = Clicks()
    stream = made(what, state=state, start_date="2021-01-01")
    ids(stream)
    assert widths(what)[0] == hours
    assert what.periods[0][1] == "2024-05-01 00:00:00"
    assert covered(stream) == ("2021-01-01T00:00:00+00:00", "2024-05-02T00:00:00+00:00")
    assert "past_window_seconds" not in kept(stream)


def test_the_past_is_read_backward_and_covered_from_the_last_day_on(made: Made) -> None:
    what = Clicks(*(day * DAY for day in range(-4, 1)))
    stream = made(
        what, state=until("2024-05-02", past_window_seconds=2 * DAY), start_date="2024-04-27"
    )
    found = [(record["ID"], covered(stream)[0]) for record in stream.read()]
    middle = "2024-04-29T00:00:00+00:00"
    assert found == [
        (3, "2024-05-01T00:00:00+00:00"),
        (4, "2024-05-01T00:00:00+00:00"),
        (1, middle),
        (2, middle),
    ]
    assert covered(stream) == ("2024-04-27T00:00:00+00:00", "2024-05-02T00:00:00+00:00")


def test_days_of_unique_clicks_are_windows_of_their_own_in_both_directions(made: Made) -> None:
    what = Clicks()
    options = {"unique_clicks": True, "name": "clicks", "end_date": "2024-05-04"}
    ids(made(what, **options))
    assert widths(what) == [24] * 3
    what = Clicks()
    stream = made(
        what, **options, state=until("2024-05-04", unique_clicks=True), start_date="2024-04-29"
    )
    ids(stream)
    assert starts(what) == ["2024-04-30 00:00:00", "2024-04-29 00:00:00"]
    assert widths(what) == [24] * 2


@pytest.mark.parametrize("past", [False, True])
def test_days_of_unique_clicks_are_whole_where_a_midnight_occurs_twice(
    made: Made, *, past: bool
) -> None:
    what, havana = Clicks(), {"timezone": "America/Havana", "unique_clicks": True}
    bounds = {"start_date": "2024-11-02T04:00:00Z", "end_date": "2024-11-05T05:00:00Z"}
    state = (
        until("2024-11-05T05:00:00+00:00", "2024-11-05T05:00:00+00:00", **havana) if past else {}
    )
    stream = made(what, name="clicks", state=state, **havana, **bounds)
    ids(stream)
    # No window may begin in the hour that occurs twice: it begins a second before.
    days = ["2024-11-02 00:00:00", "2024-11-02 23:59:59", "2024-11-04 00:00:00"]
    assert starts(what) == (days[::-1] if past else days)
    assert sorted(end for _, end in what.periods) == [*days[1:], "2024-11-05 00:00:00"]
    assert covered(stream) == ("2024-11-02T04:00:00+00:00", "2024-11-05T05:00:00+00:00")


# What is read first


def test_where_the_bookmark_is_at_the_end_nothing_is_asked(
    made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    what = Clicks(1)
    with caplog.at_level(logging.INFO):
        assert ids(made(what, state=until("2024-05-02"))) == []
    assert what.asked == []
    assert "deliveries: nothing to read, the bookmark is at the end." in caplog.messages


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("deliveries", {"lag_minutes": 60}, ", `start_date` lies within the newest minutes"),
        ("clicks", {"unique_clicks": True}, " until a new day is complete"),
        ("deliveries", {"lag_minutes": 0, "ahead": 60}, ", `start_date` is in the future"),
    ],
)
def test_a_stream_without_a_bookmark_says_why_nothing_is_asked(
    made: Made, caplog: pytest.LogCaptureFixture, name: str, settings: dict[str, Any], why: str
) -> None:
    more = dict(settings)
    start = clock.now() + timedelta(minutes=more.pop("ahead", -1))
    what = Clicks(1)
    stream = made(what, name=name, start_date=start.isoformat(), end_date=None, **more)
    with caplog.at_level(logging.INFO):
        assert ids(stream) == []
    assert what.asked == []
    (line,) = [one for one in caplog.messages if "nothing to read" in one]
    assert line.startswith(f"{name}: nothing to read{why}")


NEW, AGAIN, PAST = "2024-05-02 00:00:00", "2024-05-01 00:00:00", "2024-04-30 00:00:00"
ALL: dict[str, Any] = {
    "start_date": "2024-04-30", "end_date": "2024-05-03",
    "reread": {"deliveries": "2024-05-01"},
}  # fmt: skip


def test_what_is_new_comes_first_then_what_is_read_again_then_the_past(made: Made) -> None:
    what = Clicks(-DAY, -4 * HOUR, DAY)
    stream = made(what, state=until("2024-05-02"), **ALL)
    assert ids(stream) == [3, 2, 1]
    assert starts(what) == [NEW, AGAIN, PAST]
    assert kept(stream)["reread"] == "2024-05-01"
    assert covered(stream) == ("2024-04-30T00:00:00+00:00", "2024-05-03T00:00:00+00:00")


def test_what_only_has_a_past_or_only_an_order_is_read_too(made: Made) -> None:
    what = Clicks(-DAY, -4 * HOUR)
    assert ids(made(what, state=until("2024-05-03"), **{**ALL, "reread": {}})) == [1]
    assert ids(made(what, state=until("2024-05-03"), **{**ALL, "start_date": "2024-05-01"})) == [2]


def test_a_past_that_waited_longer_than_what_is_new_is_read_first(made: Made) -> None:
    for waiting, order in (
        (["deliveries past", "deliveries"], [PAST, NEW, AGAIN]),
        (["deliveries", "deliveries past"], [NEW, AGAIN, PAST]),
    ):
        what = Clicks()
        stream = made(what, state=until("2024-05-02"), **ALL)
        stream.run.begin({"run": {"waiting": waiting, "scarce": True}})
        with stream.run.turns.turn("deliveries"):
            ids(stream)
        assert starts(what) == order


def test_a_budget_that_ends_after_a_past_came_first_leaves_what_is_new(made: Made) -> None:
    stream = made(Clicks(), state=until("2024-05-02"), max_api_calls=1, **{**ALL, "reread": {}})
    stream.run.begin({"run": {"waiting": ["deliveries past", "deliveries"], "scarce": True}})
    turns = stream.run.turns
    with pytest.raises(BudgetSpent), turns.turn("deliveries"):
        ids(stream)
    assert covered(stream) == ("2024-04-30T00:00:00+00:00", "2024-05-02T00:00:00+00:00")
    assert turns.under_way == "deliveries"
    assert turns.left(["deliveries"], came_further=True) == ["deliveries"]


def test_without_a_past_none_is_read_first(made: Made) -> None:
    what = Clicks()
    stream = made(
        what, state=until("2024-05-02"), **{**ALL, "start_date": "2024-05-01", "reread": {}}
    )
    stream.run.begin({"run": {"waiting": ["deliveries past"], "scarce": True}})
    ids(stream)
    assert starts(what) == [NEW]


def test_the_past_waits_until_every_stream_brought_what_is_new(made: Made) -> None:
    what = Clicks(-DAY, DAY)
    stream = made(what, state=until("2024-05-02"), **{**ALL, "reread": {}})
    with stream.run.newest_of_all_first():
        assert ids(stream) == [2]
        assert starts(what) == [NEW]
    assert starts(what) == [NEW, PAST]
    assert covered(stream)[0] == "2024-04-30T00:00:00+00:00"


# Now


def made_of(box: Sandbox, **settings: Any) -> WindowedStream:
    return windowed("clicks", access_token=box.token, api_url=box.url, **settings)


TODAY = "2024-06-01T12:00:00+00:00"  # by the account's clock, which is years behind this machine's


def there(box: Sandbox, since: str, until: str) -> set[int]:
    return {row["ID"] for row in box.rows("clicks") if since <= row["instant"].isoformat() < until}


@pytest.fixture
def box(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox(days=2, clicks_per_day=400, now=TODAY)


def test_of_a_window_that_began_before_the_apis_clock_was_known_nothing_after_it_is_covered(
    box: Sandbox,
) -> None:
    stream = made_of(box, start_date="2024-06-01T00:00:00Z", lag_minutes=30)
    found = ids(stream)
    last = "2024-06-01T11:30:00+00:00"
    assert set(found) == there(box, "2024-06-01T00:00:00+00:00", last)
    assert len(found) == len(set(found)) > 100
    assert covered(stream) == ("2024-06-01T00:00:00+00:00", last)


def test_where_all_lay_in_the_future_what_the_apis_clock_allows_is_read(box: Sandbox) -> None:
    state = until("2024-06-01T15:10:00+00:00", "2024-05-31T22:00:00+00:00")
    stream = made_of(box, start_date="2024-06-01", lag_minutes=5, lookback_minutes=180, state=state)
    found = ids(stream)
    assert found
    assert set(found) == there(box, "2024-06-01T08:55:00+00:00", "2024-06-01T11:55:00+00:00")
    assert covered(stream)[1] == "2024-06-01T15:10:00+00:00"  # it never moves back


def test_of_a_day_of_unique_clicks_that_is_not_over_nothing_is_written(box: Sandbox) -> None:
    stream = made_of(box, start_date="2024-05-31", unique_clicks=True, lag_minutes=5)
    found = ids(stream)
    assert found
    midnight = "2024-05-31T22:00:00+00:00"  # in Amsterdam
    assert set(found) <= there(box, "2024-05-30T22:00:00+00:00", midnight)
    assert covered(stream)[1] == midnight
    today = made_of(box, start_date="2024-06-01", unique_clicks=True, lag_minutes=5)
    assert (ids(today), covered(today)) == ([], (None, None))
    assert today.calls.made > 0


# Failures


@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_window_that_fails_leaves_those_before_it_in_the_state_and_none_after_it(
    made: Made, concurrency: int
) -> None:
    what = Clicks(*(day * DAY + n for day in range(6) for n in range(60)))

    def refusing(asked: Asked) -> Answer:
        [begin] = parse_qs(urlsplit(asked.path).query)["begintime"]
        answer = what(asked)
        if begin.startswith("2024-05-03"):
            return Answer(json.dumps({"error": {"message": "Not now"}}).encode(), 400)
        return answer

    stream = made(refusing, end_date="2024-05-10", concurrency=concurrency)
    found: list[int] = []
    with pytest.raises(ApiError, match="Not now"):
        found.extend(record["ID"] for record in stream.read())
    # The second window is as wide as six pages a day, of eight and a half that it may have, make it.
    assert covered(stream)[1] == "2024-05-03T10:00:00+00:00"
    assert found == [
        row["ID"] for row in what.rows if str(row["timestamp"]) < "2024-05-03 10:00:00"
    ]


def test_a_run_that_is_to_end_ends_after_the_state_of_the_window_that_is_written(
    made: Made,
) -> None:
    stream = made(Clicks(0, DAY), end_date="2024-05-03")
    records = stream.read()
    assert next(records)["ID"] == 1
    stream.calls.end(15)
    with pytest.raises(Interrupted):
        next(records)
    assert covered(stream)[1] == "2024-05-02T00:00:00+00:00"


def test_a_run_that_is_to_end_with_its_last_window_is_ended_too(made: Made) -> None:
    stream = made(Clicks(0))
    records = stream.read()
    next(records)
    stream.calls.end(15)
    with pytest.raises(Interrupted):
        next(records)
    assert covered(stream)[1] == "2024-05-02T00:00:00+00:00"


# Budgets


def spent(stream: WindowedStream) -> dict[str, Any]:
    """Read until the budget is spent; give what the state keeps of the widths."""
    with pytest.raises(BudgetSpent):
        ids(stream)
    return {name: value for name, value in kept(stream).items() if "seconds" in name}


def blind(*seconds: float) -> Clicks:
    """Make a list without totals, of which no page tells how many are to come."""
    return Clicks(*seconds, total=0)


def test_where_a_whole_budget_did_not_finish_a_window_the_next_run_begins_narrower(
    made: Made,
) -> None:
    hour = [n * 60 for n in range(30)]
    width = spent(made(blind(*hour), page_size=1, max_api_calls=4))
    assert json.dumps(width) == '{"window_seconds": 21600}'
    narrow = {"state": {"window_seconds": 3}, "max_api_calls": 4, "page_size": 1}
    what = blind(*[-10 * HOUR] * 30)
    assert spent(made(what, **narrow)) == {"window_seconds": 1}
    past = {"state": until("2024-05-03", past_window_seconds=DAY), "start_date": "2024-04-01"}
    what = blind(*[n * 60 - DAY for n in range(30)])
    stream = made(what, page_size=1, max_api_calls=4, **past)
    assert spent(stream) == {"past_window_seconds": DAY // 4}


def test_where_a_window_was_finished_the_next_run_begins_as_wide_as_ever(made: Made) -> None:
    what = blind(0, *[DAY + n * 60 for n in range(30)])
    stream = made(what, page_size=1, max_api_calls=5, end_date="2024-05-04")
    assert spent(stream) == {}
    assert covered(stream)[1] == "2024-05-02T00:00:00+00:00"


@pytest.mark.parametrize(
    ("stream_of_others", "others", "narrower"),
    [
        ("clicks", 0, True),
        ("clicks", 4, True),
        ("clicks", 5, False),
        ("clicks", 7, False),
        ("deliveries", 5, False),  # its own calls, of another stretch
    ],
)
def test_where_others_took_most_of_a_budget_the_width_is_not_to_blame(
    made: Made, stream_of_others: str, others: int, *, narrower: bool
) -> None:
    stream = made(blind(*[n * 60 for n in range(30)]), page_size=1, max_api_calls=8)
    for _ in range(others):
        stream.calls.count(stream_of_others)
    assert bool(spent(stream)) is narrower


def test_a_second_that_no_budget_finishes_ends_the_stream_with_what_to_do(made: Made) -> None:
    second = {"state": {"window_seconds": 1}, "max_api_calls": 4, "page_size": 1}
    with pytest.raises(StreamError) as caught:
        ids(made(blind(*[-10 * HOUR] * 30), **second))
    assert str(caught.value) == (
        "deliveries: `max_api_calls` (4) is too small for what 2024-05-01 00:00:00 to 2024-05-01 00:00:01 "
        "holds, which cannot be cut. Raise it."
    )
    day = made(blind(*range(30)), name="clicks", unique_clicks=True, max_api_calls=4, page_size=1)
    with pytest.raises(
        StreamError, match=r"is too small for what 2024-05-01 .* to 2024-05-02 00:00:00 h"
    ):
        ids(day)
    assert kept(day) == {}


def test_a_second_for_which_cutting_left_too_few_calls_gets_all_of_the_next_run(made: Made) -> None:
    rows, budget = [-10 * HOUR] * 30, {"max_api_calls": 34, "page_size": 1}
    first = made(Clicks(*rows), **budget)
    assert spent(first) == {"window_seconds": 1}
    second = made(Clicks(*rows), state={"window_seconds": 1}, **budget)
    assert spent(second) == {}
    assert covered(second)[1] >= "2024-05-01T00:00:01+00:00"


def test_a_second_that_had_not_all_calls_of_a_budget_has_another_try(made: Made) -> None:
    stream = made(
        blind(*[-10 * HOUR] * 30), state={"window_seconds": 1}, max_api_calls=6, page_size=1
    )
    stream.calls.count("clicks")
    stream.run.turns.begin("deliveries")
    assert spent(stream) == {"window_seconds": 1}


def test_where_what_is_read_again_took_the_calls_the_next_run_goes_on_from_the_bookmark(
    made: Made,
) -> None:
    state = until("2024-05-01T00:00:02+00:00")
    what = blind(-10 * HOUR, *[2 - 10 * HOUR] * 30)
    options = {"max_api_calls": 40, "page_size": 1, "lookback_minutes": 1}
    stream = made(what, state=state, end_date="2024-05-01T00:00:05Z", **options)
    assert spent(stream) == {"window_seconds": 1}
    assert covered(stream)[1] == "2024-05-01T00:00:02+00:00"


@pytest.mark.parametrize(
    ("concurrency", "budget", "abreast", "left"),
    [
        (4, None, 4, None),
        (4, 49, 4, None),
        (4, 48, 3, None),
        (4, 25, 2, None),
        (4, 24, 1, 23),
        (4, 6, 1, 5),
        (1, 99, 1, 98),
    ],
)
def test_near_the_end_of_a_budget_fewer_windows_are_read_at_once(
    made: Made, concurrency: int, budget: int | None, abreast: int, left: int | None
) -> None:
    stream = made(Clicks(), concurrency=concurrency, max_api_calls=budget)
    ids(stream)
    plan = stream._plan_under_way
    assert (plan.abreast, plan.calls_left) == (abreast, left)


# What is told


def test_each_window_is_noted_with_what_shows_that_it_is_complete(made: Made) -> None:
    stream = made(Clicks(0, 1, 2, DAY), end_date="2024-05-04")
    notes: list[dict[str, Any]] = []
    stream.run.ledger.write = notes.append
    ids(stream)
    told = ("stream", "from", "to", "announced", "distinct", "written", "verdict")
    assert [tuple(one[name] for name in told) for one in notes] == [
        (
            "deliveries",
            "2024-05-01T00:00:00+00:00",
            "2024-05-02T00:00:00+00:00",
            3,
            3,
            3,
            "counted",
        ),
        (
            "deliveries",
            "2024-05-02T00:00:00+00:00",
            "2024-05-04T00:00:00+00:00",
            1,
            1,
            1,
            "counted",
        ),
    ]
    assert all(one["started"] <= one["finished"] for one in notes)
    assert stream.watch.figures["windows"] == 2


def test_progress_is_told_by_the_period_from_its_beginning_and_from_its_end_backward(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1)
    for state, start, order in (
        ({}, "2024-05-01", ["05-02", "05-10", "05-11"]),
        (until("2024-05-11"), "2024-04-20", ["04-30", "04-22", "04-20"]),
    ):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            ids(made(Clicks(), state=state, start_date=start, end_date="2024-05-11"))
        lines = [one for one in caplog.messages if ", at 2024" in one]
        at = [one.split(", at 2024-")[1][:5] for one in lines]
        assert list(dict.fromkeys(at))[-3:] == order
        assert "left" in lines[-2]
        assert "left" not in lines[-1]


def test_progress_is_told_while_the_api_takes_its_time(
    made: Made, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", -1)
    told: list[int] = []
    what = Clicks()

    def slowly(asked: Asked) -> Answer:
        before = len(caplog.messages)
        for _ in range(500):
            if len(caplog.messages) > before:
                break
            threading.Event().wait(0.01)
        told.append(len(caplog.messages) - before)
        return what(asked)

    with caplog.at_level(logging.INFO):
        ids(made(slowly))
    assert told
    assert told[0] > 0


# How bounds are meant

FIRST_HOUR = Window(datetime(2024, 5, 1), datetime(2024, 5, 1, 1))  # noqa: DTZ001 - on the account's clock
BEFORE, INSIDE, LAST = "2024-04-30T23:59:59+00:00", "2024-05-01T00:00:00+00:00", "00:59:59"
AFTER = "2024-05-01T01:00:00+00:00"


@pytest.mark.parametrize(
    ("earliest", "latest", "learned"),
    [
        (INSIDE, INSIDE, (False, False)),
        (INSIDE, f"2024-05-01T{LAST}+00:00", (False, False)),
        (BEFORE, INSIDE, (True, False)),
        (INSIDE, AFTER, (False, True)),
        (BEFORE, AFTER, (True, True)),
    ],
)
def test_a_row_beside_the_window_tells_that_a_bound_is_inclusive(
    made: Made, earliest: str, latest: str, learned: tuple[bool, bool]
) -> None:
    stream = made(Clicks())
    asked = stream.asked(FIRST_HOUR)
    second = timedelta(seconds=1)
    assert asked == (FIRST_HOUR.start - second, FIRST_HOUR.end)
    rows = Reading(10, ids={1}, earliest=earliest, latest=latest)
    assert stream.learn_bounds(FIRST_HOUR, rows, asked) == any(learned)
    begin, end = learned
    narrowed = FIRST_HOUR.start - (not begin) * second, FIRST_HOUR.end - end * second
    assert stream.asked(FIRST_HOUR) == narrowed
    # What was learned stays. An answer to what was asked before says nothing new, nor does one without rows.
    assert not stream.learn_bounds(FIRST_HOUR, Reading(10), asked)
    assert stream.asked(FIRST_HOUR) == narrowed

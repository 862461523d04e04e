"""State holds one contiguous period; each run widens it at both ends and never leaves a hole."""

from __future__ import annotations

import logging
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import Output, run, truth

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = "2024-06-01T12:00:00+00:00"
LAST = "2024-06-01T11:55:00+00:00"
START = "2024-01-01T00:00:00+00:00"
EVENTS = ("clicks", "impressions", "deliveries")


def covered(output: Output, stream: str = "clicks") -> tuple[str, str]:
    """Give the period that the last state says is covered."""
    state = output.state["bookmarks"][stream]
    return state["covered_from"], state["replication_key_value"]


def check_every_state(box: Sandbox, outputs: list[Output], start: str, stream: str) -> None:
    """What arrived before each STATE is all that the account has in the period it tells."""
    rows = sorted((row["instant"].isoformat(), row["ID"]) for row in box.rows(stream))
    seen: set[int] = set()
    before: tuple[str, str] | None = None
    for message in (message for output in outputs for message in output.messages):
        if message["type"] == "RECORD" and message["stream"] == stream:
            seen.add(message["record"]["ID"])
        if message["type"] != "STATE":
            continue
        state = message["value"].get("bookmarks", {}).get(stream, {})
        if "replication_key_value" not in state:
            continue
        now = state["covered_from"], state["replication_key_value"]
        if before is not None:
            assert now[0] <= before[0]
            assert now[1] >= before[1]
        before = now
        there = rows[bisect_left(rows, (now[0], 0)) : bisect_left(rows, (now[1], 0))]
        assert seen.issuperset(number for _, number in there), f"missing at {now}"
    assert before is not None
    assert before[0] == start


def test_a_first_read_brings_the_newest_seven_days_before_what_is_older(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=150, clicks_per_day=40, now=NOW)
    output = run(box, start_date=START)
    assert set(output.ids()) == truth(box, START, LAST)
    assert len(output.ids()) == len(set(output.ids()))
    times = [record["timestamp"] for record in output.records()]
    week = (datetime.fromisoformat(LAST) - timedelta(days=7)).isoformat()
    newest = sum(time >= week for time in times)
    assert newest
    assert all(time >= week for time in times[:newest])
    assert covered(output) == (START, LAST)
    check_every_state(box, [output], START, "clicks")


def test_every_stream_brings_what_is_new_before_any_goes_on_with_the_past(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=150, clicks_per_day=40, now=NOW)
    output = run(box, start_date=START, streams=EVENTS)
    week = (datetime.fromisoformat(LAST) - timedelta(days=7)).isoformat()
    old = [m["record"]["timestamp"] < week for m in output.messages if m["type"] == "RECORD"]
    assert old == sorted(old)
    for stream in EVENTS:
        check_every_state(box, [output], START, stream)
    schemas = [m["stream"] for m in output.messages if m["type"] == "SCHEMA"]
    assert len(schemas) == len(set(schemas))


@pytest.mark.parametrize("concurrency", [1, pytest.param(8, marks=pytest.mark.soak)])
def test_runs_with_a_budget_bring_the_newest_first_and_then_go_back(
    sandbox: Callable[..., Sandbox], concurrency: int
) -> None:
    box = sandbox(days=1826, clicks_per_day=20, now=NOW)
    start = "2019-06-05T00:00:00+00:00"
    before = box.calls.total()
    usual: dict[str, Any] = {"start_date": start, "concurrency": concurrency, "page_size": 330}
    whole = run(box, backfill_order="oldest_first", **usual)
    calls_of_one_run = box.calls.total() - before
    assert set(whole.ids()) == truth(box, start, LAST)
    outputs: list[Output] = []
    before, state = box.calls.total(), None
    for _ in range(60):
        output = run(box, state=state, max_api_calls=20, **usual)
        assert output.error is None
        outputs.append(output)
        state = output.state
        if len(outputs) == 1:
            day = datetime.fromisoformat(LAST) - timedelta(days=1)
            assert truth(box, day.isoformat(), LAST) <= set(output.ids())
        if state["bookmarks"]["clicks"]["covered_from"] == start:
            break
    check_every_state(box, outputs, start, "clicks")
    runs = len(outputs)
    assert runs > 4
    # Each run but the first asks once for what is new.
    assert box.calls.total() - before <= calls_of_one_run * 1.05 + 2 * runs


def test_an_earlier_start_date_reads_exactly_what_is_missing(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=100, clicks_per_day=40, now=NOW)
    first = run(box, start_date="2024-05-10T08:30:00+00:00", lookback_minutes=0)
    second = run(box, state=first.state, start_date="2024-03-01", lookback_minutes=0)
    start = "2024-02-29T23:00:00+00:00"
    assert set(second.ids()) == truth(box, start, "2024-05-10T08:30:00+00:00")
    assert covered(second)[0] == start
    check_every_state(box, [first, second], start, "clicks")


def test_a_later_start_date_changes_nothing_and_says_so(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=30, clicks_per_day=40, now=NOW)
    first = run(box, start_date="2024-05-10")
    second = run(box, state=first.state, start_date="2024-05-20")
    assert "this changes nothing" in caplog.text
    assert covered(second) == covered(first)


@pytest.mark.parametrize("stream", ["clicks", "emailings", "destinations"])
@pytest.mark.parametrize("knows", ["covered_from", "its bookmark alone"])
def test_a_start_date_after_the_bookmark_skips_nothing(
    sandbox: Callable[..., Sandbox], stream: str, knows: str
) -> None:
    box = sandbox(days=30, clicks_per_day=20, mailings_per_day=1, now="2024-05-15T12:00:00+00:00")
    settings: dict[str, Any] = {
        "streams": (stream,),
        "statistics_window_days": 0,
        "lookback_minutes": 0,
    }
    first = run(box, start_date="2024-05-04", **settings)
    state = first.state
    if knows != "covered_from":  # as of an older version
        state["bookmarks"][stream].pop("covered_from")
    box.now = NOW  # the tap stood still for two weeks
    second = run(box, state=state, start_date="2024-05-25", **settings)
    keys = [
        str(row.get("ID") or row["id"])
        for output in (first, second)
        for row in output.records(stream)
    ]
    first_moment = datetime(2024, 5, 3, 22, tzinfo=UTC)
    last = datetime.fromisoformat(covered(second, stream)[1])
    shown = [row for row in box.rows(stream) if first_moment <= row["instant"] < last]
    assert set(keys) == {str(row.get("ID") or row["id"]) for row in shown}


def test_a_state_of_an_older_version_is_covered_from_the_start_date_of_the_settings(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=60, clicks_per_day=40, now=NOW)
    old = {"replication_key": "timestamp", "replication_key_value": "2024-05-31T12:00:00+00:00"}
    output = run(
        box, state={"bookmarks": {"clicks": old}}, start_date="2024-04-10", lookback_minutes=0
    )
    assert set(output.ids()) == truth(box, "2024-05-31T12:00:00+00:00", LAST)
    assert covered(output) == ("2024-04-09T22:00:00+00:00", LAST)


def test_oldest_first_begins_with_the_past(sandbox: Callable[..., Sandbox]) -> None:
    box = sandbox(days=60, clicks_per_day=40, now=NOW)
    output = run(box, start_date="2024-04-10", backfill_order="oldest_first")
    times = [record["timestamp"] for record in output.records()]
    assert times[0] < "2024-04-12"
    marks = [state["bookmarks"]["clicks"]["replication_key_value"] for state in output.states[1:]]
    assert marks == sorted(marks)
    assert covered(output) == ("2024-04-09T22:00:00+00:00", LAST)


@pytest.mark.parametrize(
    ("settings", "newest"),
    [
        ({"end_date": "2024-05-30"}, False),
        ({"end_date": "2024-05-30", "backfill_order": "newest_first"}, True),
        ({"unique_clicks": True}, True),
    ],
)
def test_a_bounded_period_is_read_oldest_first_unless_told_otherwise(
    sandbox: Callable[..., Sandbox],
    settings: dict[str, Any],
    newest: bool,  # noqa: FBT001
) -> None:
    box = sandbox(days=60, clicks_per_day=40, now=NOW)
    output = run(box, start_date="2024-04-10", **settings)
    times = [record["timestamp"] for record in output.records()]
    assert (times[0] > "2024-05-20") == newest
    old_way = run(box, start_date="2024-04-10", **{**settings, "backfill_order": "oldest_first"})
    assert sorted(output.ids()) == sorted(old_way.ids())
    assert output.bookmark == old_way.bookmark


@pytest.mark.parametrize(
    ("reread", "since", "until"),
    [
        ("2024-03", "2024-02-29T23:00:00+00:00", "2024-03-31T22:00:00+00:00"),
        ("2024-03-31", "2024-03-30T23:00:00+00:00", "2024-03-31T22:00:00+00:00"),
        ("2024-04-10/2024-04-12", "2024-04-09T22:00:00+00:00", "2024-04-12T22:00:00+00:00"),
        ({"cl*": "2024-05-01"}, "2024-04-30T22:00:00+00:00", "2024-05-01T22:00:00+00:00"),
    ],
)
def test_a_period_is_read_once_more_and_then_remembered_as_done(
    sandbox: Callable[..., Sandbox], reread: Any, since: str, until: str
) -> None:
    box = sandbox(days=150, clicks_per_day=40, now=NOW)
    first = run(box, start_date=START, lookback_minutes=0)
    second = run(box, state=first.state, start_date=START, lookback_minutes=0, reread=reread)
    assert sorted(second.ids()) == sorted(truth(box, since, until))
    assert covered(second) == covered(first)
    third = run(box, state=second.state, start_date=START, lookback_minutes=0, reread=reread)
    assert third.ids() == []
    another = run(box, state=third.state, start_date=START, lookback_minutes=0, reread="2024-02-01")
    assert sorted(another.ids()) == sorted(
        truth(box, "2024-01-31T23:00:00+00:00", "2024-02-01T23:00:00+00:00")
    )


@pytest.mark.parametrize(
    ("names", "version", "told"),
    [
        ("click", "v2", "`reread` names `click`, which is no stream. There are: abuses, clicks, "),
        ("clik*", "v4", "`reread` names `clik*`, which is no stream."),
    ],
)
def test_reading_again_what_is_no_stream_is_an_error_that_lists_those_that_exist(
    sandbox: Callable[..., Sandbox], names: str, version: str, told: str
) -> None:
    box = sandbox(days=2, now=NOW)
    given: dict[str, Any] = {
        "start_date": "2024-05-30",
        "api_version": version,
        "reread": {names: "2024-05-31"},
    }
    assert told in str(run(box, **given).error)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("templates", "`reread`: `templates` is not read by periods"),
        ("profiles_customers", "`reread`: `profiles_customers` is not read by periods"),
        ("emailing_hyperlinks", "`reread`: `emailing_hyperlinks` is not in v2, but in v3 and v4."),
        ("cl*", ""),
        ("*", ""),
    ],
)
def test_reading_again_what_has_no_periods_is_warned_of(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture, name: str, told: str
) -> None:
    output = run(sandbox(days=2, now=NOW), start_date="2024-05-30", reread={name: "2024-05-31"})
    assert output.error is None
    assert (told in caplog.text) if told else ("not read by periods" not in caplog.text)


@pytest.mark.parametrize(
    ("reread", "told"),
    [
        ("2024-03", "lies before `start_date`. An earlier `start_date` reads it."),
        ("2024-04-20", "was not read yet. It comes in any case"),
        ("2024-06-01", "was not read yet. It comes in any case"),
        ("2024-05-29", ""),
        ("2024-05-01/2024-06-02", ""),
    ],
)
def test_a_period_of_which_nothing_was_read_is_one_warning_until_it_is_remembered(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture, reread: str, told: str
) -> None:
    box = sandbox(days=60, clicks_per_day=40, now="2024-05-31T12:00:00+00:00")
    streams = ("clicks", "impressions")
    settings: dict[str, Any] = {"start_date": "2024-04-10", "lookback_minutes": 0}
    first = run(box, streams=streams, max_api_calls=25, page_size=100, **settings)
    box.now = NOW
    caplog.clear()
    caplog.set_level(logging.INFO)
    second = run(box, streams=streams, state=first.state, reread=reread, **settings)
    warned = [
        one for one in caplog.messages if f"`reread` ({reread}): nothing is read again" in one
    ]
    again = [one for one in caplog.messages if one.endswith(f": {reread} is read again.")]
    assert len(warned) == bool(told)
    assert told in "".join(warned)
    assert len(again) == (0 if told else 2)
    caplog.clear()
    run(box, streams=streams, state=second.state, reread=reread, **settings)
    assert "read again" not in caplog.text


def test_reading_again_goes_on_where_a_budget_ended_it(sandbox: Callable[..., Sandbox]) -> None:
    box = sandbox(days=150, clicks_per_day=40, now=NOW)
    settings: dict[str, Any] = {"start_date": START, "lookback_minutes": 0, "page_size": 100}
    state = run(box, **settings).state
    seen: list[int] = []
    for _ in range(40):
        output = run(box, state=state, reread="2024-03", max_api_calls=5, **settings)
        seen += output.ids()
        state = output.state
        if state["bookmarks"]["clicks"].get("reread") == "2024-03":
            break
    expected = truth(box, "2024-02-29T23:00:00+00:00", "2024-03-31T22:00:00+00:00")
    assert sorted(seen) == sorted(expected)


@pytest.mark.parametrize("wrong", ["March", "2024-13", "2024-03-05/2024-03-01", 7, {"clicks": 3}])
def test_a_period_that_is_none_is_a_mistake_in_the_settings(
    sandbox: Callable[..., Sandbox], wrong: Any
) -> None:
    output = run(sandbox(days=2, now=NOW), start_date="2024-05-30", reread=wrong)
    assert "reread" in str(output.error)


def test_a_first_read_with_a_clock_that_is_ahead_of_the_api_is_complete() -> None:
    ahead = (datetime.now(UTC) - timedelta(days=400)).replace(microsecond=0)
    with Sandbox(days=30, clicks_per_day=40, now=ahead.isoformat()) as box:
        output = run(box, start_date=(ahead - timedelta(days=20)).isoformat())
        until = (ahead - timedelta(minutes=5)).isoformat()
        since = (ahead - timedelta(days=20)).isoformat()
        assert set(output.ids()) == truth(box, since, until)

"""v2's recipients of mailings that take days to be sent: all come, and complete ones cost nothing."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import Output, run

STREAM = "publisher_destinations"
ACCOUNT: dict[str, Any] = {"seed": 3, "days": 3, "clicks_per_day": 40, "mailings_per_day": 1}
BEGIN = datetime.fromisoformat("2026-06-01T06:00:00+00:00")
DAY = timedelta(days=1)
COUNTED = ["planned", "so_far"]


def read(box: Sandbox, state: Any = None, **settings: Any) -> Output:
    output = run(box, state=state, streams=(STREAM,), **{"start_date": "2026-05-29", **settings})
    assert output.error is None
    return output


def truth(box: Sandbox, state: Any) -> set[int]:
    until = state["bookmarks"][STREAM]["replication_key_value"]
    rows = box.rows(STREAM)
    return {row["internal"] for row in rows if row["instant"].isoformat() < until}


def found(*outputs: Output) -> set[int]:
    return {record["internal"] for output in outputs for record in output.records(STREAM)}


def later(mailing: int, number: int, sent: datetime) -> dict[str, Any]:
    """Make a recipient of a mailing that is sent to after the others."""
    key = f"{number:032x}"
    more = {"timestampsent": f"{sent}", "mailing": mailing, "internal": 9_000_000 + number}
    return {"id": key, "ID": key, **more}


def daily(box: Sandbox, days: int, state: Any = None, **settings: Any) -> list[Output]:
    """Run once a day for so many days."""
    outputs: list[Output] = []
    for day in range(days):
        box.now = BEGIN + timedelta(days=day)
        outputs.append(read(box, state, **settings))
        state = outputs[-1].state
    return outputs


@pytest.mark.parametrize("counted", COUNTED)
@pytest.mark.parametrize("hours", [30, 120, 300])
def test_recipients_of_a_mailing_that_takes_days_to_send_all_come_with_daily_runs(
    hours: int, counted: str
) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.switch(sending_hours=hours, destinations_counted=counted)
        outputs = daily(box, 8)
        assert found(*outputs) == truth(box, outputs[-1].state)
        first = {row["id"] for row in box.rows("publisher_emailings")}
        assert {record["mailing"] for record in outputs[-1].records(STREAM)} <= first


@pytest.mark.parametrize("lookback", [0, 180, 3 * 1440])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_it_does_not_matter_how_far_runs_look_back(lookback: int, concurrency: int) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.switch(sending_hours=100)
        outputs = daily(box, 7, lookback_minutes=lookback, concurrency=concurrency)
        assert found(*outputs) == truth(box, outputs[-1].state)


@pytest.mark.parametrize("counted", COUNTED)
def test_a_final_group_that_is_sent_to_a_week_later_comes(counted: str) -> None:
    with Sandbox(**{**ACCOUNT, "days": 20, "mailings_per_day": 3}, now=BEGIN.isoformat()) as box:
        box.switch(destinations_counted=counted)
        split = [row for row in box.rows("publisher_emailings") if row["testgroups"]][-1]
        sent = datetime.fromisoformat(split["timestamp"])
        box.now = sent.isoformat() + "+00:00"
        outputs = []
        state: Any = None
        for day in range(1, 13):
            if day == 9:
                added = box.add(STREAM, [later(split["id"], n, sent + 7 * DAY) for n in range(30)])
                assert added
            box.now = (sent + timedelta(days=day)).isoformat() + "+00:00"
            outputs.append(read(box, state, start_date="2026-05-15"))
            state = outputs[-1].state
        assert {9_000_000 + n for n in range(30)} <= found(*outputs)


@pytest.mark.parametrize("pause", [4, 11])
def test_recipients_after_a_pause_of_days_come_where_the_mailing_counts_more_than_came(
    pause: int,
) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.switch(destinations_counted="so_far")
        mailing = next(row for row in box.rows("publisher_emailings") if not row["testgroups"])
        sent = datetime.fromisoformat(mailing["timestamp"])
        outputs: list[Output] = []
        state: Any = None
        for day in range(1, pause + 4):
            if day == pause + 1:
                box.add(STREAM, [later(mailing["id"], n, sent + day * DAY) for n in range(30)])
            box.now = (sent + day * DAY).isoformat() + "+00:00"
            outputs.append(read(box, state))
            state = json.loads(json.dumps(outputs[-1].state))
            assert len(state["bookmarks"][STREAM]["complete"]) <= 15
        assert found(*outputs) == truth(box, state)


def test_a_complete_mailing_is_not_asked_for_after_two_days_and_is_not_in_the_state() -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        outputs = daily(box, 10)
        assert found(*outputs) == truth(box, outputs[-1].state)
        split = {row["id"] for row in box.rows("publisher_emailings") if row["testgroups"]}
        assert {
            entry["mailing"] for entry in outputs[-1].state["bookmarks"][STREAM]["open"]
        } <= split
        asked = Counter(path for path in box.calls.elements() if path.endswith("/destinations"))
        assert max(asked.values()) <= 8 + 14 * bool(split)  # two windows a day, for three days
        assert sum(asked.values()) / len(asked) <= 6


def test_a_mailing_that_never_gets_complete_is_followed_for_two_weeks() -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        first = min(row["id"] for row in box.rows("publisher_emailings"))
        internal = [row["internal"] for row in box.rows(STREAM) if row["mailing"] == first]
        box.remove(
            STREAM, [row["id"] for row in box.rows(STREAM) if row["internal"] == internal[0]]
        )
        outputs = daily(box, 20)
        path = f"/v2/publisher/emailing/{first}/destinations"
        assert 13 <= box.calls[path] <= 2 * 16
        open_ones = [output.state["bookmarks"][STREAM]["open"] for output in outputs]
        assert first in {entry["mailing"] for entry in open_ones[5]}
        assert first not in {entry["mailing"] for entry in open_ones[-1]}


def test_a_state_of_before_asks_for_all_mailings_of_two_weeks_once() -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.switch(sending_hours=150)
        before = daily(box, 3)
        state = before[-1].state
        del state["bookmarks"][STREAM]["open"]
        box.now = BEGIN + timedelta(days=5)
        after = read(box, state)
        assert found(*before, after) == truth(box, after.state)


@pytest.mark.parametrize("cut", range(6))
def test_a_run_killed_anywhere_forgets_no_open_mailing(cut: int) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.switch(sending_hours=100)
        box.now = BEGIN + timedelta(days=4)
        whole = read(box)
        cut = min(cut, len(whole.states) - 1)
        states = [at for at, one in enumerate(whole.messages) if one["type"] == "STATE"]
        killed = Output(whole.messages[: states[cut] + 1])
        rest = daily(box, 8, killed.state)
        assert found(killed, *rest) == truth(box, rest[-1].state)


@pytest.mark.parametrize("text", ["Invalid method", "No licence with this contract"])
def test_a_mailing_that_is_refused_is_asked_for_again_for_the_same_days(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        refused = min(row["id"] for row in box.rows("publisher_emailings"))
        box.fault("400", path=f"/publisher/emailing/{refused}/destinations", message=text)
        first = read(box)
        assert f"the API refuses mailing {refused}" in caplog.text
        assert refused not in {record["mailing"] for record in first.records(STREAM)}
        box.now = BEGIN + timedelta(days=20)
        second = read(box, first.state)
        box.clear_faults()
        third = read(box, second.state)
        assert found(first, second, third) == truth(box, third.state)
        box.now = BEGIN + timedelta(days=21)
        box.reset_calls()
        read(box, third.state)
        assert f"/v2/publisher/emailing/{refused}/destinations" not in box.calls


@pytest.mark.parametrize("text", ["Invalid method", "No licence with this contract"])
def test_where_every_mailing_is_refused_no_day_counts_as_read(text: str) -> None:
    with Sandbox(**ACCOUNT, now=BEGIN.isoformat()) as box:
        box.fault("400", path="/destinations", message=text)
        output = run(box, streams=(STREAM, "account"), start_date="2026-05-29")
        assert (output.error is None) == (text == "Invalid method")
        state = output.state.get("bookmarks", {}).get(STREAM, {})
        assert "replication_key_value" not in state

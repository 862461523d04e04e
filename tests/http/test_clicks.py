"""Clicks over HTTP: the rows of the period, none missing, none twice, none from outside."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.crossed import crossed, pairs
from tests.support.runs import catalog_of, run, truth

NOON = "2026-06-01T12:00:00+00:00"
EDGE = "2026-06-01T11:55:00+00:00"


@pytest.mark.parametrize(
    ("asked", "pages"),
    crossed(pairs(["v2", "v3", "v4"], [1, 8]), [(1, 2), (7, 20), (300, 270)]),
    ids=str,
)
def test_the_rows_out_are_exactly_the_accounts(
    asked: tuple[str, int], pages: tuple[int, int]
) -> None:
    (api_version, concurrency), (page_size, per_day) = asked, pages
    with Sandbox(seed=1, days=30, clicks_per_day=per_day, now=NOON) as box:
        output = run(
            box,
            start_date="2026-05-10T00:00:00Z",
            page_size=page_size,
            concurrency=concurrency,
            api_version=api_version,
        )
        assert output.error is None
        expected = truth(box, "2026-05-10T00:00:00+00:00", EDGE)
        assert len(output.ids()) == len(expected)
        assert set(output.ids()) == expected
        assert output.bookmark == EDGE


def test_days_too_dense_for_one_window_are_split() -> None:
    with Sandbox(seed=6, days=3, clicks_per_day=15_000, mailings_per_day=1, now=NOON) as box:
        output = run(box, start_date="2026-05-29T10:17:23Z")
        assert output.error is None
        assert sorted(output.ids()) == sorted(truth(box, "2026-05-29T10:17:23+00:00", EDGE))
        assert len(output.ids()) > 10_000


def test_the_documented_record_comes_out_as_the_readme_shows() -> None:
    row = {
        "ID": 63,
        "mailing": 1245,
        "link": "https://www.example.com/",
        "timestamp": "2014-10-14 11:33:22",
        "ip": "192.0.2.17",
        "useragent": "Mozilla/5.0",
        "destination": 8351,
        "profile": None,
        "subprofile": None,
    }
    with Sandbox(days=1, clicks_per_day=0, now=NOON) as box:
        box.add("clicks", [row])
        output = run(box, start_date="2014-10-14", end_date="2014-10-15")
    told = {"timestamp": "2014-10-14T09:33:22+00:00", "is_machine": True}  # a bare agent is a proxy
    assert output.records() == [{**row, **told}]


def test_ten_empty_years_cost_at_most_15_calls() -> None:
    with Sandbox(days=1, clicks_per_day=0, now=NOON) as box:
        output = run(box, start_date="2016-06-01")
        assert output.error is None
        assert output.bookmark == EDGE
        assert box.calls.total() <= 15


def test_a_full_account_costs_few_calls_beyond_its_pages() -> None:
    with Sandbox(seed=3, days=30, clicks_per_day=2000, now=NOON, even=True) as box:
        output = run(box, start_date="2026-05-04")
        assert output.error is None
        assert box.calls.total() <= len(output.ids()) / 1000 * 1.25 + 10


def test_an_hour_later_costs_one_call_and_reads_lookback_again() -> None:
    with Sandbox(seed=2, days=30, clicks_per_day=200, now=NOON) as box:
        first = run(box, start_date="2026-05-20")
        box.reset_calls()
        box.now = "2026-06-01T13:00:00+00:00"
        second = run(box, state=first.state, start_date="2026-05-20")
        assert box.calls.total() == 1
        expected = truth(box, "2026-06-01T08:55:00+00:00", "2026-06-01T12:55:00+00:00")
        assert set(second.ids()) == expected
        assert second.bookmark == "2026-06-01T12:55:00+00:00"


@pytest.mark.parametrize(
    ("night", "bounds"), crossed(["2024-03-31", "2024-10-27"], ["texts", "instants"])
)
def test_a_run_every_seven_minutes_through_both_nights_loses_nothing(
    night: str, bounds: str
) -> None:
    begin = datetime.fromisoformat(night + "T00:00:00+00:00") - timedelta(hours=2)
    with Sandbox(
        seed=5, days=10, clicks_per_day=0, now=begin.isoformat(), switches={"bounds": bounds}
    ) as box:
        rows = []
        for minute in range(7 * 60):
            instant = begin + timedelta(minutes=minute)
            wall = instant.astimezone(run_zone())
            rows.append(
                {
                    "timestamp": wall.strftime("%Y-%m-%d %H:%M:%S"),
                    "fold": wall.fold,
                    "visible_from": instant.isoformat(),
                }
            )
        expected = set(box.add("clicks", rows))
        state: dict[str, Any] = {}
        seen: set[int] = set()
        for step in range(0, 8 * 60, 7):
            box.now = (begin + timedelta(minutes=step)).isoformat()
            output = run(
                box, state=state, start_date=begin.isoformat(), lookback_minutes=0, concurrency=1
            )
            assert output.error is None
            seen |= set(output.ids())
            state = output.state or state
        assert expected == seen


def run_zone() -> Any:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - the account's zone, without the tap's clock

    return ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize("inclusive", [(True, False), (False, True), (True, True), (False, False)])
@pytest.mark.parametrize("choice", ["first", "last"])
def test_unique_clicks_are_one_per_destination_link_and_day(
    inclusive: tuple[bool, bool], choice: str
) -> None:
    times = [
        "2026-05-10 23:59:59",
        "2026-05-11 00:00:00",
        "2026-05-11 08:00:00",
        "2026-05-11 23:59:59",
        "2026-05-12 00:00:00",
    ]
    switches = {
        "begin_inclusive": inclusive[0],
        "end_inclusive": inclusive[1],
        "unique_choice": choice,
    }
    with Sandbox(
        days=2, clicks_per_day=0, now="2026-05-14T12:00:00+00:00", switches=switches
    ) as box:
        rows = [
            {"timestamp": time, "destination": destination, "link": "https://x.example/"}
            for time in times
            for destination in (1, 2)
        ]
        box.add("clicks", rows)
        output = run(box, start_date="2026-05-10", unique_clicks=True)
        assert output.error is None
        clock = datetime.fromisoformat
        days = [
            (clock(r["timestamp"]).astimezone(run_zone()).date(), r["destination"])
            for r in output.records()
        ]
        assert len(days) == len(set(days)) == 6
        again = run(box, start_date="2026-05-10", unique_clicks=True)
        assert sorted(again.ids()) == sorted(output.ids())


def test_a_deselected_field_is_in_no_record_and_full_table_activates_last() -> None:
    with Sandbox(seed=6, days=5, clicks_per_day=50, now=NOON) as box:
        catalog = catalog_of("clicks")
        stream = next(one for one in catalog["streams"] if one["tap_stream_id"] == "clicks")
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["forced-replication-method"] = "FULL_TABLE"
            if entry["breadcrumb"][1:] == ["ip"] or entry["breadcrumb"][1:] == ("ip",):
                entry["metadata"]["selected"] = False
        stream["replication_method"] = "FULL_TABLE"
        output = run(
            box, catalog=catalog, start_date="2026-05-30", emit_activate_version_messages=True
        )
        assert output.error is None
        assert output.records()
        assert all("ip" not in record for record in output.records())
        kinds = [message["type"] for message in output.messages]
        assert kinds.index("ACTIVATE_VERSION") > max(
            number for number, kind in enumerate(kinds) if kind == "RECORD"
        )
        assert "replication_key_value" not in str(output.states)


def test_stream_maps_and_flattening_see_the_same_records() -> None:
    with Sandbox(seed=7, days=3, clicks_per_day=50, now=NOON) as box:
        fast = run(box, start_date="2026-05-30")
        slow = run(box, start_date="2026-05-30", stream_maps={"clicks": {"account": "'7'"}})
        assert [{**record, "account": "7"} for record in fast.records()] == slow.records()
        assert [m for m in slow.messages if m["type"] == "STATE"] == [
            m for m in fast.messages if m["type"] == "STATE"
        ]


def test_a_bookmark_at_the_end_date_reads_nothing_without_a_call() -> None:
    with Sandbox(seed=8, days=5, clicks_per_day=50, now=NOON) as box:
        settings: dict[str, Any] = {"start_date": "2026-05-28", "end_date": "2026-05-30"}
        first = run(box, **settings)
        assert set(first.ids()) == truth(
            box, "2026-05-27T22:00:00+00:00", "2026-05-29T22:00:00+00:00"
        )
        box.reset_calls()
        second = run(box, state=first.state, **settings)
        assert second.records() == []
        assert box.calls.total() == 0


@pytest.mark.usefixtures("every_state")
def test_a_run_cut_after_any_message_resumes_from_its_last_state() -> None:
    with Sandbox(seed=9, days=30, clicks_per_day=300, now=NOON) as box:
        whole = run(box, start_date="2026-05-05", page_size=100, concurrency=4)
        for cut in range(0, len(whole.messages), len(whole.messages) // 6):
            kept = whole.messages[:cut]
            states = [m["value"] for m in kept if m["type"] == "STATE"]
            rest = run(box, state=states[-1] if states else None, start_date="2026-05-05")
            covered: set[int] = set()
            for number, message in enumerate(kept):
                if message["type"] == "STATE":
                    covered = {m["record"]["ID"] for m in kept[:number] if m["type"] == "RECORD"}
            assert covered | set(rest.ids()) == set(whole.ids())

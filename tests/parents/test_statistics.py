"""Streams that ask something for each mailing."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tests.parents.truth import DOCUMENTED, NOON, VERSIONS, expected, offered, properties_of
from tests.support.runs import catalog_of, run

SINCE = "2026-05-20T00:00:00+02:00"
ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 12, "clicks_per_day": 8, "mailings_per_day": 3, "now": NOON,
}  # fmt: skip
PARENT = {"": "emailings", "publisher_": "publisher_emailings"}
STREAMS = [
    "emailing_statistics",
    "publisher_emailing_statistics",
    "publisher_test_groups",
    "publisher_final_groups",
    "publisher_test_group_statistics",
    "emailing_snapshots",
    "emailing_hyperlinks",
]


def parent_of(stream: str) -> str:
    return "emailing" if stream.startswith("publisher") else "mailing"


def in_order(records: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: tuple(map(str, map(record.get, key.split()))))


def key_of(stream: str) -> str:
    return {"emailing_hyperlinks": "mailing position"}.get(
        stream,
        "ID"
        if stream.endswith("_groups")
        else "testgroup"
        if "test" in stream
        else parent_of(stream),
    )


def sent_at(box: Sandbox, stream: str) -> dict[int, str]:
    family = "publisher_" if stream.startswith("publisher") else ""
    return {row["id"]: row["instant"].isoformat() for row in box.rows(PARENT[family])}


def rows_of(box: Sandbox, stream: str) -> list[dict[str, Any]]:
    """Give the sandbox's rows with what a record has besides: the mailing, the place in its list."""
    groups = {row["ID"]: row["emailing"] for row in box.rows("publisher_test_groups")}
    places: Counter[int] = Counter()
    rows = []
    for row in box.rows(stream):
        parent = row.get(parent_of(stream)) or groups[row["testgroup"]]
        rows.append({**row, parent_of(stream): parent, "position": places[parent]})
        places[parent] += 1
    return rows


def truth(box: Sandbox, stream: str, version: str) -> list[dict[str, Any]]:
    times = sent_at(box, stream)
    name = "emailing_timestamp" if stream.endswith("_groups") else "timestamp"
    injected = {field: field for field in (parent_of(stream), "position", "testgroup")}
    records = expected(rows_of(box, stream), stream, version, **injected)
    for record in records:
        record[name] = times[record[parent_of(stream)]]
    return in_order(records, key_of(stream))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_stream_is_the_account_and_a_second_run_asks_for_the_window(version: str) -> None:
    with Sandbox(**ACCOUNT) as box:
        streams = tuple(offered(version, *STREAMS))
        first = run(
            box, streams=streams, start_date="2026-05-01", api_version=version, lag_minutes=0,
            statistics_window_days=3,
        )  # fmt: skip
        assert first.error is None
        for stream in streams:
            expected_records = truth(box, stream, version)
            assert expected_records
            found = in_order(first.records(stream), key_of(stream))
            assert found == expected_records, stream
            times = [r.get("emailing_timestamp") or r["timestamp"] for r in first.records(stream)]
            assert times == sorted(times)
        for message in first.messages:
            if message["type"] == "SCHEMA":
                validator = jsonschema.Draft202012Validator(message["schema"])
                for record in first.records(message["stream"]):
                    validator.validate(record)
        box.now = "2026-06-01T18:00:00+00:00"
        second = run(
            box, state=first.state, streams=streams, start_date="2026-05-01", api_version=version,
            lag_minutes=0, statistics_window_days=3,
        )  # fmt: skip
        assert second.error is None
        for stream in streams:
            again = {record[parent_of(stream)] for record in second.records(stream)}
            window = {
                number
                for number, sent in sent_at(box, stream).items()
                if sent >= "2026-05-29T12:00:00"
                and number in {row[parent_of(stream)] for row in rows_of(box, stream)}
            }
            if "snapshot" not in stream and "hyperlinks" not in stream:
                assert again == window, stream
    assert sum(m["type"] == "SCHEMA" for m in first.messages) == len(streams)


@pytest.mark.parametrize("version", ["v2", "v4"])
def test_statistics_are_the_counts_of_the_events(version: str) -> None:
    kinds = ["abuses", "clicks", "deliveries", "errors", "impressions", "unsubscribes"]
    with Sandbox(**ACCOUNT) as box:
        for family in PARENT:
            names = [kind for kind in kinds if family or version != "v2" or kind != "unsubscribes"]
            events = tuple(family + kind for kind in names)
            statistics = f"{family}emailing_statistics"
            output = run(
                box, streams=(*events, statistics), start_date="2026-05-01", lag_minutes=0,
                api_version=version,
            )  # fmt: skip
            parent = parent_of(statistics)
            for kind in names:
                counted = Counter(e[parent] for e in output.records(family + kind))
                for record in output.records(statistics):
                    if record[kind] is not None:
                        assert record[kind]["total"] == counted[record[parent]], (kind, record)


def test_one_listing_serves_the_mailings_and_all_that_hang_on_them() -> None:
    streams = ("emailings", *[s for s in offered("v3", *STREAMS) if not s.startswith("publisher")])
    with Sandbox(**ACCOUNT) as box:
        known = run(box, streams=("emailings",), start_date=SINCE).state
        box.reset_calls()
        output = run(
            box, streams=streams, start_date=SINCE, state=known, api_version="v3",
            statistics_window_days=2,
        )  # fmt: skip
        assert output.error is None
        assert box.calls["/v3/ms/emailings"] == 1
        recent = {
            number
            for number, sent in sent_at(box, "emailings").items()
            if sent >= "2026-05-30T11:55"
        }
        assert {record["id"] for record in output.records("emailings")} == recent
        asked = {record["mailing"] for record in output.records("emailing_statistics")}
        assert asked == {
            n for n, sent in sent_at(box, "emailings").items() if sent >= "2026-05-19T22"
        }
        box.reset_calls()
        run(box, streams=streams[1:], start_date=SINCE, api_version="v3")
        assert box.calls["/v3/ms/emailings"] == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_by_default_more_mailings_cost_no_more_than_pages_of_their_lists(version: str) -> None:
    made, rows = [], []
    for mailings in (1, 100):
        with Sandbox(seed=5, days=10, clicks_per_day=0, mailings_per_day=mailings, now=NOON) as box:
            catalog = selected(catalog_of(api_version=version, optional_streams=[]))
            output = run(box, catalog=catalog, start_date=SINCE, api_version=version)
            assert output.error is None
            made.append(box.calls)
            rows.append(sum(message["type"] == "RECORD" for message in output.messages))
    assert set(made[0]) == set(made[1])
    pages = (rows[1] - rows[0]) / 1000
    assert made[1].total() - made[0].total() <= 2 * pages
    assert pages < 30  # of the 1,980 more mailings, and of their recipients and events


def selected(catalog: Any) -> Any:
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    return catalog


def test_a_mailing_that_vanished_is_skipped_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Sandbox(**ACCOUNT) as box:
        gone = [row["id"] for row in box.rows("emailings")][3]
        box.fault(
            "400", path=f"/v2/ms/emailing/{gone}/statistics", message="No entity with supplied ID"
        )
        output = run(box, streams=("emailing_statistics",), start_date=SINCE)
        assert output.error is None
        assert gone not in {record["mailing"] for record in output.records("emailing_statistics")}
        assert f"mailing {gone}" in caplog.text
        assert len(output.records("emailing_statistics")) == len(list(box.rows("emailings"))) - 1


@pytest.mark.parametrize("budget", [2, 7, 20])
def test_a_pass_goes_on_where_a_budget_ended_it_and_pays_for_no_mailing_twice(budget: int) -> None:
    state: Any = None
    found: list[dict[str, Any]] = []
    with Sandbox(**ACCOUNT) as box:
        mailings = [row["id"] for row in box.rows("emailings")]
        for _ in range(60):
            output = run(
                box, state=state, streams=("emailing_statistics",), start_date=SINCE,
                max_api_calls=budget, concurrency=3,
            )  # fmt: skip
            state = output.state
            found += output.records("emailing_statistics")
            if (
                "finished" not in json.dumps(state)
                or not state["bookmarks"]["emailing_statistics"]["finished"]
            ):
                break
        assert [record["mailing"] for record in found] == mailings
        asked = Counter(path for path in box.calls.elements() if path.endswith("/statistics"))
        assert set(asked.values()) <= {1, 2, 3}
        bookmark = state["bookmarks"]["emailing_statistics"]["replication_key_value"]
        assert bookmark.startswith("2026-06-01T11:55:")


@pytest.mark.parametrize("stream", STREAMS)
def test_the_schema_has_every_documented_field_and_what_is_injected(stream: str) -> None:
    injected = {parent_of(stream), "timestamp", "emailing_timestamp", "position", "testgroup"}
    found = set(properties_of(stream))
    assert set(DOCUMENTED[stream]["fields"]) <= found
    assert found <= set(DOCUMENTED[stream]["fields"]) | injected

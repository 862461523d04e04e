"""Streams that ask something for each row of a list: template and document counters, coupons."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.streams import STREAMS
from tests.parents.truth import DOCUMENTED, NOON, VERSIONS, expected, offered, properties_of
from tests.support.runs import run

PARENT = {
    "template_statistics": ("templates", "template"),
    "publisher_document_statistics": ("publisher_documents", "document"),
    "coupons": ("coupon_campaigns", "couponcampaign"),
}
ACCOUNT: dict[str, Any] = {"seed": 5, "days": 6, "clicks_per_day": 20, "now": NOON}


KEYS = {one.name: one.primary_keys for one in cast("list[Any]", STREAMS)}


def in_order(records: list[dict[str, Any]], stream: str) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: [int(record[name]) for name in KEYS[stream]])


@pytest.mark.parametrize("version", VERSIONS)
def test_every_stream_is_the_account_and_a_second_run_brings_the_same(version: str) -> None:
    streams = tuple(offered(version, *PARENT))
    with Sandbox(**ACCOUNT) as box:
        first = run(box, streams=streams, start_date="2026-05-30", api_version=version)
        assert first.error is None
        second = run(
            box, state=first.state, streams=streams, start_date="2026-05-30", api_version=version
        )
        for stream in streams:
            parent = PARENT[stream][1]
            truth = expected(box.rows(stream), stream, version, **{parent: parent})
            for record in truth:
                record.pop("code", None)
            assert truth
            assert in_order(first.records(stream), stream) == in_order(truth, stream), stream
            assert in_order(second.records(stream), stream) == in_order(truth, stream), stream


def test_one_listing_serves_the_list_and_what_hangs_on_it() -> None:
    with Sandbox(**ACCOUNT) as box:
        streams = ("templates", "template_statistics", "coupons", "coupon_campaigns")
        output = run(box, streams=streams, start_date="2026-05-30", api_version="v3")
        assert output.error is None
        assert output.records("templates")
        assert box.calls["/v3/ms/templates"] == 1
        assert box.calls["/v3/couponcampaigns"] == 1


def test_a_pass_goes_on_where_a_budget_ended_it_under_the_same_version() -> None:
    state: Any = None
    asked: list[int] = []
    versions: set[int] = set()
    activated = []
    with Sandbox(**ACCOUNT) as box:
        for _ in range(20):
            output = run(
                box, state=state, streams=("publisher_document_statistics",), concurrency=2,
                start_date="2026-05-30", max_api_calls=6, emit_activate_version_messages=True,
            )  # fmt: skip
            state = output.state
            for message in output.messages:
                if message["type"] == "RECORD":
                    asked.append(message["record"]["document"])
                    versions.add(message["version"])
                if message["type"] == "ACTIVATE_VERSION":
                    activated.append(message["version"])
            if activated:
                break
        assert asked == list(range(1, 21))
        assert versions == set(activated)
        assert len(activated) == 1
        made = Counter(path for path in box.calls.elements() if path.endswith("/statistics"))
        assert sum(made.values()) <= 20 + 2 * 4
        again = run(
            box, state=state, streams=("publisher_document_statistics",), start_date="2026-05-30"
        )
        assert len(again.records("publisher_document_statistics")) == 20


@pytest.mark.parametrize(("days", "begun_again"), [(30, False), (32, True)])
def test_a_pass_that_was_left_for_a_month_begins_again(days: int, *, begun_again: bool) -> None:
    with Sandbox(**ACCOUNT) as box:
        settings: dict[str, Any] = {
            "streams": ("publisher_document_statistics",), "start_date": "2026-05-30",
        }  # fmt: skip
        first = run(box, max_api_calls=6, concurrency=1, **settings)
        state = first.state
        state["bookmarks"]["publisher_document_statistics"]["at"] -= days * 86_400
        second = run(box, state=state, **settings)
        asked = len(second.records("publisher_document_statistics"))
        assert asked == (20 if begun_again else 15)


def test_a_parent_that_vanished_is_skipped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(**ACCOUNT) as box:
        box.fault("400", path="/v2/ms/template/3/statistics", message="No entity with supplied ID")
        output = run(box, streams=("template_statistics",), start_date="2026-05-30")
        assert output.error is None
        assert {record["template"] for record in output.records("template_statistics")} == {
            1, 2, 4, 5, 6, 7, 8,
        }  # fmt: skip
        assert "nothing for 3" in caplog.text


@pytest.mark.parametrize("stream", PARENT)
def test_the_schema_has_every_documented_field_and_the_parent(stream: str) -> None:
    assert set(properties_of(stream)) == {*DOCUMENTED[stream]["fields"], PARENT[stream][1]}

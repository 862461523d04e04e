"""Lists that are read whole: templates, documents, schedules, coupon campaigns."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.records import spill
from tests.parents.truth import DOCUMENTED, NOON, VERSIONS, expected, offered, properties_of
from tests.support.runs import run

LISTS = [
    "templates",
    "publisher_templates",
    "publisher_documents",
    "scheduled_emailings",
    "publisher_scheduled_emailings",
    "coupon_campaigns",
]
ACCOUNT: dict[str, Any] = {"seed": 5, "days": 4, "clicks_per_day": 6, "now": NOON}


def by_key(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: int(record["id"] if "id" in record else record["ID"]))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_list_is_the_account_and_a_second_run_brings_the_same(version: str) -> None:
    streams = offered(version, *LISTS)
    with Sandbox(**ACCOUNT) as box:
        first = run(box, streams=tuple(streams), start_date="2026-05-30", api_version=version)
        second = run(
            box, state=first.state, streams=tuple(streams), start_date="2026-05-30",
            api_version=version,
        )  # fmt: skip
        assert first.error is None
        assert box.calls.total() == 2 * len(streams) + 2 * (version == "v4")
        for stream in streams:
            truth = expected(box.rows(stream), stream, version)
            if stream == "publisher_documents":
                truth = [{k: v for k, v in row.items() if k != "source"} for row in truth]
                for row in truth:
                    row["archived"] = row["archived"] or None
            assert by_key(first.records(stream)) == by_key(truth), stream
            assert by_key(second.records(stream)) == by_key(truth), stream
    for message in first.messages:
        if message["type"] == "SCHEMA":
            validator = jsonschema.Draft202012Validator(message["schema"])
            for record in first.records(message["stream"]):
                validator.validate(record)


SWITCHES: list[dict[str, Any]] = [
    {"order": "shuffled", "page_cap": 3, "cap_echoed": False},
    {"total": "absent", "order": "desc"},
    {"total": "three_high"},
    {"total": "zero"},
    {"seam": "repeat"},
    {"seam": "hide"},
    {"key_case": "mixed", "id_type": "mixed", "nothing": "mixed", "person_type": "mixed"},
    {"number_type": "mixed", "flag_type": "mixed", "time_type": "mixed", "extra_fields": True},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_a_list_is_exact_whatever_the_api_does(switches: dict[str, Any]) -> None:
    with Sandbox(**ACCOUNT, switches=switches) as box:
        streams = ("templates", "publisher_documents", "scheduled_emailings")
        output = run(box, streams=streams, start_date="2026-05-30", page_size=4, api_version="v3")
        assert output.error is None
        for stream in streams:
            keys = sorted(record["id"] for record in output.records(stream))
            assert keys == sorted(row["id"] for row in box.rows(stream)), stream
        assert all(record["from_address"]["email"] for record in output.records("templates"))


def test_the_html_of_documents_is_read_only_where_it_is_named() -> None:
    settings: dict[str, Any] = {
        "streams": ("publisher_documents",), "start_date": "2026-05-30",
    }  # fmt: skip
    with Sandbox(**ACCOUNT) as box:
        run(box, **settings)
        assert ("source", "false") in box.requests[-1][1]
        output = run(box, optional_fields=["publisher_documents.source"], **settings)
        assert all(record["source"] for record in output.records("publisher_documents"))
        assert ("limit", "100") in box.requests[-1][1]


def test_a_list_that_cannot_be_read_completely_writes_nothing_and_retires_nothing() -> None:
    with Sandbox(**ACCOUNT) as box:
        box.fault("html", path="/v2/ms/templates", times=99)
        streams = ("templates", "publisher_templates")
        output = run(
            box,
            streams=streams,
            start_date="2026-05-30",
            max_tries=2,
            emit_activate_version_messages=True,
        )
        assert output.error is not None
        assert output.records("templates") == []
        assert output.records("publisher_templates")
        assert not [
            m for m in output.messages
            if m["type"] == "ACTIVATE_VERSION" and m["stream"] == "templates"
        ]  # fmt: skip


@pytest.mark.parametrize("rows_in_memory", [5, 20_000])
def test_what_goes_between_two_readings_is_not_written(
    rows_in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "MOST_IN_MEMORY", rows_in_memory)
    with Sandbox(**ACCOUNT, switches={"total": "absent"}) as box:
        box.on_call(4, lambda: box.remove("publisher_documents", [3, 17]))
        output = run(box, streams=("publisher_documents",), start_date="2026-05-30", page_size=7)
        assert output.error is None
        assert box.calls.total() > 6
        found = sorted(record["id"] for record in output.records("publisher_documents"))
        assert found == sorted(row["id"] for row in box.rows("publisher_documents"))
        assert 3 not in found


@pytest.mark.parametrize("stream", LISTS)
def test_the_schema_has_every_documented_field(stream: str) -> None:
    documented = set(DOCUMENTED[stream]["fields"]) - {"code"}
    assert set(properties_of(stream)) == documented

"""Databases, collections, fields, interests and selections: whole in every run, at little cost."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.support.runs import Output, run

EMBEDDED = (
    "databases",
    "database_fields",
    "database_interests",
    "collections",
    "collection_fields",
)
STREAMS = (*EMBEDDED, "views", "miniviews")


def read(box: Sandbox, *streams: str, **settings: Any) -> Output:
    return run(box, streams=streams, start_date="2026-05-01", **settings)


def truth(box: Sandbox, stream: str) -> set[tuple[Any, ...]]:
    """Give (id, name, parent's id) of what the stream should hold."""
    bases = box.databases
    parts = [(part, base) for base in bases for part in base["collections"]]
    rows: dict[str, list[tuple[Any, ...]]] = {
        "databases": [(b["ID"], b["name"], None) for b in bases],
        "collections": [(p["ID"], p["name"], b["ID"]) for p, b in parts],
        "database_fields": [(f["ID"], f["name"], b["ID"]) for b in bases for f in b["fields"]],
        "database_interests": [
            (i["ID"], i["name"], b["ID"]) for b in bases for i in b["interests"]
        ],
        "collection_fields": [(f["ID"], f["name"], p["ID"]) for p, _ in parts for f in p["fields"]],
        "views": [(v["ID"], v["name"], b["ID"]) for b in bases for v in b["views"]],
        "miniviews": [(v["ID"], v["name"], p["ID"]) for p, _ in parts for v in p["miniviews"]],
    }
    return set(rows[stream])


def found(output: Output, stream: str) -> list[tuple[Any, ...]]:
    parent = "collection" if stream in {"collection_fields", "miniviews"} else "database"
    return [(row["ID"], row["name"], row.get(parent)) for row in output.records(stream)]


def assert_whole(box: Sandbox, output: Output) -> None:
    assert output.error is None
    for stream in STREAMS:
        rows = found(output, stream)
        assert sorted(rows) == sorted(truth(box, stream)), stream
    for message in output.messages:
        if message["type"] == "SCHEMA":
            validator = jsonschema.Draft202012Validator(
                message["schema"], format_checker=jsonschema.FormatChecker()
            )
            for record in output.records(message["stream"]):
                validator.validate(record)


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_every_list_is_the_account(box: Sandbox, version: str) -> None:
    assert_whole(box, read(box, *STREAMS, api_version=version))


def test_what_databases_embeds_costs_one_call(box: Sandbox) -> None:
    read(box, *EMBEDDED)
    assert box.calls == {"/v2/databases": 1}


def test_a_list_that_was_cut_costs_a_call_of_its_own(box: Sandbox) -> None:
    box.switch(embedded_cap=3, embedded_fields_cap=2)
    output = read(box, *EMBEDDED)
    for stream in EMBEDDED:
        assert sorted(found(output, stream)) == sorted(truth(box, stream)), stream
    cut = {
        *(f"/v2/database/{b['ID']}/fields" for b in box.databases if len(b["fields"]) > 3),
        *(
            f"/v2/database/{b['ID']}/collections"
            for b in box.databases
            if len(b["collections"]) > 3
        ),
        *(
            f"/v2/collection/{p['ID']}/fields"
            for b in box.databases
            for p in b["collections"]
            if len(p["fields"]) > 2
        ),
    }
    assert box.calls == {"/v2/databases": 1, **dict.fromkeys(cut, 1)}


SWITCHES: list[dict[str, Any]] = [
    {"page_cap": 2, "cap_echoed": False, "embedded_cap": 2, "embedded_fields_cap": 1},
    {"total": "absent", "embedded_cap": 2},
    {"total": "three_high"},
    {"total": "zero"},
    {"seam": "repeat", "page_cap": 3},
    {"key_case": "mixed", "id_type": "mixed", "flag_type": "mixed", "nothing": "mixed"},
    {"intentions": False, "time_type": "mixed"},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_lists_are_whole_whatever_the_api_does(box: Sandbox, switches: dict[str, Any]) -> None:
    box.switch(**switches)
    assert_whole(box, read(box, *STREAMS, page_size=20))


def test_a_list_that_cannot_be_read_is_an_error_and_nothing_of_it_is_written(box: Sandbox) -> None:
    box.fault("400", path="/views", message="Something is wrong")
    output = read(box, "views", "databases")
    assert isinstance(output.error, RunError)
    assert "Something is wrong" in output.error.message
    assert len(output.records("databases")) == 3
    assert output.records("views") == []


def test_a_selection_that_goes_while_it_is_read_is_skipped(box: Sandbox) -> None:
    box.fault("400", path="/view/", message="No view with supplied ID")
    output = read(box, "views")
    assert output.error is None
    top = {row for row in truth(box, "views") if row in found(output, "views")}
    assert len(top) == len(found(output, "views")) > 0


def test_a_second_list_does_not_ask_again_where_the_first_one_failed(box: Sandbox) -> None:
    box.fault("400", path="/databases", message="Something is wrong")
    output = read(box, *EMBEDDED)
    assert isinstance(output.error, RunError)
    assert box.calls.total() == 1


MANY = 100


@pytest.mark.parametrize("total", ["exact", "three_high", "absent"])
def test_what_one_list_teaches_of_totals_serves_the_next(total: str) -> None:
    with Sandbox(
        seed=1, days=2, clicks_per_day=1, profiles=20, databases=MANY, switches={"total": total}
    ) as box:
        output = read(box, "views")
        assert sorted(found(output, "views")) == sorted(truth(box, "views"))
        assert sum(box.calls.values()) <= 130


@pytest.mark.parametrize(
    ("lists", "ids"),
    [("views", "view_profile_ids"), ("miniviews", "miniview_subprofile_ids")],
)
def test_selections_are_listed_once_per_run(lists: str, ids: str) -> None:
    calls = {}
    with Sandbox(seed=1, days=2, clicks_per_day=1, profiles=20, databases=3) as box:
        for streams in ((lists,), (ids,), (lists, ids)):
            box.reset_calls()
            output = read(box, *streams)
            assert output.error is None
            assert len(output.records(lists)) == (len(truth(box, lists)) if lists in streams else 0)
            calls[streams] = sum(box.calls.values())
    assert calls[lists, ids] == max(calls[lists,], calls[ids,])

"""Profiles and subprofiles over HTTP: exact rows, first and later reads, changes, kills, filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from singer_sdk.helpers._flattening import flatten_key, flatten_record

from tests.support.profiles import (
    CUSTOMERS,
    EMPTY,
    NASTY,
    ORDERS,
    PLAIN,
    SUBPROFILES,
    discovered,
    read,
    subtruth,
    truth,
    upserted,
)

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

NOW = "2026-06-01T12:00:00+00:00"
KLANTEN = "profiles_klanten_prospects_belgie_2e_lijst"


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_the_first_read_is_every_profile_and_subprofile(box: Sandbox, version: str) -> None:
    output = read(box, CUSTOMERS, KLANTEN, SUBPROFILES, api_version=version, page_size=100)
    assert output.error is None
    assert upserted(output) == truth(box, PLAIN)
    assert upserted(output, stream=KLANTEN) == truth(box, NASTY)
    assert upserted(output, stream=SUBPROFILES) == subtruth(box, ORDERS)
    for stream in (CUSTOMERS, KLANTEN, SUBPROFILES):
        assert len(output.records(stream)) == len(upserted(output, stream=stream))
        bookmark = output.state["bookmarks"][stream]
        assert bookmark["replication_key_value"] == "2026-06-01T11:55:00+00:00"
        assert bookmark["pass"] is None


def test_every_record_validates_against_its_schema(box: Sandbox) -> None:
    catalog = discovered(box)
    streams = [one["tap_stream_id"] for one in catalog["streams"] if "table_name" in one]
    output = read(box, *streams, catalog=catalog)
    schemas = {m["stream"]: m["schema"] for m in output.messages if m["type"] == "SCHEMA"}
    assert sorted(schemas) == sorted(streams)
    for stream, schema in schemas.items():
        validator = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.FormatChecker()
        )
        for record in output.records(stream):
            validator.validate(record)


def test_no_page_is_asked_by_offset_and_the_first_alone_for_a_total(box: Sandbox) -> None:
    read(box, CUSTOMERS, page_size=100)
    pages = [dict(pairs) for path, pairs in box.requests if path.endswith("/profiles")]
    assert [page["fields[]"] for page in pages[:1]] == ["id>0"]
    assert [page.get("total") for page in pages] == [None, "false", "false"]
    for page in pages:
        assert "start" not in page
        assert (page["orderby"], page["order"]) == ("id", "asc")


def test_an_empty_database_is_one_call(box: Sandbox) -> None:
    output = read(box, "profiles_archive")
    assert output.error is None
    assert output.records("profiles_archive") == []
    assert box.calls == {f"/v2/database/{EMPTY}/profiles": 1}
    assert output.state["bookmarks"]["profiles_archive"]["replication_key_value"]


def test_a_later_read_brings_what_was_modified_since(box: Sandbox) -> None:
    first = read(box, CUSTOMERS, SUBPROFILES)
    box.now = "2026-06-02T12:00:00+00:00"
    box.change_profiles(PLAIN, [3, 199], fields={"City": "Assen", "Birthday": "2001-02-03"})
    box.change_subprofiles(ORDERS, [5], fields={"Amount": "12.50"})
    added = box.add_profiles(PLAIN, [{"City": "Emmen"}])
    second = read(box, CUSTOMERS, SUBPROFILES, state=first.state)
    assert set(second.ids(CUSTOMERS)) == {3, 199, *added}
    assert second.ids(SUBPROFILES) == [5]
    assert upserted(first, second) == truth(box, PLAIN)
    assert upserted(first, second, stream=SUBPROFILES) == subtruth(box, ORDERS)
    asked = [pairs for path, pairs in box.requests if path.endswith("/profiles")]
    assert ("fields[]", "modified>=2026-06-01 10:55:00") in asked[0]


def test_start_and_end_date_do_not_cut_profiles(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, start_date="2026-05-30", end_date="2026-05-31")
    assert upserted(output) == truth(box, PLAIN)


SWITCHES: list[dict[str, Any]] = [
    {"page_cap": 33, "cap_echoed": False},
    {"field_values": "typed"},
    {"interests": "numbers"},
    {"interests": "booleans", "empty_object": "list"},
    {"id_type": "mixed", "time_type": "mixed"},
    {"key_case": "mixed", "nothing": "mixed"},
    {"bounds": "texts"},
    {"bounds": "instants"},
    {"nextid": True, "total": "absent"},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_profiles_are_exact_whatever_the_api_does(box: Sandbox, switches: dict[str, Any]) -> None:
    box.switch(**switches)
    first = read(box, CUSTOMERS, KLANTEN, SUBPROFILES, page_size=100)
    assert first.error is None
    assert upserted(first) == truth(box, PLAIN)
    assert upserted(first, stream=KLANTEN) == truth(box, NASTY)
    assert upserted(first, stream=SUBPROFILES) == subtruth(box, ORDERS)


def test_numbers_as_text_or_not_and_empty_texts_as_null_mean_the_same(box: Sandbox) -> None:
    def without_empty(records: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
        return {
            number: {name: value or None for name, value in record["fields"].items()}
            for number, record in records.items()
        }

    box.switch(field_values="mixed")
    output = read(box, CUSTOMERS, KLANTEN)
    for stream, database in ((CUSTOMERS, PLAIN), (KLANTEN, NASTY)):
        found = upserted(output, stream=stream)
        assert without_empty(found) == without_empty(truth(box, database))


def test_a_value_that_cannot_be_cast_is_null_and_counted(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.change_profiles(PLAIN, [1, 2], fields={"Orders": "many", "Birthday": "soon"})
    output = read(box, CUSTOMERS)
    assert output.error is None
    assert upserted(output)[1]["fields"]["Orders"] is None
    assert "profiles_customers.fields.Orders: 2 values could not be cast" in caplog.text
    assert "many" not in caplog.text


def test_a_field_that_the_catalog_lacks_is_named_with_what_to_do(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = discovered(box)
    box.add_field(PLAIN, "Loyalty card")
    output = read(box, CUSTOMERS, catalog=catalog)
    assert output.error is None
    assert "Loyalty card" not in upserted(output)[1]["fields"]
    (line,) = [record.message for record in caplog.records if "`Loyalty card`" in record.message]
    assert "--discover" in line
    assert "Loyalty card" in upserted(read(box, CUSTOMERS))[1]["fields"]


def test_secret_is_there_for_whoever_names_it(box: Sandbox) -> None:
    named = {"optional_fields": ["profiles_*.secret"]}
    output = read(box, CUSTOMERS, catalog=discovered(box, **named), **named)
    secrets = {row["ID"]: row["secret"] for row in box.profiles(PLAIN)}
    assert {row["ID"]: row["secret"] for row in output.records(CUSTOMERS)} == secrets
    assert "secret" not in read(box, CUSTOMERS).records(CUSTOMERS)[0]


def test_a_database_that_is_gone_is_skipped(box: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    catalog = discovered(box)
    for stream in catalog["streams"]:
        if stream["tap_stream_id"] == CUSTOMERS:
            stream["table_name"] = "database/99"
    output = read(box, CUSTOMERS, SUBPROFILES, catalog=catalog)
    assert output.error is None
    assert output.records(SUBPROFILES)
    assert "no database/99 any more" in caplog.text


def test_a_catalog_that_lost_the_ids_works_by_name(box: Sandbox) -> None:
    catalog = discovered(box)
    for stream in catalog["streams"]:
        stream.pop("table_name", None)
    output = read(box, CUSTOMERS, SUBPROFILES, catalog=catalog)
    assert upserted(output) == truth(box, PLAIN)
    assert upserted(output, stream=SUBPROFILES) == subtruth(box, ORDERS)


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("503", {"calls": [2, 3]}),
    ("truncated", {"calls": [3]}),
    ("html", {"calls": [2]}),
    ("empty", {"calls": [4]}),
]


@pytest.mark.parametrize(("kind", "rule"), FAULTS, ids=str)
def test_failures_that_pass_lose_nothing(box: Sandbox, kind: str, rule: dict[str, Any]) -> None:
    catalog = discovered(box)
    box.fault(kind, **rule)
    output = read(box, CUSTOMERS, catalog=catalog, page_size=60)
    assert output.error is None
    assert upserted(output) == truth(box, PLAIN)


@pytest.mark.parametrize("separator", ["__", "."])
def test_flattened_records_are_those_that_the_sdk_would_make(box: Sandbox, separator: str) -> None:
    box.add_field(PLAIN, "a field with a name that is as long as it can be " * 6)
    catalog = discovered(box)
    streams = (CUSTOMERS, KLANTEN, SUBPROFILES, "databases")
    options = {"flattening_enabled": True, "flattening_separator": separator}
    plain = read(box, *streams, catalog=catalog)
    flat = read(box, *streams, catalog=catalog, flattening_max_depth=1, **options)
    assert flat.error is None
    schemas = {m["stream"]: m["schema"] for m in flat.messages if m["type"] == "SCHEMA"}
    for stream in streams:
        records = flat.records(stream)
        names = {
            flatten_key(name, ["fields"], separator): f"fields{separator}{field['title']}"
            for one in catalog["streams"]
            for name, field in one["schema"]["properties"]
            .get("fields", {})
            .get("properties", {})
            .items()
            if one["tap_stream_id"] == stream and "title" in field
        }
        flattened = [
            flatten_record(record, schemas[stream], 1, separator)
            for record in plain.records(stream)
        ]
        assert records == [
            {names.get(name, name): value for name, value in record.items()} for record in flattened
        ]
        assert set(records[0]) <= set(schemas[stream]["properties"])
    assert all(not isinstance(value, (dict, list)) for value in flat.records(CUSTOMERS)[0].values())

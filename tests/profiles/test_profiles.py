"""Profiles and subprofiles over HTTP: exact rows, first and later reads, changes, kills, filters."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from singer_sdk.helpers._flattening import flatten_record

from tap_copernica.errors import IgnoredFilterError, RunError
from tap_copernica.passes import check_ids
from tap_copernica.sandbox import Sandbox
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
from tests.support.runs import Output

NOW = "2026-06-01T12:00:00+00:00"
KLANTEN = "profiles_klanten_prospects_belgie_2e_lijst"


def passed(output: Output, stream: str = CUSTOMERS) -> Any:
    return output.state["bookmarks"][stream].get("pass")


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


def test_no_page_is_asked_by_offset_and_no_total_is_asked_for(box: Sandbox) -> None:
    read(box, CUSTOMERS, page_size=100)
    pages = [dict(pairs) for path, pairs in box.requests if path.endswith("/profiles")]
    assert [page["fields[]"] for page in pages[:1]] == ["id>0"]
    assert len(pages) == 4
    for page in pages:
        assert "start" not in page
        assert (page["orderby"], page["order"], page["total"]) == ("id", "asc", "false")


def test_an_empty_database_is_one_call(box: Sandbox) -> None:
    output = read(box, "profiles_archive")
    assert output.error is None
    assert output.records("profiles_archive") == []
    assert box.calls == {"/v2/databases": 1, f"/v2/database/{EMPTY}/profiles": 1}
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


@pytest.mark.parametrize("calls", range(1, 5))
def test_nothing_is_lost_of_what_changes_during_a_pass(box: Sandbox, calls: int) -> None:
    """With the least overlap that the settings allow."""
    exact: dict[str, Any] = {"lookback_minutes": 0, "lag_minutes": 0, "page_size": 60}
    catalog = discovered(box)
    box.change_profiles(PLAIN, [2, 61, 230], fields={"City": "x"}, after_calls=calls)
    box.remove_profiles(PLAIN, [1, 59, 60, 62, 120], after_calls=calls)
    box.add_profiles(PLAIN, 3, after_calls=calls)
    first = read(box, CUSTOMERS, catalog=catalog, **exact)
    second = read(box, CUSTOMERS, state=first.state, catalog=catalog, **exact)
    now = truth(box, PLAIN)
    found = upserted(first, second)
    assert {number: found[number] for number in now} == now
    assert set(found) - set(now) <= {1, 59, 60, 62, 120}


@pytest.mark.parametrize("cut", range(1, 7))
def test_a_run_killed_anywhere_goes_on_in_its_middle(box: Sandbox, cut: int) -> None:
    catalog = discovered(box)
    whole = read(box, CUSTOMERS, catalog=catalog, page_size=50)
    states = [at for at, one in enumerate(whole.messages) if one["type"] == "STATE"]
    reached = (states[cut - 1] if cut <= len(states) else states[-1]) + 1
    killed = Output(whole.messages[: reached + 20])  # rows after the last STATE came along too
    box.change_profiles(PLAIN, [7, 229], fields={"City": "x"})
    state = killed.states[-1]
    pages = len(read(box, CUSTOMERS, catalog=catalog, page_size=50, state=state).records(CUSTOMERS))
    rest = read(box, CUSTOMERS, catalog=catalog, page_size=50, state=state)
    again = read(box, CUSTOMERS, catalog=catalog, page_size=50, state=rest.state)
    assert upserted(killed, rest, again) == truth(box, PLAIN)
    last = (state["bookmarks"][CUSTOMERS].get("pass") or {"last": 0})["last"]
    if not state["bookmarks"][CUSTOMERS].get("replication_key_value"):
        assert pages == len([number for number in truth(box, PLAIN) if number > last])


def test_a_budget_ends_in_the_middle_and_the_next_run_goes_on(box: Sandbox) -> None:
    state: Any = None
    outputs = []
    for _ in range(5):
        outputs.append(read(box, CUSTOMERS, state=state, page_size=60, max_api_calls=3))
        assert outputs[-1].error is None
        state = outputs[-1].state
        if passed(outputs[-1]) is None:
            break
    assert len(outputs) == 3
    assert upserted(*outputs) == truth(box, PLAIN)
    assert sum(len(output.records(CUSTOMERS)) for output in outputs) == 230


def test_a_later_read_that_was_stopped_goes_on_with_what_was_modified(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.now = "2026-06-02T12:00:00+00:00"
    changed = sorted(truth(box, PLAIN))[::2]
    box.change_profiles(PLAIN, changed, fields={"City": "Assen"})
    second = read(box, CUSTOMERS, state=first.state, page_size=60, max_api_calls=2)
    assert passed(second)["since"] == "2026-06-01T08:55:00+00:00"
    third = read(box, CUSTOMERS, state=second.state, page_size=60)
    assert second.ids(CUSTOMERS) + third.ids(CUSTOMERS) == changed


@pytest.mark.parametrize("ids", [[5], [4], [6, 6], [8, 7]])
def test_ids_that_do_not_ascend_from_the_last_one_are_an_error(ids: list[int]) -> None:
    check_ids([{"ID": number} for number in (6, 7)], 5, CUSTOMERS)
    with pytest.raises(IgnoredFilterError):
        check_ids([{"ID": number} for number in ids], 5, CUSTOMERS)


def test_the_bookmark_is_the_time_the_pass_began_also_when_it_was_resumed(box: Sandbox) -> None:
    first = read(box, CUSTOMERS, page_size=60, max_api_calls=3)
    box.now = "2026-06-01T20:00:00+00:00"
    second = read(box, CUSTOMERS, page_size=60, state=first.state)
    bookmark = second.state["bookmarks"][CUSTOMERS]
    assert bookmark["replication_key_value"] == "2026-06-01T11:55:00+00:00"


def test_the_bookmark_never_moves_back(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.now = "2026-05-31T12:00:00+00:00"
    second = read(box, CUSTOMERS, state=first.state)
    bookmark = second.state["bookmarks"][CUSTOMERS]
    assert bookmark["replication_key_value"] == "2026-06-01T11:55:00+00:00"


def test_the_bookmark_is_never_in_the_hour_that_occurs_twice(box: Sandbox) -> None:
    box.now = "2026-10-25T01:20:00+00:00"
    output = read(box, CUSTOMERS)
    bookmark = output.state["bookmarks"][CUSTOMERS]["replication_key_value"]
    assert bookmark == "2026-10-24T23:59:59+00:00"


@pytest.mark.parametrize("broken", [{"pass": 3}, {"pass": {"last": 5}}, {"pass": {"began": "x"}}])
def test_a_pass_that_cannot_be_read_is_begun_again(box: Sandbox, broken: dict[str, Any]) -> None:
    output = read(box, CUSTOMERS, state={"bookmarks": {CUSTOMERS: broken}})
    assert upserted(output) == truth(box, PLAIN)


def test_a_bookmark_that_is_no_time_is_an_error_of_its_stream(box: Sandbox) -> None:
    bookmark = {"replication_key": "modified", "replication_key_value": "soon"}
    output = read(box, CUSTOMERS, SUBPROFILES, state={"bookmarks": {CUSTOMERS: bookmark}})
    assert isinstance(output.error, RunError)
    assert "profiles_customers: the bookmark" in output.error.message
    assert output.records(SUBPROFILES)


def full_table(catalog: dict[str, Any]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        if stream["tap_stream_id"] == CUSTOMERS:
            stream["replication_method"] = "FULL_TABLE"
    return catalog


def test_a_full_table_is_whole_every_time_and_then_activated(box: Sandbox) -> None:
    catalog = full_table(discovered(box))
    first = read(box, CUSTOMERS, catalog=catalog, emit_activate_version_messages=True)
    second = read(
        box, CUSTOMERS, catalog=catalog, state=first.state, emit_activate_version_messages=True
    )
    for output in (first, second):
        assert upserted(output) == truth(box, PLAIN)
        kinds = [message["type"] for message in output.messages]
        assert kinds.index("ACTIVATE_VERSION") > max(
            at for at, kind in enumerate(kinds) if kind == "RECORD"
        )


def test_an_ignored_filter_is_an_error_before_the_page_is_written(box: Sandbox) -> None:
    catalog = discovered(box)
    first = read(box, CUSTOMERS, catalog=catalog, page_size=100)
    box.switch(fields_ignored=True)
    later = read(box, CUSTOMERS, catalog=catalog, state=first.state)
    assert isinstance(later.error, RunError)
    assert "ignores the filter fields[]=modified>=" in later.error.message
    assert later.records(CUSTOMERS) == []
    anew = read(box, CUSTOMERS, catalog=catalog, page_size=100)
    assert isinstance(anew.error, RunError)
    assert "ignores fields[]=id>" in anew.error.message
    assert anew.ids(CUSTOMERS) == first.ids(CUSTOMERS)[:100]
    assert passed(anew)["last"] == anew.ids(CUSTOMERS)[-1]


def account(*fields: tuple[str, str]) -> Sandbox:
    layout = {"name": "Customers", "profiles": 130, "fields": [*fields, ("City", "text")]}
    return Sandbox(seed=3, layout=[layout], clicks_per_day=0, now=NOW)


def test_a_field_called_modified_means_that_all_is_read_by_id() -> None:
    with account(("Modified", "datetime")) as box:
        first = read(box, CUSTOMERS, page_size=50)
        second = read(box, CUSTOMERS, page_size=50, state=first.state)
        for output in (first, second):
            assert output.error is None
            assert upserted(output) == truth(box, PLAIN)
        filters = [
            value for _, pairs in box.requests for name, value in pairs if name == "fields[]"
        ]
        assert all(value.startswith("id>") for value in filters)
        assert len(filters) == 4


def test_a_field_added_since_that_is_called_modified_is_noticed() -> None:
    with account() as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog)
        box.add_field(PLAIN, "modified", "datetime")
        second = read(box, CUSTOMERS, catalog=catalog, state=first.state)
        assert second.error is None
        assert len(second.records(CUSTOMERS)) == 130


@pytest.mark.parametrize("calls", range(1, 5))
@pytest.mark.parametrize("removed", [[1], [39, 40], list(range(1, 41)), list(range(1, 120))])
def test_a_field_called_id_means_offsets_that_step_back(calls: int, removed: list[int]) -> None:
    with account(("id", "integer")) as box:
        catalog = discovered(box)
        there = set(truth(box, PLAIN))
        box.remove_profiles(PLAIN, [one for one in removed if one in there], after_calls=calls)
        box.add_profiles(PLAIN, 2, after_calls=calls)
        output = read(box, CUSTOMERS, catalog=catalog, page_size=40)
        assert output.error is None
        found, now = output.ids(CUSTOMERS), set(truth(box, PLAIN))
        assert len(found) == len(set(found))
        assert now <= set(found)
        assert box.calls.total() <= 20


def starts(box: Sandbox) -> list[int]:
    """Give the offsets of the calls for profiles."""
    return [int(dict(pairs)["start"]) for path, pairs in box.requests if "profiles" in path]


def test_a_run_that_pages_by_offset_goes_on_at_the_offset_it_reached() -> None:
    with account(("ID", "integer"), ("modified", "date")) as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog, page_size=20, max_api_calls=6)
        # Each page begins with the last row of the one before it.
        assert starts(box) == [0, 19, 38, 57, 76]
        read(box, CUSTOMERS, catalog=catalog, page_size=20, state=first.state)
        assert starts(box) == [95, 114, 129]


def test_offsets_too_go_on_where_a_run_was_killed() -> None:
    with account(("ID", "integer"), ("modified", "date")) as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog, page_size=40, max_api_calls=3)
        box.remove_profiles(PLAIN, range(1, 30))
        second = read(box, CUSTOMERS, catalog=catalog, page_size=40, state=first.state)
        assert second.error is None
        found = first.ids(CUSTOMERS) + second.ids(CUSTOMERS)
        assert len(found) == len(set(found)) == 130


SWITCHES: list[dict[str, Any]] = [
    {"page_cap": 33, "cap_echoed": False},
    {"field_values": "typed"},
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


def test_secret_is_there_for_whoever_selects_it(box: Sandbox) -> None:
    catalog = discovered(box)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] == ["properties", "secret"]:
                entry["metadata"]["selected"] = True
    output = read(box, CUSTOMERS, catalog=catalog)
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
        assert records == [
            flatten_record(record, schemas[stream], 1, separator)
            for record in plain.records(stream)
        ]
        assert set(records[0]) <= set(schemas[stream]["properties"])
    assert all(not isinstance(value, (dict, list)) for value in flat.records(CUSTOMERS)[0].values())

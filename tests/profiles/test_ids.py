"""Lists of ids: complete or not written at all, so that whatever they lack is really gone."""

from __future__ import annotations

import io
from typing import Any

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError, StreamError
from tap_copernica.http.decoding import strict
from tap_copernica.http.id_lists import ids_of
from tests.support.profiles import PLAIN, read
from tests.support.runs import Output, catalog_of

STREAMS = {
    "profile_ids": "database",
    "subprofile_ids": "collection",
    "view_profile_ids": "view",
    "miniview_subprofile_ids": "miniview",
}


def ids(box: Sandbox, *streams: str, **settings: Any) -> Output:
    return read(box, *streams, catalog=catalog_of(), **settings)


def pairs(output: Output, stream: str) -> list[tuple[int, int]]:
    return [(row[STREAMS[stream]], row["ID"]) for row in output.records(stream)]


def existing(box: Sandbox, stream: str) -> set[tuple[int, int]]:
    if stream == "profile_ids":
        return {(b["ID"], row["ID"]) for b in box.databases for row in box.profiles(b["ID"])}
    parts = [part for base in box.databases for part in base["collections"]]
    return {(p["ID"], row["ID"]) for p in parts for row in box.subprofiles(p["ID"])}


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
@pytest.mark.parametrize("how", ["whole", "paged"])
def test_ids_are_those_that_exist(box: Sandbox, how: str, version: str) -> None:
    box.switch(id_lists=how)
    output = ids(box, "profile_ids", "subprofile_ids", page_size=100, api_version=version)
    assert output.error is None
    for stream in ("profile_ids", "subprofile_ids"):
        found = pairs(output, stream)
        assert len(found) == len(set(found))
        assert set(found) == existing(box, stream)


def test_each_row_says_when_it_was_seen_and_how_long_its_list_is(box: Sandbox) -> None:
    output = ids(box, *STREAMS)
    assert output.error is None
    seen = {row["seen_at"] for stream in STREAMS for row in output.records(stream)}
    assert len(seen) == 1
    for stream, parent in STREAMS.items():
        rows = output.records(stream)
        assert rows
        for number in {row[parent] for row in rows}:
            own = [row for row in rows if row[parent] == number]
            assert {row["list_size"] for row in own} == {len(own)}
    for message in output.messages:
        if message["type"] == "SCHEMA":
            validator = jsonschema.Draft202012Validator(message["schema"])
            for record in output.records(message["stream"])[::50]:
                validator.validate(record)
            assert message["key_properties"] == [STREAMS[message["stream"]], "ID"]


def test_members_of_selections_are_those_of_the_selection(box: Sandbox) -> None:
    output = ids(box, "view_profile_ids", "views")
    members = pairs(output, "view_profile_ids")
    views = {row["ID"]: row for row in output.records("views")}
    assert {view for view, _ in members} <= set(views)
    nested = [row for row in views.values() if row["parent_type"] == "view"]
    assert nested
    for row in nested:
        inner = {one for view, one in members if view == row["ID"]}
        outer = {one for view, one in members if view == row["parent_id"]}
        assert inner <= outer


def test_a_list_costs_two_calls(box: Sandbox) -> None:
    ids(box, "profile_ids")
    assert box.calls.total() == 1 + 2 * 3


@pytest.mark.parametrize("how", ["whole", "paged"])
def test_a_truncated_list_is_an_error_and_nothing_of_it_is_written(box: Sandbox, how: str) -> None:
    box.switch(id_list_cut=200, id_lists=how)
    output = ids(box, "profile_ids")
    if how == "paged":  # then the rest can be asked for
        assert output.error is None
        assert set(pairs(output, "profile_ids")) == existing(box, "profile_ids")
        return
    assert isinstance(output.error, RunError)
    assert "/database/11/profileids has 200 ids, its database 230 rows" in output.error.message
    assert {database for database, _ in pairs(output, "profile_ids")} == set()


def test_the_other_lists_are_written_all_the_same(box: Sandbox) -> None:
    box.switch(id_list_cut=250)
    output = ids(box, "profile_ids")
    assert isinstance(output.error, RunError)
    assert {database for database, _ in pairs(output, "profile_ids")} == {PLAIN}


def test_without_a_total_lists_are_read_until_no_new_id_comes(box: Sandbox) -> None:
    box.switch(total="absent", id_lists="paged")
    output = ids(box, "profile_ids", page_size=100)
    assert output.error is None
    assert set(pairs(output, "profile_ids")) == existing(box, "profile_ids")


def test_what_was_removed_is_what_the_newest_list_lacks(box: Sandbox) -> None:
    before = {row["ID"] for row in box.profiles(PLAIN)}
    gone = sorted(before)[5:105:10]
    box.remove_profiles(PLAIN, gone)
    output = ids(box, "profile_ids", databases=["Customers"])
    assert before - {number for _, number in pairs(output, "profile_ids")} == set(gone)


@pytest.mark.parametrize("calls", range(1, 4))
def test_changes_while_it_is_read_do_not_fail_it(box: Sandbox, calls: int) -> None:
    box.remove_profiles(PLAIN, [1, 2], after_calls=calls)
    output = ids(box, "profile_ids", databases=[PLAIN], concurrency=1)
    assert output.error is None
    there = {number for _, number in pairs(output, "profile_ids")}
    assert there >= {row["ID"] for row in box.profiles(PLAIN)}


@pytest.mark.parametrize("total", ["exact", "absent"])
@pytest.mark.parametrize("calls", range(2, 7))
@pytest.mark.parametrize(("go", "come"), [(2, 2), (2, 0), (60, 0)])
def test_nothing_that_exists_hides_between_pages(
    box: Sandbox, go: int, come: int, calls: int, total: str
) -> None:
    """Where rows before a page go, others move to where nobody looks."""
    box.switch(id_lists="paged", total=total)
    before = {row["ID"] for row in box.profiles(PLAIN)}
    gone = sorted(before)[:go]
    box.reset_calls()
    box.remove_profiles(PLAIN, gone, after_calls=calls)
    box.add_profiles(PLAIN, come, after_calls=calls)
    output = ids(box, "profile_ids", databases=[PLAIN], page_size=60)
    assert output.error is None
    found = [number for _, number in pairs(output, "profile_ids")]
    assert len(found) == len(set(found))
    assert set(found) >= before - set(gone)
    (size,) = {row["list_size"] for row in output.records("profile_ids")}
    assert size == len(found)


def test_pages_of_one_id_are_asked_for_two() -> None:
    layout = [{"name": "Few", "profiles": 5}]
    with Sandbox(layout=layout, clicks_per_day=0, switches={"id_lists": "paged"}) as box:
        output = ids(box, "profile_ids", page_size=1)
        assert output.error is None
        assert set(pairs(output, "profile_ids")) == existing(box, "profile_ids")


def test_a_list_of_ids_in_no_order_is_whole_too(box: Sandbox) -> None:
    box.switch(order="shuffled", total="absent")
    output = ids(box, "profile_ids")
    assert output.error is None
    found = pairs(output, "profile_ids")
    assert len(found) == len(set(found))
    assert set(found) == existing(box, "profile_ids")


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (b'["3", 1, "2"]', ["3", 1, "2"]),
        (b'{"start": 0, "data": ["3", "1"], "count": 2}', ["3", "1"]),
        (b'{"data": {"4": "7"}}', ["7"]),
        (b"[]", []),
    ],
)
def test_ids_come_bare_or_in_an_envelope(body: bytes, ids: list[object]) -> None:
    assert list(ids_of(io.BytesIO(body), strict, "profile_ids", "/x")) == ids


@pytest.mark.parametrize("body", [b'{"error": {"message": "no"}}', b"[1,", b'{"data": 3}'])
def test_what_is_no_list_of_ids_is_an_error(body: bytes) -> None:
    with pytest.raises(StreamError):
        list(ids_of(io.BytesIO(body), strict, "profile_ids", "/x"))


def test_only_the_chosen_databases_are_asked(box: Sandbox) -> None:
    output = ids(box, *STREAMS, databases=["Archive"])
    assert output.error is None
    assert not any("/11/" in path or "/12/" in path for path in box.calls)


def test_a_selection_that_goes_meanwhile_is_skipped(box: Sandbox) -> None:
    box.fault("400", path="/view/90/profileids", message="No view with supplied ID")
    output = ids(box, "view_profile_ids")
    assert output.error is None
    assert 90 not in {view for view, _ in pairs(output, "view_profile_ids")}

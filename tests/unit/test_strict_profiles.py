"""Rows of profiles through the strict lane are what the tolerant one makes of them, without a word."""

from __future__ import annotations

import contextlib
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copernica_sandbox import Sandbox
from tap_copernica.clock import AccountClock
from tap_copernica.http.bulk import BrokenOffError, rows_of
from tap_copernica.http.decoding import strict
from tap_copernica.http.pagination import Page
from tap_copernica.inputs.personal import WAYS, PersonalSettings
from tap_copernica.records import fields as f
from tap_copernica.records.personal import Rules
from tap_copernica.records.profile_rows import ProfileReader
from tap_copernica.records.rows import RecordReader
from tap_copernica.records.strict import StrictRows
from tap_copernica.records.strict_profiles import ProfileLane
from tap_copernica.streams.profiles import ProfilesStream
from tests.support.bulk import batch_config
from tests.support.bulk import rows_of as rows_of_batch
from tests.support.profiles import CUSTOMERS, discovered, read
from tests.support.words import said_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.runs import Output

NAME = "profiles_customers"
OWN = {
    "E-mail": f.text("", f.PERSON),
    "Plaats / Straße": f.text("", f.PERSON),
    "Orders": f.integer("", f.NONE),
    "Spent": f.number(""),
    "Born": f.day(""),
    "Last seen": f.moment(""),
}
FIELDS = {
    "E-mail": "person4@example.org",
    "Plaats / Straße": "'s-Hertogenbosch",
    "Orders": "-1",
    "Spent": "269.20",
    "Born": "1968-05-12",
    "Last seen": "2024-05-23 10:13:50",
}
ROW: dict[str, Any] = {
    "ID": "4",
    "fields": FIELDS,
    "interests": ["News", "Sport"],
    "database": "11",
    "secret": "df20349462ab109065e7f8a10e7f",
    "created": "2023-06-02 14:47:18",
    "modified": "2025-08-31 20:11:49",
    "removed": False,
}


def reader_of(
    own: dict[str, Any] = OWN, personal_data: str = "keep", *, with_secret: bool = False
) -> ProfileReader:
    """Make a reader of profiles with these fields."""
    fields = {"type": ["object", "null"], "properties": own, "additionalProperties": False}
    schema = ProfilesStream.schema_with(fields)
    withheld = [] if with_secret else ["secret"]
    read = f.without(schema, withheld)
    rules = Rules(
        PersonalSettings(personal_data, "a long key" if personal_data == "hash" else None)
    )
    return ProfileReader(
        NAME,
        read,
        AccountClock("Europe/Amsterdam"),
        logger=logging.getLogger("strict.profiles"),
        withheld=withheld,
        protection=rules.of(NAME, read),
        fields_protection=rules.of(NAME, fields),
    )


def page_of(*rows: object) -> bytes:
    """Write a page as PHP does."""
    whole = {"start": 0, "limit": 1000, "count": len(rows), "data": rows, "total": len(rows)}
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()


def through_strict_lane(body: bytes, reader: ProfileReader) -> list[Any] | None:
    """Read a page through the strict lane; None where it does not take it."""
    assert reader.strict_page is not None
    page = reader.strict_page(body)
    return None if page is None else list(reader.of_page(page.rows, database=99))


def said_of(records: list[dict[str, Any]]) -> str:
    """Write records so that types and the signs of zeros tell."""
    return repr(
        [[(name, _sorted(value)) for name, value in sorted(one.items())] for one in records]
    )


def _sorted(value: Any) -> Any:
    return sorted(value.items()) if isinstance(value, dict) else value


def assert_agreement(body: bytes, **how: Any) -> bool:
    """Compare the lanes, where the strict one takes the page; tell whether it does."""
    found = through_strict_lane(body, reader_of(**how))
    if found is None:
        return False
    tolerant = reader_of(**how)
    with said_by(tolerant.logger) as said:
        expected = tolerant.records(Page.of(strict(body)).rows, database=99)
    assert said_of(found) == said_of(expected)
    assert not tolerant.uncast
    assert not tolerant.fields.uncast
    assert not said
    return True


_WORDS = st.sampled_from(["null", "NULL", "", " ", "nan", "inf", "true", "x", "٣", "1_0", "0x10"])
_NUMBER: st.SearchStrategy[Any] = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from([2**53, 2**53 + 1, 2**63, -(2**63), 0, 1, True, False, None, [], {}]),
    st.sampled_from(
        ["1e3", "1.0E+15", "-1e-7", "1e400", "12e0", "1.0", "1.5", "0.10", "-0", "-0.0"]
    ),
    st.sampled_from(["007", " 5", "5 ", "+5", "-5", "5.", ".5", "1,5", "9" * 400]),
    _WORDS,
)
_TIME: st.SearchStrategy[Any] = st.one_of(
    st.datetimes().map(lambda one: one.isoformat(" ", "seconds")),
    st.dates().map(str),
    st.sampled_from(["0000-00-00", "0000-00-00 00:00:00", "-0001-11-30 00:00:00", "0000-soon"]),
    st.sampled_from(["2025-10-26 02:30:00", "2025-03-30 02:30:00", "2025-03-30 01:59:59"]),
    st.sampled_from(["2025-06-01T10:20:30", "2025-13-01", "2025-06-01 24:00:00", "2025-06-01 "]),
    st.sampled_from([None, False, True, 0, 1, 5, 0.0, [], {}, {"date": "2014-10-14 11:33:22.0"}]),
    _WORDS,
)
_TEXT: st.SearchStrategy[Any] = st.one_of(
    st.text(), st.sampled_from(["", "null", '"},{"', "\u2028", "}\n{", None, 5, 1.5, True, [], {}])
)
_LIST: st.SearchStrategy[Any] = st.one_of(
    st.lists(_TEXT, max_size=2),
    st.sampled_from(["null", "", None, False, {}, {"News": 1, "Sport": 0}, {"0": "News"}, 5]),
)
_INNER: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("E-mail", "Plaats / Straße", "e-mail", "f0", "New"), _TEXT),
    **dict.fromkeys(("Orders", "Spent"), _NUMBER),
    **dict.fromkeys(("Born", "Last seen"), _TIME),
}
_OUTER: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("ID", "database", "Id", "Database"), _NUMBER),
    **dict.fromkeys(("created", "modified", "removed", "Modified"), _TIME),
    **dict.fromkeys(("secret", "colour", "Fields"), _TEXT),
    "interests": _LIST,
    "fields": st.sampled_from([[], {}, None, "", False, {**FIELDS, "Orders": "null"}]),
}
_GONE = "no such field"


def changes_of(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Give other values of a field or two, or take one away."""
    change = st.sampled_from(sorted(fields)).flatmap(
        lambda name: st.tuples(st.just(name), st.one_of(fields[name], st.just(_GONE)))
    )
    return st.lists(change, max_size=2).map(dict)


def changed(row: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Give a row with other values."""
    return {name: value for name, value in {**row, **changes}.items() if value is not _GONE}


_ROW = st.builds(
    lambda inner, outer: changed({**ROW, "fields": changed(FIELDS, inner)}, outer),
    changes_of(_INNER),
    st.one_of(st.just({}), changes_of(_OUTER)),
)


@given(st.lists(_ROW, min_size=1, max_size=3), st.sampled_from(WAYS), st.booleans())
@settings(max_examples=800, deadline=None, derandomize=True)
def test_both_lanes_give_the_same(
    rows: list[dict[str, Any]],
    personal_data: str,
    with_secret: bool,  # noqa: FBT001
) -> None:
    """Whatever a row holds: types, names, missing fields, odd times, huge numbers."""
    numbered = [
        {**row, "ID": str(at)} if row.get("ID") == "4" else row for at, row in enumerate(rows)
    ]
    assert_agreement(page_of(*numbered), personal_data=personal_data, with_secret=with_secret)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Orders": "", "Spent": ""},
        {"Orders": "null", "Spent": "NULL"},
        {"Orders": None, "Spent": None, "Born": None, "Last seen": None, "E-mail": None},
        {"Orders": 7, "Spent": 7},
        {"Spent": "1.0E+15"},
        {"Spent": "-0"},
        {"Born": "", "Last seen": ""},
        {"Born": False, "Last seen": False},
        {"Born": "0000-00-00", "Last seen": "0000-00-00 00:00:00"},
        {"Born": "1968-05-12 10:00:00", "Last seen": "2024-05-23"},
        {"Last seen": "2025-10-26 02:30:00"},
        {"Last seen": "2025-03-30 02:30:00"},
        {"Last seen": "1931-05-23 10:13:50"},
        {"E-mail": "null"},
        {"E-mail": _GONE, "Orders": _GONE, "Spent": _GONE, "Born": _GONE, "Last seen": _GONE},
    ],
)
@pytest.mark.parametrize("personal_data", WAYS)
def test_what_is_usual_in_profiles_takes_the_strict_lane(
    changes: dict[str, Any], personal_data: str
) -> None:
    """Values that are not known, odd times and missing fields are no reason for the slow way."""
    row = {**ROW, "fields": changed(FIELDS, changes)}
    assert assert_agreement(page_of(ROW, row), personal_data=personal_data)


@pytest.mark.parametrize(
    "changes",
    [
        {"Orders": "1e3"}, {"Orders": "1.0"}, {"Orders": 1.0}, {"Orders": "007"}, {"Orders": 2**60},
        {"Orders": True}, {"Spent": "nan"}, {"Spent": "inf"}, {"Spent": "1e400"}, {"Spent": " 5"},
        {"Spent": True}, {"Born": "soon"}, {"Born": True}, {"Last seen": "soon"}, {"Last seen": True},
        {"E-mail": 5}, {"e-mail": "x"}, {"f0": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_a_field_with_two_meanings_goes_the_tolerant_way(changes: dict[str, Any]) -> None:
    body = page_of({**ROW, "fields": {**FIELDS, **changes}})
    assert through_strict_lane(body, reader_of()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"ID": None}, {"ID": ""}, {"ID": "null"}, {"ID": "1e3"}, {"ID": _GONE}, {"database": _GONE},
        {"fields": []}, {"fields": None}, {"fields": _GONE}, {"interests": "null"}, {"interests": None},
        {"interests": {"News": 1}}, {"interests": [None]}, {"secret": 5}, {"Modified": "x"}, {"colour": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_is_not_as_documented_goes_the_tolerant_way(changes: dict[str, Any]) -> None:
    assert through_strict_lane(page_of(changed(ROW, changes)), reader_of()) is None


def test_a_name_that_comes_twice_in_a_row_means_its_last_value() -> None:
    """As any parser of JSON has it, so both lanes must."""
    body = page_of(ROW).replace(b'"ID":"4"', b'"ID":"3","ID":"4"')
    assert assert_agreement(body.replace(b'"Orders":"-1"', b'"Orders":"5","Orders":"6"'))


@pytest.mark.parametrize(
    ("own", "takes"),
    [
        (OWN, True),
        ({"a.b [c] {d}": f.text("", f.NONE), "": f.text("", f.NONE)}, True),
        ({'say "x"': f.text("", f.NONE)}, False),
        ({"back\\slash": f.text("", f.NONE)}, False),
        ({"two\nlines": f.text("", f.NONE)}, False),
        ({"numbers": f.listing("", f.integer("", f.NONE))}, False),
        ({"flag": f.flag("")}, False),
        ({}, False),
    ],
    ids=str,
)
def test_accounts_whose_fields_have_plain_types_and_names_have_a_strict_lane(
    *, own: dict[str, Any], takes: bool
) -> None:
    """A catalog may have been edited by hand; names are what the account likes."""
    assert (reader_of(own).strict_page is not None) == takes
    row = {**ROW, "fields": dict.fromkeys(own, "x")}
    assert reader_of(own).records([row])[0]["ID"] == 4
    if takes:
        names = page_of({**ROW, "fields": dict.fromkeys(own)})
        assert assert_agreement(names, own=own)


@given(st.integers(1, 60_000), st.integers(0, 400_000), st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_row_of_a_large_answer_is_lost_or_doubled(
    size: int,
    place: int,
    is_cut: bool,  # noqa: FBT001
) -> None:
    """Wherever its parts end, whether it is cut off, and where one row has to go the tolerant way."""
    rows = [
        {**ROW, "ID": str(at), "fields": {**FIELDS, "E-mail": '"},{"'}} for at in range(1, 1501)
    ]
    odd = rows[place % 1500]
    odd["ID"] = f" {odd['ID']}"
    body = page_of(*rows)
    sent = body[: place % len(body)] if is_cut else body
    parts = (sent[at : at + size] for at in range(0, len(sent), size))
    reader = reader_of()
    found: list[int] = []
    typed = 0
    with contextlib.suppress(BrokenOffError):
        for some in rows_of(parts, strict, reader.strict_rows):
            typed += len(some) if isinstance(some, StrictRows) else 0
            found += [record["ID"] for record in reader.of_page(some)]
    assert found == list(range(1, len(found) + 1))
    assert len(found) == (1500 if not is_cut else sent.count(b'},{"ID"'))
    assert typed >= len(found) - 600  # all but a piece


LAYOUT = [
    ("Email", "email"), ("City", "text"), ("Orders", "integer"), ("Spent", "float"), ("Born", "date"),
    ("Died", "empty_date"), ("Login", "datetime"), ("Logout", "empty_datetime"), ("Shop", "foreign_key"),
]  # fmt: skip
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
MAPPED = {"stream_maps": {CUSTOMERS: {"double": "ID * 2"}}}


@pytest.mark.parametrize("encoding", ["", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("more", "left_out"),
    [
        ({}, ()),
        ({"optional_fields": ["*.secret"]}, ("interests",)),
        ({}, ("fields", "properties", "City")),
        ({}, ("fields",)),
        (FLAT, ()),
        (MAPPED, ()),
    ],
    ids=["as they are", "another selection", "without a field", "no fields", "flattened", "mapped"],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_run_gives_the_same_records_through_either_lane(  # noqa: PLR0917 - pytest gives arguments
    box: Sandbox,
    way: str,
    more: dict[str, Any],
    left_out: tuple[str, ...],
    encoding: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From both hosts, whatever is done with personal data and fields, and in every form of output."""
    given = {"personal_data": way, "hash_key": "a long key", "optional_fields": [], **more}
    if encoding:
        given["batch_config"] = batch_config(tmp_path, encoding)
    catalog = discovered(box, **given)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if left_out and tuple(entry["breadcrumb"][1 : 1 + len(left_out)]) == left_out:
                entry["metadata"]["selected"] = False
    given |= {"catalog": catalog, "bulk_url": box.bulk_url, "page_size": 40}
    typed = read(box, CUSTOMERS, **given)
    monkeypatch.setattr(ProfileLane, "_decoded", lambda *_: None)
    tolerant = read(box, CUSTOMERS, **given)
    assert typed.error is tolerant.error is None
    assert len(records_of(typed)) == 300
    assert said_of(records_of(typed)) == said_of(records_of(tolerant))


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    layout = [{"name": "Customers", "profiles": 300, "fields": LAYOUT}]
    with Sandbox(seed=3, layout=layout, clicks_per_day=0, now="2026-06-01T12:00:00+00:00") as found:
        yield found


def records_of(output: Output) -> list[dict[str, Any]]:
    """Give the records of a run, from messages or from files."""
    files = [one for one in output.messages if one["type"] == "BATCH"]
    return output.records(CUSTOMERS) + [row for one in files for row in rows_of_batch(one)]


def test_a_run_makes_no_dict_of_a_row_that_came_as_documented(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But of the last one of a page, whose id the next page begins after."""
    monkeypatch.delattr(StrictRows, "__iter__")
    monkeypatch.delattr(RecordReader, "_record")
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=40)
    assert output.error is None
    assert len(output.records(CUSTOMERS)) == 300

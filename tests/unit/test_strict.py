"""A page through the strict lane is what the tolerant one makes of it, without a word."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copernica_sandbox import Sandbox
from tap_copernica.clock import AccountClock
from tap_copernica.http.decoding import strict
from tap_copernica.http.pagination import Page
from tap_copernica.inputs.personal import WAYS, PersonalSettings
from tap_copernica.records.personal import Rules
from tap_copernica.records.rows import RecordReader
from tap_copernica.records.strict import StrictRows
from tap_copernica.streams.clicks import ClicksStream
from tap_copernica.streams.events import AbusesStream, DeliveriesStream, ImpressionsStream
from tests.support.runs import catalog_of, run
from tests.support.words import said_by

if TYPE_CHECKING:
    from tap_copernica.streams.windowed import WindowedStream

ZONE = "Europe/Amsterdam"
ROW = {
    "ID": "17",
    "mailing": "3",
    "link": "https://shop.example/?a=1&b=ü",
    "timestamp": "2025-06-01 10:20:30",
    "ip": "192.0.2.7",
    "useragent": "Mozilla/5.0 (X11)",
    "destination": "9",
    "profile": "4",
    "subprofile": None,
}
NUMBERS = ("ID", "mailing", "destination", "profile", "subprofile")


def reader_of(
    stream: type[WindowedStream] = ClicksStream, personal_data: str = "keep"
) -> RecordReader:
    """Make a reader of a stream, with a logger that keeps what is said."""
    name, schema = cast("tuple[str, dict[str, Any]]", (stream.name, stream.schema))  # type: ignore[misc]
    logger = logging.getLogger(f"strict.{name}")
    key = "a long key" if personal_data == "hash" else None
    return RecordReader(
        name,
        schema,
        AccountClock(ZONE),
        required=["ID", "timestamp"],
        logger=logger,
        protection=Rules(PersonalSettings(personal_data, key)).of(name, schema),
    )


def page_of(*rows: object, **envelope: object) -> bytes:
    """Write a page as PHP does."""
    whole = {"start": 0, "limit": 1000, "count": len(rows), "data": rows, "total": len(rows)}
    return json.dumps({**whole, **envelope}, separators=(",", ":")).replace("/", "\\/").encode()


def through_strict_lane(body: bytes, reader: RecordReader) -> tuple[Page, list[Any]] | None:
    """Read a page through the strict lane; None where it does not take it."""
    assert reader.strict_page is not None
    page = reader.strict_page(body)
    return None if page is None else (page, list(reader.of_page(page.rows)))


def sorted_(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the records with their fields in one order."""
    return [dict(sorted(one.items())) for one in records]


# What the API's numbers and times are known to look like, and what nobody wants to see.
_NUMBER = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from([2**53, 2**53 + 1, 2**63, 2**63 - 1, -(2**63), -(2**63) - 1]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            "null",
            "NULL",
            "nUll",
            "1e3",
            "1E3",
            "12e0",
            "1.0",
            "1.5",
            "007",
            " 5",
            "5 ",
            "+5",
            "-0",
            "-5",
            "nan",
        ]
    ),
    st.sampled_from(
        ["inf", "1_0", "0x10", "٣", "", "5.", ".5e1", "true", None, True, False, [], {}]
    ),
)
_TIME = st.one_of(
    st.datetimes().map(lambda one: one.isoformat(" ", "seconds")),
    st.sampled_from(
        [
            "2025-10-26 02:30:00",
            "2025-03-30 02:30:00",
            "2025-03-30 01:59:59",
            "2025-06-01",
            "",
            None,
        ]
    ),
    st.sampled_from(
        [
            "0000-00-00 00:00:00",
            "2025-06-01T10:20:30",
            "2025-13-01 00:00:00",
            "2025-06-01 24:00:00",
            False,
            5,
        ]
    ),
)
_TEXT = st.one_of(
    st.text(), st.sampled_from(["null", "", '","ID":"7', "}\n{", "\u2028", None, 5, 1.5, True])
)
_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(NUMBERS, _NUMBER),
    "timestamp": _TIME,
    **dict.fromkeys(("link", "ip", "useragent"), _TEXT),
    **dict.fromkeys(("Id", "time_stamp", "colour", "is_machine"), _TEXT),
}
_ENVELOPE: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"total": None}, {"limit": "500"}, {"more": 1}]
)
_CHANGE = st.sampled_from(sorted(_FIELDS)).flatmap(
    lambda name: st.tuples(st.just(name), _FIELDS[name], st.booleans())
)


@given(st.lists(st.lists(_CHANGE, max_size=2), min_size=1, max_size=4), st.data())
@settings(max_examples=600, deadline=None, derandomize=True)
def test_both_lanes_give_the_same(
    changes: list[list[tuple[str, Any, bool]]], data: st.DataObject
) -> None:
    """Whatever a row holds: types, names, missing fields, odd times, huge numbers."""
    rows = []
    for number, changed in enumerate(changes):
        row: dict[str, Any] = {**ROW, "ID": str(number)}
        for name, value, is_missing in changed:
            row[name] = value
            if is_missing and value is None:
                del row[name]
        rows.append(row)
    assert_agreement(page_of(*rows, **data.draw(_ENVELOPE)), data.draw(st.sampled_from(WAYS)))


def assert_agreement(body: bytes, personal_data: str = "keep") -> None:
    """Compare the lanes, where the tolerant one can read the page at all."""
    found = through_strict_lane(body, reader_of(personal_data=personal_data))
    if found is None:
        return
    tolerant, expected = reader_of(personal_data=personal_data), Page.of(strict(body))
    with said_by(tolerant.logger) as said:
        records = tolerant.records(expected.rows)
    assert sorted_(found[1]) == sorted_(records)
    assert [type(v) for one in sorted_(found[1]) for v in one.values()] == [
        type(v) for one in sorted_(records) for v in one.values()
    ]
    assert (found[0].limit, found[0].total) == (expected.limit, expected.total)
    assert not tolerant.uncast
    assert not said


@pytest.mark.parametrize(
    "value",
    ["1e3", "12e0", "1.0", "nan", "007", " 5", "", "1_0", 1.5, 1e3, 2**60, True],
)
@pytest.mark.parametrize("name", ["ID", "mailing", "subprofile"])
def test_a_number_with_two_meanings_goes_the_tolerant_way(name: str, value: object) -> None:
    """Tried: the decoder reads "1e3" as 1000, where the tolerant lane sees no number."""
    assert through_strict_lane(page_of({**ROW, name: value}), reader_of()) is None


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        {**ROW, **dict.fromkeys(NUMBERS, 5)},
        {name: value for name, value in ROW.items() if "profile" not in name},
        {**ROW, "mailing": None, "useragent": None},
        {**ROW, "mailing": "null", "subprofile": "NULL"},
    ],
    ids=["numbers as text", "numbers", "without profiles", "with nulls", "with the word null"],
)
def test_a_page_as_documented_takes_the_strict_lane(row: dict[str, Any]) -> None:
    """As v2 sends it, and v3, which knows no profiles here."""
    found = through_strict_lane(page_of(row, {**row, "ID": "18"}), reader_of())
    assert found is not None
    assert [one["ID"] for one in found[1]][1] == 18
    assert found[1][0]["timestamp"] == "2025-06-01T08:20:30+00:00"


def test_damaged_text_goes_the_tolerant_way() -> None:
    """Bytes that are no UTF-8, half a surrogate pair, a control character, a byte order mark."""
    body = page_of({**ROW, "link": "XXXX"})
    for damage in (b"\xff", b"\\ud83d", b"\t", b"\\x", b'"'):
        assert through_strict_lane(body.replace(b"XXXX", damage), reader_of()) is None
    assert through_strict_lane(b"\xef\xbb\xbf" + body, reader_of()) is None
    assert through_strict_lane(body[:-9], reader_of()) is None


def test_an_api_whose_pages_are_otherwise_is_not_tried_for_ever() -> None:
    """Decoding a page in vain costs time; after three in a row it stops for this run."""
    reader = reader_of()
    assert reader.strict_page is not None
    for _ in range(3):
        assert reader.strict_page(page_of({**ROW, "new": 1})) is None
    assert reader.strict_page(page_of(ROW)) is None


@pytest.mark.parametrize(
    ("stream", "takes"),
    [(ImpressionsStream, True), (DeliveriesStream, True), (AbusesStream, False)],
)
def test_streams_of_plain_fields_have_a_strict_lane(
    *, stream: type[WindowedStream], takes: bool
) -> None:
    """Objects are for the tolerant lane."""
    assert (reader_of(stream).strict_page is not None) == takes


def test_lines_are_what_the_tolerant_lane_writes() -> None:
    """Texts with quotes, line breaks and characters beyond the first plane leave as they came."""
    hard = 'a"b\\c\n}\n{"d\u2028\x7f\x00😀é/'
    reader = reader_of()
    assert reader.strict_page is not None
    page = reader.strict_page(page_of({**ROW, "link": hard}, {**ROW, "useragent": hard}))
    assert page is not None
    records = reader.of_page(page.rows)
    lines = records.lines().splitlines()  # type: ignore[attr-defined]
    assert [orjson.loads(line) for line in lines] == list(records)
    assert records[0]["link"] == records[1]["useragent"] == hard


@pytest.mark.parametrize("left_out", ["", "useragent"])
@pytest.mark.parametrize("settings", [{"personal_data": way} for way in WAYS])
def test_a_run_makes_no_dict_of_a_row_that_came_as_documented(
    settings: dict[str, Any], left_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is done with personal data, and with a field that is not selected: same records, no detour."""
    settings = {**settings, "start_date": "2026-05-28", "hash_key": "a long key"}
    catalog = catalog_of("clicks")
    (clicks,) = (one for one in catalog["streams"] if one["tap_stream_id"] == "clicks")
    for entry in clicks["metadata"]:
        if entry["breadcrumb"] == ["properties", left_out]:
            entry["metadata"]["selected"] = False
    with Sandbox(seed=3, days=4, clicks_per_day=30, now="2026-06-01T12:00:00+00:00") as box:
        with monkeypatch.context() as patch:
            patch.setattr(RecordReader, "strict_page", None)
            tolerant = run(box, catalog=catalog, **settings)
        monkeypatch.delattr(StrictRows, "__iter__")
        monkeypatch.delattr(StrictRows, "__getitem__")
        typed = run(box, catalog=catalog, **settings)
    assert tolerant.error is None
    assert typed.error is None
    assert len(typed.records()) == 100
    assert typed.records() == tolerant.records()
    assert left_out not in typed.records()[0]

from __future__ import annotations

import logging
from typing import Any

import pytest

from tap_copernica import fields as f
from tap_copernica.clock import AccountClock
from tap_copernica.errors import UnreadableError
from tap_copernica.rows import RecordReader

SCHEMA = f.record(
    ID=f.key(f.integer("key")),
    number=f.integer("a number"),
    share=f.number("a fraction"),
    flag=f.flag("a flag"),
    text=f.text("a text"),
    at=f.moment("a time"),
    day=f.day("a date"),
    smtp_response=f.text("with a hyphen in the API"),
    sender=f.mapping("an object", name=f.text("name"), email=f.text("address")),
    anything=f.mapping("an open object"),
    sources=f.listing("a list", f.mapping("one", id=f.integer("id"), type=f.text("type"))),
)


def reader() -> RecordReader:
    return RecordReader(
        "things",
        SCHEMA,
        AccountClock("Europe/Amsterdam"),
        required=["ID"],
        logger=logging.getLogger("test.rows"),
    )


def read(**row: Any) -> dict[str, Any]:
    (record,) = reader().records([{"ID": "1", **row}])
    return record


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("number", "12", 12),
        ("number", 12, 12),
        ("number", 12.0, 12),
        ("number", "-3", -3),
        ("number", "", None),
        ("number", None, None),
        ("share", "1.5", 1.5),
        ("share", "", None),
        ("flag", 1, True),
        ("flag", "0", False),
        ("flag", False, False),
        ("flag", None, None),
        ("text", 7, "7"),
        ("text", "", ""),
        ("at", "2014-10-14 11:33:22", "2014-10-14T09:33:22+00:00"),
        ("at", "0000-00-00 00:00:00", None),
        ("at", "-0001-11-30 00:00:00", None),
        ("at", "", None),
        ("at", False, None),
        (
            "at",
            {
                "date": "2014-10-14 11:33:22.000000",
                "timezone_type": 3,
                "timezone": "Europe/Amsterdam",
            },
            "2014-10-14T09:33:22+00:00",
        ),
        ("day", "2014-10-14", "2014-10-14"),
        ("day", "0000-00-00", None),
        ("sender", [], {}),
        (
            "sender",
            {"name": "Shop", "email": "a@b.example"},
            {"name": "Shop", "email": "a@b.example"},
        ),
        ("anything", {"deep": [1]}, {"deep": [1]}),
        ("sources", {"0": {"id": "4", "type": "view"}}, [{"id": 4, "type": "view"}]),
    ],
)
def test_values_come_out_as_declared(field: str, raw: Any, value: Any) -> None:
    assert read(**{field: raw})[field] == value


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        ("number", "12x"),
        ("number", "1_000"),
        ("number", True),
        ("number", 2**63),
        ("number", 1.5),
        ("number", [1]),
        ("share", "nan"),
        ("flag", "maybe"),
        ("text", {"an": "object"}),
        ("at", "soon"),
        ("day", 7),
    ],
)
def test_what_cannot_be_cast_is_null_with_one_warning_without_the_value(
    field: str, raw: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one = reader()
    records = one.records([{"ID": "1", field: raw}, {"ID": "2", field: raw}])
    one.log_losses()
    assert [record[field] for record in records] == [None, None]
    assert one.uncast[field] == 2
    assert len(caplog.records) == 2
    assert not isinstance(raw, str) or raw not in caplog.text


def test_mixed_types_in_one_column() -> None:
    raw = ["1", 2, None, "3"]
    records = reader().records([{"ID": str(n), "number": value} for n, value in enumerate(raw)])
    assert [record["number"] for record in records] == [1, 2, None, 3]


def test_names_are_matched_whatever_their_case_and_hyphens() -> None:
    (record,) = reader().records([{"id": 5, "SMTP-response": "250 ok", "Text": "x"}])
    assert (record["ID"], record["smtp_response"], record["text"]) == (5, "250 ok", "x")


def test_undocumented_fields_are_dropped_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    records = reader().records([{"ID": "1", "extra": 1}, {"ID": "2", "extra": 2}])
    assert all(set(record) == set(SCHEMA["properties"]) for record in records)
    assert [r.getMessage().count("`extra`") for r in caplog.records] == [1]


def test_a_parents_id_is_added_where_the_row_lacks_it() -> None:
    assert reader().records([{"ID": "1"}], number=9)[0]["number"] == 9


@pytest.mark.parametrize("row", [{"ID": "x1"}, {"ID": None}, {"number": 1}, "text", {}])
def test_a_row_without_a_readable_key_is_an_error_naming_stream_and_field(row: Any) -> None:
    with pytest.raises(UnreadableError, match="things") as caught:
        reader().records([row])
    assert "x1" not in caught.value.message

from __future__ import annotations

import logging
import math
from collections import Counter
from typing import Any

import pytest

from tap_copernica.clock import AccountClock
from tap_copernica.errors import UnreadableError
from tap_copernica.records import fields as f
from tap_copernica.records.rows import RecordReader

SCHEMA = f.record(
    ID=f.key(f.integer("key", f.NONE)),
    number=f.integer("a number", f.NONE),
    share=f.number("a fraction"),
    flag=f.flag("a flag"),
    text=f.text("a text", f.NONE),
    at=f.moment("a time"),
    day=f.day("a date"),
    smtp_response=f.text("with a hyphen in the API", f.NONE),
    sender=f.mapping("an object", name=f.text("name", f.NONE), email=f.text("address", f.NONE)),
    anything=f.mapping("an open object"),
    sources=f.listing(
        "a list", f.mapping("one", id=f.integer("id", f.NONE), type=f.text("type", f.NONE))
    ),
    counts=f.mapping(
        "counters", total=f.integer("all", f.NONE), unique=f.integer("people", f.NONE)
    ),
    flags=f.mapping("flags", email=f.flag("one"), sms=f.flag("another")),
    target=f.mapping(
        "a list in an object",
        kind=f.text("kind", f.NONE),
        sources=f.listing("a list", f.mapping("one", id=f.integer("id", f.NONE))),
    ),
    times=f.listing("times", f.moment("one")),
    names=f.listing("names", f.text("one", f.NONE)),
)


def reader(aliases: dict[str, str] | None = None) -> RecordReader:
    return RecordReader(
        "things",
        SCHEMA,
        AccountClock("Europe/Amsterdam"),
        required=["ID"],
        logger=logging.getLogger("test.rows"),
        aliases=aliases,
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
        ("at", " 2014-10-14 11:33:22 ", "2014-10-14T09:33:22+00:00"),
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


@pytest.mark.parametrize(
    ("field", "raw", "value", "lost"),
    [
        ("counts", {"total": "x", "unique": "3"}, {"total": None, "unique": 3}, ["counts.total"]),
        ("counts", {"total": 1e400, "unique": []}, {"total": None, "unique": None},
         ["counts.total", "counts.unique"]),
        ("flags", {"email": 7, "sms": "1"}, {"email": None, "sms": True}, ["flags.email"]),
        ("sources", [{"id": "a", "type": "view"}, {"id": 4, "type": {}}, "odd"],
         [{"id": None, "type": "view"}, {"id": 4, "type": None}, None],
         ["sources.id", "sources.type", "sources"]),
        ("sources", {"0": {"id": math.nan}, "2": {"id": "4"}},
         [{"id": None, "type": None}, {"id": 4, "type": None}], ["sources.id"]),
        ("target", {"kind": "view", "sources": [{"id": "9" * 5000}]},
         {"kind": "view", "sources": [{"id": None}]}, ["target.sources.id"]),
        ("target", {"kind": "view", "sources": 7}, {"kind": "view", "sources": None},
         ["target.sources"]),
        ("times", ["soon", "2014-10-14 11:33:22"], [None, "2014-10-14T09:33:22+00:00"], ["times"]),
        ("names", ["News", 5, math.inf, {}], ["News", "5", None, None], ["names", "names"]),
        ("names", {"News": "1", "Sport": math.nan, "Food": 0}, ["News"], ["names"]),
        ("anything", {"a": [1, math.nan], "b": {"c": math.inf}}, {"a": [1, None], "b": {"c": None}},
         ["anything", "anything"]),
    ],
)  # fmt: skip
def test_what_cannot_be_cast_inside_an_object_or_a_list_costs_its_own_place(
    field: str, raw: Any, value: Any, lost: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    one = reader()
    records = one.records([{"ID": "1", field: raw}, {"ID": "2", field: raw}])
    assert [record[field] for record in records] == [value, value]
    assert one.uncast == Counter(lost * 2)
    assert sorted(record.getMessage().partition(":")[0] for record in caplog.records) == [
        f"things.{name}" for name in sorted(set(lost))
    ]
    caplog.clear()
    one.log_losses()
    assert len(caplog.records) == len(set(lost))


def test_mixed_types_in_one_column() -> None:
    raw = ["1", 2, None, "3"]
    records = reader().records([{"ID": str(n), "number": value} for n, value in enumerate(raw)])
    assert [record["number"] for record in records] == [1, 2, None, 3]


def test_names_are_matched_whatever_their_case_and_hyphens() -> None:
    (record,) = reader().records([{"id": 5, "SMTP-response": "250 ok", "Text": "x"}])
    assert (record["ID"], record["smtp_response"], record["text"]) == (5, "250 ok", "x")


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        ("counts", {"Total": 5, "UNIQUE": "3"}, {"total": 5, "unique": 3}),
        ("counts", {"Total": 5, "total": 6}, {"total": 6, "unique": None}),
        ("target", {"Kind": "view", "sources": [{"ID": 4}]}, {"kind": "view", "sources": [{"id": 4}]}),
        ("flags", {"E-mail": 1, "Sms": "0"}, {"email": True, "sms": False}),
        ("flags", ["Email"], {"email": True, "sms": False}),
    ],
)  # fmt: skip
def test_names_inside_an_object_are_matched_likewise(field: str, raw: Any, value: Any) -> None:
    assert read(**{field: raw})[field] == value


def test_undocumented_fields_are_dropped_and_named_once(caplog: pytest.LogCaptureFixture) -> None:
    records = reader().records([{"ID": "1", "extra": 1}, {"ID": "2", "extra": 2, "number": 3}])
    assert all(set(record) == set(SCHEMA["properties"]) for record in records)
    assert [r.getMessage().count("`extra`") for r in caplog.records] == [1]


def test_a_parents_id_is_added_where_the_row_lacks_it() -> None:
    assert reader().records([{"ID": "1"}], number=9)[0]["number"] == 9


@pytest.mark.parametrize("row", [{"ID": "x1"}, {"ID": None}, {"number": 1}, "text", {}])
def test_a_row_without_a_readable_key_is_an_error_naming_stream_and_field(row: Any) -> None:
    with pytest.raises(UnreadableError, match="things") as caught:
        reader().records([row])
    assert "x1" not in caught.value.message


def test_no_rows_are_no_records() -> None:
    assert reader().records([]) == []


def test_rows_of_different_shapes_keep_their_order() -> None:
    rows = [{"ID": 3}, {"ID": 1}, {"number": "5", "ID": 2}, {"ID": 9, "number": 1}, {"ID": 4}]
    records = reader().records(rows)
    assert [(record["ID"], record["number"]) for record in records] == [
        *((3, None), (1, None), (2, 5), (9, 1), (4, None)),
    ]
    assert all(list(record) == list(SCHEMA["properties"]) for record in records[:2])


def test_one_shape_with_its_names_in_another_order_is_read_too() -> None:
    records = reader().records([{"ID": 1, "number": "5"}, {"number": "6", "ID": 2}])
    assert [(record["ID"], record["number"]) for record in records] == [(1, 5), (2, 6)]


def test_a_row_with_exactly_the_schema_s_names_may_be_the_record_itself() -> None:
    whole = dict.fromkeys(SCHEMA["properties"]) | {"ID": "7", "text": "x", "number": "8"}
    (record,) = reader().records([dict(whole)])
    assert record == whole | {"ID": 7, "number": 8}
    (part,) = reader().records([{"ID": "7", "text": "x"}])
    assert part["ID"] == 7
    assert part["number"] is None


def test_a_name_as_the_schema_has_it_wins_over_one_that_is_alike() -> None:
    for row in ({"text": "a", "TEXT": "b", "ID": 1}, {"TEXT": "b", "ID": 1, "text": "a"}):
        assert reader().records([row])[0]["text"] == "a"
    alike = {"Text": "a", "TEXT": "b", "ID": 1}
    assert reader().records([alike])[0]["text"] == "a"  # else the first


def test_another_name_of_a_field_is_read_as_the_field() -> None:
    (record,) = reader({"SMTP-code": "number"}).records([{"ID": 1, "smtp_code": "250"}])
    assert record["number"] == 250


def test_a_reader_knows_the_names_of_its_schema_however_they_are_written() -> None:
    one = reader({"SMTP-code": "number"})
    assert one.knows(["error", "TEXT"])
    assert one.knows(["smtp-response"])
    assert one.knows(["SMTPcode"])
    assert not one.knows(["error", "message"])
    assert not one.knows([])


def test_what_is_injected_fills_only_what_the_row_lacks() -> None:
    rows = [{"ID": 1, "number": 5}, {"ID": 2}]
    records = reader().records(rows, number=9, text="of the parent")
    assert [(record["number"], record["text"]) for record in records] == [
        *((5, "of the parent"), (9, "of the parent")),
    ]
    assert reader().records([{"number": 5}], ID=3)[0]["ID"] == 3


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"ID": 1}, "text"], "the API sent a row that is not an object"),
        ([{"ID": 1}, {"ID": ""}], "its required field `ID` is empty in a row"),
        ([{"number": 1}], "its required field `ID` is missing from a row"),
        ([{"ID": "x1"}], r"`ID` has a value of type str and length 2 .* \(ValueError\)"),
        ([{"ID": [1, 2]}], r"`ID` has a value of type list and length 2 .* \(TypeError\)"),
    ],
)
def test_an_unreadable_row_says_why(rows: list[Any], words: str) -> None:
    with pytest.raises(UnreadableError, match=words) as caught:
        reader().records(rows)
    assert caught.value.message.startswith("things: ")
    assert "Nothing of this window was written" in caught.value.message


def test_losses_are_counted_by_field_and_said_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    one = reader()
    one.log_losses()
    assert caplog.messages == []
    one.records([{"ID": 1, "number": "x"}, {"ID": 2, "number": "yy", "flag": "maybe"}])
    assert caplog.messages == [
        "things.number: a value of type str and length 1 cannot be cast; it becomes null.",
        "things.flag: a value of type str and length 5 cannot be cast; it becomes null.",
    ]
    caplog.clear()
    one.log_losses()
    assert caplog.messages == [
        "things.flag: 1 values could not be cast and are null.",
        "things.number: 2 values could not be cast and are null.",
    ]


def test_an_api_that_makes_up_names_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    one = reader()
    for number in range(300):
        one.records([{"ID": 1, f"made-up-{number}": 1, "text": "x"}])
    assert len(caplog.messages) == 200
    assert "`made-up-199`" in caplog.messages[-1]
    caplog.clear()
    reader().records([{"ID": 1, "long" * 100: 1}])
    assert f"`{'long' * 25}`" in caplog.text

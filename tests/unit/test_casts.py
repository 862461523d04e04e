"""One value of the API to one typed value."""

from __future__ import annotations

from typing import Any

import pytest

from tap_copernica.clock import AccountClock
from tap_copernica.records import fields as f
from tap_copernica.records.casts import caster

CLOCK = AccountClock("Europe/Amsterdam")
SCHEMAS = {
    "integer": f.integer("a whole number", f.NONE),
    "number": f.number("a fraction"),
    "flag": f.flag("a flag"),
    "text": f.text("a text", f.NONE),
    "day": f.day("a date"),
    "moment": f.moment("a time"),
    "open": f.mapping("an object, whatever is in it"),
    "sender": f.mapping("an address", name=f.text("name", f.NONE), email=f.text("address", f.NONE)),
    "mixed": f.mapping("an object", id=f.integer("id", f.NONE), at=f.moment("a time")),
    "list": f.listing("a list", f.text("one", f.NONE)),
    "times": f.listing("a list", f.moment("one")),
    "key": f.key(f.integer("part of a key: its type is no list", f.NONE)),
}

GOOD: list[tuple[str, Any, Any]] = [
    ("integer", " 12 ", 12),
    ("integer", "+5", 5),
    ("integer", "-7", -7),
    ("integer", "1.0", 1),
    ("integer", 2.0, 2),
    ("integer", 0, 0),
    ("integer", "0", 0),
    ("integer", "  ", None),
    ("integer", 2**63 - 1, 2**63 - 1),
    ("integer", -(2**63), -(2**63)),
    ("integer", str(-(2**63)), -(2**63)),
    ("integer", 2.0**53, 2**53),
    ("integer", -(2.0**53), -(2**53)),
    ("key", "12", 12),
    ("number", "1e3", 1000.0),
    ("number", " 2.5 ", 2.5),
    ("number", 3, 3.0),
    ("number", "  ", None),
    ("number", None, None),
    ("flag", " YES ", True),
    ("flag", "true", True),
    ("flag", "on", True),
    ("flag", "y", True),
    ("flag", "1", True),
    ("flag", 1, True),
    ("flag", "NO", False),
    ("flag", "false", False),
    ("flag", "off", False),
    ("flag", "n", False),
    ("flag", 0, False),
    ("flag", "0", False),
    ("flag", True, True),
    ("flag", None, None),
    ("flag", "", None),
    ("flag", " ", None),
    ("text", "", ""),
    ("text", " as it is ", " as it is "),
    ("text", True, "true"),
    ("text", False, "false"),
    ("text", 1.5, "1.5"),
    ("text", 7, "7"),
    ("day", "2014-10-14 11:33:22", "2014-10-14"),
    ("day", " 2014-10-14 ", "2014-10-14"),
    ("day", {"date": "2014-10-14 00:00:00.000000", "timezone_type": 3}, "2014-10-14"),
    ("day", "", None),
    ("day", " ", None),
    ("day", False, None),
    ("day", None, None),
    ("day", "0000-00-00", None),
    ("day", "-0001-11-30", None),
    ("day", "-0005-11-30", None),
    ("moment", " 2014-10-14 11:33:22 ", "2014-10-14T09:33:22+00:00"),
    ("moment", "2014-10-14", "2014-10-13T22:00:00+00:00"),
    ("moment", {"date": "2014-10-14 11:33:22.500000"}, "2014-10-14T09:33:22+00:00"),
    ("moment", {"date": "2014-10-14 11:33:22", "timezone": 3}, "2014-10-14T09:33:22+00:00"),
    ("moment", {"date": "2014-10-14 11:33:22", "timezone": "UTC"}, "2014-10-14T11:33:22+00:00"),
    ("moment", [], None),
    ("moment", "", None),
    ("moment", "  ", None),
    ("moment", False, None),
    ("moment", None, None),
    ("moment", {"date": "-0001-11-30 00:00:00.000000", "timezone": "UTC"}, None),
    ("open", {"a": [1]}, {"a": [1]}),
    ("open", [], {}),
    ("open", "", {}),
    ("open", None, None),
    ("open", False, None),
    ("sender", {"name": "Shop"}, {"name": "Shop", "email": None}),
    ("sender", '"Shop" <a@b.example>', {"name": "Shop", "email": "a@b.example"}),
    ("sender", "Shop <a@b.example>", {"name": "Shop", "email": "a@b.example"}),
    ("sender", '"A \\"B\\" C" <x@y>', {"name": 'A "B" C', "email": "x@y"}),
    ("sender", '"A "B" C" <x@y>', {"name": 'A "B" C', "email": "x@y"}),
    ("sender", '"A\nB" <x@y>', {"name": "A\nB", "email": "x@y"}),
    ("sender", '"" <x@y>', {"name": "", "email": "x@y"}),
    ("sender", " <x@y> ", {"name": "", "email": "x@y"}),
    ("sender", "a@b.example", {"name": "", "email": "a@b.example"}),
    (
        "mixed",
        {"id": "5", "at": "2014-10-14 11:33:22", "more": 1},
        {"id": 5, "at": "2014-10-14T09:33:22+00:00"},
    ),
    ("list", ["a", 1], ["a", "1"]),
    ("times", ["2014-10-14 11:33:22"], ["2014-10-14T09:33:22+00:00"]),
    ("list", {"0": "a", "3": "b"}, ["a", "b"]),
    ("list", "", []),
    ("list", [], []),
    ("list", None, None),
    ("list", False, None),
]


@pytest.mark.parametrize(("kind", "raw", "value"), GOOD)
def test_a_value_comes_out_as_its_type(kind: str, raw: Any, value: Any) -> None:
    found = caster(SCHEMAS[kind], CLOCK)(raw)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("integer", "1e3"),
        ("integer", "1.5"),
        ("integer", 1.5),
        ("integer", "1_000"),
        ("integer", "٣"),
        ("integer", "12x"),
        ("integer", True),
        ("integer", False),
        ("integer", 2**63),
        ("integer", -(2**63) - 1),
        ("integer", str(2**63)),
        ("integer", 2.0**53 + 2),
        ("integer", -(2.0**53) - 2),
        ("integer", float("nan")),
        ("integer", []),
        ("integer", b"1"),
        ("number", True),
        ("number", "nan"),
        ("number", "-inf"),
        ("number", "1,5"),
        ("number", []),
        ("flag", 2),
        ("flag", "maybe"),
        ("flag", 1.0),
        ("flag", []),
        ("text", []),
        ("text", {}),
        ("day", 5),
        ("day", True),
        ("day", {}),
        ("day", "2014-1-1"),
        ("day", "2014-02-30"),
        ("moment", 5),
        ("moment", {}),
        ("moment", {"date": "2014-10-14 11:33:22", "timezone": "Mars/Olympus"}),
        ("moment", "2014-10-14T11:33:22"),
        ("moment", "soon"),
        ("open", "text"),
        ("open", [1]),
        ("open", 0),
        ("mixed", "A <x@y>"),
        ("mixed", {"id": "x"}),
        ("list", "text"),
        ("list", 5),
    ],
)
def test_what_is_no_value_of_its_type_is_an_error(kind: str, raw: Any) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        caster(SCHEMAS[kind], CLOCK)(raw)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({"News": 1, "Sport": 0}, ["News"]),
        ({"News": "1", "Sport": "0"}, ["News"]),
        ({"News": True, "Sport": False, "Food": None}, ["News"]),
        ({"News": "yes", "Sport": "no"}, ["News"]),
        ({"News": 0}, []),
        ({"2024": 1, "2025": 0}, ["2024"]),  # interests may be called so
        ({"0": "News", "2": "Sport"}, ["News", "Sport"]),  # a list of PHP's with a gap
        ({"0": "1", "2": "0"}, ["1", "0"]),  # names may be called so
        ({"first": "News", "second": "Sport"}, ["News", "Sport"]),
        ({}, []),
        ([], []),
    ],
)
def test_a_list_of_names_may_come_as_an_object_that_says_which_are_on(
    raw: Any, names: list[str]
) -> None:
    assert caster(f.listing("", f.text("", f.NONE)), CLOCK)(raw) == names


@pytest.mark.parametrize("raw", [["email", "pdf"], {"email": 1, "pdf": "1", "sms": 0, "fax": "0"}])
def test_an_object_of_flags_may_come_as_the_list_of_those_that_are_on(raw: Any) -> None:
    flags = {name: f.flag("") for name in ("email", "sms", "fax", "pdf")}
    found = caster(f.mapping("", **flags), CLOCK)(raw)
    assert found == {"email": True, "sms": False, "fax": False, "pdf": True}

"""Ways in which an answer can be wrong: each makes a wrong one of the right one.

Most work on the decoded JSON and are told what in it they may touch by the family; some on the bytes.
"""

from __future__ import annotations

import json
import math
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.hostile.families import Family

    # Gives the wrong body and its content type; None where there is nothing of the kind in this answer.
    Mutation = Callable[[bytes, Family], tuple[bytes, str] | None]

JSON, HTML = "application/json", "text/html; charset=utf-8"
HUGE = 10**30
PAGE = b"<!DOCTYPE html><html><body>Please log in, jane.doe@person.example</body></html>"
# What may stand where something else is due, a value or more.
WRONG: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 7,
    "a text": "surprise",
    "an empty list": [],
    "an empty object": {},
    "a list of lists": [[[]]],
    "a nested object": {"value": {"value": ["deep"]}},
    "a huge number": HUGE,
    "a fraction": 0.5,
}
# What may stand where a time or a number is due.
WRONG_VALUES: dict[str, Any] = {
    **WRONG,
    "a DateTime of no zone": {"date": "2026-05-30 10:00:00.000000", "timezone": "Europe"},
    "a time before all times": "0001-01-01 00:00:00",
    "a time after all times": "9999-12-31 23:59:59",
}
LIES: dict[str, Any] = {
    **{name: WRONG[name] for name in ("null", "a text", "an empty list", "a huge number", "a fraction")},
    "zero": 0,
    "less than nothing": -1,
    "one": 1,
    "far too many": 999_999,
    "a number as text": "3",
    "digits without end": "9" * 5000,
}  # fmt: skip
_ABSENT = object()


def _decoded(change: Callable[[Any, Family], Any]) -> Mutation:
    """Make a mutation of a function that changes the decoded JSON in place, or gives another."""

    def mutate(body: bytes, family: Family) -> tuple[bytes, str] | None:
        value = json.loads(body)
        changed = change(value, family)
        return None if changed is _ABSENT else (json.dumps(changed).encode(), JSON)

    return mutate


def _rows(value: Any) -> list[Any]:
    """Find the rows of an answer of any form; an object is its own only row."""
    if isinstance(value, dict) and "data" in value:
        rows: list[Any] = value["data"]
        return rows
    return value if isinstance(value, list) else [value]


def _all(wrong: Any) -> Callable[[Any, Family], Any]:
    return lambda _value, _family: wrong


def _first_row(wrong: Any) -> Callable[[Any, Family], Any]:
    def change(value: Any, _family: Family) -> Any:
        rows = _rows(value)
        if not rows:
            return _ABSENT
        if isinstance(value, dict) and "data" not in value:
            return wrong
        rows[0] = deepcopy(wrong)
        return value

    return change


def _field(which: str, wrong: Any) -> Callable[[Any, Family], Any]:
    def change(value: Any, family: Family) -> Any:
        name, rows = getattr(family, which), _rows(value)
        if not name or not rows or name not in rows[0]:
            return _ABSENT
        if wrong is _ABSENT:
            del rows[0][name]
        else:
            rows[0][name] = deepcopy(wrong)
        return value

    return change


def _envelope(name: str, wrong: Any) -> Callable[[Any, Family], Any]:
    def change(value: Any, family: Family) -> Any:
        if family.form != "page" or name not in value:
            return _ABSENT
        if wrong is _ABSENT:
            del value[name]
        else:
            value[name] = deepcopy(wrong)
        return value

    return change


def _data_by_number(value: Any, family: Family) -> Any:
    """Write the list as PHP does where it has gaps."""
    if family.form != "page":
        return _ABSENT
    return {**value, "data": {str(place): row for place, row in enumerate(value["data"])}}


def _rows_twice(value: Any, family: Family) -> Any:
    if family.form != "page" or not value["data"]:
        return _ABSENT
    return {**value, "data": [row for row in value["data"] for _ in range(2)]}


def _one_row_short(value: Any, family: Family) -> Any:
    """Leave a row out and say nothing of it; the total tells."""
    if family.form != "page" or "total" not in value or len(value["data"]) <= 1:
        return _ABSENT
    return {**value, "data": value["data"][1:]}


def _not_finite(body: bytes, family: Family) -> tuple[bytes, str] | None:
    found = _decoded(_field("number", math.nan))(body, family)
    return found or (b"NaN", JSON)


def _duplicate_key(first: bytes, last: bytes) -> Mutation:
    """Put a key in twice, before and after the right one; which counts is the parser's choice."""

    def mutate(body: bytes, _family: Family) -> tuple[bytes, str] | None:
        if not body.startswith(b"{"):
            return None
        return b"{" + first + body[1:-1] + last + b"}", JSON

    return mutate


def _bytes(change: Callable[[bytes], bytes], kind: str = JSON) -> Mutation:
    return lambda body, _family: (change(body), kind)


def _text_is_no_utf8(body: bytes, _family: Family) -> tuple[bytes, str] | None:
    place = body.rfind(b'"')
    return None if place < 0 else (body[:place] + b"\xff\xfe" + body[place:], JSON)


MUTATIONS: dict[str, Mutation] = {
    **{f"all is {name}": _decoded(_all(w)) for name, w in WRONG.items()},
    "all is an error under 200": _decoded(lambda _v, _f: {"error": {"message": "Out of memory"}}),
    "all in a list": _decoded(lambda value, _family: [value]),
    "all in an object": _decoded(lambda value, _family: {"result": value}),
    "no data": _decoded(_envelope("data", _ABSENT)),
    **{f"data is {name}": _decoded(_envelope("data", w)) for name, w in WRONG.items()},
    "data is an object of rows": _decoded(_data_by_number),
    **{f"a row is {name}": _decoded(_first_row(w)) for name, w in WRONG.items()},
    "no key": _decoded(_field("key", _ABSENT)),
    **{f"a key is {name}": _decoded(_field("key", w)) for name, w in WRONG.items() if w != 7},
    "no time": _decoded(_field("time", _ABSENT)),
    **{f"a time is {name}": _decoded(_field("time", w)) for name, w in WRONG_VALUES.items()},
    "no number": _decoded(_field("number", _ABSENT)),
    **{
        f"a number is {name}": _decoded(_field("number", w))
        for name, w in WRONG_VALUES.items()
        if w not in (True, 7) and "after" not in name
    },
    **{
        f"{name} is {lie}": _decoded(_envelope(name, w))
        for name in ("count", "limit", "total", "start")
        for lie, w in LIES.items()
    },
    "rows come twice": _decoded(_rows_twice),
    "a row is left out": _decoded(_one_row_short),
    "NaN": _not_finite,
    "an infinite number": _bytes(lambda _body: b'{"total": 1e999}'),
    "a key twice, the first wrong": _duplicate_key(b'"data":[],"total":0,', b""),
    "a key twice, the last wrong": _duplicate_key(b"", b',"data":[]'),
    "a text that is no UTF-8": _text_is_no_utf8,
    "half of a surrogate": _bytes(lambda body: body[:-1] + b',"\\ud800":"\\ud800"' + body[-1:]),
    "a byte order mark": _bytes(lambda body: b"\xef\xbb\xbf" + body),
    "UTF-16": _bytes(lambda body: body.decode().encode("utf-16")),
    "HTML": _bytes(lambda _body: PAGE, HTML),
    "HTML that is called JSON": _bytes(lambda _body: PAGE),
    "nothing": _bytes(lambda _body: b""),
    "white space": _bytes(lambda _body: b" " * 5000),
    "half of it": _bytes(lambda body: body[: len(body) // 2]),
    "more after its end": _bytes(lambda body: body + b"<!-- served by node 3 -->"),
    "twice": _bytes(lambda body: body + body),
    "brackets without end": _bytes(lambda _body: b"[" * 100_000),
}

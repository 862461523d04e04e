"""Rows as one endpoint and version write them.

JSON types, key case, type noise, and JSON the way PHP encodes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from copernica_sandbox import damage
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copernica_sandbox.endpoint import Field
    from copernica_sandbox.records import Row
    from copernica_sandbox.switches import Switches

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_NOTHING: dict[str, Any] = {"null": None, "zero": "0", "false": False, "empty": ""}
_ZERO_TIME = "0000-00-00 00:00:00"
_CAN_BE_MISSING = {"id", "idnumber", "time"}
# Which switch decides how a kind of field is written, and the form that is documented for it.
_FORMS = {
    "id": ("id_type", "string"),
    "idnumber": ("id_type", "number"),
    "number": ("number_type", "number"),
    "digits": ("number_type", "string"),
    "flag": ("flag_type", "flag"),
    "time": ("time_type", "text"),
    "person": ("person_type", "object"),
    "address": ("person_type", "string"),
    "totals": ("number_type", "number"),
    "digittotals": ("number_type", "string"),
    "archived": ("flag_type", "archived"),
}
_CHOICES = {
    "id_type": ("string", "number"),
    "number_type": ("string", "number"),
    "flag_type": ("flag", "number", "string"),
    "time_type": ("text", "object"),
    "person_type": ("object", "string"),
}
_DISTURBING = (*_CHOICES, "key_case")


class Renderer:
    """Writes rows of one endpoint and version under the switches in force."""

    def __init__(self, fields: tuple[Field, ...], switches: Switches) -> None:
        """Take the fields to write, in order."""
        self._fields = [(field.name, field.kind) for field in fields]
        self._switches = switches
        plain = (
            all(getattr(switches, name) == "documented" for name in _DISTURBING)
            and switches.nothing == "null"
            and not switches.extra_fields
            and not switches.marker
            and switches.damage == "none"
        )
        self.one = self._plainly if plain else self._oddly
        empty: Any = [] if switches.empty_object == "list" else {}
        plainly: dict[str, Callable[[Any], Any]] = {
            "id": str,
            "digits": str,
            "object": lambda value: value or empty,
            "address": _address,
            "archived": _archived,
            "digittotals": lambda value: {name: str(count) for name, count in value.items()},
        }
        self._writers = [(name, plainly.get(kind)) for name, kind in self._fields]

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows as they go into the reply's data."""
        return [self.one(row) for row in rows]

    def _plainly(self, row: Row) -> Row:
        written: Row = {}
        for name, write in self._writers:
            value = row.get(name)
            written[name] = value if write is None or value is None else write(value)
        return written

    def _oddly(self, row: Row) -> Row:
        draw = mix(*(value for value in row.values() if isinstance(value, int)), 61)
        written: Row = {}
        is_hit = self._switches.damage != "none" and damage.is_hit(draw)
        for position, (name, kind) in enumerate(self._fields):
            noise = mix(draw, position)
            value = row.get(name)
            shown = self._missing(kind, noise) if value is None else self._value(value, kind, noise)
            written[self._key(name, draw)] = self._damaged(name, kind, shown) if is_hit else shown
        if self._switches.extra_fields:
            written["sandbox_extra"] = f"undocumented {draw % 10}"
            written["sandbox_list"] = [draw % 7]
        return written

    def _damaged(self, name: str, kind: str, shown: Any) -> Any:
        if kind == "text" and isinstance(shown, str):
            return damage.text(shown, name, self._switches.damage)
        if kind in {"number", "digits"}:
            return damage.number(shown, self._switches.damage)
        if kind in {"totals", "digittotals"} and shown:
            first, count = next(iter(shown.items()))
            return {**shown, first: damage.number(count, self._switches.damage)}
        return shown

    def _key(self, name: str, draw: int) -> str:
        case = self._switches.key_case
        if case == "mixed":
            case = ("upper", "lower", "documented")[draw % 3]
        return name.upper() if case == "upper" else name.lower() if case == "lower" else name

    def _value(self, value: Any, kind: str, noise: int) -> Any:
        if kind == "text":
            return f"{value}{self._switches.marker}"
        if kind == "object":
            return value or ([] if self._switches.empty_object == "list" else {})
        if kind not in _FORMS:
            return value
        switch, documented = _FORMS[kind]
        form = getattr(self._switches, switch)
        if form == "mixed":
            form = _CHOICES[switch][noise % len(_CHOICES[switch])]
        return self._formed(value, kind, documented if form == "documented" else form)

    def _formed(self, value: Any, kind: str, form: str) -> Any:
        if kind in {"totals", "digittotals"}:
            return {name: self._formed(count, "number", form) for name, count in value.items()}
        if kind in {"person", "address"}:
            return value if form == "object" else _address(value)
        if form == "archived":
            return _archived(value)
        if form in {"text", "flag"}:
            return value
        if kind == "time":
            zone = self._switches.zone
            return {"date": f"{value}.000000", "timezone_type": 3, "timezone": zone}
        return str(int(value)) if form == "string" else int(value)

    def _missing(self, kind: str, noise: int) -> Any:
        form = self._switches.nothing
        if form == "mixed":
            form = tuple(_NOTHING)[noise % len(_NOTHING)]
        if kind == "time" and form == "zero":
            return _ZERO_TIME
        return _NOTHING[form] if kind in _CAN_BE_MISSING else None


def _address(sender: dict[str, str]) -> str:
    return f'"{sender["name"]}" <{sender["email"]}>'


def _archived(flag: bool) -> int | None:  # noqa: FBT001
    return 1 if flag else None


def encode(value: Any, *, unicode_escaped: bool = True) -> bytes:
    """Return JSON as PHP's ``json_encode`` writes it.

    A slash and everything outside ASCII are escaped.
    """
    body = orjson.dumps(value).replace(b"/", b"\\/")
    if unicode_escaped and not body.isascii():
        body = _BEYOND_ASCII.sub(_escape, body.decode()).encode()
    return damage.put(body)


def bare_list(values: list[Any], form: str) -> list[Any] | dict[str, Any]:
    """Return a list as switch ``bare_form`` says: itself, or an object with numeric keys."""
    if form == "list":
        return values
    return {str(place): value for place, value in enumerate(values)}


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

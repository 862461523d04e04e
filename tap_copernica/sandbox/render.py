"""Rows as one endpoint and version write them.

JSON types, key case, type noise, and JSON the way PHP encodes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from tap_copernica.sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_copernica.sandbox.catalogue import Field
    from tap_copernica.sandbox.records import Row
    from tap_copernica.sandbox.switches import Switches

_NOTHING: dict[str, Any] = {"null": None, "zero": "0", "false": False, "empty": ""}
_ZERO_TIME = "0000-00-00 00:00:00"
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


class Renderer:
    """Writes rows of one endpoint and version under the switches in force."""

    def __init__(self, fields: tuple[Field, ...], switches: Switches) -> None:
        """Take the fields to write, in order."""
        self._fields = [(field.name, field.kind) for field in fields]
        self._switches = switches
        plain = (
            switches.id_type == "documented"
            and switches.key_case == "documented"
            and switches.nothing == "null"
            and not switches.extra_fields
            and not switches.marker
        )
        self._one = self._plainly if plain else self._oddly
        self._writers = [(name, _WRITERS.get(kind)) for name, kind in self._fields]

    def rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows as they go into the reply's data."""
        return [self._one(row) for row in rows]

    def one(self, row: Row) -> Row:
        """Return a single row as the reply shows it."""
        return self._one(row)

    def _plainly(self, row: Row) -> Row:
        written: Row = {}
        for name, write in self._writers:
            value = row.get(name)
            written[name] = value if write is None or value is None else write(value)
        return written

    def _oddly(self, row: Row) -> Row:
        draw = mix(*(value for value in row.values() if isinstance(value, int)), 61)
        written: Row = {}
        for position, (name, kind) in enumerate(self._fields):
            noise = mix(draw, position)
            written[self._key(name, draw)] = self._value(row.get(name), kind, noise)
        if self._switches.extra_fields:
            written["sandbox_extra"] = f"undocumented {draw % 10}"
            written["sandbox_list"] = [draw % 7]
        return written

    def _key(self, name: str, draw: int) -> str:
        case = self._switches.key_case
        if case == "mixed":
            case = ("upper", "lower", "documented")[draw % 3]
        return name.upper() if case == "upper" else name.lower() if case == "lower" else name

    def _value(self, value: Any, kind: str, noise: int) -> Any:
        if value is None:
            return self._missing(kind, noise)
        if kind in {"id", "idnumber"}:
            form = self._switches.id_type
            if form == "mixed":
                form = ("string", "number")[noise % 2]
            if form != "documented":
                return str(value) if form == "string" else value
        if kind == "text" and self._switches.marker:
            return f"{value}{self._switches.marker}"
        write = _WRITERS.get(kind)
        return value if write is None else write(value)

    def _missing(self, kind: str, noise: int) -> Any:
        form = self._switches.nothing
        if form == "mixed":
            form = tuple(_NOTHING)[noise % len(_NOTHING)]
        if kind == "time" and form == "zero":
            return _ZERO_TIME
        return _NOTHING[form] if kind in {"id", "idnumber", "time"} else None


_WRITERS: dict[str, Callable[[Any], Any]] = {"id": str, "digits": str}


def encode(value: Any, *, unicode_escaped: bool = True) -> bytes:
    """Return JSON as PHP's ``json_encode`` writes it.

    A slash and everything outside ASCII are escaped.
    """
    body = orjson.dumps(value).replace(b"/", b"\\/")
    if unicode_escaped and not body.isascii():
        body = _BEYOND_ASCII.sub(_escape, body.decode()).encode()
    return body


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))

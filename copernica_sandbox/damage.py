"""What no JSON parser takes, in the values of every other row: switch ``damage``.

A value is marked with a character of Unicode's private area while it is a Python object; `put` replaces
that by the bytes once the answer is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copernica_sandbox.records import Row

# The sign at the end of a text, and what is sent in its place.
TEXTS = {
    "byte": ("\uf8ff", b"\xff"),
    "surrogate": ("\uf8fe", b"\\ud83d"),
    "latin1": ("\uf8fd", b"\xe9"),
    "emoji": ("\uf8fc", b"\xf0\x9f"),
    "tab": ("\uf8fb", b"\t"),
}
# A text that is nothing but the sign, and the number that is sent in its place.
NUMBERS = {
    "huge": ("\uf8fa", b"1e400"),
    "nan": ("\uf8f9", b"NaN"),
    "digits": ("\uf8f8", b"9" * 5000),
}
TAB = "\t"  # after the digits of ids in bare lists
# What rows are found, named or typed by: damage there is a matter of its own.
_SPARED = frozenset({"name", "type", "parent-type", "behavior", "value", "group", "status"})
_LOG_TEXTS = frozenset({"city", "header", "description"})
LOG_NUMBERS = frozenset({"attempt", "attempts", "documentid"})


def is_hit(draw: int) -> bool:
    """Tell whether a row, by a number drawn for it, is one of those that are damaged."""
    return mix(draw, 97) % 2 == 0


def text(value: str, name: str, damage: str) -> str:
    """Return a text of the field ``name`` of a row that is hit, marked as the switch says."""
    return value + TEXTS[damage][0] if damage in TEXTS and name not in _SPARED else value


def number(value: Any, damage: str) -> Any:
    """Return a number of a row that is hit, or the sign for what is sent instead."""
    return NUMBERS[damage][0] if damage in NUMBERS else value


def log_rows(rows: Iterable[Row], damage: str) -> Iterator[Row]:
    """Yield rows of a log file as the switch says."""
    if damage == "none":
        yield from rows
        return
    for place, row in enumerate(rows):
        yield row if place % 2 else {name: _column(name, row[name], damage) for name in row}


def _column(name: str, value: Any, damage: str) -> Any:
    if name in _LOG_TEXTS and isinstance(value, str):
        return text(value, name, damage)
    return number(value, damage) if name in LOG_NUMBERS else value


def put(body: bytes) -> bytes:
    """Return an answer with the bytes in the places of their signs."""
    if b"\\uf8f" not in body and b"\xef\xa3" not in body:
        return body
    for sign, sent in NUMBERS.values():
        for form in _forms(sign):
            body = body.replace(b'"%b"' % form, sent)
    for sign, sent in TEXTS.values():
        for form in _forms(sign):
            body = body.replace(form, sent)
    return body


def _forms(sign: str) -> tuple[bytes, bytes]:
    return f"\\u{ord(sign):04x}".encode(), sign.encode()

"""Decodes the API's JSON: strictly if that works, else with as little loss as possible.

Text may be invalid UTF-8, because a field of a database may hold anything. Where a strict parser refuses a
value, only that value is lost, not the page around it.
"""

from __future__ import annotations

import codecs
import json
import re
import threading
from typing import TYPE_CHECKING, Any

import orjson

from tap_copernica.http.bounds import MOST_BRACKETS, MOST_DEPTH

if TYPE_CHECKING:
    import logging

_LOST = "\ufffd"
# An escape that JSON has (group 1), or a backslash and the character after it.
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9A-Fa-f]{4})|[\x00-\x7f]?)', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LEAST, _MOST = -(2**63), 2**64 - 1  # the integers that orjson gives; others become floats
_DIGITS = 20  # the longest of these integers has so many characters
_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


class Decoder:
    """Decodes the answers that one stream gets; safe to use from several threads."""

    def __init__(self, stream: str, logger: logging.Logger) -> None:
        """Take the stream's name, for the one warning that it may give."""
        self._stream = stream
        self._logger = logger
        self._lock = threading.Lock()
        self._has_warned = False

    def loads(self, body: bytes | bytearray | memoryview) -> Any:
        """Decode a whole answer, or a part of one that is JSON in itself.

        Raises:
            ValueError: if it is no JSON, or cut off.
        """
        try:
            return strict(body)
        except ValueError:
            value = tolerant(bytes(body))
        self._warn()
        return value

    def _warn(self) -> None:
        with self._lock:
            if self._has_warned:
                return
            self._has_warned = True
        self._logger.warning(
            "%s: the API sent text or numbers that are no valid UTF-8 or JSON. A character that cannot "
            "be read becomes U+FFFD, a number or what is nested too deep null; all else is kept.",
            self._stream,
        )


def strict(body: bytes | bytearray | memoryview) -> Any:
    """Decode JSON, with or without a byte order mark; raises `ValueError` if it is not entirely valid."""
    marked = bytes(body[:3]) == codecs.BOM_UTF8
    return orjson.loads(memoryview(body)[3:] if marked else body)


def tolerant(body: bytes) -> Any:
    """Decode JSON in which text and numbers may be damaged.

    Invalid UTF-8, half a surrogate pair and escapes that JSON does not have become U+FFFD; control
    characters stay. A number beyond all floats becomes infinite, and `NaN` is read as such. What is nested
    too deep for a parser becomes null.

    Raises:
        ValueError: if it is damaged in another way.
    """
    text = body.decode("utf-8-sig", "replace")
    text = _ESCAPE.sub(lambda found: found[0] if found[1] else _LOST, text)
    try:
        return _without_surrogates(_JSON.decode(text))
    except RecursionError:
        return _without_surrogates(_JSON.decode(_without_the_deepest(text)))


def _without_the_deepest(text: str) -> str:
    """Put null in the place of each object and list that is nested deeper than `MOST_DEPTH`.

    Raises:
        ValueError: if one of them does not end, or is deeper than `MOST_BRACKETS`.
    """
    kept: list[str] = []
    depth = begin = end = 0
    for found in _TEXT_OR_BRACKET.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            if depth > MOST_BRACKETS:
                break
            begin = found.start() if depth == MOST_DEPTH + 1 else begin
        elif found[0] in ("]", "}"):
            if depth == MOST_DEPTH + 1:
                kept += text[end:begin], "null"
                end = found.end()
            depth -= 1
    if depth:
        msg = "brackets without end"
        raise ValueError(msg)
    return "".join([*kept, text[end:]])


def _integer(text: str) -> int | float:
    number = int(text) if len(text) <= _DIGITS else float(text)
    return number if _LEAST <= number <= _MOST else float(number)


_JSON = json.JSONDecoder(strict=False, parse_int=_integer)


def _without_surrogates(value: Any) -> Any:
    """Replace halves of surrogate pairs, which no UTF-8 can have."""
    if isinstance(value, str):
        return _SURROGATE.sub(_LOST, value)
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(name): _without_surrogates(one) for name, one in value.items()}
    return value

"""Gives the elements of a JSON array of any size, some at a time: it may arrive in parts, or be in a file.

A piece is cut where an element seems to end, and decoded. A cut at a wrong place leaves a bracket or a text
open, and decoding fails. So a piece that can be decoded was cut at a right place. Only if all places that
seem right are wrong, brackets are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_copernica.http.bounds import MOST_BRACKETS, MOST_ELEMENT, MOST_HEAD, MOST_TAIL

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from typing import IO

    Decode = Callable[[bytes], Any]
    """Gives the value of JSON; raises `ValueError` for what is none."""
    StrictRowsOf = Callable[[bytes], Sequence[Any] | None]
    """Decodes a JSON array in the strict lane; None for one that `Decode` has to take."""

# Bytes that are decoded at once, at least.
_PIECE = 1 << 17
# How many places that seem right are tried before brackets are counted.
_CUTS_TRIED = 4

_TEXT = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_BARE = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[|\{(?=\s*"\d+"\s*:))\s*')
_MEMBER = _TEXT + rb"\s*:\s*(?:" + _TEXT + rb'|[^"\[\]{},\s]++)\s*,\s*'
_ENVELOPE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*\{\s*(?:" + _MEMBER + rb')*?"data"\s*:\s*\[\s*', re.DOTALL
)
_COMMA = re.compile(rb"\s*,\s*")
_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|' + _TEXT + rb")*+([\[\]{}])", re.DOTALL)


class NotAnArrayError(ValueError):
    """There is no array where one is expected.

    Attributes:
        head: the beginning of the JSON; all of it, if it has no more than `MOST_HEAD` bytes.
    """

    def __init__(self, head: bytes) -> None:
        """Take how it begins."""
        super().__init__("no array")
        self.head = head


class CutOffError(ValueError):
    """The array does not end, or is damaged from some place on."""


def elements(
    parts: Iterable[bytes],
    decode: Decode,
    *,
    bare: bool = False,
    strict_rows: StrictRowsOf | None = None,
) -> Generator[Sequence[Any], None, None]:
    """Give the elements of an array, some at a time.

    Args:
        parts: the bytes, cut anywhere: an object with the array under `data`, or the array itself.
        decode: decodes a JSON array.
        bare: whether it is the array itself, or an object with numeric keys, as PHP writes an array
            with gaps.
        strict_rows: decodes an array of rows that are exactly as documented; None if nothing can.

    Raises:
        NotAnArrayError: if it is something else.
        CutOffError: after the elements that are whole, if it ends early or is damaged.
    """
    array = _Array(decode, strict_rows, bare=bare)
    for part in parts:
        yield from array.after(part)
    yield from filter(None, array.at_the_end())


def begins_array(head: bytes) -> bool:
    """Tell whether JSON begins as an array, or as PHP writes one with gaps."""
    return _BARE.match(head) is not None


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file in parts."""
    while part := file.read(_PIECE):
        yield part


class _Array:
    """An array, as far as it has arrived."""

    def __init__(self, decode: Decode, strict_rows: StrictRowsOf | None, *, bare: bool) -> None:
        self._decode = decode
        self._strict_rows = strict_rows
        self._bare = bare
        self._begin = _BARE if bare else _ENVELOPE
        self._is_object = False
        self._head: bytes | None = None
        self._buffer = bytearray()  # what is not decoded yet, from the beginning of an element
        self._try_at = _PIECE
        self._is_over = False  # then the buffer holds what comes after the array

    def after(self, part: bytes) -> Iterator[Sequence[Any]]:
        """Take in a part; give the elements that are whole, once there are enough bytes of them."""
        self._buffer += part
        if self._head is None and not self._has_begun():
            return
        while found := self._piece():
            yield found

    def at_the_end(self) -> Iterator[Sequence[Any]]:
        """Give what is left, once all parts were taken in."""
        if self._head is None:
            raise NotAnArrayError(bytes(self._buffer[: MOST_HEAD + 1]))
        if not self._is_over:
            yield self._ended_quickly() or []
        if not self._is_over:
            yield self._cut_by_counting()
        if not self._is_over or not self._is_right_tail():
            raise CutOffError

    def _piece(self) -> Sequence[Any]:
        """Give elements that are whole; none while there are too few bytes to decode."""
        size = len(self._buffer)
        if self._is_over:
            if size > MOST_TAIL:
                raise CutOffError
            return []
        if size < self._try_at:
            return []
        found = self._cut_quickly() or self._cut_by_counting()
        self._try_at = _PIECE if found else 2 * size
        if self._try_at > 2 * MOST_ELEMENT:
            raise CutOffError
        return found

    def _has_begun(self) -> bool:
        found = self._begin.match(self._buffer)
        if found is None:
            if len(self._buffer) > MOST_HEAD:
                raise NotAnArrayError(bytes(self._buffer[: MOST_HEAD + 1]))
            return False
        self._head = bytes(self._buffer[: found.end()])
        self._is_object = self._bare and self._head.rstrip().endswith(b"{")
        del self._buffer[: found.end()]
        return True

    def _cut_quickly(self) -> Sequence[Any]:
        """Cut where one of the last elements seems to end; give nothing if no such place is right."""
        self._skip_comma()
        mark = b"},{" if self._buffer[:1] == b"{" else b',"' if self._is_object else b","
        end = len(self._buffer)
        for _ in range(_CUTS_TRIED):
            end = self._buffer.rfind(mark, 0, end)
            if end < 0:
                break
            found = self._decoded(end + mark.index(b","))
            if found:
                return found
        return []

    def _ended_quickly(self) -> Sequence[Any] | None:
        """Decode all elements that are left: up to the last closing bracket, which may be the array's."""
        self._skip_comma()
        end = self._buffer.rfind(self._closing)
        found = self._decoded(end) if end >= 0 else None
        if found is not None:
            self._end_array()
        return found

    def _cut_by_counting(self) -> Sequence[Any]:
        """Find the end of the array, or of the last whole element, by counting brackets."""
        self._skip_comma()
        depth = place = cut = 0
        while (found := _BRACKET.match(self._buffer, place)) is not None:
            place = found.end()
            depth += 1 if found[1] in b"[{" else -1
            if depth < 0 or depth > MOST_BRACKETS:
                break
            if depth == 0:
                cut = place
        is_end = depth < 0 and self._buffer[place - 1 : place] == self._closing
        if depth > MOST_BRACKETS or (depth < 0 and not is_end):
            raise CutOffError
        decoded = self._decoded(place - 1 if is_end else cut)
        if decoded is None:
            raise CutOffError
        if is_end:
            self._end_array()
        return decoded

    def _decoded(self, end: int) -> Sequence[Any] | None:
        """Decode the elements up to a place, and drop them from the buffer; None if that is no valid JSON."""
        try:
            found = self._decoded_as_it_is(self._buffer[:end])
        except ValueError:
            return None
        del self._buffer[:end]
        return found

    def _decoded_as_it_is(self, some: bytes | bytearray) -> Sequence[Any]:
        if self._is_object:
            return list(self._decode(b"{" + some + b"}").values())
        array = b"[" + some + b"]"
        found = None if self._strict_rows is None else self._strict_rows(array)
        return list(self._decode(array)) if found is None else found

    @property
    def _closing(self) -> bytes:
        return b"}" if self._is_object else b"]"

    def _end_array(self) -> None:
        del self._buffer[:1]
        self._is_over = True

    def _skip_comma(self) -> None:
        found = _COMMA.match(self._buffer)
        if found is not None:
            del self._buffer[: found.end()]

    def _is_right_tail(self) -> bool:
        """Tell whether what comes after the array completes what came before it."""
        if self._bare:
            return not self._buffer.strip()
        try:
            around = self._decode((self._head or b"") + b"]" + self._buffer)
        except ValueError:
            return False
        return isinstance(around, dict) and around.get("data") == []

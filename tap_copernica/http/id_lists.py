"""Long lists of ids: read from a file piece by piece, and kept in eight bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import IO, TYPE_CHECKING

from tap_copernica.errors import IS_UNDOCUMENTED, UnreadableError
from tap_copernica.http.bounds import MOST_HEAD
from tap_copernica.http.json_rows import (
    CutOffError,
    NotAnArrayError,
    begins_array,
    elements,
    parts_of,
)
from tap_copernica.http.pagination import Page
from tap_copernica.http.transport import without_mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.http.json_rows import Decode


class Ids:
    """Ids in the order of their arrival, each once.

    Attributes:
        numbers: the ids.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.numbers = array("q")
        self._known: set[int] | None = None  # made at the first new id that is not the highest

    def add(self, number: int) -> bool:
        """Add an id; tell whether it is new."""
        if self._known is None:
            if not self.numbers or number > self.numbers[-1]:
                self.numbers.append(number)
                return True
            if self.numbers[bisect_left(self.numbers, number)] == number:
                return False
            self._known = set(self.numbers)
        if number in self._known:
            return False
        self._known.add(number)
        self.numbers.append(number)
        return True


def ids_of(file: IO[bytes], decode: Decode, stream: str, path: str) -> Iterator[object]:
    """Give the ids of an answer, as the API wrote them.

    Args:
        file: the answer, from the file's position on: a bare list, or one in an envelope.
        decode: decodes JSON.
        stream: for which stream, for messages.
        path: what was asked for, for messages.

    Raises:
        UnreadableError: if it is no list.
    """
    start = file.tell()
    is_bare = begins_array(without_mark(file.read(MOST_HEAD)))
    file.seek(start)
    try:
        for some in elements(parts_of(file), decode, bare=is_bare):
            yield from some
    except NotAnArrayError as error:
        yield from _other_form(error.head, decode, _no_list(stream, path))
    except CutOffError:
        raise UnreadableError(_no_list(stream, path)) from None


def _other_form(head: bytes, decode: Decode, failure: str) -> list[object]:
    """Read a short answer without an array under `data`: PHP writes an empty array as an object."""
    try:
        return list(Page.of(decode(head), bare=True).rows)
    except ValueError:
        raise UnreadableError(failure) from None


def _no_list(stream: str, path: str) -> str:
    return (
        f"{stream}: `{path}` was asked for a list of ids and gave something else. Nothing of it was "
        f"written. {IS_UNDOCUMENTED}"
    )

"""Long lists of bare ids: read from a file as they come, kept in eight bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import IO, TYPE_CHECKING

import ijson
import orjson

from tap_copernica.errors import UnreadableError
from tap_copernica.http.depth import Watched
from tap_copernica.http.pagination import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

# An answer without ids is shorter than this.
_MOST_EMPTY = 1 << 12


class Ids:
    """Ids in the order of their arrival, each once."""

    def __init__(self) -> None:
        """Begin empty."""
        self.numbers = array("q")
        self._known: set[int] | None = None  # only once they do not ascend

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


def ids_of(file: IO[bytes], stream: str) -> Iterator[object]:
    """Give the ids of an answer, as the API wrote them.

    Args:
        file: the answer from where it is on: a bare list, or one in an envelope.
        stream: on whose behalf, for messages.

    Raises:
        UnreadableError: if it is no list.
    """
    start = file.tell()
    head = file.read(_MOST_EMPTY)
    file.seek(start)
    where = "item" if head.lstrip()[:1] == b"[" else "data.item"
    is_empty = True
    try:
        for number in ijson.items(Watched(file), where, use_float=True):
            is_empty = False
            yield number
        if is_empty:  # or of another form
            yield from Page.of(orjson.loads(head), bare=True).rows
    except (ijson.JSONError, ValueError):
        msg = f"{stream}: the API was asked for a list of ids and gave something else."
        raise UnreadableError(msg) from None

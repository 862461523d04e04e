"""The records of one window: in memory while they are few, in a temporary file when they are many.

A day of recipients, or an hour that must not be cut, can have millions of rows, and none may be written
before all of them are known to be there. If nothing looks at the records any more, each page is kept
encoded, as it will be written. Encoding a page at once, while the processor's cache has its values, takes
an eighth of the time that it takes later.
"""

from __future__ import annotations

import weakref
from typing import IO, TYPE_CHECKING

from tap_copernica.records.chunks import PlainChunk, new_places
from tap_copernica.temporary import temporary_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_copernica.records.chunks import Chunk, Encode
    from tap_copernica.records.rows import Record

# Twice what a window that can be split may hold.
MOST_IN_MEMORY = 20_000


class Records:
    """A list of records that only grows, and is read from its start.

    Attributes:
        size: how many there are.
    """

    def __init__(self, encode: Encode = PlainChunk) -> None:
        """Begin empty, in memory; `encode` makes the chunk of each page that is kept."""
        self.size = 0
        self._encode = encode
        self._chunks: list[Chunk] = []
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._filed: list[tuple[int, Callable[[bytes], Chunk]]] = []

    def add(self, records: Sequence[Record]) -> None:
        """Add the records of a page."""
        if records:
            self._keep(self._encode(records))

    def add_all(self, other: Records) -> None:
        """Add the records of another list."""
        for chunk in other.chunks():
            self._keep(chunk)

    def chunks(self) -> Iterator[Chunk]:
        """Give all records, a page at a time."""
        if self._file is not None:
            self._file.seek(0)
            for length, unpacked in self._filed:
                yield unpacked(self._file.read(length))
        yield from list(self._chunks)

    def records(self) -> Iterator[Record]:
        """Give all records, one by one."""
        for chunk in self.chunks():
            yield from chunk.records()

    def distinct(self, key: Callable[[Record], object]) -> Records:
        """Give one record of each key (`new_places` says which), as a list of their own."""
        other, seen = Records(self._encode), set[object]()
        for chunk in self.chunks():
            records = chunk.records()
            other._keep(chunk.only(new_places(records, range(len(records)), key, seen)))
        return other

    def _keep(self, chunk: Chunk) -> None:
        self.size += chunk.size
        self._chunks.append(chunk)
        self._in_memory += chunk.size
        if self._in_memory > MOST_IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            # Nobody else can open it, and it is gone with the process, however that ends.
            self._file = temporary_file()
            weakref.finalize(self, self._file.close)
        self._file.seek(0, 2)
        for chunk in self._chunks:
            data, unpacked = chunk.packed()
            self._file.write(data)
            self._filed.append((len(data), unpacked))
        self._chunks, self._in_memory = [], 0

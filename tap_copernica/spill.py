"""The records of one window: in memory while they are few, in a temporary file when they are many.

A day of recipients, or an hour that no window may be cut in, can hold millions of rows, and none may
be written before all of them are known to be there. Where nothing must see the records any more, a
page is kept as the lines to write: encoded while its values are still in the processor's cache, which
is an eighth of the time it takes later.
"""

from __future__ import annotations

import tempfile
import weakref
from typing import IO, TYPE_CHECKING, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_copernica.rows import Record

# Twice what a window that can be split may hold.
MOST_IN_MEMORY = 20_000


class Lines(NamedTuple):
    """RECORD messages, ready to be written; `size` says how many."""

    data: bytes
    size: int

    def records(self) -> Sequence[Record]:
        """Read the records back."""
        return [orjson.loads(line)["record"] for line in self.data.splitlines()]


class Records:
    """A list of records that only grows, and is read from its start."""

    def __init__(self, encode: Callable[[Sequence[Record]], Lines] | None = None) -> None:
        """Begin empty, in memory; with `encode`, pages are kept as lines."""
        self._encode = encode
        self._chunks: list[Sequence[Record] | Lines] = []
        self._in_memory = 0
        self._file: IO[bytes] | None = None
        self._filed: list[tuple[int, int | None]] = []  # length, and count where it is lines

    def add(self, records: Sequence[Record]) -> None:
        """Add the records of a page."""
        if records:
            self._keep(records if self._encode is None else self._encode(records), len(records))

    def add_all(self, other: Records) -> None:
        """Add the records of another list."""
        for chunk in other.chunks():
            self._keep(chunk, chunk.size if isinstance(chunk, Lines) else len(chunk))

    def chunks(self) -> Iterator[Sequence[Record] | Lines]:
        """Give all records, a page at a time."""
        if self._file is not None:
            self._file.seek(0)
            for length, count in self._filed:
                data = self._file.read(length)
                yield orjson.loads(data) if count is None else Lines(data, count)
        yield from list(self._chunks)

    def records(self) -> Iterator[Record]:
        """Give all records, one by one."""
        for chunk in self.chunks():
            yield from chunk.records() if isinstance(chunk, Lines) else chunk

    def only(self, is_wanted: Callable[[Record], bool]) -> Records:
        """Give those that are wanted, as a list of their own."""
        other = Records(self._encode)
        for chunk in self.chunks():
            if isinstance(chunk, Lines):
                lines = [
                    line
                    for line in chunk.data.splitlines(keepends=True)
                    if is_wanted(orjson.loads(line)["record"])
                ]
                other._keep(Lines(b"".join(lines), len(lines)), len(lines))
            else:
                other._keep([one for one in chunk if is_wanted(one)], len(chunk))
        return other

    def _keep(self, chunk: Sequence[Record] | Lines, count: int) -> None:
        self._chunks.append(chunk)
        self._in_memory += count
        if self._in_memory > MOST_IN_MEMORY:
            self._spill()

    def _spill(self) -> None:
        if self._file is None:
            # Nobody else can open it, and it is gone with the process, however that ends.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the records
            weakref.finalize(self, self._file.close)
        self._file.seek(0, 2)
        for chunk in self._chunks:
            if isinstance(chunk, Lines):
                data, count = chunk
            else:
                data, count = orjson.dumps(chunk), None
            self._file.write(data)
            self._filed.append((len(data), count))
        self._chunks, self._in_memory = [], 0

"""The records of one window: in memory while they are few, in a temporary file when they are many.

A day of recipients, or an hour that no window may be cut in, can hold millions of rows, and none may
be written before all of them are known to be there.
"""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_copernica.rows import Record

# Twice what a window that can be split may hold.
MOST_IN_MEMORY = 20_000


class Records:
    """A list of records that only grows, and is read from its start."""

    def __init__(self) -> None:
        """Begin empty, in memory."""
        self._chunks: list[Sequence[Record]] = []
        self._in_memory = 0
        self._file: IO[bytes] | None = None

    def add(self, records: Sequence[Record]) -> None:
        """Add the records of a page."""
        self._chunks.append(records)
        self._in_memory += len(records)
        if self._in_memory > MOST_IN_MEMORY:
            self._spill()

    def add_all(self, other: Records) -> None:
        """Add the records of another list."""
        for chunk in other.chunks():
            self.add(chunk)

    def chunks(self) -> Iterator[Sequence[Record]]:
        """Give all records, a page at a time."""
        if self._file is not None:
            self._file.seek(0)
            for line in self._file:
                yield orjson.loads(line)
        yield from list(self._chunks)

    def _spill(self) -> None:
        if self._file is None:
            # Nobody else can open it, and it is gone with the process, however that ends.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the records
        self._file.seek(0, 2)
        for chunk in self._chunks:
            self._file.write(orjson.dumps(chunk, option=orjson.OPT_APPEND_NEWLINE))
        self._chunks, self._in_memory = [], 0

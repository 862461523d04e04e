"""Files of JSON lines, one record a line, in the form that the SDK's loaders read."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import orjson

from tap_copernica.records.strict import StrictRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.output.files.folder import NewFile
    from tap_copernica.records.rows import Record

# The level of gzip. Higher ones cost much more time and save few bytes.
_LEVEL = 3
_LINE = orjson.OPT_APPEND_NEWLINE


class JsonLines:
    """Records as lines. With gzip each chunk is compressed by itself; together they are one gzip file."""

    def __init__(self, compression: str) -> None:
        """Compress with `gzip` or `none`."""
        self._is_packed = compression == "gzip"

    def encode(self, records: Sequence[Record]) -> bytes:
        """Write a line for each record."""
        if isinstance(records, StrictRows):
            return self._pack(records.lines())
        return self._pack(
            b"".join([orjson.dumps(one, option=_LINE, default=str) for one in records])
        )

    def records(self, data: bytes) -> Sequence[Record]:
        """Read the records back."""
        return [orjson.loads(line) for line in self._unpacked(data)]

    def only(self, data: bytes, places: Sequence[int]) -> bytes:
        """Give the lines at these places."""
        lines = self._unpacked(data)
        return self._pack(b"".join([lines[place] for place in places]))

    def file(self, new: NewFile) -> LinesFile:
        """Begin a file of lines."""
        return LinesFile(new)

    def _pack(self, lines: bytes) -> bytes:
        return gzip.compress(lines, _LEVEL, mtime=0) if self._is_packed else lines

    def _unpacked(self, data: bytes) -> list[bytes]:
        lines = gzip.decompress(data) if self._is_packed else data
        return lines.splitlines(keepends=True)


class LinesFile:
    """A file of chunks of lines, one after the other."""

    def __init__(self, file: NewFile) -> None:
        """Write into this file."""
        self._file = file
        self._marked = 0

    def add(self, data: bytes) -> None:
        """Write a chunk."""
        self._file.bytes.write(data)

    def finish(self) -> str:
        """Finish the file and give its URL."""
        return self._file.finish()

    def mark(self) -> None:
        """Note how far it is."""
        self._marked = self._file.bytes.tell()

    def back_to_mark(self) -> bool:
        """Remove what came after the mark."""
        self._file.bytes.seek(self._marked)
        self._file.bytes.truncate()
        return True

    def abandon(self) -> None:
        """Remove the file."""
        self._file.abandon()

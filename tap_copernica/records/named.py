"""Ids in rows that name rows of another stream: a mailing names a template, which a list may lack yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.records.rows import RecordReader
from tap_copernica.records.strict import column_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_copernica.records.rows import Record


class NamedIds:
    """Of each stream, the highest id that rows of others named in this run; safe in several threads."""

    def __init__(self) -> None:
        """Begin with none."""
        self._highest: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(self, stream: str, number: int) -> None:
        """Note that a row of this stream was named."""
        with self._lock:
            self._highest[stream] = max(number, self._highest.get(stream, 0))

    def highest(self, stream: str) -> int:
        """Give the highest id that was named, 0 where none was."""
        return self._highest.get(stream, 0)


class NamingReader(RecordReader):
    """Reads rows as `RecordReader` does, and notes which rows of other streams they name."""

    def __init__(
        self,
        *args: Any,
        names: Mapping[str, str],
        into: NamedIds,
        notice: Callable[[Sequence[Record]], None],
        **more: Any,
    ) -> None:
        """Make it.

        Args:
            args: what `RecordReader` takes.
            names: fields that hold ids of rows of other streams, and the names of those streams.
            into: where the ids are noted.
            notice: called with all records that are read.
            more: what `RecordReader` takes.
        """
        super().__init__(*args, **more)
        self._fields, self._into, self._notice = dict(names), into, notice

    @override
    def finished(self, records: Sequence[Record]) -> Sequence[Record]:
        records = super().finished(records)
        self._notice(records)
        for field, stream in self._fields.items():
            numbers = [number for number in column_of(records, field) if number is not None]
            if numbers:
                self._into.note(stream, max(numbers))
        return records

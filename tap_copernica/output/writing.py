"""How a stream's records are written: at once on the fast path, or one by one through the SDK."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk.metrics import DEFAULT_LOG_INTERVAL, Counter
from typing_extensions import override

from tap_copernica.output.flattening import with_null_fields
from tap_copernica.output.pruning import Pruning
from tap_copernica.output.state import BookmarkedStream
from tap_copernica.output.writer import FastPath, fast_path_of
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.sdk import tap_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_copernica.output.progress import Progress
    from tap_copernica.records.chunks import Chunk, Encode
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record


class WritingStream(BookmarkedStream):
    """A stream that writes its records.

    Attributes:
        own_schema: the schema of its records as the tap makes them, whatever the catalog says.
        key_fields: the names of its key.
        time_field: its replication key, if it has one.
        watch: counts what it does.
    """

    own_schema: Schema
    key_fields: tuple[str, ...]
    time_field: str | None
    watch: Progress

    def write_at_once(self, record: Record) -> None:
        """Write one record now, between records of another stream that is being read."""
        if self._fast_path is not None:
            self._fast_path.write(self._fast_path.encode([record]))
        else:
            self.write_record(record)

    def emit(self, records: Sequence[Record]) -> Iterator[Record]:
        """Write records, as `emit_chunk` does."""
        return self.emit_chunk(PlainChunk(records))

    def emit_chunk(self, chunk: Chunk) -> Iterator[Record]:
        """Write records: on the fast path at once, otherwise through the SDK.

        Yields:
            Nothing on the fast path; otherwise each record, for the SDK to map and write.
        """
        self.watch.rows += chunk.size
        self.watch.tell()
        if self._fast_path is None:
            rows: Iterable[Record] = chunk.records()
            if not self._pruning.takes_all:
                rows = map(self._pruning.of, rows)
            yield from (
                map(self._with_null_fields, rows) if self.config.get("flattening_enabled") else rows
            )
        elif chunk.size:
            self._fast_path.write(chunk)
            self._counter.increment(chunk.size)

    def _with_null_fields(self, record: Record) -> Record:
        properties = self._pruning.properties
        return {
            name: with_null_fields(value, properties.get(name, {}))
            for name, value in record.items()
        }

    @cached_property
    def _pruning(self) -> Pruning:
        return Pruning(self.own_schema, self.effective_schema)

    @property
    def encode(self) -> Encode:
        """What makes a chunk of a page's records as soon as they are read.

        On the fast path it encodes them, unless the key or the time, which readers need, is not written.
        """
        needed = [*self.key_fields, *([self.time_field] if self.time_field else [])]
        path = self._fast_path
        return path.encode if path is not None and path.has(needed) else PlainChunk

    @cached_property
    def _fast_path(self) -> FastPath | None:
        return fast_path_of(self, tap_of(self).message_writer) if self.is_in_catalog else None

    @override
    def get_batch_config(self, config: Mapping[str, Any]) -> None:
        """Give None, so that the SDK writes no files: it would write STATE before its rows, and skip maps.

        `BlockWriter` puts records into files (`output/files/`), whichever path they take.
        """

    @override
    def get_record_counter(
        self, *, endpoint: str | None = None, log_interval: float = DEFAULT_LOG_INTERVAL
    ) -> Counter:
        self._counter = super().get_record_counter(endpoint=endpoint, log_interval=log_interval)
        return self._counter


"""Writes Singer messages in blocks, encoded with orjson.

There are two paths. On the fast path (`fast_path_of` tells for which streams) records go straight into a
block of bytes. On the SDK's own path each record becomes a message for `write_message`. Both write the same
bytes, apart from `time_extracted`. A block is written to standard output when it is full, at each STATE, and
at the end. With `batch_config` records of both paths go to files instead (`files/batches.py`).
"""

from __future__ import annotations

import errno
import os
import select
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import orjson
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.encoding.base import GenericSingerWriter, SingerMessageType
from singer_sdk.singerlib.encoding.simple import Message
from typing_extensions import override

from tap_copernica import clock
from tap_copernica.errors import EndOfRun, output_failure
from tap_copernica.records.chunks import EncodedChunk
from tap_copernica.records.strict import StrictRows
from tap_copernica.sdk import version_of
from tap_copernica.output.flattening import Flattening, flattens_like_sdk
from tap_copernica.output.pace import StatePace
from tap_copernica.output.pruning import Pruning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from singer_sdk.mapper import StreamMap
    from singer_sdk.streams import Stream

    from tap_copernica.records.chunks import Chunk, Form
    from tap_copernica.output.files.batches import Files
    from tap_copernica.records.rows import Record

_BLOCK_BYTES = 1 << 17


def _as_text(value: object) -> str:
    """Write a value of a type that JSON does not have as text, as the SDK does."""
    return value.isoformat(sep="T") if isinstance(value, datetime) else str(value)


def _write_whole(stream: BinaryIO, block: bytes) -> None:
    """Write all of a block, however little the stream takes at a time.

    Under PYTHONUNBUFFERED standard output is a raw file. Its `write` may take only a part of a block, if a
    signal arrives while the pipe is full. A pipe that does not block takes only what it has room for.
    """
    rest = memoryview(block)
    while rest:
        try:
            taken = stream.write(rest)
        except BlockingIOError as full:
            taken = full.characters_written
        if not taken:
            _wait_for_room(stream)
        rest = rest[taken or 0 :]
    while True:
        try:
            stream.flush()
        except BlockingIOError:
            _wait_for_room(stream)
        else:
            return


def _wait_for_room(stream: BinaryIO) -> None:
    select.select([], [stream.fileno()], [], 1.0)


class BlockWriter(GenericSingerWriter[bytes, Message]):
    """The tap's message writer.

    Attributes:
        files: takes the records instead of standard output, if `batch_config` is given; else None.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Write to what is `sys.stdout` at that moment; `monotonic` is a clock in seconds."""
        self.files: Files | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._pace = StatePace(monotonic)

    @override
    def serialize_message(self, message: Message) -> bytes:
        """Encode one message as a line."""
        return orjson.dumps(message.to_dict(), default=_as_text, option=orjson.OPT_APPEND_NEWLINE)

    @override
    def write_message(self, message: Message) -> None:
        """Write one message; with a STATE all that came before it leaves too."""
        if self.files is not None:
            self.files.take(message)
            return
        line = self.serialize_message(message)
        self.write_line(line)
        if message.type is SingerMessageType.STATE:
            self._pace.count(len(line))
            self.flush()

    def form_of(self, stream: Stream) -> Form:
        """Give the form in which a stream's records are written."""
        return RecordLines(stream) if self.files is None else self.files.form_of(stream)

    def write_chunk(self, stream: Stream, chunk: EncodedChunk) -> None:
        """Write records that are in the stream's form already."""
        if self.files is not None:
            self.files.add(stream.stream_maps[0].stream_alias, chunk, version_of(stream))
        else:
            self.write_line(chunk.data)
        self.tick()

    def write_state(self, write: Callable[[], None]) -> None:
        """Write a STATE now, or hold it back for a while (`StatePace`); `write` calls `write_message`.

        Files get it at once: they hold it back until its rows are in finished files.
        """
        if self.files is not None:
            write()
        else:
            self._pace.take(write)

    def tick(self) -> None:
        """Write the STATE that is held back, if it is due; to be called often."""
        if self.files is not None:
            self.files.tick()
        else:
            self._pace.tick()

    def stream_ended_early(self) -> None:
        """Note that no STATE will come for the stream's last records."""
        if self.files is not None:
            self.files.stream_ended_early()

    def write_line(self, line: bytes) -> None:
        """Write one or more messages that are encoded already."""
        self._parts.append(line)
        self._size += len(line)
        self._pace.written += len(line)
        if self._size >= _BLOCK_BYTES:
            self.flush()

    def finish(self) -> None:
        """Write out all that is held back, at the end of a run, also of one that failed."""
        try:
            self._pace.flush()
            if self.files is not None:
                self.files.finish()
        finally:
            self.flush()

    def flush(self) -> None:
        """Write the block to standard output."""
        if not self._parts:
            return
        block, self._parts, self._size = b"".join(self._parts), [], 0
        buffer = getattr(sys.stdout, "buffer", None)
        try:
            if sys.stdout is None:  # Python sets it to None if the descriptor is closed
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            if buffer is None:  # a text stream in the place of standard output, as in tests
                sys.stdout.write(block.decode())
            else:
                _write_whole(buffer, block)
        except OSError as error:
            # `EndOfRun` passes the SDK's `except Exception`, which would call the error unhandled.
            raise EndOfRun(output_failure(error)) from None


class RecordLines:
    """The form of records that are written as RECORD messages, one a line."""

    def __init__(self, stream: Stream) -> None:
        """Write records of this stream."""
        self._stream = stream
        message = {"type": "RECORD", "stream": stream.stream_maps[0].stream_alias}
        self._head = orjson.dumps(message)[:-1] + b',"record":'

    def encode(self, records: Sequence[Record]) -> bytes:
        """Write a line for each record; there must be one at least."""
        version = version_of(self._stream)
        rest = {} if version is None else {"version": version}
        tail = b"," + orjson.dumps({**rest, "time_extracted": clock.now()})[1:] + b"\n"
        between = tail + self._head
        if isinstance(records, StrictRows):
            # Each record ends in a line break, and JSON has none inside a record. So each one is replaced by
            # the end of this line and the begin of the next. After the last record that begin is cut off.
            lines = records.lines().replace(b"\n", between)
            return b"".join((self._head, memoryview(lines)[: -len(self._head)]))
        return b"".join((self._head, between.join(map(orjson.dumps, records)), tail))

    def records(self, data: bytes) -> Sequence[Record]:
        """Read the records back."""
        return [orjson.loads(line)["record"] for line in data.splitlines()]

    def only(self, data: bytes, places: Sequence[int]) -> bytes:
        """Give the lines at these places."""
        lines = data.splitlines(keepends=True)
        return b"".join([lines[place] for place in places])


class FastPath:
    """The fast path for one stream: encodes and writes the selected fields of its records."""

    def __init__(self, stream: Stream, writer: BlockWriter, pruning: Pruning) -> None:
        """Write the records of `stream`, pruned by `pruning`; made by `fast_path_of`."""
        self._stream = stream
        self._writer = writer
        self._pruning = pruning
        self._form = writer.form_of(stream)
        stream_map = stream.stream_maps[0]
        options = stream_map.flattening_options
        self._flattening: Flattening | None = None
        if options is not None and stream_map.flattening_enabled:
            properties = {name: pruning.properties[name] for name in pruning.fields}
            self._flattening = Flattening(properties, options)

    def has(self, names: Iterable[str]) -> bool:
        """Tell whether these fields are written, so that they can be read back from encoded records."""
        return set(names) <= set(self._pruning.fields)

    def encode(self, records: Sequence[Record]) -> EncodedChunk:
        """Prune, flatten and encode records; safe to use from several threads."""
        records = self._pruning.all_of(records)
        if self._flattening is not None:
            records = list(map(self._flattening.of, records))
        return EncodedChunk(self._form.encode(records), len(records), self._form)

    def write(self, chunk: Chunk) -> None:
        """Write records, encoded or not."""
        self._writer.write_chunk(self._stream, chunk.encoded(self.encode))
        self._stream.state_manager.is_flushed = False  # as the SDK notes after each record


def fast_path_of(stream: Stream, writer: object) -> FastPath | None:
    """Give the fast path for a stream; None if the SDK must see each record.

    Args:
        stream: a stream whose values are all of the types that its schema says.
        writer: the tap's message writer. If it is another than `BlockWriter`, the SDK must see each record.
    """
    if not isinstance(writer, BlockWriter):
        return None
    maps = stream.stream_maps
    plain = (
        stream.selected
        and len(maps) == 1
        and type(maps[0]) is SameRecordTransform
        and _is_flattened_alike(stream, maps[0])
        and stream.ABORT_AT_RECORD_COUNT is None
        and not stream.child_streams
    )
    # A field inside an object that is not selected: the SDK takes it out, the fast path cannot.
    mask = stream.mask
    if not plain or any(not chosen and len(path) > 2 for path, chosen in mask.items()):  # noqa: PLR2004
        return None
    chosen = [name for name in stream.schema["properties"] if mask[("properties", name)]]
    pruning = Pruning(stream.schema, stream.effective_schema, chosen)
    return FastPath(stream, writer, pruning)


def _is_flattened_alike(stream: Stream, stream_map: StreamMap) -> bool:
    """Tell whether records need no flattening, or one that `Flattening` does as the SDK would."""
    options = stream_map.flattening_options
    if options is None or not stream_map.flattening_enabled:
        return True
    return flattens_like_sdk(stream.schema["properties"], options)

"""Puts records into files, and holds each STATE back until the files with its rows have their BATCH messages.

A file takes whole windows, or whatever a stream writes between two STATEs, until it has enough records or the
stream ends. Only a window that would fill many files is divided. So a loader that has loaded all files that
BATCH messages named, and keeps the last STATE, has every row that this STATE covers.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from singer_sdk.singerlib.encoding.base import SingerMessageType

from tap_copernica.records.chunks import Form
from tap_copernica.errors import EndOfRun, RunError
from tap_copernica.output.files.folder import Folder
from tap_copernica.output.pace import StatePace
from tap_copernica.output.files.jsonl import JsonLines
from tap_copernica.sdk import BaseBatchFileEncoding, SDKBatchMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.singerlib.encoding.simple import Message
    from singer_sdk.streams import Stream

    from tap_copernica.records.chunks import EncodedChunk
    from tap_copernica.records.fields import Schema
    from tap_copernica.output.files.folder import NewFile
    from tap_copernica.batch_settings import BatchSettings
    from tap_copernica.records.rows import Record

NO_VERSIONS = (
    "`emit_activate_version_messages` is not used with `batch_config`: a loader does not know the version of "
    "a file's rows, and would delete them."
)
_ROWS_AT_ONCE = 1000
# Open files are finished in the middle of a window once they have so many times `batch_size` records: loaders of
# the SDK hold a whole file in memory.
_FILLS_OF_A_FILE = 10


class LineWriter(Protocol):
    """Writes messages to standard output."""

    def serialize_message(self, message: Message) -> bytes:
        """Encode one message as a line."""

    def write_line(self, line: bytes) -> None:
        """Write a message that is encoded already; it may wait for `flush`."""

    def flush(self) -> None:
        """Write everything that waits."""


class DataFile(Protocol):
    """A file that chunks are written into."""

    def add(self, data: bytes) -> None:
        """Write a chunk."""

    def finish(self) -> str:
        """Finish the file and give its URL."""

    def mark(self) -> None:
        """Remember the place up to which the file is written now."""

    def back_to_mark(self) -> bool:
        """Remove what was written after the mark; False if that is not possible."""

    def abandon(self) -> None:
        """Remove the file."""


class FileForm(Form, Protocol):
    """A form of records that can be put into files."""

    def file(self, new: NewFile) -> DataFile:
        """Begin a file of such records."""


@dataclass
class _Open:
    """A file that is being written.

    Attributes:
        file: the file.
        form: how records are written into it.
        version: the version of the FULL_TABLE pass that its records belong to.
        rows: how many records it has, with those that wait.
        marked: how many it had at the last STATE.
        waiting: records that came one by one, and wait to be encoded together.
    """

    file: DataFile
    form: Form
    version: int | None
    rows: int = 0
    marked: int = 0
    waiting: list[Record] = field(default_factory=list)

    def add(self, chunk: EncodedChunk) -> None:
        """Write a chunk, after those that wait."""
        self._write_waiting()
        self.file.add(chunk.data)
        self.rows += chunk.size

    def add_one(self, record: Record) -> None:
        """Let a record wait; write those that wait once there are enough."""
        self.waiting.append(record)
        self.rows += 1
        if len(self.waiting) >= _ROWS_AT_ONCE:
            self._write_waiting()

    def mark(self) -> None:
        """Note that a STATE covers all records so far."""
        self._write_waiting()
        self.file.mark()
        self.marked = self.rows

    def back_to_mark(self) -> bool:
        """Remove the records after the last STATE; False if that is not possible."""
        if self.rows == self.marked:
            return True
        self.waiting = []
        self.rows = self.marked
        return self.file.back_to_mark()

    def finish(self) -> str:
        """Finish the file and give its URL."""
        self._write_waiting()
        return self.file.finish()

    def _write_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        if waiting:
            self.file.add(self.form.encode(waiting))


class Files:
    """The files of a run that are being written: one for each name of a stream in the output."""

    def __init__(self, settings: BatchSettings, writer: LineWriter) -> None:
        """Write files as the settings say, and messages with this writer."""
        self._settings = settings
        self._writer = writer
        self._folder = Folder(settings.folder, settings.prefix, settings.ending)
        self._forms: dict[str, FileForm] = {}
        self._open: dict[str, _Open] = {}
        self._held_state: bytes | None = None
        self._earlier_state: bytes | None = None  # the one held back when the open files were begun
        self._is_divided = False  # whether finished files have rows that no STATE covers yet
        self._pace = StatePace()
        self._is_broken = False

    def begin(self) -> None:
        """Make the folder, where there is none.

        Raises:
            EndOfRun: if that cannot be.
        """
        with self._written():
            self._folder.prepare()

    def form_of(self, stream: Stream) -> Form:
        """Give the form of a stream's records; its SCHEMA is written before."""
        return self._forms[stream.stream_maps[0].stream_alias]

    def take(self, message: Message) -> None:
        """Write a message: a record into its file, a STATE once its rows are in files.

        Raises:
            EndOfRun: if a file cannot be written.
        """
        if self._is_broken:
            return
        match message.type:
            case SingerMessageType.RECORD:
                fields: Any = message
                with self._written():
                    self._file(fields.stream, fields.version).add_one(fields.record)
                self._divide()
                return
            case SingerMessageType.STATE:
                self._held_state = self._writer.serialize_message(message)
                self._is_divided = False
                with self._written():
                    for one in self._open.values():
                        one.mark()
                if self._rows() >= self._settings.rows:
                    self._finish_files()
                if not self._open and self._pace.is_due:
                    self._write_state()
                return
            case SingerMessageType.SCHEMA:
                self._finish_files()
                schema: Any = message
                self._forms[schema.stream] = self._form(schema.stream, schema.schema)
            case _:  # ACTIVATE_VERSION, about the records before it
                self._finish_files()
        self._writer.write_line(self._writer.serialize_message(message))

    def add(self, name: str, chunk: EncodedChunk, version: int | None) -> None:
        """Write records that have their form already.

        Raises:
            EndOfRun: if a file cannot be written.
        """
        with self._written():
            self._file(name, version).add(chunk)
        self._divide()

    def finish(self) -> None:
        """Finish all files and write their BATCH messages, then the STATE that was held back.

        Raises:
            EndOfRun: if a file cannot be written.
        """
        self._finish_files()
        self._write_state()

    def tick(self) -> None:
        """Write the STATE that is held back, if it is due and its rows are in files; to be called often."""
        if not self._open and self._pace.is_due:
            self._write_state()

    def _finish_files(self) -> None:
        if self._is_broken:
            return
        for name, one in list(self._open.items()):
            with self._written():
                url = one.finish()
            del self._open[name]
            batch = SDKBatchMessage(
                stream=name,
                encoding=BaseBatchFileEncoding(**self._settings.encoding),
                manifest=[url],
                version=one.version,
            )
            self._writer.write_line(self._writer.serialize_message(batch))
            self._writer.flush()  # so that a loader loads it while the next one is written

    def _rows(self) -> int:
        return sum(one.rows for one in self._open.values())

    def _divide(self) -> None:
        """Finish files in the middle of a window that is too large.

        The STATE before these files is written first. None follows them until the window is finished: a STATE
        must cover all rows of the files before it.
        """
        if self._rows() < self._settings.rows * _FILLS_OF_A_FILE:
            return
        if self._earlier_state is not None:
            self._writer.write_line(self._earlier_state)
            self._earlier_state = None
        self._finish_files()
        self._is_divided = True

    def stream_ended_early(self) -> None:
        """Remove the records after the last STATE, since the next run reads them again."""
        if self._is_broken:
            return
        is_covered = not self._is_divided
        for name, one in list(self._open.items()):
            with self._written():
                is_covered = one.back_to_mark() and is_covered
                if not one.rows:
                    one.file.abandon()
                    del self._open[name]
        if not is_covered:  # files have rows that it does not cover
            self._held_state = None

    def _write_state(self) -> None:
        if self._held_state is not None and not self._is_broken:
            self._pace.note()
            self._writer.write_line(self._held_state)
            self._writer.flush()
        self._held_state = self._earlier_state = None

    def _file(self, name: str, version: int | None) -> _Open:
        found = self._open.get(name)
        if found is None:
            if not self._open and not self._is_divided:
                self._earlier_state = self._held_state
            form = self._forms[name]
            found = _Open(form.file(self._folder.open(name)), form, version)
            self._open[name] = found
        return found

    def _form(self, name: str, schema: Schema) -> FileForm:
        if self._settings.format == "jsonl":
            return JsonLines(self._settings.compression)
        from tap_copernica.output.files.parquet import Columns  # noqa: PLC0415 - the extra may be missing

        return Columns(name, schema, self._settings.compression)

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """End the run if a file cannot be written in this block; no file and no STATE follow."""
        try:
            yield
        except BaseException as error:
            # Records that the held STATE covers may be lost.
            self._is_broken = True
            for one in self._open.values():
                one.file.abandon()
            self._open.clear()
            if not isinstance(error, OSError):
                raise
            msg = (
                f"`batch_config.storage.root`: {self._settings.folder} cannot be written to: "
                f"{error.strerror or error}. The state covers the files that were finished before."
            )
            raise EndOfRun(RunError(msg)) from None

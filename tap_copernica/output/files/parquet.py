"""Parquet files; needs the extra `parquet`."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tap_copernica.errors import EndOfRun, RunError
from tap_copernica.output.files.arrow import column
from tap_copernica.records.strict import StrictRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_copernica.records.fields import Schema
    from tap_copernica.output.files.folder import NewFile
    from tap_copernica.records.rows import Record

# Rows of a row group: many, so that a file is read fast; not all of a file, so that memory is bounded.
_ROWS_OF_A_GROUP = 50_000


class Columns:
    """Records as an Arrow batch of typed columns."""

    def __init__(self, stream: str, schema: Schema, compression: str) -> None:
        """Take the name and the schema of the SCHEMA message, and how files are compressed."""
        self._stream = stream
        self._compression = compression
        self._columns = {name: column(one) for name, one in schema["properties"].items()}
        self.schema = pa.schema([(name, one.type) for name, one in self._columns.items()])

    def encode(self, records: Sequence[Record]) -> bytes:
        """Write a batch.

        Raises:
            EndOfRun: if a value is not what the schema says, as a stream map may make it.
        """
        arrays = []
        for name, one in self._columns.items():
            try:
                arrays.append(one.array(_values(records, name)))
            except (pa.ArrowException, TypeError, AttributeError, OverflowError):
                msg = (
                    f"{self._stream}.{name}: a value is not of the type that the schema gives it "
                    f"({one.type}). Correct the stream map, or use `jsonl` files."
                )
                raise EndOfRun(RunError(msg)) from None
        return _bytes(pa.RecordBatch.from_arrays(arrays, schema=self.schema))

    def batch(self, data: bytes) -> pa.RecordBatch:
        """Read a batch back."""
        return pa.ipc.read_record_batch(pa.py_buffer(data), self.schema)

    def records(self, data: bytes) -> Sequence[Record]:
        """Read the records back."""
        rows = self.batch(data).to_pylist()
        return [{name: _as_text(value) for name, value in row.items()} for row in rows]

    def only(self, data: bytes, places: Sequence[int]) -> bytes:
        """Give a batch of the rows at these places."""
        return _bytes(self.batch(data).take(pa.array(places, pa.int64())))

    def file(self, new: NewFile) -> ParquetFile:
        """Begin a file of such batches."""
        return ParquetFile(new, self, self._compression)


class ParquetFile:
    """A Parquet file, written a group of rows at a time."""

    def __init__(self, file: NewFile, form: Columns, compression: str) -> None:
        """Write batches of this form into a file."""
        self._file = file
        self._form = form
        self._writer = pq.ParquetWriter(
            file.bytes,
            form.schema,
            compression=compression,
            use_dictionary=_texts_in(form.schema),
        )
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0
        self._marked: int | None = 0  # batches of the group at the mark; None once the group is written

    def add(self, data: bytes) -> None:
        """Write a batch."""
        batch = self._form.batch(data)
        self._batches.append(batch)
        self._rows += batch.num_rows
        if self._rows >= _ROWS_OF_A_GROUP:
            self._write_group()

    def finish(self) -> str:
        """Finish the file and give its URL."""
        self._write_group()
        self._writer.close()
        return self._file.finish()

    def mark(self) -> None:
        """Note how far it is."""
        self._marked = len(self._batches)

    def back_to_mark(self) -> bool:
        """Remove what came after the mark; not possible once the group around it is written."""
        if self._marked is None:
            return False
        del self._batches[self._marked :]
        self._rows = sum(batch.num_rows for batch in self._batches)
        return True

    def abandon(self) -> None:
        """Remove the file."""
        with contextlib.suppress(
            OSError, pa.ArrowException
        ):  # else it does so when it is forgotten
            self._writer.close()
        self._file.abandon()

    def _write_group(self) -> None:
        if self._batches:
            table = pa.Table.from_batches(self._batches, self._form.schema)
            self._writer.write_table(table, row_group_size=self._rows)
        self._batches, self._rows, self._marked = [], 0, None


def _texts_in(fields: Iterable[pa.Field], path: str = "") -> list[str]:
    """Give the paths of the columns of text, as Parquet writes them.

    Texts repeat, such as links and user agents, so a file has each once and then its number. With numbers and
    times that takes twice as long, and makes the file larger.
    """
    found = []
    for one in fields:
        name, kind = path + one.name, one.type
        if pa.types.is_string(kind):
            found.append(name)
        elif pa.types.is_struct(kind):
            found += _texts_in(kind, f"{name}.")
        elif pa.types.is_list(kind):
            found += _texts_in([pa.field("list.element", kind.value_type)], f"{name}.")
    return found


def _values(records: Sequence[Record], name: str) -> Sequence[Any]:
    if isinstance(records, StrictRows):
        return records.column(name)
    return [record.get(name) for record in records]


def _bytes(batch: pa.RecordBatch) -> bytes:
    data: bytes = batch.serialize().to_pybytes()
    return data


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

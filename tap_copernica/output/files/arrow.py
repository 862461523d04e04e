"""The columns of Parquet files: a stream's schema as Arrow types.

An object whose fields the schema names is a struct, a list is a list. What has no Arrow type, such as an object
whose fields are not known, is JSON text.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_copernica.records.fields import Schema

_PLAIN = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}
_BY_FORMAT = {
    "date-time": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


class Column(ABC):
    """Makes an Arrow array of the values that records have for a column; None is null.

    Attributes:
        type: the Arrow type.
    """

    type: pa.DataType

    @abstractmethod
    def array(self, values: Sequence[Any]) -> pa.Array:
        """Make the array; raises `pa.ArrowException` for a value that the type does not hold."""


class _Plain(Column):
    def __init__(self, kind: pa.DataType) -> None:
        self.type = kind

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        return pa.array(values, self.type)


class _Text(Column):
    type = pa.string()

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        try:
            return pa.array(values, self.type)
        except pa.ArrowException:  # a stream map may put anything into a text
            texts = [one if isinstance(one, str) else _as_json(one) for one in values]
            return pa.array(texts, self.type)


class _Times(Column):
    """Times and dates, which are texts in records: Arrow reads all of them at once."""

    def __init__(self, kind: pa.DataType) -> None:
        self.type = kind

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        return pa.array(values, pa.string()).cast(self.type)


class _Json(Column):
    type = pa.string()

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        return pa.array([_as_json(value) for value in values], self.type)


class _Struct(Column):
    def __init__(self, fields: Mapping[str, Schema]) -> None:
        self._columns = {name: column(schema) for name, schema in fields.items()}
        self.type = pa.struct([pa.field(name, one.type) for name, one in self._columns.items()])

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        rows = [value if value is not None else {} for value in values]
        return pa.StructArray.from_arrays(
            [one.array([row.get(name) for row in rows]) for name, one in self._columns.items()],
            fields=list(self.type),
            mask=pa.array([value is None for value in values], pa.bool_()),
        )


class _List(Column):
    def __init__(self, items: Schema) -> None:
        self._items = column(items)
        self.type = pa.list_(self._items.type)

    @override
    def array(self, values: Sequence[Any]) -> pa.Array:
        lists = [value or [] for value in values]
        ends = accumulate(map(len, lists), initial=0)
        return pa.ListArray.from_arrays(
            pa.array(ends, pa.int32()),
            self._items.array([item for one in lists for item in one]),
            type=self.type,
            mask=pa.array([value is None for value in values], pa.bool_()),
        )


def column(schema: Schema) -> Column:
    """Give what makes the column of a property with this JSON schema."""
    types = schema.get("type", ())
    kinds = [one for one in ([types] if isinstance(types, str) else types) if one != "null"]
    kind = kinds[0] if len(kinds) == 1 else ""
    if kind in _PLAIN:
        return _Plain(_PLAIN[kind])
    if kind == "string":
        of_format = _BY_FORMAT.get(schema.get("format", ""))
        return _Text() if of_format is None else _Times(of_format)
    if kind == "object" and schema.get("properties"):
        return _Struct(schema["properties"])
    if kind == "array" and schema.get("items"):
        return _List(schema["items"])
    return _Json()


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, default=str).decode()

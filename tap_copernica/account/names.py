"""Fields of the account as columns of a warehouse: which cannot be, and `stream_maps` that help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_copernica.records.fields import Schema

# The SDK tells the type of a new column by how its expression begins.
_CASTS = {
    "integer": "int({})",
    "number": "float({})",
    "date-time": "datetime.datetime.fromisoformat({})",
    "date": "datetime.date.fromisoformat({})",
}


def column(name: str) -> str:
    """Give the name of a field's column in most warehouses, which keep letters, digits and `_`."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())


def same_columns(names: Iterable[str]) -> dict[str, list[str]]:
    """Find the columns that more than one field becomes, with those fields."""
    columns: dict[str, list[str]] = {}
    for name in names:
        columns.setdefault(column(name), []).append(name)
    return {one: alike for one, alike in columns.items() if len(alike) > 1}


def unquotable(names: Iterable[str]) -> list[str]:
    """Find the fields with a double quote in their names, which loaders that do not double it fail at."""
    return [name for name in names if '"' in name]


def separating_map(fields: Schema, columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the `stream_maps` entry of a stream that gives each of some fields a column of its own.

    Args:
        fields: the schema of `fields`.
        columns: the columns, with the fields that become one; see `same_columns`.
    """
    return {
        f"fields__{name_of_column}_{number}": _expression(name, fields["properties"][name])
        for name_of_column, alike in columns.items()
        for number, name in enumerate(alike, 1)
    }


def replacing_map(fields: Schema, columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Write the `stream_maps` entry that puts a column for each field in the place of `fields`.

    Args:
        fields: the schema of `fields`.
        columns: as for `separating_map`.
    """
    alike = {name for names in columns.values() for name in names}
    others = {
        f"fields__{column(name) if unquotable([name]) else name}": _expression(name, schema)
        for name, schema in fields["properties"].items()
        if name not in alike
    }
    return {"fields": "__NULL__", **others, **separating_map(fields, columns)}


def _expression(name: str, schema: Schema) -> str:
    value = f"fields[{name!r}]"
    cast = _CASTS.get(schema.get("format") or schema["type"][0])
    return value if cast is None else f"{cast.format(value)} if {value} != None else None"

"""Prunes records: leaves out what the catalog lacks, which may be older than the tap or pruned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.records.strict import StrictRows, leave_out

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record

    Prune = Callable[[Any], Any]


def pruned_schema(own: Schema, kept: Schema) -> Schema:
    """Give a schema without the fields that another schema lacks, also inside objects.

    Args:
        own: the schema of an object as the stream makes it.
        kept: the catalog's schema of it. If this names no fields of an object, the object is kept whole.
    """
    if "properties" not in own or "properties" not in kept:
        return own
    wanted = kept["properties"]
    fields = {
        name: pruned_schema(field, wanted[name] or {})
        for name, field in own["properties"].items()
        if name in wanted
    }
    return {**own, "properties": fields}


class Pruning:
    """Prunes the records of a stream.

    Attributes:
        properties: the schemas of the fields that the catalog has.
        fields: the fields that are left, in their order.
        takes_all: whether nothing is left out.
    """

    def __init__(self, own: Schema, kept: Schema, chosen: Collection[str] | None = None) -> None:
        """Take the stream's own schema, the catalog's, and the selected fields; None if all are."""
        self.properties = left = pruned_schema(own, kept)["properties"]
        self.fields = [name for name in left if chosen is None or name in chosen]
        self._inner = {
            name: prune
            for name in self.fields
            if (prune := _pruner(own["properties"][name], left[name])) is not None
        }
        self._left_out = [name for name in own["properties"] if name not in self.fields]
        self.takes_all = not self._left_out and not self._inner

    def all_of(self, records: Sequence[Record]) -> Sequence[Record]:
        """Give pruned records; `StrictRows` are changed in place if that is enough."""
        if self.takes_all:
            return records
        if isinstance(records, StrictRows) and not self._inner:
            leave_out(records, self._left_out)
            return records
        return list(map(self.of, records))

    def of(self, record: Record) -> Record:
        """Give a pruned copy of a record."""
        left = {name: record[name] for name in self.fields}
        for name, prune in self._inner.items():
            left[name] = prune(left[name])
        return left


def _pruner(own: Schema, kept: Schema) -> Prune | None:
    """Make a function that prunes a value; None if all of the value is kept."""
    if own == kept or "properties" not in own:
        return None
    inner: Mapping[str, Schema] = kept.get("properties", {})
    pruners = {name: _pruner(own["properties"][name], inner[name]) for name in inner}

    def prune(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: value[name] if pruner is None else pruner(value[name])
            for name, pruner in pruners.items()
            if name in value
        }

    return prune

"""Leaves out of records what the catalog does not have: it may be older than the tap, or pruned by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.records.strict import StrictRows, leave_out

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record

    Prune = Callable[[Any], Any]


def pruned_schema(own: Schema, kept: Schema) -> Schema:
    """Give a schema without what another one lacks, within objects too.

    Args:
        own: the schema of an object as the stream makes it.
        kept: that of the catalog. An object of which it names no fields is kept whole.
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
        fields: the fields that are left, in their order.
        takes_all: whether nothing is left out.
    """

    def __init__(self, own: Schema, kept: Schema, chosen: Collection[str] | None = None) -> None:
        """Take the stream's own schema, the catalog's, and the fields that are chosen, if not all."""
        left = pruned_schema(own, kept)["properties"]
        self.fields = [name for name in left if chosen is None or name in chosen]
        self._inner = {
            name: prune
            for name in self.fields
            if (prune := _pruner(own["properties"][name], left[name])) is not None
        }
        self._left_out = [name for name in own["properties"] if name not in self.fields]
        self.takes_all = not self._left_out and not self._inner

    def all_of(self, records: Sequence[Record]) -> Sequence[Record]:
        """Give what is left of records; those of a typed page are changed in place."""
        if self.takes_all:
            return records
        if isinstance(records, StrictRows) and not self._inner:
            leave_out(records, self._left_out)
            return records
        return list(map(self.of, records))

    def of(self, record: Record) -> Record:
        """Give a record with what is left of it."""
        left = {name: record[name] for name in self.fields}
        for name, prune in self._inner.items():
            left[name] = prune(left[name])
        return left


def _pruner(own: Schema, kept: Schema) -> Prune | None:
    """Make what prunes a value, or give None where all of it is kept."""
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

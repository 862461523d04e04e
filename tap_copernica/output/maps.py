"""The user's stream maps: used for selected streams only, with warnings where they name what does not exist.

A map that fails on a value ends its stream, with one line that does not have the value: it may be personal.
"""

from __future__ import annotations

import difflib
import fnmatch
from typing import TYPE_CHECKING, Any

from singer_sdk.mapper import NULL_STRING, CustomStreamMap, PluginMapper
from typing_extensions import override

from tap_copernica.errors import EndOfStream, StreamError
from tap_copernica.sdk import CarefulMap, get_selected_schema

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Mapping

    from singer_sdk.singerlib import Catalog, CatalogEntry

    from tap_copernica.records.fields import Schema

_SOURCE = "__source__"
_OPTION = "__"  # what names of options begin with


class Maps(PluginMapper):
    """The maps of a run, by stream."""

    def __init__(
        self, config: Mapping[str, Any], logger: logging.Logger, known: Collection[str]
    ) -> None:
        """Take the tap's settings and logger, and the names of all streams there are."""
        super().__init__(dict(config), logger)
        self._known = known

    @override
    def register_raw_streams_from_catalog(self, catalog: Catalog) -> None:
        """Register the streams of a catalog; those that are not selected need no map."""
        maps = self.stream_maps_dict
        for entry in catalog.streams:
            selection = entry.metadata.resolve_selection()
            is_selected = selection.get((), True)
            self.stream_maps_dict = maps if is_selected else {}
            name = entry.stream or entry.tap_stream_id
            whole = entry.schema.to_dict()
            schema = get_selected_schema(name, whole, selection)
            keys = self._keys(name, entry, schema, is_selected=is_selected)
            self.register_raw_stream_schema(name, schema, keys)
            self._warn_of_fields(name, whole)
            for one in self.stream_maps[name]:
                if type(one) is CustomStreamMap:
                    one.__class__ = UserMap
        self.stream_maps_dict = maps
        self._warn_of_streams()

    def _keys(
        self, name: str, entry: CatalogEntry, schema: Schema, *, is_selected: bool
    ) -> list[str] | None:
        """Give the key; none if the catalog lacks a field of it, since rows with half a key replace others."""
        keys = list(entry.key_properties or [])
        missing = [key for key in keys if key not in schema.get("properties", {})]
        if not missing or not is_selected:
            return keys
        self.logger.warning(
            "%s: the catalog lacks `%s`, which is in the key, so the records have no key: a loader adds "
            "them to its table again and again.",
            name,
            "`, `".join(missing),
        )
        return []

    def _warn_of_streams(self) -> None:
        for name, given in self.stream_maps_dict.items():
            source = given.get(_SOURCE, name) if isinstance(given, dict) else name
            if not any(fnmatch.fnmatch(one, str(source)) for one in self._known):
                self.logger.warning(
                    "`stream_maps` names `%s`, which is no stream%s. It changes nothing.",
                    source,
                    _meant(str(source), self._known),
                )

    def _warn_of_fields(self, stream: str, schema: Schema) -> None:
        """Warn of fields that a map removes and that do not exist: the field that was meant would stay."""
        for name, given in self.stream_maps_dict.items():
            if not isinstance(given, dict) or not fnmatch.fnmatch(
                stream, str(given.get(_SOURCE, name))
            ):
                continue
            for field, rule in given.items():
                is_removed = rule in {None, NULL_STRING} if isinstance(rule, str | None) else False
                if is_removed and not field.startswith(_OPTION):
                    self._warn_of_field(stream, field, schema.get("properties", {}))

    def _warn_of_field(self, stream: str, field: str, fields: Collection[str]) -> None:
        if field not in fields:
            self.logger.warning(
                "`stream_maps` removes `%s` from `%s`, which has no such field%s. Nothing is removed.",
                field,
                stream,
                _meant(field, fields),
            )


class UserMap(CarefulMap):
    """A stream map that ends its stream when it fails on a record; the message has no value in it."""

    @override
    def failure(self, field: str | None, error: Exception) -> EndOfStream:
        rule = "" if field is None else f" of `{field}`"
        msg = (
            f"{self.stream_name}: the stream map{rule} fails on a record ({type(error).__name__}). "
            "What was finished before is in the state. Correct the expression in `stream_maps`: a field "
            "may be null, or of another form."
        )
        return EndOfStream(StreamError(msg))


def _meant(name: str, names: Collection[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f" (`{close[0]}` was meant?)" if close else ""

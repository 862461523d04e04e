"""What is in a catalog only if the settings name it: streams that cost many calls, fields with credentials.

Meltano selects everything unless somebody says otherwise, and then ignores `selected-by-default`. So an
optional stream or field is in no catalog, unless `optional_streams` or `optional_fields` names it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tap_copernica.settings import API_VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from singer_sdk.singerlib.catalog import Catalog, CatalogEntry

    from tap_copernica.settings import Settings
    from tap_copernica.streams.base import Stream

_REMEDY = (
    "The catalog selects streams or fields that are read only if the settings name them: %s. Add that to the "
    "settings to get them; or make the catalog again, without them (Meltano: `--refresh-catalog`)."
)


class Names:
    """Names and patterns of a setting, as in Meltano's rules: `*` and `?` match, `!` makes an exception."""

    def __init__(self, given: Iterable[str]) -> None:
        """Take the setting's entries."""
        entries = list(given)
        self.wanted = [entry for entry in entries if not entry.startswith("!")]
        self._unwanted = [entry[1:] for entry in entries if entry.startswith("!")]

    def __contains__(self, name: object) -> bool:
        """Tell whether the setting names this stream, or this `stream.field`."""
        named = str(name)
        return any(fnmatchcase(named, one) for one in self.wanted) and not any(
            fnmatchcase(named, one) for one in self._unwanted
        )


class OptionalNames:
    """The streams and fields that need to be named, and which of them the settings name."""

    def __init__(self, streams: Sequence[type[Stream]], settings: Settings) -> None:
        """Take the kinds of streams that there are, those of the account's own databases among them."""
        self._streams = streams
        self._version = settings.api_version
        # `log_cdm_click.*`, as in Meltano's `select`, means the stream `log_cdm_click`.
        self._named = Names(entry.removesuffix(".*") for entry in settings.optional_streams)
        self._fields = Names(settings.optional_fields)

    def has(self, stream: type[Stream]) -> bool:
        """Tell whether a stream is in the catalog."""
        return self._version not in stream.optional_in or _name(stream) in self._named

    def withheld(self, stream: str, fields: Sequence[str]) -> tuple[str, ...]:
        """Give those of a stream's optional fields that the settings do not name."""
        return tuple(one for one in fields if f"{stream}.{one}" not in self._fields)

    def problems(self) -> Iterator[str]:
        """Give an error line for each entry that matches nothing; it lists what there is."""
        for entry in self._named.wanted:
            if not any(fnmatchcase(_name(one), entry) for one in self._streams) and not (
                entry.startswith(_PEOPLE)
            ):
                known = ", ".join(
                    _shortened(_name(one) for one in self._streams if one.optional_in)
                )
                yield f"`optional_streams` names `{entry}`, which is no stream. There are: {known}."
        for entry in self._fields.wanted:
            if not any(
                _may_match(entry, one, field)
                for one in self._streams
                for field in one.optional_fields
            ):
                known = ", ".join(self._all_fields())
                yield f"`optional_fields` names `{entry}`, which is none of them. There are: {known}."

    def warnings(self) -> Iterator[str]:
        """Give a line for each entry that changes nothing: of another API version, or in every catalog."""
        for entry in self._named.wanted:
            matched = [one for one in self._streams if fnmatchcase(_name(one), entry)]
            if not matched:
                continue  # a problem, or a stream of the account's own
            versions = {version for one in matched for version in one.api_versions}
            if self._version not in versions:
                there = " and ".join(one for one in API_VERSIONS if one in versions)
                yield f"`optional_streams`: `{entry}` is not in {self._version}, but in {there}."
            elif not any(one.optional_in for one in matched):
                yield f"`optional_streams`: `{entry}` is in every catalog and needs not be named."

    def unknown(self, people: Iterable[str]) -> list[str]:
        """Give the entries that name a stream of profiles or subprofiles that the account does not have.

        Args:
            people: the names of the streams of profiles and subprofiles that it has.
        """
        names = list(people)
        entries = [entry.rpartition(".")[0] for entry in self._fields.wanted]
        return [
            own
            for own in [*entries, *self._named.wanted]
            if own.startswith(_PEOPLE) and not any(fnmatchcase(name, own) for name in names)
        ]

    def not_named(self) -> str:
        """Give a line that says what the settings could also name; empty if they name everything."""
        streams = [
            _name(one)
            for one in self._streams
            if self._version in one.api_versions and one.optional_in and not self.has(one)
        ]
        fields = [one for one in self._all_fields() if one not in self._fields]
        parts = []
        if streams:
            names = ", ".join(_shortened(streams))
            parts.append(f"streams that cost more calls, named in `optional_streams`: {names}")
        if fields:
            names = ", ".join(fields)
            parts.append(
                f"fields that are credentials or large, named in `optional_fields`: {names}"
            )
        return f"There is more where the settings ask for it: {'; '.join(parts)}." if parts else ""

    def taken_from(self, catalog: Catalog) -> str:
        """Remove from a catalog what the settings do not name; one of an older version may have it.

        Returns:
            A line that says what of it was selected, and which settings to give; empty if nothing was.
        """
        streams, fields = set[str](), set[str]()
        for kind in self._streams:
            for entry in _entries(catalog, kind):
                selected = entry.metadata.resolve_selection()
                if not self.has(kind):
                    streams |= {_name(kind)} if selected[()] else set()
                    del catalog[entry.tap_stream_id]
                    continue
                for field in self.withheld(entry.tap_stream_id, kind.optional_fields):
                    properties = entry.schema.properties or {}
                    if properties.pop(field, None) is None:
                        continue
                    entry.metadata.pop(("properties", field), None)
                    if selected[()] and selected[("properties", field)]:
                        fields.add(_named_field(kind, field))
        parts = [
            f"{setting}: [{', '.join(sorted(names))}]"
            for setting, names in (("optional_streams", streams), ("optional_fields", fields))
            if names
        ]
        return _REMEDY % "; ".join(parts) if parts else ""

    def _all_fields(self) -> list[str]:
        named = (_named_field(one, field) for one in self._streams for field in one.optional_fields)
        return sorted(set(named))


# What the names of streams of profiles and subprofiles begin with: the account's own streams.
_PEOPLE = ("profiles_", "subprofiles_")


def _name(stream: type[Stream]) -> str:
    """Give a stream's name; for streams of profiles and subprofiles, what their names begin with."""
    return str(getattr(stream, "name", "") or getattr(stream, "prefix", ""))


def _named_field(stream: type[Stream], field: str) -> str:
    return f"{'*' if _name(stream) in _PEOPLE else _name(stream)}.{field}"


def _may_match(entry: str, stream: type[Stream], field: str) -> bool:
    """Tell whether an entry names a field, or may name it in a stream of profiles or subprofiles."""
    name = _name(stream)
    own, _, pattern = entry.rpartition(".")
    is_of_an_own = name in _PEOPLE and own.startswith(name) and fnmatchcase(field, pattern)
    return is_of_an_own or fnmatchcase(f"{name}.{field}", entry)


def _entries(catalog: Catalog, kind: type[Stream]) -> list[CatalogEntry]:
    name = _name(kind)
    if name in _PEOPLE:
        return [entry for entry in catalog.streams if entry.tap_stream_id.startswith(name)]
    return [entry for entry in catalog.streams if entry.tap_stream_id == name]


def _shortened(names: Iterable[str]) -> list[str]:
    """Sort names; those of log files, which are many, become the one pattern `log_*`."""
    return sorted({"log_*" if name.startswith("log_") else name for name in names})

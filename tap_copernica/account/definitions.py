"""Which databases and collections the account has, read once per run, and the streams they make.

`/databases` embeds the fields, interests and collections of each database. The API cuts long embedded lists
(after 1000 rows, the fields of a collection after 100). Each has an envelope of its own, which shows that.
Only a list that was cut is read with calls of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from tap_copernica.account.names import changed_columns, fitted, without_accents
from tap_copernica.errors import CopernicaError, RunError
from tap_copernica.http.pagination import Page
from tap_copernica.reading.list_reader import ListReader, id_of, lowered
from tap_copernica.records import fields as f
from tap_copernica.records.casts import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tap_copernica.reading.list_reader import Row
    from tap_copernica.reading.sources import ListSource
    from tap_copernica.records.fields import Schema

_EMBEDDED = ("fields", "interests", "collections")
# Types of fields, as the docs of POST and PUT calls name them; those of collections write `empty_data` for
# `empty_date`. Whether such a field can identify a person depends on its type (`records/personal.py`).
_INTEGER = partial(f.integer, personal=f.NONE)
_TEXT = partial(f.text, personal=f.PERSON)
_TYPES: dict[str, Callable[[str], Schema]] = {
    "integer": _INTEGER,
    "foreign_key": _INTEGER,
    "float": f.number,
    "date": f.day,
    "empty_date": f.day,
    "empty_data": f.day,
    "datetime": f.moment,
    "empty_datetime": f.moment,
}


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of subprofiles.

    Attributes:
        id: its id.
        name: its name.
        database: the database that it is in.
        row: its row without the list of its fields.
        fields: the rows of its fields.
    """

    id: int
    name: str
    database: Database = field(repr=False, compare=False)
    row: Row = field(repr=False, compare=False)
    fields: list[Row] = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """Its path in the API; the catalog keeps it too."""
        return f"collection/{self.id}"

    @property
    def stream_name(self) -> str:
        """The name of its stream of subprofiles, unless another stream has that name (`named`)."""
        database = safe(self.database.name) or str(self.database.id)
        return f"subprofiles_{database}_{safe(self.name) or self.id}"


@dataclass(frozen=True, slots=True)
class Database:
    """A database of profiles.

    Attributes:
        id: its id.
        name: its name.
        row: its row without the embedded lists.
        fields: the rows of its fields.
        interests: the rows of its interests.
        collections: its collections.
    """

    id: int
    name: str
    row: Row = field(repr=False, compare=False)
    fields: list[Row] = field(repr=False, compare=False)
    interests: list[Row] = field(repr=False, compare=False)
    collections: list[Collection] = field(default_factory=list, repr=False, compare=False)

    @property
    def path(self) -> str:
        """Its path in the API; the catalog keeps it too."""
        return f"database/{self.id}"

    @property
    def database(self) -> Database:
        """Itself: a collection has this property too."""
        return self

    @property
    def stream_name(self) -> str:
        """The name of its stream of profiles, unless another stream has that name (`named`)."""
        return f"profiles_{safe(self.name) or self.id}"


ProfileSource = Database | Collection


class Definitions:
    """The account's databases and collections, asked for at most once."""

    def __init__(self, stream: ListSource, chosen: Sequence[str] | None) -> None:
        """Take the stream that makes the calls, and the setting `databases`."""
        self._stream = stream
        self._chosen = chosen
        self._lists = ListReader(stream)
        self._failure: CopernicaError | None = None

    @property
    def are_known(self) -> bool:
        """Whether the account was asked already."""
        return "_databases" in self.__dict__

    @property
    def databases(self) -> list[Database]:
        """All databases by id, whatever the setting says."""
        if self._failure is not None:
            raise self._failure
        try:
            return self._databases
        except CopernicaError as error:
            self._failure = error
            raise

    @property
    def chosen(self) -> list[Database]:
        """The databases whose profiles are to be read.

        Raises:
            RunError: if the setting `databases` names one that does not exist.
        """
        if self._chosen is None:
            return self.databases
        found = {one.id: one for entry in self._chosen for one in self._named(entry)}
        unknown = [entry for entry in self._chosen if not self._named(entry)]
        if unknown:
            known = ", ".join(f"{one.name} ({one.id})" for one in self.databases) or "none"
            msg = (
                f"`databases` names what does not exist: {', '.join(unknown)}. There are: {known}."
            )
            raise RunError(msg)
        return sorted(found.values(), key=lambda one: one.id)

    @property
    def collections(self) -> list[Collection]:
        """All collections by id."""
        found = [part for one in self.databases for part in one.collections]
        return sorted(found, key=lambda part: part.id)

    @property
    def chosen_collections(self) -> list[Collection]:
        """The collections whose subprofiles are to be read, by id."""
        found = [part for one in self.chosen for part in one.collections]
        return sorted(found, key=lambda part: part.id)

    @cached_property
    def names(self) -> dict[str, ProfileSource]:
        """What each stream of (sub)profiles reads, by the stream's name.

        All databases count, also those that are not chosen, so that a name does not depend on the setting.
        """
        return {**named(self.databases), **named(self.collections)}

    def is_chosen(self, owner: ProfileSource) -> bool:
        """Tell whether the setting `databases` includes this one."""
        return owner.database.id in {one.id for one in self.chosen}

    def owner(self, path: str | None, name: str) -> ProfileSource | None:
        """Find what a stream reads.

        Args:
            path: its path from the catalog, like `database/12`; None if the catalog lacks it.
            name: the stream's name, by which it is found without a path.
        """
        if path is None:
            return self.names.get(name)
        return next((one for one in self.names.values() if one.path == path), None)

    def _named(self, entry: str) -> list[Database]:
        ids = meant(entry, {one.id: one.name for one in self.databases})
        return [one for one in self.databases if one.id in ids]

    @cached_property
    def _databases(self) -> list[Database]:
        rows = self._lists.rows("/databases")
        return sorted(map(self._database, rows), key=lambda one: one.id)

    def _database(self, given: Row) -> Database:
        number, row = self._id(given), lowered(given, self._stream.name)
        path = f"/database/{number}"
        result = Database(
            number,
            str(row.get("name") or ""),
            _without_lists(given),
            self._embedded(row.get("fields"), f"{path}/fields"),
            self._embedded(row.get("interests"), f"{path}/interests"),
        )
        for part in self._embedded(row.get("collections"), f"{path}/collections"):
            result.collections.append(self._collection(part, result))
        return result

    def _collection(self, given: Row, database: Database) -> Collection:
        number, row = self._id(given), lowered(given, self._stream.name)
        fields = self._embedded(row.get("fields"), f"/collection/{number}/fields")
        name = str(row.get("name") or "")
        return Collection(number, name, database, _without_lists(given), fields)

    def _embedded(self, value: object, path: str) -> list[Row]:
        """Give the rows of an embedded list; if it was cut, read the whole list at `path`."""
        try:
            page = Page.of(value, bare=True)
        except ValueError:
            return self._lists.rows(path)
        ids = {self._id(row) for row in page.rows}
        room = page.limit is None or len(page.rows) < page.limit
        if len(ids) == page.total or (page.total is None and room):
            return list(page.rows)
        return self._lists.rows(path)

    def _id(self, row: object) -> int:
        return id_of(row, self._stream.name)


def meant(entry: str, names: Mapping[int, str]) -> set[int]:
    """Give the ids of the databases that an entry of the setting `databases` names.

    Args:
        entry: an id or a name. What is an id of one of them is no name.
        names: the names of databases by their ids.
    """
    by_id = {number for number in names if str(number) == entry}
    return by_id or {number for number, name in names.items() if name.lower() == entry.lower()}


def named(owners: Iterable[ProfileSource]) -> dict[str, ProfileSource]:
    """Give databases or collections by the names of their streams, which are unique.

    Of several with the same name, the one with the lowest id keeps it, and the others get `_<id>` behind
    it. A new one has a higher id, so it never changes the name of a stream that exists.
    """
    names: dict[str, ProfileSource] = {}
    for owner in sorted(owners, key=lambda one: one.id):
        name = owner.stream_name
        while fitted(name) in names:
            name = f"{name}_{owner.id}"
        names[fitted(name)] = owner
    return names


def safe(name: str) -> str:
    """Make a name safe for a stream: lower case, `[a-z0-9_]`, accents dropped; maybe empty."""
    return re.sub(r"[^a-z0-9]+", "_", without_accents(name)).strip("_")


def schema_of_type(kind: str) -> Schema:
    """Give the schema of a field that the account has defined, by its type in Copernica."""
    return dict(_TYPES.get(kind, _TEXT)(f"Field of type {kind or 'unknown'}."))


def fields_schema(fields: Iterable[Row]) -> Schema:
    """Make the schema of the object `fields`: the account's names exactly, typed by the API's types.

    A field whose column must have another name has that as its `title` (see `changed_columns`).
    """
    properties: dict[str, Schema] = {}
    ids: dict[str, tuple[bool, int]] = {}
    for name, kind, number in map(_field, fields):
        properties[name] = schema_of_type(kind)
        ids[name] = (False, number) if number is not None else (True, len(ids))
    for name, title in changed_columns(sorted(properties, key=ids.__getitem__)).items():
        properties[name] = {**properties[name], "title": title}
    return {
        "type": ["object", "null"],
        "description": "The fields that the account has defined.",
        "properties": properties,
        "additionalProperties": False,
    }


def field_ids(owner: ProfileSource) -> dict[str, int | None]:
    """Give the fields that the account has defined: their ids by name, None for one that cannot be read."""
    return {name: number for name, _, number in map(_field, owner.fields)}


def _field(given: Row) -> tuple[str, str, int | None]:
    """Read the name, type and id of a field; None for an id that cannot be read."""
    row = {name.lower(): value for name, value in given.items()}
    return str(row.get("name") or ""), str(row.get("type") or ""), integer_or_none(row.get("id"))


def _without_lists(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name.lower() not in _EMBEDDED}

"""What databases, collections, fields, interests and selections there are: lists, each read whole.

What comes within `/databases` costs no call of its own: `account/definitions.py` asks for it once per run.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.reading.parents import Parents, Refused
from tap_copernica.records import fields as f
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_copernica.reading.list_reader import Row
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record

_INTENTIONS = f.mapping(
    "Channels that may be used.",
    email=f.flag("E-mail."),
    sms=f.flag("Text messages."),
    fax=f.flag("Fax."),
    pdf=f.flag("Print."),
)


class EmbeddedStream(Stream):
    """Rows that come with `/databases`."""

    primary_keys: tuple[str, ...] = ("ID",)
    is_probed = False
    cost = "0: comes with `databases`; 1 for each list that the API cut off"

    @abstractmethod
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        """Give the rows of each parent, after the field with the parent's id, such as `{"database": 12}`."""

    @override
    def read(self) -> Iterator[Record]:
        for parent, rows in self.rows():
            yield from self.emit(self.reader.records([dict(row) for row in rows], **parent))


class DatabasesStream(EmbeddedStream):
    """Databases of profiles."""

    is_probed = True

    name = "databases"
    path = "/databases"
    cost = "1, for the streams that come with it as well"
    schema = f.record(
        ID=f.key(f.integer("Id of the database.", f.NONE)),
        name=f.text("Name of the database.", f.NONE),
        description=f.text("Description of the database.", f.NONE),
        archived=f.flag("Whether it is archived."),
        created=f.moment("When it was created, in UTC."),
        intentions=_INTENTIONS,
    )

    @override
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        yield {}, [one.row for one in self.tap.definitions.databases]


def _field_schema(parent: str, description: str) -> Schema:
    """Make the schema of fields. The API addresses them only below a parent, so their ids may repeat."""
    return f.record(
        ID=f.key(f.integer(f"Id of the field, unique in its {parent} only.", f.NONE)),
        **{parent: f.key(f.integer(description, f.NONE))},
        name=f.text("Name of the field.", f.NONE),
        type=f.text("integer, float, date, datetime, text, email, select and so on.", f.NONE),
        value=f.text("Default value; of a select, its options, the default one with *.", f.NONE),
        displayed=f.flag("Whether lists show it."),
        ordered=f.flag("Whether lists are ordered by it."),
        length=f.integer("Most characters.", f.NONE),
        textlines=f.integer("Lines of its input in forms.", f.NONE),
        hidden=f.flag("Whether it is hidden from people."),
        index=f.flag("Whether it is indexed."),
    )


class DatabaseFieldsStream(EmbeddedStream):
    """Fields of profiles."""

    name = "database_fields"
    path = "/database/{id}/fields"
    primary_keys = ("database", "ID")
    schema = _field_schema("database", "Id of its database (`databases.ID`).")

    @override
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        return (({"database": one.id}, one.fields) for one in self.tap.definitions.databases)


class DatabaseInterestsStream(EmbeddedStream):
    """Interests, which profiles name."""

    name = "database_interests"
    path = "/database/{id}/interests"
    schema = f.record(
        ID=f.key(f.integer("Id of the interest.", f.NONE)),
        database=f.integer("Id of its database (`databases.ID`).", f.NONE),
        name=f.text("Name of the interest, as in `interests` of a profile.", f.NONE),
        group=f.text("Group of the interest.", f.NONE),
    )

    @override
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        return (({"database": one.id}, one.interests) for one in self.tap.definitions.databases)


class CollectionsStream(EmbeddedStream):
    """Collections of subprofiles."""

    name = "collections"
    path = "/database/{id}/collections"
    schema = f.record(
        ID=f.key(f.integer("Id of the collection.", f.NONE)),
        name=f.text("Name of the collection.", f.NONE),
        database=f.integer("Id of its database (`databases.ID`).", f.NONE),
        intentions=_INTENTIONS,
    )

    @override
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        for one in self.tap.definitions.databases:
            yield {"database": one.id}, [part.row for part in one.collections]


class CollectionFieldsStream(EmbeddedStream):
    """Fields of subprofiles."""

    name = "collection_fields"
    path = "/collection/{id}/fields"
    primary_keys = ("collection", "ID")
    schema = _field_schema("collection", "Id of its collection (`collections.ID`).")

    @override
    def rows(self) -> Iterable[tuple[dict[str, int], Sequence[Row]]]:
        return (({"collection": one.id}, one.fields) for one in self.tap.definitions.collections)


@dataclass
class Selections:
    """The selections that this run has listed.

    Attributes:
        listed: ids of the databases or collections whose selections were listed.
        ids: pairs of the id of a database or collection and the id of a selection, in the order of listing.
        is_incomplete: whether a list was refused, so that its selections are not known.
    """

    listed: set[int] = field(default_factory=set)
    ids: list[tuple[int, int]] = field(default_factory=list)
    is_incomplete: bool = False


class SelectionStream(Stream):
    """Selections: a list per database or collection, asked for side by side, once per run."""

    primary_keys = ("ID",)
    is_probed = False
    optional_in = API_VERSIONS

    @abstractmethod
    def below(self, parents: Sequence[int]) -> Iterator[tuple[int, list[Record]]]:
        """Give the selections below databases or collections: the parent's id, and its selections."""

    def ids_below(self, parents: Sequence[int]) -> list[int]:
        """Give the ids of selections below databases or collections; ask only for lists not read yet."""
        new = [parent for parent in parents if parent not in self._known.listed]
        for _ in self._noted(new):
            pass
        wanted = set(parents)
        return [number for parent, number in self._known.ids if parent in wanted]

    @property
    def lacks_some(self) -> bool:
        """Whether a list of selections was refused in this run."""
        return self._known.is_incomplete

    @property
    def _known(self) -> Selections:
        return self.run.shared(self.name, Selections)

    def _noted(self, parents: Sequence[int]) -> Iterator[list[Record]]:
        """Give the selections below databases or collections, list by list, and note them in `Selections`."""
        found = []
        for parent, records in self.below(parents):
            found += [(parent, record["ID"]) for record in records]
            yield records
        self._known.ids += found
        self._known.listed.update(parents)

    def lists(self, paths: dict[int, str]) -> Iterator[tuple[int, list[Row]]]:
        """Read lists in order, `concurrency` at a time; one that is refused is left out.

        Args:
            paths: the lists by their parents' ids.
        """
        for (parent, _), answer in self._parents.answers(list(paths.items())):
            if not isinstance(answer, Refused):
                yield parent, answer
            elif self.refused(parent, answer):
                self._known.is_incomplete = True

    @cached_property
    def _parents(self) -> Parents[tuple[int, str], list[Row]]:
        return Parents(self.name, self.run.pool, lambda listed: self.list_reader.rows(listed[1]))


class ViewsStream(SelectionStream):
    """Selections of profiles, and those nested in them."""

    name = "views"
    path = "/database/{id}/views"
    cost = "1 per database, and 1 per selection with others nested in it"
    schema = f.record(
        ID=f.key(f.integer("Id of the selection.", f.NONE)),
        name=f.text("Name of the selection.", f.NONE),
        description=f.text("Description of the selection.", f.NONE),
        parent_type=f.text("database or view.", f.NONE),
        parent_id=f.integer("Id of the database or selection it is in.", f.NONE),
        has_children=f.flag("Whether selections are nested in it."),
        has_referred=f.flag("Whether other selections refer to it."),
        has_rules=f.flag("Whether it has rules."),
        database=f.integer("Id of its database (`databases.ID`).", f.NONE),
        last_built=f.moment("When it was last built, in UTC."),
        intentions=_INTENTIONS,
    )

    @override
    def read(self) -> Iterator[Record]:
        for records in self._noted([one.id for one in self.tap.definitions.databases]):
            yield from self.emit(records)

    @override
    def below(self, parents: Sequence[int]) -> Iterator[tuple[int, list[Record]]]:
        """Give the selections of databases, then those nested in them, level by level."""
        owners = {number: number for number in parents}  # the database of each list's parent
        path = "/database/{}/views"
        seen: set[int] = set()
        while owners:
            below: dict[int, int] = {}
            for parent, rows in self.lists({one: path.format(one) for one in owners}):
                records = self.reader.records(rows, database=owners[parent])
                new = [record for record in records if record["ID"] not in seen]
                seen.update(record["ID"] for record in new)
                yield owners[parent], new
                deeper = [one["ID"] for one in new if one["has_children"] is not False]
                below.update(dict.fromkeys(deeper, owners[parent]))
            owners, path = below, "/view/{}/views"


class MiniviewsStream(SelectionStream):
    """Selections of subprofiles."""

    name = "miniviews"
    path = "/collection/{id}/miniviews"
    cost = "1 per collection"
    schema = f.record(
        ID=f.key(f.integer("Id of the selection.", f.NONE)),
        name=f.text("Name of the selection.", f.NONE),
        description=f.text("Description of the selection.", f.NONE),
        parent_type=f.text("collection.", f.NONE),
        parent_id=f.integer("Id of the collection it is in.", f.NONE),
        collection=f.integer("Id of its collection (`collections.ID`).", f.NONE),
        last_built=f.moment("When it was last built, in UTC."),
        intentions=_INTENTIONS,
    )

    @override
    def read(self) -> Iterator[Record]:
        for records in self._noted([one.id for one in self.tap.definitions.collections]):
            yield from self.emit(records)

    @override
    def below(self, parents: Sequence[int]) -> Iterator[tuple[int, list[Record]]]:
        paths = {one: f"/collection/{one}/miniviews" for one in parents}
        for parent, rows in self.lists(paths):
            yield parent, self.reader.records(rows, collection=parent)

"""The account's databases and their tables: what is there, and how it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox.databases.changes import Changes
from copernica_sandbox.databases.layout import Builder
from copernica_sandbox.databases.selecting import Asked, Selector
from copernica_sandbox.databases.table import Owners, Table
from copernica_sandbox.databases.values import meaning
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.databases.shape import Collection, Database, View
    from copernica_sandbox.databases.table import Period, Row

_CHUNK = 1000


class Databases:
    """All databases of one account."""

    def __init__(
        self, descriptions: Iterable[dict[str, Any]], profiles: int, seed: int, period: Period
    ) -> None:
        """Take descriptions (`layout.described`), the usual number of profiles and the seed.

        Ids of profiles, and those of subprofiles, are one range of numbers over all databases.
        """
        self.period = period
        self.selector = Selector()
        self.profiles: dict[int, Table] = {}
        self.subprofiles: dict[int, Table] = {}
        self.builder = Builder()
        self.databases = [self.builder.database(one, profiles) for one in descriptions]
        self.collections = [one for base in self.databases for one in base.collections]
        self.changes = Changes(self)
        self._fill(seed)

    def _fill(self, seed: int) -> None:
        first, below = 1, 1
        for base in self.databases:
            noise = mix(seed, 81, base.number)
            table = Table(
                first, base.size, noise, self.period, fields=base.fields, interests=base.interests
            )
            self.profiles[base.number] = table
            first = table.stop + 1
            for one in base.collections:
                noise = mix(seed, 82, one.number)
                size = one.size if table.size else 0
                part = Table(
                    below, size, noise, self.period, fields=one.fields, owners=Owners(table)
                )
                self.subprofiles[one.number] = part
                below = part.stop + 1

    def drop(self, one: Database | Collection) -> None:
        """Remove a database or a collection, with all that is in it."""
        if one in self.databases:
            self.databases = [other for other in self.databases if other is not one]
            self.profiles.pop(one.number)
        for base in self.databases:
            base.collections = [part for part in base.collections if part is not one]
        left = [part for base in self.databases for part in base.collections]
        for part in self.collections:
            if part not in left:
                self.subprofiles.pop(part.number)
        self.collections = left

    def database(self, reference: str) -> Database | None:
        """Return the database with this id, or this name in any case."""
        by_name = (one for one in self.databases if one.name.lower() == reference.lower())
        by_id = (one for one in self.databases if str(one.number) == reference)
        return next(by_id, None) or next(by_name, None)

    def collection(self, reference: str) -> Collection | None:
        """Return the collection with this id."""
        return next((one for one in self.collections if str(one.number) == reference), None)

    def view(self, reference: str) -> View | None:
        """Return the selection of profiles with this id."""
        found = (one for base in self.databases for one in base.views)
        return next((one for one in found if str(one.number) == reference), None)

    def miniview(self, reference: str) -> View | None:
        """Return the selection of subprofiles with this id."""
        found = (one for part in self.collections for one in part.miniviews)
        return next((one for one in found if str(one.number) == reference), None)

    def profile(self, number: int) -> tuple[int, Row] | None:
        """Return a profile, removed or not, and the database it belongs to."""
        return _found(self.profiles, number)

    def subprofile(self, number: int) -> tuple[int, Row] | None:
        """Return a subprofile, removed or not, and the collection it belongs to."""
        return _found(self.subprofiles, number)

    def described(self, nested_ids: str = "none") -> list[dict[str, Any]]:
        """Return the truth of what databases there are: ids as numbers, types as documented.

        ``nested_ids`` is the switch of that name.
        """
        return [
            {
                "ID": base.number,
                "name": base.name,
                "profiles": self.size(self.profiles[base.number]),
                "fields": _fields(base, nested_ids),
                "interests": [{"ID": i.number, "name": i.name} for i in base.interests],
                "views": [{"ID": v.number, "name": v.name, "parent": v.parent} for v in base.views],
                "collections": [self._collection(one, nested_ids) for one in base.collections],
            }
            for base in self.databases
        ]

    def _collection(self, one: Collection, nested_ids: str) -> dict[str, Any]:
        return {
            "ID": one.number,
            "name": one.name,
            "subprofiles": self.size(self.subprofiles[one.number]),
            "fields": _fields(one, nested_ids),
            "miniviews": [{"ID": v.number, "name": v.name} for v in one.miniviews],
        }

    def size(self, table: Table) -> int:
        """Return how many rows a table has now, removed ones aside."""
        gone = sum(one.removed is not None for one in table.touched.changes.values())
        added = sum(table.index(number) is None for number in table.touched.numbers)
        return table.size + added - gone

    def truth(self, table: Table, clock: WallClock) -> Iterator[dict[str, Any]]:
        """Yield the rows of a table by id, as they are when the iteration begins.

        ``fields`` holds raw texts, ``values`` what they mean (`values.meaning`); ids are numbers,
        ``created`` and ``modified`` wall text, ``instant`` that of the modification.
        """
        touched = table.touched
        numbers = self.selector.select(table, Asked(), clock)
        kinds = {field.name: field.kind for field in table.fields}
        for start in range(0, len(numbers), _CHUNK):
            for number in numbers.cut(start, start + _CHUNK):
                row = table.find(number, touched)
                if row is not None:
                    yield _truth(row, kinds, clock)


def _truth(row: Row, kinds: dict[str, str], clock: WallClock) -> dict[str, Any]:
    truth: dict[str, Any] = {
        "ID": row.number,
        "fields": row.fields,
        "values": {name: meaning(kinds[name], text) for name, text in row.fields.items()},
        "interests": row.interests,
        "secret": row.secret,
        "created": clock.text(row.created),
        "modified": clock.text(row.modified),
        "instant": row.modified,
    }
    return truth if row.owner is None else {**truth, "profile": row.owner}


def _fields(owner: Database | Collection, nested_ids: str) -> list[dict[str, Any]]:
    return [
        {"ID": one.id_under(nested_ids), "name": one.name, "type": one.kind} for one in owner.fields
    ]


def _found(tables: dict[int, Table], number: int) -> tuple[int, Row] | None:
    for owner, table in tables.items():
        row = table.find(number)
        if row is not None:
            return owner, row
    return None

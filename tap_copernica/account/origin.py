"""What the catalog keeps of a stream of profiles, so that a run can read it without asking for the databases.

Meltano keeps two fields of a catalog entry that can hold it: `table_name` holds what is read, like
`database/12`, and `database_name` the rest, as JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tap_copernica.account.definitions import field_ids
from tap_copernica.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_copernica.account.definitions import ProfileSource

_GOOD_FOR = DAY
# If the account has a field with one of these names, filters of the API mean that field, not the API's own.
_HIDING = frozenset({"id", "modified"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a stream come from.

    Attributes:
        path: what is read, like `database/12` or `collection/7`.
        database: the id of the database.
        name: the name of the database.
        known: when the account was asked, in UTC.
        hidden: those of `id` and `modified` that cannot be used in filters, since the account has a field
            of that name.
        field_ids: the ids of the account's fields by their names; none in a catalog of an earlier version.
    """

    path: str
    database: int
    name: str
    known: datetime
    hidden: frozenset[str] = frozenset()
    field_ids: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, owner: ProfileSource, known: datetime) -> Origin:
        """Make it from a database or collection of the account."""
        ids = field_ids(owner)
        hidden = _HIDING & {name.lower() for name in ids}
        found = {name: number for name, number in ids.items() if number is not None}
        return cls(owner.path, owner.database.id, owner.database.name, known, hidden, found)

    @classmethod
    def of_catalog(cls, table: str | None, database: str | None) -> Origin | None:
        """Read it from a catalog entry; None if the entry does not say enough."""
        try:
            said = json.loads(database or "")
            known = datetime.fromisoformat(said["known"])
            number, name, hidden = int(said["id"]), str(said["name"]), frozenset(said["hidden"])
            ids = {one: int(value) for one, value in said.get("fields", {}).items()}
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        if table is None or known.tzinfo is None:
            return None
        return cls(table, number, name, known, hidden, ids)

    @property
    def id(self) -> int:
        """The id of what is read."""
        return int(self.path.rpartition("/")[2])

    @property
    def text(self) -> str:
        """What the catalog keeps under `database_name`."""
        known = self.known.isoformat(timespec="seconds")
        said = {"id": self.database, "name": self.name, "known": known}
        fields = {"hidden": sorted(self.hidden), "fields": dict(self.field_ids)}
        return json.dumps({**said, **fields}, ensure_ascii=False)

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the account was asked less than a day ago."""
        return now - self.known < _GOOD_FOR


def names_of(origins: Iterable[Origin | None]) -> dict[int, str]:
    """Give the names of the databases that streams read, by their ids."""
    return {one.database: one.name for one in origins if one is not None}

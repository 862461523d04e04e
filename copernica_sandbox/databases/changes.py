"""What happens to profiles and subprofiles while they are read: changes, additions, removals.

Facts observed on v2: ``modified`` moves only when the value of a field really changes; a removal does
not move it, takes the row out of every list, and removes the subprofiles of a profile as well.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from copernica_sandbox.databases.table import Change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copernica_sandbox.databases.layout import Builder
    from copernica_sandbox.databases.selecting import Selector
    from copernica_sandbox.databases.shape import Collection, Database, DataField
    from copernica_sandbox.databases.table import Row, Table


class Store(Protocol):
    """What is changed: the tables by the id of their database or collection."""

    profiles: dict[int, Table]
    subprofiles: dict[int, Table]
    builder: Builder
    selector: Selector


class Changes:
    """Changes the rows and fields of an account."""

    def __init__(self, store: Store) -> None:
        """Take the databases to change."""
        self._store = store

    def table(self, kind: str, owner: int) -> Table:
        """Return the table of a database (``profiles``) or a collection (``subprofiles``)."""
        tables = self._store.profiles if kind == "profiles" else self._store.subprofiles
        if owner not in tables:
            msg = f"no {kind} under {owner}; known: {', '.join(map(str, tables))}"
            raise ValueError(msg)
        return tables[owner]

    def change(  # noqa: PLR0913  (these are the parts of a change)
        self,
        table: Table,
        numbers: Iterable[int],
        moment: int,
        *,
        fields: dict[str, Any] | None = None,
        interests: list[str] | None = None,
        secret: str | None = None,
    ) -> None:
        """Change rows at a moment.

        Without any value given, ``modified`` moves alone, as if a value had been set and set back.
        Raises ValueError for an unknown row or field.
        """
        texts = {name: str(value) for name, value in (fields or {}).items()}
        if unknown := set(texts) - {one.name for one in table.fields}:
            msg = f"no field {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        touch = fields is None and interests is None and secret is None
        more = {}
        for number in numbers:
            row = table.find(number)
            if row is None:
                msg = f"no row {number}"
                raise ValueError(msg)
            changed = touch or any(row.fields[name] != text for name, text in texts.items())
            old = table.touched.changes.get(number) or _unchanged(row)
            more[number] = replace(
                old,
                modified=moment if changed else old.modified,
                fields={**old.fields, **texts},
                interests=old.interests if interests is None else tuple(interests),
                secret=old.secret if secret is None else secret,
            )
        table.touched = table.touched.with_(more)

    def write(  # noqa: PLR0913  (these are the parts of a change)
        self,
        table: Table,
        row: Row,
        texts: dict[str, str],
        moment: int,
        *,
        interests: tuple[str, ...] | None = None,
        secret: str | None = None,
    ) -> None:
        """Write to a row as a PUT does: `modified` moves only where a field's value does.

        Of a removed row it moves with any field, though the row stays empty (both observed on v2).
        """
        changed = any(row.removed is not None or row.fields[n] != t for n, t in texts.items())
        if not changed and interests is None and secret is None:
            return
        old = table.touched.changes.get(row.number) or _unchanged(row)
        new = replace(
            old,
            modified=moment if changed else old.modified,
            fields={**old.fields, **texts},
            interests=old.interests if interests is None else interests,
            secret=old.secret if secret is None else secret,
        )
        table.touched = table.touched.with_({row.number: new})

    def remove(
        self, table: Table, numbers: Iterable[int], moment: int, *, completely: bool = False
    ) -> None:
        """Remove rows at a moment; with a profile go its subprofiles.

        ``completely``: nothing is known of them afterwards, as if they had never been.
        """
        gone = {}
        for number in numbers:
            row = table.find(number)
            if row is None or row.removed is not None:
                msg = f"no row {number} to remove"
                raise ValueError(msg)
            old = table.touched.changes.get(number, Change())
            gone[number] = replace(old, removed=moment, forgotten=completely)
        table.touched = table.touched.with_(gone)
        for part in self._store.subprofiles.values():
            if part.owners is not None and part.owners.table is table:
                below = [n for number in gone for n in subprofiles_of(part, number)]
                old_changes = part.touched.changes
                part.touched = part.touched.with_(
                    {
                        n: replace(
                            old_changes.get(n, Change()), removed=moment, forgotten=completely
                        )
                        for n in below
                    }
                )

    def add(self, table: Table, rows: Iterable[dict[str, Any]], moment: int) -> list[int]:
        """Add rows and return their ids, above all that exist.

        A row gives values by field name, that of a subprofile also ``profile`` beside them, as
        ``{"profile": 7, "fields": {...}}``; fields not given hold their defaults.
        """
        tables = self._store.profiles if table.owners is None else self._store.subprofiles
        number = self.highest(tables)
        more = {}
        for row in rows:
            number += 1
            nested = isinstance(row.get("fields"), dict)
            fields = row["fields"] if nested else {k: v for k, v in row.items() if k != "profile"}
            owner = None
            if table.owners is not None:
                owner = int(row.get("profile") or table.owners.table.first)
            texts = {name: str(value) for name, value in fields.items()}
            more[number] = Change(
                moment,
                texts,
                tuple(row.get("interests", ())) if nested else None,
                created=moment,
                owner=owner,
            )
        table.touched = table.touched.with_(more)
        return list(more)

    def add_field(self, owner: Database | Collection, name: str, kind: str) -> DataField:
        """Add a field and return it; rows that exist hold a zero in it (observed on v2)."""
        if any(field.name.lower() == name.lower() for field in owner.fields):
            msg = f"{owner.name} has a field {name} already"
            raise ValueError(msg)
        place = len(owner.fields) + 1
        field = self._store.builder.field(place, name, kind, late=True)
        owner.fields = [*owner.fields, field]
        for tables in (self._store.profiles, self._store.subprofiles):
            if owner.number in tables:
                tables[owner.number].fill(field)
                tables[owner.number].describe(owner.fields)
        self._store.selector.forget()
        return field

    def highest(self, tables: dict[int, Table]) -> int:
        """Return the highest id that there can be so far in all these tables."""
        if not tables:
            return 0
        return max(max(one.stop, *one.touched.numbers[-1:], 0) for one in tables.values())


def _unchanged(row: Row) -> Change:
    """Return the change that leaves a row as it is; one that was removed long ago stays so."""
    if row.removed is None:
        return Change()
    return Change(row.modified, secret=row.secret, removed=row.removed, created=row.created)


def subprofiles_of(table: Table, profile: int) -> list[int]:
    """Return the ids of a profile's subprofiles in one collection, in order."""
    added = [
        number
        for number, change in table.touched.changes.items()
        if change.owner == profile and change.removed is None
    ]
    index = None if table.owners is None else table.owners.table.index(profile)
    if index is None or table.owners is None:
        return sorted(added)
    computed = map(table.number, range(index, table.size, table.owners.table.size))
    changes = table.touched.changes
    return [n for n in computed if n not in changes or changes[n].removed is None] + sorted(added)

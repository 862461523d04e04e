"""The part of `Sandbox` that is about databases: their truth, and what is done to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from copernica_sandbox.clock import parse_instant
from copernica_sandbox.databases.bulk import DeadHost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from copernica_sandbox.core import Core
    from copernica_sandbox.databases.shape import Collection, Database
    from copernica_sandbox.databases.table import Table


class DatabaseBox:
    """Databases as Python sees them.

    Changes happen at once, or after the next ``after_calls`` API calls, or when the account's clock
    reaches ``at`` (an aware time, or ISO text with an offset). ``modified`` becomes the account's
    present, or ``at``.
    """

    core: Core
    _dead: DeadHost | None = None

    @property
    def url(self) -> str:
        """Return the address of the API."""
        raise NotImplementedError

    @property
    def bulk_url(self) -> str:
        """Return the address of the host that streams large lists.

        Where switch ``bulk`` is ``refuses`` or ``hangs``, one that does so on connecting.
        """
        mode = self.core.switches.bulk
        if mode not in {"refuses", "hangs"}:
            return f"{self.url}/bulk"
        if self._dead is not None:
            self._dead.close()
        self._dead = DeadHost(hangs=mode == "hangs")
        return self._dead.url

    @property
    def databases(self) -> list[dict[str, Any]]:
        """Return what databases there are: names, ids as numbers, fields, collections, counts."""
        with self.core.lock:
            return self.core.databases.described(self.core.switches.nested_ids)

    def profiles(self, database: int) -> Iterator[dict[str, Any]]:
        """Yield the profiles of a database by id (`store.Databases.truth`), ``instant`` aware."""
        return self._truth("profiles", database)

    def subprofiles(self, collection: int) -> Iterator[dict[str, Any]]:
        """Yield the subprofiles of a collection, as `profiles` does."""
        return self._truth("subprofiles", collection)

    def change_profiles(  # noqa: PLR0913  (these are the parts of a change)
        self,
        database: int,
        numbers: Iterable[int],
        *,
        fields: dict[str, Any] | None = None,
        interests: list[str] | None = None,
        secret: str | None = None,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> None:
        """Change profiles; without values their ``modified`` moves alone."""
        self._change(
            self._table("profiles", database),
            list(numbers),
            {"fields": fields, "interests": interests, "secret": secret},
            after_calls,
            at,
        )

    def change_subprofiles(  # noqa: PLR0913  (as above)
        self,
        collection: int,
        numbers: Iterable[int],
        *,
        fields: dict[str, Any] | None = None,
        secret: str | None = None,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> None:
        """Change subprofiles; without values their ``modified`` moves alone."""
        values = {"fields": fields, "secret": secret}
        table = self._table("subprofiles", collection)
        self._change(table, list(numbers), values, after_calls, at)

    def remove_profiles(
        self,
        database: int,
        numbers: Iterable[int],
        *,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> None:
        """Remove profiles and their subprofiles."""
        self._remove(self._table("profiles", database), list(numbers), after_calls, at)

    def remove_subprofiles(
        self,
        collection: int,
        numbers: Iterable[int],
        *,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> None:
        """Remove subprofiles."""
        self._remove(self._table("subprofiles", collection), list(numbers), after_calls, at)

    def add_profiles(
        self,
        database: int,
        rows: int | Iterable[dict[str, Any]] = 1,
        *,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> list[int]:
        """Add profiles (`Changes.add`), or so many empty ones; return their ids.

        The list is filled when it happens, so that a later addition is seen in it as well.
        """
        return self._add(self._table("profiles", database), rows, after_calls, at)

    def add_subprofiles(
        self,
        collection: int,
        rows: int | Iterable[dict[str, Any]] = 1,
        *,
        after_calls: int = 0,
        at: datetime | str | None = None,
    ) -> list[int]:
        """Add subprofiles, as `add_profiles` does; a row may name its ``profile``."""
        return self._add(self._table("subprofiles", collection), rows, after_calls, at)

    def rename(self, owner: int, name: str) -> None:
        """Give a database or a collection another name."""
        with self.core.lock:
            self._found(owner).name = name

    def drop(self, owner: int) -> None:
        """Remove a database with its collections, or a collection, and all that is in them."""
        with self.core.lock:
            self.core.databases.drop(self._found(owner))

    def add_field(self, owner: int, name: str, kind: str = "text") -> int:
        """Add a field to a database or a collection and return its id."""
        core = self.core
        with core.lock:
            field = core.databases.changes.add_field(self._found(owner), name, kind)
            return field.id_under(core.switches.nested_ids)

    def on_call(self, calls: int, action: Callable[[], object]) -> None:
        """Do something when this many more API calls were answered, before the next one is."""
        self.core.timetable.after_calls(calls, action)

    def at(self, moment: datetime | str, action: Callable[[], object]) -> None:
        """Do something before the first API call at or after a moment of the account's clock."""
        self.core.timetable.at(instant_of(moment), action)

    def _found(self, owner: int) -> Database | Collection:
        databases = self.core.databases
        found = databases.database(str(owner)) or databases.collection(str(owner))
        if found is None:
            msg = f"no database or collection {owner}"
            raise ValueError(msg)
        return found

    def _table(self, kind: str, owner: int) -> Table:
        return self.core.databases.changes.table(kind, owner)

    def _truth(self, kind: str, owner: int) -> Iterator[dict[str, Any]]:
        core, table = self.core, self._table(kind, owner)
        for row in core.databases.truth(table, core.clock):
            yield {**row, "instant": datetime.fromtimestamp(row["instant"], UTC)}

    def _change(
        self,
        table: Table,
        numbers: list[int],
        values: dict[str, Any],
        calls: int,
        at: datetime | str | None,
    ) -> None:
        def change(moment: int) -> None:
            self.core.databases.changes.change(table, numbers, moment, **values)

        self._later(change, calls, at)

    def _remove(
        self, table: Table, numbers: list[int], calls: int, at: datetime | str | None
    ) -> None:
        def remove(moment: int) -> None:
            self.core.databases.changes.remove(table, numbers, moment)

        self._later(remove, calls, at)

    def _add(
        self,
        table: Table,
        rows: int | Iterable[dict[str, Any]],
        calls: int,
        at: datetime | str | None,
    ) -> list[int]:
        given: list[dict[str, Any]] = [{}] * rows if isinstance(rows, int) else list(rows)
        numbers: list[int] = []

        def add(moment: int) -> None:
            numbers.extend(self.core.databases.changes.add(table, given, moment))

        self._later(add, calls, at)
        return numbers

    def _later(
        self, action: Callable[[int], object], calls: int, at: datetime | str | None
    ) -> None:
        """Do something at its time, under the lock, with the moment at which it happens."""
        core = self.core

        def act() -> None:
            with core.lock:
                action(core.now() if at is None else instant_of(at))

        if at is None:
            core.timetable.after_calls(calls, act)
        elif (moment := instant_of(at)) <= core.now():
            act()
        else:
            core.timetable.at(moment, act)


def instant_of(moment: datetime | str) -> int:
    """Return an aware time, or ISO text with an offset, as an instant."""
    return parse_instant(moment if isinstance(moment, str) else moment.isoformat())

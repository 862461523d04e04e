"""The rows of one database or collection, computed from an index, and what tests did to them.

Rows have an index (0..size-1); every fiftieth id belongs to a row that was removed long ago and has
none. When a row was created and modified is arithmetic on its index, built so that the rows modified
since a moment can be counted and listed by id without looking at others: the index plus one is
2^c * odd, and within such a class c ``modified`` never falls as the index grows. Class 0, half of
all rows, was never touched after creation; class c was last touched in the youngest 1/2^c of the
period, so the newest modifications are spread over all ids.

Whatever a test changes is kept beside it in a `Touched`, which is replaced and never altered: a list
that is still being sent shows the rows as they were when it was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from copernica_sandbox.databases import values
from copernica_sandbox.databases.shape import ZEROS
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from copernica_sandbox.databases.shape import DataField, Interest

GAP = 50  # every so many ids, one was removed before the account's history begins
NEVER = -(1 << 40)


class Period(NamedTuple):
    """The time in which the rows were made and modified, as instants."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Change:
    """How one row differs from the computed one; ``created`` marks a row that was added."""

    modified: int | None = None
    fields: dict[str, str] = field(default_factory=dict)
    interests: tuple[str, ...] | None = None
    secret: str | None = None
    removed: int | None = None
    created: int | None = None
    owner: int | None = None
    forgotten: bool = False  # removed in such a way that its id is unknown afterwards


class Touched:
    """The changed, added and removed rows of a table at one moment, by id."""

    def __init__(self, changes: dict[int, Change]) -> None:
        """Take the changes; they are not altered afterwards."""
        self.changes = changes
        self.numbers = sorted(changes)

    def with_(self, more: dict[int, Change]) -> Touched:
        """Return these changes and more."""
        return Touched({**self.changes, **more})


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its field values as the API's texts and its times as instants."""

    number: int
    fields: dict[str, str]
    interests: list[str]
    secret: str
    created: int
    modified: int
    removed: int | None
    owner: int | None  # the profile of a subprofile


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose subprofiles a collection holds: index i belongs to owner i modulo their number."""

    table: Table

    def of(self, index: int) -> int:
        """Return the profile of the subprofile with this index."""
        return self.table.number(index % self.table.size) if self.table.size else 0


class Table:
    """The computed rows of one database or collection."""

    def __init__(  # noqa: PLR0913  (a table is made of these)
        self,
        first: int,
        size: int,
        seed: int,
        period: Period,
        *,
        fields: list[DataField],
        interests: list[Interest] | None = None,
        owners: Owners | None = None,
    ) -> None:
        """Take the first id, the number of rows, and what their values are made of."""
        self.first, self.size, self.period = first, size, period
        self.interests = [interest.name for interest in interests or ()]
        self._shifts = [(place + 40, name) for place, name in enumerate(self.interests)]
        self.owners = owners
        self.touched = Touched({})
        self._seed = seed
        self.describe(fields)

    def describe(self, fields: list[DataField]) -> None:
        """Take the table's fields, anew when one was added."""
        self.fields = fields
        self._makers = values.makers(fields)

    def fill(self, field: DataField) -> None:
        """Give the rows that were added so far a zero in a new field (observed on v2)."""
        zero = ZEROS.get(field.kind, field.default)
        added = {
            number: replace(change, fields={**change.fields, field.name: zero})
            for number, change in self.touched.changes.items()
            if change.created is not None
        }
        self.touched = self.touched.with_(added)

    def change_interest(self, old: str, new: str | None) -> None:
        """Call an interest otherwise, in all rows that have it; None takes it away."""
        self.interests = _renamed(self.interests, old, new)
        self._shifts = [
            (shift, one) for shift, name in self._shifts for one in _renamed([name], old, new)
        ]
        changes = self.touched.changes.items()
        self.touched = self.touched.with_(
            {
                number: replace(change, interests=tuple(_renamed(change.interests, old, new)))
                for number, change in changes
                if change.interests and old in change.interests
            }
        )

    @property
    def stop(self) -> int:
        """Return the first id behind the computed rows."""
        return self.number(self.size - 1) + 1 if self.size else self.first

    def first_ids(self) -> list[int]:
        """Return the first id of a row that is there, if there is any."""
        changes = self.touched.changes
        for number in [self.number(index) for index in range(min(self.size, 5))]:
            if number not in changes or changes[number].removed is None:
                return [number]
        return [n for n, change in changes.items() if change.created and not change.removed][:1]

    def number(self, index: int) -> int:
        """Return the id of the row with an index."""
        return self.first + numbered(index)

    def below(self, number: int) -> int:
        """Return how many computed rows have an id below this one."""
        offset = max(0, number - self.first)
        return min(self.size, offset - offset // GAP)

    def index(self, number: int) -> int | None:
        """Return the index of a computed row; None for any other id."""
        index = self.below(number)
        return index if index < self.size and self.number(index) == number else None

    def created(self, index: int) -> int:
        """Return the instant at which a row was made."""
        begin, end = self.period
        return begin + (end - begin) * index // self.size

    def modified(self, index: int) -> int:
        """Return the instant at which a row was last modified."""
        created = self.created(index)
        grade = ((index + 1) & -(index + 1)).bit_length() - 1
        return created + ((self.period.end - created) * ((1 << grade) - 1) >> grade)

    def classes(self) -> Iterator[range]:
        """Yield ranges of indexes, together all of them, over which ``modified`` never falls."""
        for grade in range(self.size.bit_length()):
            yield range((1 << grade) - 1, self.size, 2 << grade)

    def find(self, number: int, touched: Touched | None = None) -> Row | None:
        """Return the row with an id, removed or not; None where there never was one."""
        change = (touched or self.touched).changes.get(number)
        index = self.index(number)
        if change is not None and change.forgotten:
            return None
        if index is not None:
            row = self.computed(index)
            return row if change is None else self._changed(row, change)
        if change is not None:
            return self._added(number, change)
        return self._long_gone(number) if self.first <= number < self.stop else None

    def computed(self, index: int) -> Row:
        """Return the row with an index as it is without any change."""
        number = self.number(index)
        noise = mix(self._seed, number)
        return Row(
            number,
            {name: make(number, noise >> shift) for name, make, shift in self._makers},
            [name for shift, name in self._shifts if noise >> shift & 1],
            f"{noise:016x}{mix(noise, 1):016x}"[:28],
            self.created(index),
            self.modified(index),
            None,
            None if self.owners is None else self.owners.of(index),
        )

    def _changed(self, row: Row, change: Change) -> Row:
        given = {name: text for name, text in change.fields.items() if name in row.fields}
        result = replace(
            row,
            fields={**row.fields, **given},
            interests=row.interests if change.interests is None else list(change.interests),
            secret=row.secret if change.secret is None else change.secret,
            modified=row.modified if change.modified is None else change.modified,
        )
        return result if change.removed is None else _emptied(result, change.removed)

    def _added(self, number: int, change: Change) -> Row:
        created = change.created or 0
        blank = {one.name: values.initial(one) for one in self.fields}
        secret = f"{mix(self._seed, number):016x}{mix(number, 2):016x}"[:28]
        row = Row(number, blank, [], secret, created, created, None, change.owner)
        return self._changed(row, change)

    def _long_gone(self, number: int) -> Row:
        """Return a row that was removed before the account's history begins."""
        index = max(0, min(self.size - 1, self.below(number) - 1))
        return _emptied(replace(self.computed(index), number=number), self.period.end)


def _renamed(names: Iterable[str], old: str, new: str | None) -> list[str]:
    """Return names with another in the place of one, or without it."""
    if new is None:
        return [name for name in names if name != old]
    return [new if name == old else name for name in names]


def numbered(index: int) -> int:
    """Return how far the id of the row with an index lies behind a table's first one."""
    return index + index // (GAP - 1)


def index_of(offset: int) -> int | None:
    """Return the index that `numbered` gives this number for; None for the id of no row."""
    index = offset - offset // GAP
    return index if numbered(index) == offset else None


def _emptied(row: Row, removed: int) -> Row:
    """Return a row as it is shown after its removal: keys stay, values are gone.

    Observed on v2; ``created``, ``modified`` and ``secret`` stay.
    """
    fields: dict[str, Any] = dict.fromkeys(row.fields, "")
    return replace(row, fields=fields, interests=[], removed=removed)

"""The rows of a table that a call asks for: a list that can be counted and cut without being built.

Bounds on id and on ``modified`` are arithmetic on the table's classes of indexes, whatever its size.
Other conditions and orders build the list of ids; the last few such lists are kept for later pages.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from math import gcd
from typing import TYPE_CHECKING, Protocol

from copernica_sandbox.databases.values import NUMBERS
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.databases.conditions import Condition
    from copernica_sandbox.databases.shape import View
    from copernica_sandbox.databases.table import Table, Touched

_KEPT = 6
_LAST = 1 << 60
_WHOLE: tuple[tuple[int, int], ...] = ((-_LAST, _LAST),)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks of a table: ids, moments, other conditions, a selection and an order.

    ``ids`` and each of ``moments`` (of modification, as instants) are half-open; no moments: any.
    ``orderby`` is ``id``, ``modified``, ``random`` or a field's own name after a slash.
    """

    ids: tuple[int, int] = (-_LAST, _LAST)
    moments: tuple[tuple[int, int], ...] = _WHOLE
    rest: tuple[Condition, ...] = ()
    view: View | None = None
    orderby: str = "id"
    descending: bool = False


class Numbers(Protocol):
    """Selected rows by id, in the order in which the API lists them."""

    def __len__(self) -> int:
        """Return how many rows are selected."""
        ...

    def cut(self, start: int, stop: int) -> list[int]:
        """Return the ids of rows ``start`` (from 0) to ``stop`` (exclusive), fewer at the end."""
        ...


def bounds(
    conditions: tuple[Condition, ...], clock: WallClock, *, by_text: bool
) -> tuple[tuple[int, int], tuple[tuple[int, int], ...], tuple[Condition, ...]]:
    """Return the range of ids, the ranges of moments and the other conditions."""
    ids, walls = (-_LAST, _LAST), (-_LAST, _LAST)
    rest = []
    for condition in conditions:
        if not condition.bound:
            rest.append(condition)
        elif condition.special == "id":
            ids = _narrowed(ids, condition.operator, condition.number)
        elif (wall := condition.wall) is not None:
            edge = wall if by_text else clock.instant(wall)
            walls = _narrowed(walls, condition.operator, edge)
    moments: tuple[tuple[int, int], ...] = _WHOLE if walls == _WHOLE[0] else (walls,)
    if by_text and moments != _WHOLE:
        # The same wall time can occur twice, so a range of texts may be two of instants.
        low, high = max(walls[0], -(1 << 40)), min(walls[1], 1 << 40)
        moments = tuple(clock.occurring(low, high)) if low < high else ()
    return ids, moments, tuple(rest)


def _narrowed(span: tuple[int, int], operator: str, value: float) -> tuple[int, int]:
    low, high = span
    floor = int(value // 1)
    whole = floor == value
    if operator in {">", ">=", "=="}:
        low = max(low, floor + (not whole or operator == ">"))
    if operator in {"<", "<=", "=="}:
        high = min(high, floor + (not whole or operator != "<"))
    return low, high


class Planned:
    """Rows by ascending or descending id, within bounds on id and modification."""

    def __init__(self, table: Table, touched: Touched, asked: Asked) -> None:
        """Take the table with the changes to see, and what is asked but for other conditions."""
        self._table = table
        self._reverse = asked.descending
        self._ranges = [part for part in _ranges(table, asked) if part]
        self._lost = [i for i in _touched_indexes(table, touched) if self._planned(i)]
        self._more = [n for n in touched.numbers if _selected(table, touched, n, asked)]
        self._size = sum(map(len, self._ranges)) - len(self._lost) + len(self._more)

    def __len__(self) -> int:
        """Return how many rows are selected."""
        return self._size

    def cut(self, start: int, stop: int) -> list[int]:
        """Return the ids of rows ``start`` to ``stop`` (exclusive)."""
        start, stop = min(start, self._size), min(stop, self._size)
        if self._reverse:
            start, stop = self._size - stop, self._size - start
        if start >= stop:
            return []
        found = list(islice(self._from(self._nth(start)), stop - start))
        return found[::-1] if self._reverse else found

    def __iter__(self) -> Iterator[int]:
        """Yield the ids of all rows, ascending."""
        return self._from(-_LAST)

    def _planned(self, index: int) -> bool:
        """Tell whether a computed row was selected before it was touched."""
        return any(index in part for part in self._ranges)

    def _below(self, number: int) -> int:
        """Return how many selected rows have an id below this one."""
        index = self._table.below(number)
        planned = sum(len(_clipped(part, 0, index)) for part in self._ranges)
        return planned - bisect_left(self._lost, index) + bisect_left(self._more, number)

    def _nth(self, position: int) -> int:
        """Return the id of the row at a position."""
        if position == 0:
            return -_LAST
        last = [self._table.stop, *self._more[-1:]]
        return bisect_right(range(max(last) + 1), position, key=self._below) - 1

    def _from(self, number: int) -> Iterator[int]:
        """Yield the selected ids from one on."""
        table, lost = self._table, set(self._lost)
        begin = table.below(number)
        parts = [_clipped(part, begin, table.size) for part in self._ranges]
        indexes = parts[0] if len(parts) == 1 else heapq.merge(*parts)
        planned = (table.number(index) for index in indexes if index not in lost)
        more = self._more[bisect_left(self._more, number) :]
        return heapq.merge(planned, more) if more else planned


class Built:
    """Rows whose ids were put together one by one."""

    def __init__(self, numbers: array[int]) -> None:
        """Take the ids in order."""
        self._numbers = numbers

    def __len__(self) -> int:
        """Return how many rows are selected."""
        return len(self._numbers)

    def cut(self, start: int, stop: int) -> list[int]:
        """Return the ids of rows ``start`` to ``stop`` (exclusive)."""
        return self._numbers[start:stop].tolist()


class Selector:
    """Selects rows of tables, and keeps the last lists that had to be built."""

    def __init__(self) -> None:
        """Begin with none kept."""
        self._kept: OrderedDict[tuple[int, int, Asked, str], tuple[object, Built]] = OrderedDict()
        self._draws = 0

    def select(self, table: Table, asked: Asked, clock: WallClock) -> Numbers:
        """Return what a call asks of a table, as the table is now."""
        touched = table.touched
        if not asked.rest and asked.orderby == "id":
            return Planned(table, touched, asked)
        if asked.orderby == "random":
            self._draws += 1
            return Built(_build(table, touched, asked, clock, self._draws))
        key = (id(table), id(touched), asked, clock.zone)
        # Both are held beside the list, so that no other object can get the same id meanwhile.
        if key not in self._kept:
            built = Built(_build(table, touched, asked, clock, 0))
            self._kept[key] = ((table, touched), built)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key][1]

    def forget(self) -> None:
        """Drop kept lists, since the fields of a table changed."""
        self._kept.clear()


def _build(table: Table, touched: Touched, asked: Asked, clock: WallClock, draw: int) -> array[int]:
    """Return the ids of the selected rows, row by row."""
    candidates = Planned(table, touched, Asked(asked.ids, asked.moments, view=asked.view))
    found = array("q", candidates)
    if asked.rest:
        rows = (table.find(number, touched) for number in found)
        kept = (row for row in rows if row and all(c.holds(row, clock.text) for c in asked.rest))
        found = array("q", (row.number for row in kept))
    key = _sort_key(asked.orderby, table, touched, draw)
    if key is not None:
        found = array("q", sorted(found, key=key))
    if asked.descending:
        found.reverse()
    return found


def _sort_key(
    orderby: str, table: Table, touched: Touched, draw: int
) -> Callable[[int], float | str] | None:
    """Return what ids are sorted by; None where they stay in order."""
    if orderby == "id":
        return None
    if orderby == "random":
        return lambda number: mix(number, draw)
    name = orderby[1:]
    numeric = any(field.name == name and field.kind in NUMBERS for field in table.fields)

    def key(number: int) -> float | str:
        row = table.find(number, touched)
        if row is None or orderby == "modified":
            return 0 if row is None else row.modified
        text = row.fields[name]
        return float(text or 0) if numeric else text.lower()

    return key


def _ranges(table: Table, asked: Asked) -> Iterator[range]:
    """Yield the ranges of indexes that the bounds leave of the computed rows."""
    low, high = table.below(asked.ids[0]), table.below(asked.ids[1])
    view = asked.view
    if asked.moments == _WHOLE:
        whole = range(table.size) if view is None else range(view.first, table.size, view.step)
        yield _clipped(whole, low, high)
        return
    for one in table.classes():
        part = _clipped(one, low, high)
        for begin, end in asked.moments:
            first = bisect_left(part, begin, key=table.modified)
            within = part[first : bisect_left(part, end, key=table.modified)]
            yield from _in_steps(within, view)


def _in_steps(part: range, view: View | None) -> Iterator[range]:
    """Yield what a selection keeps of a range of indexes, whose step is a power of two."""
    if view is None:
        yield part
        return
    # Indexes of the range fall on the selection's grid again after at most `view.step` steps.
    for at in range(min(len(part), view.step)):
        if _in_view(view, part[at]):
            yield part[at :: view.step // gcd(part.step, view.step)]
            return


def _clipped(part: range, low: int, high: int) -> range:
    """Return the part of an ascending range that lies in ``[low, high)``."""
    first = max(0, -(-(low - part.start) // part.step))
    last = max(first, -(-(high - part.start) // part.step))
    return part[first:last]


def _in_view(view: View | None, index: int) -> bool:
    return view is None or index % view.step == view.first


def _touched_indexes(table: Table, touched: Touched) -> Iterator[int]:
    found = (table.index(number) for number in touched.numbers)
    return (index for index in found if index is not None)


def _selected(table: Table, touched: Touched, number: int, asked: Asked) -> bool:
    """Tell whether a touched row is selected as it is now."""
    if not asked.ids[0] <= number < asked.ids[1]:
        return False
    change = touched.changes[number]
    if change.removed is not None:
        return False
    index = table.index(number)
    if not _in_view(asked.view, number if index is None else index):
        return False
    modified = change.modified
    if modified is None:
        modified = change.created if index is None else table.modified(index)
    return any(begin <= (modified or 0) < end for begin, end in asked.moments)

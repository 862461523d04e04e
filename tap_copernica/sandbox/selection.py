"""The rows of a stream that a query selects.

They are a list that can be counted and cut without being built.

The common case is arithmetic on the account's plan. Whatever disturbs it (added, removed or late
rows, conditions, `unique`, a shuffled order) is answered by building the selected rows, in order;
the last few such lists are kept for the next page.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from tap_copernica.sandbox.numbers import mix, share
from tap_copernica.sandbox.records import event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.sandbox.account import Account, Position
    from tap_copernica.sandbox.catalogue import Endpoint
    from tap_copernica.sandbox.filters import Condition, Query
    from tap_copernica.sandbox.living import Living
    from tap_copernica.sandbox.records import Row
    from tap_copernica.sandbox.switches import Switches

_KEPT = 8


class Rows(Protocol):
    """Selected rows in the order in which the API lists them."""

    def __len__(self) -> int:
        """Return how many rows are selected."""
        ...

    def cut(self, start: int, stop: int) -> Sequence[Row]:
        """Return rows ``start`` (from 0) to ``stop`` (exclusive), fewer at the end."""
        ...


class Planned:
    """Rows straight from the account's plan, ascending or descending in time."""

    def __init__(
        self,
        account: Account,
        endpoint: Endpoint,
        ranges: Sequence[tuple[int, int]],
        *,
        reverse: bool,
    ) -> None:
        """Take the ranges of instants that are selected, in order."""
        self._account, self._endpoint, self._reverse = account, endpoint, reverse
        self._family = account.families[endpoint.family]
        self._ranges = ranges
        kind = endpoint.kind
        self._sizes = [self._family.count(kind, b) - self._family.count(kind, a) for a, b in ranges]
        self._total = sum(self._sizes)

    def __len__(self) -> int:
        """Return how many rows are selected."""
        return self._total

    def cut(self, start: int, stop: int) -> Sequence[Row]:
        """Return rows ``start`` to ``stop`` (exclusive)."""
        start, stop = min(start, self._total), min(stop, self._total)
        if self._reverse:
            start, stop = self._total - stop, self._total - start
        rows = [self._row(position) for position in self._positions(start, stop)]
        return rows[::-1] if self._reverse else rows

    def _positions(self, start: int, stop: int) -> list[Position]:
        found: list[Position] = []
        for (begin, end), size in zip(self._ranges, self._sizes, strict=True):
            found += self._family.slice(
                self._endpoint.kind, begin, end, max(start, 0), min(stop, size)
            )
            start, stop = start - size, stop - size
        return found

    def _row(self, position: Position) -> Row:
        return event(self._account, self._endpoint.family, self._endpoint.kind, position)


class Built:
    """Rows that were put together one by one."""

    def __init__(self, rows: list[Row]) -> None:
        """Take the rows in order."""
        self._rows = rows

    def __len__(self) -> int:
        """Return how many rows are selected."""
        return len(self._rows)

    def cut(self, start: int, stop: int) -> Sequence[Row]:
        """Return rows ``start`` to ``stop`` (exclusive)."""
        return self._rows[start:stop]


class Selector:
    """Selects rows of one account with what tests have done to it."""

    def __init__(self, account: Account, living: dict[str, Living], switches: Switches) -> None:
        """Take the account, the added and removed rows by stream, and the switches in force."""
        self._account, self._living, self._switches = account, living, switches
        self._kept: OrderedDict[tuple[str, Query, int], Built] = OrderedDict()

    def forget(self) -> None:
        """Drop kept lists, since rows were added or removed."""
        self._kept.clear()

    def select(self, endpoint: Endpoint, query: Query, now: int, *, late: bool = False) -> Rows:
        """Return the rows that a query selects at an instant.

        ``late`` includes those not shown yet.
        """
        order = self._switches.order
        living = self._living.get(endpoint.stream)
        disturbed = living is not None and (living.added or living.removed)
        built = disturbed or query.conditions or query.unique or order == "shuffled"
        if not built and (late or not self._may_hide(query, now)):
            return Planned(self._account, endpoint, query.ranges, reverse=order == "desc")
        key = (endpoint.stream, query, now if not late else -now)
        if key not in self._kept:
            self._kept[key] = Built(self._build(endpoint, query, now, late=late))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _may_hide(self, query: Query, now: int) -> bool:
        if not self._switches.late_fraction or not query.ranges:
            return False
        return query.ranges[-1][1] > now - self._switches.late_minutes * 60

    def _build(self, endpoint: Endpoint, query: Query, now: int, *, late: bool) -> list[Row]:
        found = self._found(endpoint, query, now, late=late)
        rows = [row for _, row in found if all(_meets(row, c) for c in query.conditions)]
        if query.unique:
            rows = _unique(rows, last=self._switches.unique_choice == "last")
        if self._switches.order == "desc":
            rows.reverse()
        elif self._switches.order == "shuffled":
            rows.sort(key=lambda row: mix(int(row[endpoint.key]), 51))
        return rows

    def _found(
        self, endpoint: Endpoint, query: Query, now: int, *, late: bool
    ) -> list[tuple[int, Row]]:
        """Return (instant, row) of all in the query's ranges, planned and added, by time."""
        family = self._account.families[endpoint.family]
        living = self._living.get(endpoint.stream)
        found: list[tuple[int, Row]] = []
        for begin, end in query.ranges:
            part: list[tuple[int, Row]] = []
            for position in family.positions(endpoint.kind, begin, end):
                row = event(self._account, endpoint.family, endpoint.kind, position)
                hidden = not late and self._late(row[endpoint.key], position.instant, now)
                if not hidden and not (living and row[endpoint.key] in living.removed):
                    part.append((position.instant, row))
            if living:
                added = living.between(begin, end, 1 << 60 if late else now)
                part += [(one.instant, one.row) for one in added]
                part.sort(key=lambda pair: pair[0])
            found += part
        return found

    def _late(self, number: int, instant: int, now: int) -> bool:
        if instant + self._switches.late_minutes * 60 <= now:
            return False
        return share(self._switches.late_fraction, number, 52)


def _unique(rows: list[Row], *, last: bool) -> list[Row]:
    """Keep one row per destination and link, at its place."""
    chosen: dict[tuple[object, object], Row] = {}
    for row in reversed(rows) if last else rows:
        chosen.setdefault((row["destination"], row.get("link")), row)
    kept = {id(row) for row in chosen.values()}
    return [row for row in rows if id(row) in kept]


def _meets(row: Row, condition: Condition) -> bool:
    """Tell whether a row meets a condition.

    Numbers are compared as numbers, text without regard to case.
    """
    value = next((row[name] for name in row if name.lower() == condition.field), None)
    if isinstance(value, int):
        try:
            left, right = float(value), float(condition.value or 0)
        except ValueError:
            return True
        return _compare(left, right, condition.operator)
    return _compare(str(value).lower(), condition.value.lower(), condition.operator)


def _compare(left: float | str, right: float | str, operator: str) -> bool:
    if operator in {"=~", "!~"}:
        return _like(str(left), str(right)) == (operator == "=~")
    if operator in {"==", "!=", "<>"}:
        return (left == right) == (operator == "==")
    low, high = (left, right) if operator[0] == "<" else (right, left)
    return low < high or (operator.endswith("=") and low == high)  # type: ignore[operator]


def _like(value: str, pattern: str) -> bool:
    """Match ``%`` (any text) and ``_`` (any character) as SQL does."""
    expression = "".join(
        ".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None

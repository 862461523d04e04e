"""The rows of a stream that a query selects.

They are a list that can be counted and cut without being built.

The common case is arithmetic on the account's plan. Whatever disturbs it (added, removed or late
rows, conditions, `unique`, a shuffled order) is answered by building the selected rows, in order;
the last few such lists are kept for the next page.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from copernica_sandbox.catalogue import BY_STREAM
from copernica_sandbox.conditions import meets
from copernica_sandbox.filters import Query
from copernica_sandbox.living import Living
from copernica_sandbox.mailings import emailing
from copernica_sandbox.numbers import mix, share
from copernica_sandbox.records import FIRST_MAILING, destination, event
from copernica_sandbox.sources import Events, EventsOfMailing, Mailings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from copernica_sandbox.account import Account, Position
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.records import Row
    from copernica_sandbox.sources import Source
    from copernica_sandbox.switches import Switches

_KEPT = 8
_BEGINNING = -(1 << 40)


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
        source: Source,
        ranges: Sequence[tuple[int, int]],
        row: Callable[[Position], Row],
        *,
        reverse: bool,
    ) -> None:
        """Take the ranges of instants that are selected, in order, and what makes a row."""
        self._source, self._ranges, self._row, self._reverse = source, ranges, row, reverse
        self._sizes = [source.count(begin, end) for begin, end in ranges]
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

    def spans(self, start: int, stop: int) -> list[tuple[int, int]] | None:
        """Return which rows of the whole stream, counted by time, rows ``start`` to ``stop`` are.

        None for a list in another order.
        """
        if self._reverse:
            return None
        return [
            (
                self._source.count(_BEGINNING, begin) + low,
                self._source.count(_BEGINNING, begin) + high,
            )
            for begin, _, low, high in self._parts(start, stop)
        ]

    def _parts(self, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield the ranges that hold rows ``start`` to ``stop``, and the rows of each by number."""
        for (begin, end), size in zip(self._ranges, self._sizes, strict=True):
            if start < size and stop > 0:
                yield begin, end, max(start, 0), min(stop, size)
            start, stop = start - size, stop - size

    def _positions(self, start: int, stop: int) -> list[Position]:
        found: list[Position] = []
        for begin, end, low, high in self._parts(start, stop):
            found += self._source.cut(begin, end, low, high)
        return found


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
        self.account = account
        self._living, self._switches = living, switches
        self._kept: OrderedDict[tuple[str, Query, int, int | None], Built] = OrderedDict()

    def forget(self) -> None:
        """Drop kept lists, since rows were added or removed."""
        self._kept.clear()

    def select(
        self,
        endpoint: Endpoint,
        query: Query,
        now: int,
        *,
        mailing: int | None = None,
        late: bool = False,
    ) -> Rows:
        """Return the rows that a query selects at an instant.

        ``mailing`` (its number from 0) narrows to one mailing, ``late`` includes rows that the API
        does not show yet.
        """
        order = self._switches.order
        built = query.conditions or query.unique or order == "shuffled" or self._disturbed(endpoint)
        if not built and (late or not self._may_hide(endpoint, query, now)):
            source, row = self._source(endpoint, mailing), self._row(endpoint, now)
            return Planned(source, query.ranges, row, reverse=order == "desc")
        key = (endpoint.stream, query, -now if late else now, mailing)
        if key not in self._kept:
            self._kept[key] = Built(self._build(endpoint, query, now, mailing, late=late))
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _disturbed(self, endpoint: Endpoint) -> bool:
        living = self._living.get(endpoint.source)
        return living is not None and bool(living.added or living.removed)

    def _may_hide(self, endpoint: Endpoint, query: Query, now: int) -> bool:
        if not self._switches.late_fraction or not query.ranges or endpoint.kind == "emailings":
            return False
        return query.ranges[-1][1] > now - self._switches.late_minutes * 60

    def _source(self, endpoint: Endpoint, mailing: int | None) -> Source:
        family = self.account.families[endpoint.family]
        if endpoint.kind == "emailings":
            return Mailings(family)
        if mailing is not None:
            return EventsOfMailing(family, endpoint.kind, mailing)
        return Events(family, endpoint.kind)

    def _row(self, endpoint: Endpoint, now: int) -> Callable[[Position], Row]:
        """Return what makes a row of this endpoint from a position."""
        account, family, kind = self.account, endpoint.family, endpoint.kind
        if kind == "destinations":
            return lambda position: destination(account, family, position, endpoint.key, now)
        if kind == "emailings":
            return lambda position: self._emailing(family, position.mailing, now)
        return lambda position: event(account, family, kind, position)

    def _emailing(self, family: str, number: int, now: int) -> Row:
        mailing = self.account.families[family].mailings[number]
        query = Query(((mailing.sent, now + 1),))

        def counted(kind: str) -> int:
            return len(self.select(event_list(family, kind), query, now, mailing=number))

        row = emailing(self.account, family, mailing, counted)
        if self._switches.destinations_counted == "so_far":
            row["destinations"] = counted("destinations")
        return row

    def _build(
        self, endpoint: Endpoint, query: Query, now: int, mailing: int | None, *, late: bool
    ) -> list[Row]:
        found = self._found(endpoint, query, now, mailing, late=late)
        rows = [row for _, row in found if all(meets(row, c) for c in query.conditions)]
        if query.unique:
            rows = _unique(rows, last=self._switches.unique_choice == "last")
        return ordered(rows, endpoint.key, self._switches.order)

    def _found(
        self, endpoint: Endpoint, query: Query, now: int, mailing: int | None, *, late: bool
    ) -> list[tuple[int, Row]]:
        """Return (instant, row) of all in the query's ranges, planned and added, by time."""
        source, make = self._source(endpoint, mailing), self._row(endpoint, now)
        living = self._living.get(endpoint.source) or Living()
        found: list[tuple[int, Row]] = []
        for begin, end in query.ranges:
            part: list[tuple[int, Row]] = []
            for position in source.cut(begin, end, 0, source.count(begin, end)):
                row = make(position)
                key = row[endpoint.key]
                hidden = not late and self._late(endpoint, key, position.instant, now)
                if not hidden and key not in living.removed:
                    part.append((position.instant, row))
            part += [
                (one.instant, one.row)
                for one in living.between(begin, end, 1 << 60 if late else now)
                if mailing is None or _belongs(one.row, mailing, endpoint.family)
            ]
            part.sort(key=itemgetter(0))
            found += part
        return found

    def _late(self, endpoint: Endpoint, key: int | str, instant: int, now: int) -> bool:
        if instant + self._switches.late_minutes * 60 <= now or endpoint.kind == "emailings":
            return False
        return share(self._switches.late_fraction, _number(key), 52)


@cache
def event_list(family: str, kind: str) -> Endpoint:
    """Return the account-wide list of a kind of event."""
    return BY_STREAM[kind if family == "ms" else f"publisher_{kind}"]


def ordered(rows: list[Row], key: str, order: str) -> list[Row]:
    """Return rows in the order of the switch; they come in that of time, or of their ids."""
    if order == "desc":
        return rows[::-1]
    if order == "shuffled":
        return sorted(rows, key=lambda row: mix(_number(row[key]), 51))
    return rows


def _belongs(row: Row, mailing: int, family: str) -> bool:
    number = row.get("mailing", row.get("emailing"))
    return number is not None and int(number) == mailing + FIRST_MAILING[family]


def _number(key: int | str) -> int:
    return key if isinstance(key, int) else crc32(key.encode())


def _unique(rows: list[Row], *, last: bool) -> list[Row]:
    """Keep one row per destination and link, at its place."""
    chosen: dict[tuple[object, object], Row] = {}
    for row in reversed(rows) if last else rows:
        chosen.setdefault((row["destination"], row.get("link")), row)
    kept = {id(row) for row in chosen.values()}
    return [row for row in rows if id(row) in kept]

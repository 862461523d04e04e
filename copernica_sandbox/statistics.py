"""Statistics, counted from the same events that the lists show."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from copernica_sandbox import groups, mailings
from copernica_sandbox.selection import Planned, event_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copernica_sandbox.filters import Query
    from copernica_sandbox.records import Row
    from copernica_sandbox.selection import Rows, Selector

KINDS = ("abuses", "clicks", "deliveries", "errors", "impressions", "unsubscribes")


class Statistics:
    """Counts of events within one query, at one moment."""

    def __init__(self, selector: Selector, family: str, query: Query, now: int) -> None:
        """Take the account's rows, the family of mailings, and the period to count."""
        self._selector, self._family, self._query, self._now = selector, family, query, now
        self._mailings = selector.account.families[family].mailings

    def mailing(self, number: int) -> Row:
        """Return the statistics of a mailing (its number from 0)."""
        return mailings.statistics(self._mailings[number], lambda kind: self._count(kind, number))

    def mailings(self, numbers: Iterable[int]) -> Row:
        """Return the statistics of several mailings together; people count once per mailing."""
        totals: Counter[str] = Counter()
        people: Counter[str] = Counter()
        for number in numbers:
            totals["destinations"] += self._mailings[number].counts["destinations"]
            for kind in KINDS:
                total, unique = self._count(kind, number)
                totals[kind] += total
                people[kind] += unique
        return _row(totals, people)

    def group(self, number: int, which: int) -> Row:
        """Return the statistics of one group of a mailing that was split."""
        mailing = self._mailings[number]
        totals: Counter[str] = Counter(destinations=groups.size(mailing, which))
        people: Counter[str] = Counter()
        for kind in KINDS:
            rows = self._rows(kind, number)
            places = [
                int(row["destination"]) - mailing.before["destinations"] - 1
                for row in rows.cut(0, len(rows))
            ]
            mine = [
                place
                for place in places
                if groups.group(mailing, place) == groups.identity(number, which)
            ]
            totals[kind] = len(mine)
            people[kind] = len(set(mine))
        return _row(totals, people)

    def _count(self, kind: str, number: int) -> tuple[int, int]:
        """Return the events of a kind in a mailing, and the people behind them."""
        mailing, rows = self._mailings[number], self._rows(kind, number)
        ranges = self._query.ranges
        whole = len(ranges) == 1 and ranges[0][0] <= mailing.sent
        if whole and isinstance(rows, Planned):
            return len(rows), mailing.unique(kind, len(rows))
        return len(rows), len({row["destination"] for row in rows.cut(0, len(rows))})

    def _rows(self, kind: str, number: int) -> Rows:
        endpoint = event_list(self._family, kind)
        return self._selector.select(endpoint, self._query, self._now, mailing=number)


def _row(totals: Counter[str], people: Counter[str]) -> Row:
    row: Row = {kind: {"total": totals[kind], "unique": people[kind]} for kind in KINDS}
    row["deliveries"] = {"total": totals["deliveries"]}
    row["retries"] = {"total": 0}
    row["destinations"] = totals["destinations"]
    silent = totals["destinations"] - people["deliveries"] - people["errors"]
    row["unknown"] = {"total": max(0, silent)}
    return row

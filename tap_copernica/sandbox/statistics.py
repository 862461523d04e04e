"""The statistics of one emailing, counted from the same events that the lists show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.sandbox import mailings
from tap_copernica.sandbox.selection import Planned, event_list

if TYPE_CHECKING:
    from tap_copernica.sandbox.filters import Query
    from tap_copernica.sandbox.records import Row
    from tap_copernica.sandbox.selection import Selector


def of(selector: Selector, family: str, number: int, query: Query, now: int) -> Row:
    """Return the statistics of a mailing (its number from 0) over the query's period."""
    mailing = selector.account.families[family].mailings[number]
    whole = len(query.ranges) == 1 and query.ranges[0][0] <= mailing.sent

    def counted(kind: str) -> tuple[int, int]:
        rows = selector.select(event_list(family, kind), query, now, mailing=number)
        if whole and isinstance(rows, Planned):
            return len(rows), mailing.unique(kind, len(rows))
        people = {row["destination"] for row in rows.cut(0, len(rows))}
        return len(rows), len(people)

    return mailings.statistics(mailing, counted)

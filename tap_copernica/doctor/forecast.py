"""How many calls the first read of a stream takes: its own plan of windows, run on expected rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_copernica.clock import SECOND
from tap_copernica.reading.coverage import NEWEST
from tap_copernica.reading.plan import Plan
from tap_copernica.reading.verdict import AIM_PAGES, MOST_PAGES, Trust
from tap_copernica.reading.windows import MOST_PARTS, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.reading.windows import Window

RUNS_A_MONTH = {"hourly": 730, "every_15_minutes": 2920, "daily": 30}
_DAYS_A_MONTH = 30
_CALLS_OF_GROWTH = 5
# Of the tap alone, on one core that does nothing else: docs/scale.md. A loader takes its own time.
_SECONDS_OF_START = 0.6
_SECONDS_OF_A_ROW = 5e-6
# Rows come in bursts. Of a part of a divided window the last page is half full on average; and a part that is
# planned with 8.5 pages has more than ten in one case of three, which takes a call and one more such page.
_MORE_OF_A_PART = 0.5 + (1 + 0.5) / 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a stream's time with about even density.

    Attributes:
        first: its first wall-clock time.
        last: the time after its last row.
        rows: how many rows lie in it.
    """

    first: datetime
    last: datetime
    rows: float

    def within(self, start: datetime, end: datetime) -> float:
        """Give the rows between two times, if they are spread evenly."""
        begin, until = max(start, self.first), min(end, self.last)
        if until <= begin:
            return 0.0
        return self.rows * ((until - begin) / max(self.last - self.first, SECOND))


def first_read(
    stretches: Sequence[Stretch],
    first: datetime,
    last: datetime,
    page_size: int,
    finest: timedelta = SECOND,
) -> int:
    """Give the calls of the first read of a stream that is read by time.

    Args:
        stretches: where its rows lie.
        first: the start of the period, in wall-clock time.
        last: its end.
        page_size: rows of a page.
        finest: the narrowest window: a day where the filter takes whole days.
    """
    how = _How(list(stretches), page_size, finest)
    newest = max(first, last - NEWEST)
    calls = _calls(how, newest, last, backward=False)
    if newest > first:
        calls += _calls(how, first, newest, backward=True)
    return round(calls)


@dataclass(frozen=True, slots=True)
class _How:
    stretches: list[Stretch]
    page_size: int
    finest: timedelta


def _calls(how: _How, first: datetime, last: datetime, *, backward: bool) -> float:
    stretches, page_size = how.stretches, how.page_size
    plan = Plan(first, last, legal=lambda edge: edge, trust=Trust(), backward=backward)
    calls = 0.0
    while not plan.is_finished:
        slot = plan.take()
        if slot is None:
            plan.collect()
            continue
        rows = sum(stretch.within(slot.window.start, slot.window.end) for stretch in stretches)
        if rows > MOST_PAGES * page_size and slot.window.width > how.finest:
            calls += 1  # its first page told that it is too large
            plan.divide(slot, _parts(slot.window, rows, page_size))
            continue
        if slot.window.parent_total is None:
            calls += max(1, math.ceil(rows / page_size))
        else:
            calls += max(1.0, rows / page_size + _MORE_OF_A_PART)
        plan.settle(slot, "read", rows / page_size)
        plan.collect()
    return calls


def _parts(window: Window, rows: float, page_size: int) -> list[Window]:
    wanted = max(2, min(MOST_PARTS, math.ceil(rows / (AIM_PAGES * page_size))))
    return split(window, wanted, lambda edge: edge, round(rows))


def month_of_runs(timed: int, lists: int, people: int, schedule: str) -> int:
    """Give the calls of a month of quiet runs.

    Args:
        timed: how many streams are read by time, a call each in each run.
        lists: how many are read once a day.
        people: how many lists of profiles there are, a call each in each run.
        schedule: one of `RUNS_A_MONTH`.
    """
    discovery = 1
    return RUNS_A_MONTH[schedule] * (timed + people + discovery) + _DAYS_A_MONTH * lists


def in_turn(calls: int, concurrency: int) -> float:
    """Give how many calls of a stream that is read by time are waited for one after the other.

    While its windows grow one is read at a time, then as many as `concurrency` says.
    """
    first = min(calls, _CALLS_OF_GROWTH)
    return first + (calls - first) / max(1, concurrency)


def minutes_of(turns: float, seconds_of_a_call: float, rows: int) -> float:
    """Give how long a read takes, in minutes.

    Args:
        turns: calls that are waited for one after the other.
        seconds_of_a_call: as measured.
        rows: how many rows come.
    """
    seconds = _SECONDS_OF_START + turns * seconds_of_a_call + rows * _SECONDS_OF_A_ROW
    return seconds / timedelta(minutes=1).total_seconds()

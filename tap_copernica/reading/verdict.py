"""The verdict on what was read of a window or a list: done, go on, read again, cut, or fail.

Pure functions and values. No other place knows what the API's `total` is worth.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from tap_copernica.http.bounds import MOST_PAGES_WITH_AN_END, MOST_UNPROMISED_PAGES
from tap_copernica.reading.windows import MOST_PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pages in a window that is about right: nine calls, with room below the ten that split it.
AIM_PAGES = 8.5
MOST_PAGES = 10
# Without totals a window that is too large costs all of its pages, so aim lower and grow slower.
AIM_PAGES_BLIND = 5.0
AIM_PAGES_UNSTABLE = 0.6
GROWTH = 8.0
GROWTH_BLIND = 2.0
# After this many windows with a wrong total, totals are no longer believed.
WRONG_TOTALS = 3


@dataclass(slots=True)
class Reading:
    """What the pages of one window showed, page by page.

    Attributes:
        limit: rows asked for per page.
        total: what the first page promised, if anything.
        ids: the distinct keys so far.
        seen: rows received so far, which is the offset of the next page.
        biggest: rows of the largest page; later readings ask for fewer, so that seams move.
        repeated: a key came twice, so paging is not stable.
        stalled: a page brought no new key.
        full: the last page held as many rows as were asked for.
        emptied: the last page held none.
        earliest: the first timestamp so far, as text; empty before any row.
        latest: the last one.
    """

    limit: int
    total: int | None = None
    ids: set[object] = field(default_factory=set)
    seen: int = 0
    pages: int = 0
    biggest: int = 0
    repeated: bool = False
    stalled: bool = False
    full: bool = True
    emptied: bool = False
    earliest: str = ""
    latest: str = ""

    def add(
        self, keys: Sequence[object], *, total: int | None = None, limit: int | None = None
    ) -> None:
        """Take in one page.

        Args:
            keys: the keys of its rows.
            total: the `total` of the answer; only the first page's counts.
            limit: the `limit` of the answer, which a cap may have lowered.
        """
        if self.pages == 0:
            self.total = total
        before = len(self.ids)
        self.ids.update(keys)
        new = len(self.ids) - before
        self.pages += 1
        self.seen += len(keys)
        self.biggest = max(self.biggest, len(keys))
        self.emptied = not keys
        self.repeated = self.repeated or new < len(keys)
        self.stalled = bool(keys) and new == 0
        asked = limit if limit is not None and 0 < limit < self.limit else self.limit
        self.full = len(keys) >= asked
        if self.total is not None and self.total < len(self.ids):
            self.total = None  # a total below the rows already seen is no total

    @property
    def load(self) -> float:
        """How many pages its rows fill, by the size that pages turned out to have."""
        pages_with_rows = self.pages - self.emptied
        size = self.limit if pages_with_rows <= 1 else self.biggest
        return len(self.ids) / size

    def has_no_seam(self, largest: int) -> bool:
        """Tell whether all rows came in one page that had room for more: then no row was left out.

        A single row counts too, where more were asked for: no API caps its pages at one row.

        Args:
            largest: rows of the largest page that this run has seen, since a cap may not be echoed.
        """
        room = self.biggest < min(largest, self.limit)
        return self.pages - self.emptied <= 1 and (room or self.biggest <= 1 < self.limit)

    def is_over(self, total: int | None) -> bool:
        """Tell whether the last page has come.

        That is an empty page, one without a new row, or one that is not full once `total` rows came.
        """
        if self.emptied or self.stalled:
            return True
        return not self.full and total is not None and self.seen >= total


@dataclass(slots=True)
class Trust:
    """What this run has learned of the API's paging; shared by the windows of one stream.

    Attributes:
        totals: whether `total` is still believed.
        stable: whether no row has come twice within one reading.
        seams_hold: another page size gave the same rows once in this run, so without a total one
            reading is enough.
        largest: rows of the largest page so far.
        wrong: how many windows' totals proved wrong.
    """

    totals: bool = True
    stable: bool = True
    seams_hold: bool = False
    largest: int = 0
    wrong: int = 0

    def total_was_wrong(self) -> None:
        """Count a window whose total proved wrong."""
        self.wrong += 1
        self.totals = self.totals and self.wrong < WRONG_TOTALS

    @property
    def aim(self) -> float:
        """Pages that the next windows should hold."""
        if not self.stable:
            return AIM_PAGES_UNSTABLE
        return AIM_PAGES if self.totals else AIM_PAGES_BLIND

    @property
    def growth(self) -> float:
        """How many times wider than its predecessor a window may be."""
        return GROWTH if self.totals else GROWTH_BLIND


class Step(Enum):
    """What to do next with a window."""

    MORE = auto()  # ask for the next page
    DONE = auto()  # these are its rows
    AGAIN = auto()  # read it again, with another page size
    SPLIT = auto()  # read its parts instead
    COMPARE = auto()  # ask what a sibling's total is, then judge again
    LOOK_FAR = auto()  # ask whether there are rows where no list has any, then judge again
    FAIL = auto()  # no reading of it can be trusted


@dataclass(frozen=True, slots=True)
class Verdict:
    """The step to take, and what it needs.

    Attributes:
        parts: into how many to split.
        unite: the rows are those of all readings together, by key.
        total_wrong: the rows are right and the API's total is not.
        seams_hold: pages of other sizes gave the same rows.
        reason: what to tell the user on FAIL.
    """

    step: Step
    parts: int = 0
    unite: bool = False
    total_wrong: bool = False
    seams_hold: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the reading of a window.

    Attributes:
        divisible: whether it can be split.
        parent_total: the total of the window that this one was split from, until it is known that
            totals differ between periods.
        tries: readings of one window before giving up.
        calls_left: calls of the budget that remain, None for no budget.
        pages: pages that it may take where it cannot be split and no total promised as many rows.
    """

    divisible: bool
    parent_total: int | None = None
    tries: int = 8
    calls_left: int | None = None
    pages: int = MOST_UNPROMISED_PAGES

    def after_looking_far(self, *, found: bool) -> Limits:
        """Give what bounds the reading once it is known whether there are rows where no list has any."""
        return replace(self, pages=0 if found else MOST_PAGES_WITH_AN_END)


def judge(reading: Reading, earlier: Sequence[Reading], trust: Trust, limits: Limits) -> Verdict:
    """Say what to do after a page. The only place that knows what a total is worth.

    Args:
        reading: the reading under way, with the page just added.
        earlier: complete readings of the same window.
        trust: what the run has learned.
        limits: what bounds the reading.

    Returns:
        The step to take; DONE only when the rows are known to be all of the window's.
    """
    total = reading.total if trust.totals else None
    if not reading.is_over(total):
        unpromised = reading.seen >= (total or 0) and not limits.divisible
        if unpromised and reading.pages >= limits.pages:
            if limits.pages == MOST_UNPROMISED_PAGES:
                return Verdict(Step.LOOK_FAR)
            return Verdict(Step.FAIL, reason=f"they have no end after {reading.pages} pages")
        return _judge_size(reading, total, limits)
    verdict = _complete(reading, earlier, total, trust, limits)
    return verdict or _judge_incomplete(reading, earlier, total, limits)


def _complete(
    reading: Reading, earlier: Sequence[Reading], total: int | None, trust: Trust, limits: Limits
) -> Verdict | None:
    """Decide whether a reading that is over, with those before it, is all of its window."""
    confirmed = any(_confirms(reading, other) for other in earlier)
    if total is None:
        whole = not reading.repeated and all(other.ids <= reading.ids for other in earlier)
        if whole and (trust.seams_hold or reading.has_no_seam(trust.largest)):
            return Verdict(Step.DONE)
        # With one row a page, another size moves no page boundary: agreement proves nothing.
        moved = confirmed and max(reading.biggest, earlier[0].biggest) > 1
        return Verdict(Step.DONE, seams_hold=moved) if confirmed else None
    if len(reading.ids) == total:
        return Verdict(Step.DONE)
    if confirmed:
        return Verdict(Step.DONE, total_wrong=True)
    united = reading.ids.union(*(other.ids for other in earlier))
    if not limits.divisible and len(united) == total:
        return Verdict(Step.DONE, unite=True)
    return None


def _judge_size(reading: Reading, total: int | None, limits: Limits) -> Verdict:
    """Decide whether a reading under way is worth going on with."""
    if not limits.divisible or (total is not None and reading.pages > 1):
        return Verdict(Step.MORE)  # with a total, the size was judged on the first page
    if total is None:
        return Verdict(Step.SPLIT, parts=4) if reading.pages >= MOST_PAGES else Verdict(Step.MORE)
    if total > MOST_PAGES * reading.limit:
        if limits.parent_total is not None and total >= limits.parent_total:
            return Verdict(Step.COMPARE)
        return Verdict(Step.SPLIT, parts=_parts(total / (AIM_PAGES * reading.limit)))
    size = reading.biggest if reading.full else reading.limit
    pages_to_come = (total - reading.seen) / size
    if limits.calls_left is not None and pages_to_come > limits.calls_left:
        return Verdict(Step.SPLIT, parts=_parts(total / size / max(1, limits.calls_left - 1)))
    return Verdict(Step.MORE)


def _judge_incomplete(
    reading: Reading, earlier: Sequence[Reading], total: int | None, limits: Limits
) -> Verdict:
    """Decide what to do with a reading that is over, and is not all of its window."""
    if limits.divisible and (earlier or reading.repeated):
        return Verdict(Step.SPLIT, parts=_parts(reading.load * 1.5))
    if len(earlier) + 1 < limits.tries:
        return Verdict(Step.AGAIN)
    return Verdict(Step.FAIL, reason=_reason(reading, total, limits))


def _reason(reading: Reading, total: int | None, limits: Limits) -> str:
    if total is None:
        what = "repeated rows" if reading.repeated else "of other sizes gave other rows"
        found = f"pages {what} in each of {limits.tries} readings"
    else:
        found = (
            f"the API promised {total} rows and gave {len(reading.ids)} different ones in "
            f"{limits.tries} readings"
        )
    return f"{found}, so rows may be missing"


def _confirms(reading: Reading, other: Reading) -> bool:
    """Tell whether two whole readings agree so well that a total that differs must be what is wrong.

    Pages of another size have their seams elsewhere: rows that hide at a seam would show.
    """
    return (
        reading.emptied
        and other.emptied
        and not reading.repeated
        and not other.repeated
        and reading.ids == other.ids
        and (reading.biggest != other.biggest or reading.biggest <= 1)
    )


def _parts(wanted: float) -> int:
    return max(2, min(MOST_PARTS, int(-(-wanted // 1))))


def page_size_of_try(number: int, page_size: int, biggest: int) -> int:
    """Give the rows to ask for per page in a window's reading.

    Args:
        number: 0 for the first reading.
        page_size: the setting.
        biggest: rows of the largest page of the first reading.

    Returns:
        The setting at first; then ever other sizes below what pages really held.
    """
    if number == 0:
        return page_size
    return max(1, min(biggest or page_size, page_size) * (7 - number % 7) // 7)

"""Half-open time windows: how one is cut, and the verdict on what was read of it.

Pure functions and values, no I/O and no zones. Times here are wall-clock times (naive), since that
is what the API filters by; which of them may be an edge is asked of the account's clock.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

from typing_extensions import override

SECOND = timedelta(seconds=1)
FIRST_WIDTH = timedelta(days=1)
MOST_WIDTH = timedelta(days=512)
# Pages in a window that is about right: nine calls, with room below the ten that split it.
AIM_PAGES = 8.5
MOST_PAGES = 10
# Without totals a window that is too large costs all of its pages, so aim lower and grow slower.
AIM_PAGES_BLIND = 5.0
AIM_PAGES_UNSTABLE = 0.6
GROWTH = 8.0
GROWTH_BLIND = 2.0
MOST_PARTS = 24
# After this many windows with a wrong total, totals are no longer believed.
WRONG_TOTALS = 3
# An API whose pages never end must not be asked for ever. After so many pages that no total promised, of
# what cannot be split, it is asked for a row where no list has one; where that is empty, so many are read.
MOST_UNPROMISED_PAGES = 1000
MOST_PAGES_WITH_AN_END = 100_000

LegalEdge = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """The rows with `start <= timestamp < end`, in wall-clock time.

    Attributes:
        whole: the total that the window reported of which this one is a part, if it is one.
        sibling: another part of that window.
    """

    start: datetime
    end: datetime
    whole: int | None = field(default=None, compare=False)
    sibling: Window | None = field(default=None, compare=False, repr=False)

    @property
    def width(self) -> timedelta:
        """How long it is on the clock."""
        return self.end - self.start

    @override
    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


def split(window: Window, parts: int, legal: LegalEdge, total: int | None = None) -> list[Window]:
    """Cut a window into at most `parts` adjacent windows of about the same width.

    Args:
        window: what to cut.
        parts: how many are wanted, 2 or more.
        legal: gives the last legal edge at or before a time.
        total: what the API said that the window holds.

    Returns:
        The parts in order; fewer where edges are not legal, the window itself where none is.
    """
    parts = max(2, min(parts, MOST_PARTS))
    step = window.width / parts
    edges = [window.start]
    for number in range(1, parts):
        edge = legal((window.start + step * number).replace(microsecond=0))
        if edges[-1] < edge < window.end:
            edges.append(edge)
    if len(edges) == 1 and is_divisible(window, legal):
        edges.append(first_edge_after(window.start, window.end - SECOND, legal))
    edges.append(window.end)
    plain = [Window(start, end) for start, end in itertools.pairwise(edges)]
    if len(plain) == 1:
        return [window]
    siblings = [*plain[1:], plain[-2]]
    return [
        replace(part, whole=total, sibling=sibling)
        for part, sibling in zip(plain, siblings, strict=True)
    ]


def first_edge_after(start: datetime, end: datetime, legal: LegalEdge) -> datetime:
    """Give the first legal edge after `start`, where one is known to lie at or before `end`.

    After an hour that cannot be cut it is that hour's end: what follows stays for other windows.
    """
    early, late = 0, int((end - start).total_seconds())
    while late - early > 1:
        middle = (early + late) // 2
        if legal(start + SECOND * middle) > start:
            late = middle
        else:
            early = middle
    return legal(start + SECOND * late)


def is_divisible(window: Window, legal: LegalEdge) -> bool:
    """Tell whether a legal edge lies inside; a second, or a repeated hour, has none."""
    return legal(window.end - SECOND) > window.start


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
        """Tell whether all rows came in one page with room for more: none can hide after it.

        One row alone counts as such where more were asked for: a cap of one row a page is not to be
        feared.

        Args:
            largest: rows of the largest page that this run has seen, since a cap may not be echoed.
        """
        room = self.biggest < min(largest, self.limit)
        return self.pages - self.emptied <= 1 and (room or self.biggest <= 1 < self.limit)

    def is_over(self, total: int | None) -> bool:
        """Tell whether there is nothing more to ask: see design point 2 of the README's reading rules."""
        if self.emptied or self.stalled:
            return True
        return not self.full and total is not None and self.seen >= total


@dataclass(slots=True)
class Trust:
    """What this run has learned of the API's paging; shared by the windows of one stream.

    Attributes:
        totals: whether `total` is still believed.
        stable: whether no row has come twice within one reading.
        seams: whether a window has given the same rows in pages of other sizes, so that what stands
            at a seam is not lost where no total could tell.
        largest: rows of the largest page so far.
        wrong: how many windows' totals proved wrong.
    """

    totals: bool = True
    stable: bool = True
    seams: bool = False
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
        whole: the total of the window it is a part of, while that is not known to be plausible.
        tries: readings of one window before giving up.
        calls_left: calls of the budget that remain, None for no budget.
        pages: pages that it may take where it cannot be split and no total promised as many rows.
    """

    divisible: bool
    whole: int | None = None
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
        if whole and (trust.seams or reading.has_no_seam(trust.largest)):
            return Verdict(Step.DONE)
        # Pages of one row each, twice, have moved no seam.
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
        if limits.whole is not None and total >= limits.whole:
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

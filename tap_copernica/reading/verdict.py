"""Decides what to do after each page: ask for the next one, read again, cut the window, or stop.

The API can lose or repeat a row where one page ends and the next begins (a seam), and its `total` can be
wrong. So the rows of a window or list count as complete only in these cases:

- as many different rows came as `total` promised; for a list that cannot be cut, in all readings together;
- two readings with different page sizes, each up to an empty page and without a repeated row, gave the same
  rows. Most of their seams lie at different places, so a row that is lost at a seam of one is almost always
  in the other;
- there is no total, no row came twice, and no row of an earlier reading is missing. Also, all rows came in
  one page that had room for more, or a second page size has confirmed another window or list of this run.

No I/O. Whether rows are complete is decided only here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from tap_copernica.http.bounds import MOST_PAGES_WITH_AN_END, MOST_UNPROMISED_PAGES
from tap_copernica.reading.windows import MOST_PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

# Pages of rows that a window should hold. It is below `MOST_PAGES`, so that only a few windows must be cut.
AIM_PAGES = 8.5
# A window with more pages than this is cut; without a total, already at this many.
MOST_PAGES = 10
# Without totals a window that is too large is noticed only at its tenth page. So windows are smaller,
# and grow more slowly. Each has an empty page at its end, so that windows of one page would cost more calls
# than reading larger ones twice.
AIM_PAGES_BLIND = 5.0
# If rows move between pages, a window should fit into one page.
AIM_PAGES_UNSTABLE = 0.6
GROWTH = 8.0
GROWTH_BLIND = 2.0
# After this many wrong totals, of windows or lists, no total is believed any more.
WRONG_TOTALS = 3


@dataclass(slots=True)
class Reading:
    """What the pages of one reading of a window or list showed so far.

    Attributes:
        limit: rows asked for per page.
        total: the total that the first page named, or None.
        ids: the different keys.
        seen: how many rows came; the next page begins there.
        pages: how many pages came.
        biggest: rows of the largest page. Later readings ask for fewer, so that the seams move.
        repeated: a key came twice, so rows move between pages while they are read.
        stalled: the last page brought no new key.
        full: the last page held as many rows as were asked for.
        emptied: the last page held no row.
        earliest: the smallest timestamp so far, as text; empty before any row. `ListToRead.take` sets it
            for windows; `add` does not.
        latest: the greatest one, set there too.
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
            limit: the `limit` of the answer, which the API may have lowered.
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
        """How many pages the rows fill: pages of `limit` rows, or of the largest page's if several came."""
        pages_with_rows = self.pages - self.emptied
        size = self.limit if pages_with_rows <= 1 else self.biggest
        return len(self.ids) / size

    def has_no_seam(self, largest: int) -> bool:
        """Tell whether all rows came in one page that had room for more: without a seam no row is lost.

        A page with fewer rows than were asked for may still be full, because the API may have a smaller page
        size of its own, and not say so. So a page had room only if another page of this run held more rows.
        No row or a single one counts too, if more were asked for: no API has pages of one row.

        Args:
            largest: rows of the largest page of this run (`Trust.largest`).
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
    """What a run has learned of the API's paging; the windows and lists of a stream share it.

    Attributes:
        totals: whether `total` is still believed.
        stable: False once a window was cut in whose reading a row came twice.
        largest: rows of the largest page.
        wrong: how many totals proved wrong.
    """

    totals: bool = True
    stable: bool = True
    largest: int = 0
    wrong: int = 0

    def total_was_wrong(self) -> None:
        """Count a wrong total; after the third, totals are not believed any more."""
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
    """What to do next with a window or list."""

    MORE = auto()  # ask for the next page
    DONE = auto()  # all rows are here
    AGAIN = auto()  # read it again, with another page size
    SPLIT = auto()  # cut the window, and read its parts
    COMPARE = auto()  # ask for the sibling's total: the API may ignore the period; then judge again
    LOOK_FAR = auto()  # ask for a row far behind the end of any list, then judge again
    FAIL = auto()  # give up: rows may be missing


@dataclass(frozen=True, slots=True)
class Verdict:
    """The step to take, and what goes with it.

    Attributes:
        step: the step.
        parts: with SPLIT, how many parts to make.
        unite: with DONE, all readings together have the rows; else the last one has them.
        total_wrong: with DONE, the rows are right and the total is wrong.
        reason: with FAIL, what to tell the user.
    """

    step: Step
    parts: int = 0
    unite: bool = False
    total_wrong: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What limits the reading of a window or list.

    Attributes:
        divisible: whether it can be cut.
        parent_total: the total of the window that this one was split from. None if there is none, or
            after the step `COMPARE`.
        tries: after how many readings to give up.
        calls_left: how many calls the budget still allows; None without a budget.
        ends: whether its pages have an end, as the step `LOOK_FAR` found out; None before that step.
    """

    divisible: bool
    parent_total: int | None = None
    tries: int = 8
    calls_left: int | None = None
    ends: bool | None = None

    @property
    def most_unpromised(self) -> int:
        """At how many pages to stop a list whose total promises no more rows; 0: at once."""
        if self.ends is None:
            return MOST_UNPROMISED_PAGES
        return MOST_PAGES_WITH_AN_END if self.ends else 0


def judge(reading: Reading, earlier: Sequence[Reading], trust: Trust, limits: Limits) -> Verdict:
    """Decide what to do after a page.

    Args:
        reading: the reading under way, with the page just added.
        earlier: the readings of the same window or list before this one.
        trust: what the run has learned.
        limits: what limits the reading.

    Returns:
        The step to take. DONE only if all rows are known to be there.
    """
    total = reading.total if trust.totals else None
    if not reading.is_over(total):
        # Pages still come. If no total promises more rows, a list that cannot be cut may have no end at all.
        # A window that is too large is cut (`_judge_size`).
        unpromised = reading.seen >= (total or 0) and not limits.divisible
        if unpromised and reading.pages >= limits.most_unpromised:
            if limits.ends is None:
                return Verdict(Step.LOOK_FAR)
            reason = f"more pages follow after {reading.pages}, and no total promises any"
            return Verdict(Step.FAIL, reason=reason)
        return _judge_size(reading, earlier, total, limits)
    verdict = _complete(reading, earlier, total, trust, limits)
    return verdict or _judge_incomplete(reading, earlier, total, limits)


def _complete(
    reading: Reading, earlier: Sequence[Reading], total: int | None, trust: Trust, limits: Limits
) -> Verdict | None:
    """Decide whether a reading whose last page has come has all rows; None if that is not shown."""
    confirmed = any(_confirms(reading, other) for other in earlier)
    if total is None:
        has_all_known = not reading.repeated and all(other.ids <= reading.ids for other in earlier)
        if has_all_known and reading.has_no_seam(trust.largest):
            return Verdict(Step.DONE)
        # That another window had all its rows does not help: a row that is removed between two pages moves
        # those after it, and one of them comes on no page.
        return Verdict(Step.DONE) if confirmed else None
    if len(reading.ids) == total:
        return Verdict(Step.DONE)
    if confirmed:
        return Verdict(Step.DONE, total_wrong=True)
    united = reading.ids.union(*(other.ids for other in earlier))
    if not limits.divisible and len(united) == total:
        return Verdict(Step.DONE, unite=True)
    return None


def _judge_size(
    reading: Reading, earlier: Sequence[Reading], total: int | None, limits: Limits
) -> Verdict:
    """Decide what comes next: another page, a cut (the window has too many pages), or COMPARE."""
    if total is None:
        is_large = limits.divisible and reading.pages >= MOST_PAGES
        return Verdict(Step.SPLIT, parts=4) if is_large else Verdict(Step.MORE)
    if not limits.divisible or earlier or reading.pages > 1:
        return Verdict(
            Step.MORE
        )  # the total tells the size on the first page, and a first reading better
    # A part with all rows of the whole: they lie in it, or the total is not that of the period.
    is_that_of_the_whole = limits.parent_total is not None and total >= limits.parent_total
    if total > MOST_PAGES * reading.limit:
        if is_that_of_the_whole:
            return Verdict(Step.COMPARE)
        return Verdict(Step.SPLIT, parts=_parts(total / (AIM_PAGES * reading.limit)))
    size = reading.biggest if reading.full else reading.limit
    pages_to_come = (total - reading.seen) / size
    if limits.calls_left is None or is_that_of_the_whole or pages_to_come <= limits.calls_left:
        return Verdict(Step.MORE)
    return Verdict(Step.SPLIT, parts=_parts(total / size / max(1, limits.calls_left - 1)))


def _judge_incomplete(
    reading: Reading, earlier: Sequence[Reading], total: int | None, limits: Limits
) -> Verdict:
    """Decide what to do when the last page has come and rows may be missing."""
    if limits.divisible and (earlier or reading.repeated):
        # Rows are lost or repeated at seams, so each part shall fit into one page, which has no seam. A part
        # is made for two thirds of a page, because rows are not spread evenly and some have not been seen.
        return Verdict(Step.SPLIT, parts=_parts(reading.load * 1.5))
    if len(earlier) + 1 < limits.tries:
        return Verdict(Step.AGAIN)
    return Verdict(Step.FAIL, reason=_reason(reading, total, limits))


def _reason(reading: Reading, total: int | None, limits: Limits) -> str:
    if total is None:
        why = "the last one gave rows twice" if reading.repeated else "no two gave the same rows"
        found = f"of {limits.tries} readings with pages of different sizes {why}"
    else:
        found = (
            f"the API promised {total} rows and gave {len(reading.ids)} different ones in "
            f"{limits.tries} readings"
        )
    return f"{found}, so rows may be missing"


def _confirms(reading: Reading, other: Reading) -> bool:
    """Tell whether two readings confirm each other: the same rows, with pages of different sizes.

    Then a total that says otherwise is wrong. Pages of one row cannot be made smaller: then the same rows
    are enough.
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
    """Choose the rows to ask for per page.

    Args:
        number: 0 for the first reading, 1 for the second, and so on.
        page_size: the setting.
        biggest: rows of the largest page of the first reading.

    Returns:
        The setting for the first reading. Later ones get 6/7, 5/7 and so on of the rows that a page held, so
        that the seams move. After 1/7 comes the whole again. At least 1.
    """
    if number == 0:
        return page_size
    return max(1, min(biggest or page_size, page_size) * (7 - number % 7) // 7)

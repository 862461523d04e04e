from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_copernica.clock import SECOND, AccountClock
from tap_copernica.http.bounds import MOST_UNPROMISED_PAGES
from tap_copernica.reading.plan import Plan
from tap_copernica.reading.verdict import (
    Limits,
    Reading,
    Step,
    Trust,
    judge,
    page_size_of_try,
)
from tap_copernica.reading.windows import Window, is_divisible, split

if TYPE_CHECKING:
    from collections.abc import Callable

ZONES = ["Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2025, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def reading(
    *pages: int | tuple[int, int], limit: int = 1000, total: int | None = None, first: int = 0
) -> Reading:
    """Make a reading whose pages hold so many new keys, or (keys, of which repeated)."""
    made, key = Reading(limit), first
    for page in pages:
        count, repeated = page if isinstance(page, tuple) else (page, 0)
        keys = list(range(key - repeated, key - repeated + count))
        key += count - repeated
        made.add(keys, total=total)
    return made


# What was read, what was read before, what is known -> what to do.
TABLE: dict[str, tuple[Reading, list[Reading], Limits, Step]] = {
    "all promised rows came": (reading(7, total=7), [], Limits(divisible=True), Step.DONE),
    "an empty window": (reading(0, total=0), [], Limits(divisible=True), Step.DONE),
    "more pages to come": (reading(1000, total=1500), [], Limits(divisible=True), Step.MORE),
    "a full last page may hide one": (
        reading(1000, total=1000),
        [],
        Limits(divisible=True),
        Step.MORE,
    ),
    "an empty page after a full one": (
        reading(1000, 0, total=1000),
        [],
        Limits(divisible=True),
        Step.DONE,
    ),
    "a cap below what was asked": (reading(100, total=250), [], Limits(divisible=True), Step.MORE),
    "no total, rows": (reading(7), [], Limits(divisible=True), Step.MORE),
    "no total, no rows": (reading(0), [], Limits(divisible=True), Step.DONE),
    "no total, and nothing to tell whether a row hides after the page": (
        reading(7, 0),
        [],
        Limits(divisible=True),
        Step.AGAIN,
    ),
    "no total, and fewer rows than a reading before showed": (
        reading(1, 0, limit=1),
        [reading(2, 0)],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "no total, and one row where only one was asked for": (
        reading(1, 0, limit=1),
        [],
        Limits(divisible=True),
        Step.AGAIN,
    ),
    "no total, and pages of another size tell": (
        reading(6, 1, 0),
        [reading(7, 0)],
        Limits(divisible=True),
        Step.DONE,
    ),
    "no total, and pages of another size hide another row": (
        reading(6, (1, 0), 0, first=1),
        [reading(7, 0)],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "a total below the rows is none": (reading(7, total=3), [], Limits(divisible=True), Step.MORE),
    "too many rows": (reading(1000, total=10_001), [], Limits(divisible=True), Step.SPLIT),
    "too many, and as many as the whole": (
        reading(1000, total=20_000),
        [],
        Limits(divisible=True, parent_total=20_000),
        Step.COMPARE,
    ),
    "too many in one second": (reading(1000, total=10_001), [], Limits(divisible=False), Step.MORE),
    "no total and ten pages": (reading(*[1000] * 10), [], Limits(divisible=True), Step.SPLIT),
    "fewer than promised": (reading(7, 0, total=9), [], Limits(divisible=True), Step.AGAIN),
    "fewer, again, in other rows": (
        reading(7, 0, total=9),
        [reading(7, 0, total=9, first=1)],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "the same rows in pages of another size": (
        reading(4, 3, 0, total=9),
        [reading(7, 0, total=9)],
        Limits(divisible=True),
        Step.DONE,
    ),
    "the same rows in the same pages prove nothing": (
        reading(4, 3, 0, total=9),
        [reading(4, 3, 0, total=9)],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "one second, united by key": (
        reading(7, 0, total=9, first=2),
        [reading(7, 0, total=9)],
        Limits(divisible=False),
        Step.DONE,
    ),
    "one second, out of tries": (
        reading(7, 0, total=99, first=2),
        [reading(7, 0, total=99, first=number) for number in range(7)],
        Limits(divisible=False),
        Step.FAIL,
    ),
    "repeated rows without a total": (
        reading(10, (10, 1), 0, limit=10),
        [],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "repeated rows in one second": (
        reading(10, (10, 1), 0, limit=10),
        [],
        Limits(divisible=False),
        Step.AGAIN,
    ),
    "a page without a new row": (
        reading(10, (10, 10), limit=10),
        [],
        Limits(divisible=True),
        Step.SPLIT,
    ),
    "repeated, yet all that was promised": (
        reading(10, (6, 1), limit=10, total=15),
        [],
        Limits(divisible=True),
        Step.DONE,
    ),
    "more pages than the budget has calls": (
        reading(1000, total=8000),
        [],
        Limits(divisible=True, calls_left=3),
        Step.SPLIT,
    ),
    "many pages that nothing promised": (
        reading(*[1] * MOST_UNPROMISED_PAGES),
        [],
        Limits(divisible=False),
        Step.LOOK_FAR,
    ),
    "many pages that were promised": (
        reading(*[1] * MOST_UNPROMISED_PAGES, total=MOST_UNPROMISED_PAGES + 1),
        [],
        Limits(divisible=False),
        Step.MORE,
    ),
    "many pages, and nothing where no list has rows": (
        reading(*[1] * MOST_UNPROMISED_PAGES),
        [],
        Limits(divisible=False, ends=True),
        Step.MORE,
    ),
    "many pages, and rows where no list has any": (
        reading(*[1] * MOST_UNPROMISED_PAGES),
        [],
        Limits(divisible=False, ends=False),
        Step.FAIL,
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_verdict(case: str) -> None:
    read, earlier, limits, step = TABLE[case]
    assert judge(read, earlier, Trust(), limits).step is step


def test_a_page_with_room_for_more_needs_no_second_reading() -> None:
    limits = Limits(divisible=True)
    assert judge(reading(7, 0), [], Trust(largest=8), limits).step is Step.DONE
    assert judge(reading(8, 0), [], Trust(largest=8), limits).step is Step.AGAIN


def test_totals_are_dropped_after_three_wrong_ones() -> None:
    trust = Trust()
    for _ in range(3):
        assert trust.totals
        trust.total_was_wrong()
    assert not trust.totals
    assert judge(reading(7, total=7), [], trust, Limits(divisible=True)).step is Step.MORE


def test_each_try_moves_the_seams() -> None:
    sizes = [page_size_of_try(number, 1000, 1000) for number in range(7)]
    assert len(set(sizes)) == len(sizes)
    assert page_size_of_try(3, 1, 1) == 1


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    ends=st.lists(MOMENTS, min_size=2, max_size=2, unique=True),
    abreast=st.integers(1, 8),
    backward=st.booleans(),
    data=st.data(),
)
def test_any_plan_is_a_partition_of_its_period(
    *, zone: str, ends: list[datetime], abreast: int, backward: bool, data: st.DataObject
) -> None:
    legal = AccountClock(zone).legal_before
    start, end = legal(min(ends)), legal(max(ends))
    if start >= end:
        return
    plan = Plan(start, end, legal=legal, trust=Trust(), abreast=abreast, backward=backward)
    loads = st.sampled_from([0.0, 0.001, 0.5, 8.0])
    underway, position, steps = [], end if backward else start, 0
    while not plan.is_finished:
        while (slot := plan.take()) is not None:
            underway.append(slot)
        assert len(underway) <= abreast
        slot = underway.pop(data.draw(st.integers(0, len(underway) - 1)))
        steps += 1
        if data.draw(st.booleans()):
            plan.expect(slot, data.draw(loads))
        if steps < 40 and is_divisible(slot.window, legal) and data.draw(st.booleans()):
            plan.divide(slot, split(slot.window, data.draw(st.integers(2, 9)), legal))
        else:
            plan.settle(slot, "read", 0.0 if steps > 60 else data.draw(loads))
        while (done := plan.collect()) is not None:
            first, last = done.window.start, done.window.end
            assert first < last
            assert (last if backward else first) == position
            position = first if backward else last
            assert legal(position) == position
    assert position == (start if backward else end)


@pytest.mark.parametrize("width", [timedelta(minutes=18), timedelta(minutes=60)])
def test_on_the_way_back_a_window_is_rather_narrower_than_wider_than_what_is_wanted(
    width: timedelta,
) -> None:
    legal = AccountClock("Europe/Amsterdam").legal_before
    day = datetime(2025, 10, 26)  # noqa: DTZ001
    plan = Plan(
        day,
        day + timedelta(hours=3, minutes=11),
        legal=legal,
        trust=Trust(),
        width=width,
        backward=True,
    )
    windows = []
    for _ in range(2):
        slot = plan.take()
        assert slot is not None
        windows.append((slot.window.start.time().isoformat(), slot.window.end.time().isoformat()))
        plan.settle(slot, "read", 8.0)
        plan.collect()
    assert windows == [("03:00:01", "03:11:00"), ("01:59:59", "03:00:01")]


def test_an_end_that_comes_earlier_is_where_the_way_back_goes_on() -> None:
    start = datetime(2025, 10, 1)  # noqa: DTZ001
    plan = Plan(
        start, start + timedelta(days=30), legal=lambda edge: edge, trust=Trust(), backward=True
    )
    slot = plan.take()
    assert slot is not None
    plan.shorten(start + timedelta(days=3))  # what the first answer told of the API's clock
    plan.settle(slot, "read", 0.0)
    plan.collect()
    slot = plan.take()
    assert slot is not None
    assert slot.window.end == start + timedelta(days=3)


@given(
    zone=st.sampled_from(ZONES),
    start=MOMENTS,
    seconds=st.integers(1, 4 * 86_400),
    parts=st.integers(2, 30),
)
def test_a_split_is_a_partition_and_gets_on(
    zone: str, start: datetime, seconds: int, parts: int
) -> None:
    legal = AccountClock(zone).legal_before
    window = Window(legal(start), legal(start) + seconds * SECOND)
    cut = split(window, parts, legal)
    assert cut[0].start == window.start
    assert cut[-1].end == window.end
    assert all(one.end == other.start for one, other in pairwise(cut))
    assert (len(cut) > 1) == is_divisible(window, legal)


@pytest.mark.parametrize("night", [datetime(2024, 3, 31), datetime(2024, 10, 27)])  # noqa: DTZ001
def test_the_odd_hour_is_one_window(night: datetime) -> None:
    legal = AccountClock("Europe/Amsterdam").legal_before
    hour = Window(night.replace(hour=1, minute=59, second=59), night.replace(hour=3, second=1))
    assert not is_divisible(hour, legal)
    around = Window(hour.start - timedelta(hours=1), hour.end + timedelta(hours=1))
    assert not any(hour.start < part.start < hour.end for part in split(around, 24, legal))


def windows_of(days: int, load: Callable[[Window], float]) -> int:
    start = datetime(2014, 1, 1)  # noqa: DTZ001
    plan = Plan(start, start + timedelta(days=days), legal=lambda edge: edge, trust=Trust())
    count = 0
    while not plan.is_finished:
        slot = plan.take()
        assert slot is not None
        plan.settle(slot, "read", load(slot.window))
        plan.collect()
        count += 1
    return count


def test_ten_quiet_years_are_a_handful_of_windows() -> None:
    assert windows_of(3653, lambda _window: 0.0) <= 15


def test_evenly_spread_rows_fill_their_windows() -> None:
    pages_per_day = 2.7
    count = windows_of(365, lambda window: window.width / timedelta(days=1) * pages_per_day)
    assert count <= 365 * pages_per_day / 8


def test_windows_after_a_growing_one_begin_when_its_first_page_tells_how_full_it_is() -> None:
    """Not when its last page is there: over a slow network that is several calls later."""
    start = datetime(2025, 6, 1)  # noqa: DTZ001
    plan = Plan(
        start, start + timedelta(days=90), legal=lambda edge: edge, trust=Trust(), abreast=4
    )
    first = plan.take()
    assert first is not None
    assert plan.take() is None
    plan.expect(first, 4.0)
    begun = [plan.take() for _ in range(3)]
    assert all(begun)
    assert plan.take() is None
    plan.settle(first, "read", 4.0)
    expected = first.window.width * (Trust().aim / 4.0)
    assert [slot.window.width for slot in begun if slot] == [expected] * 3

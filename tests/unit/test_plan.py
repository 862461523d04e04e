"""The plan of a stream's run: how wide each window is, which is read next, which is written next.

Times are hours after the start of the period, so that what is expected can be read off.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.clock import AccountClock
from tap_copernica.reading.plan import Plan, Slot
from tap_copernica.reading.verdict import Trust
from tap_copernica.reading.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable

START = datetime(2024, 5, 1)  # noqa: DTZ001 - on the account's clock
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ERROR = RuntimeError("an API that is down")
Place = tuple[float, float]
"""Where a window begins and ends."""


def at(hours: float) -> datetime:
    return START + hours * HOUR


def planned(hours: float, **options: Any) -> Plan:
    """Plan so many hours in which each second is a legal edge."""
    made = {"legal": lambda edge: edge, "trust": Trust(), "width": HOUR, **options}
    return Plan(START, at(hours), **made)


def taken(plan: Plan) -> Slot:
    slot = plan.take()
    assert slot is not None
    return slot


def hours(slot: Slot | None) -> Place | None:
    if slot is None:
        return None
    window = slot.window
    return (window.start - START) / HOUR, (window.end - START) / HOUR


def begun(plan: Plan) -> list[Place | None]:
    """Give all windows that may be begun now."""
    found: list[Place | None] = []
    while (slot := plan.take()) is not None:
        found.append(hours(slot))
    return found


def read_one(plan: Plan, load: float | None) -> None:
    slot = taken(plan)
    plan.settle(slot, "read", load)
    assert plan.collect() is slot


def read(plan: Plan, *loads: float) -> list[Place | None]:
    """Read windows one after another, which hold so many pages; the last number holds on to the end."""
    found: list[Place | None] = []
    while not plan.is_finished:
        slot = taken(plan)
        plan.settle(slot, "read", loads[min(len(found), len(loads) - 1)])
        assert plan.collect() is slot
        found.append(hours(slot))
    assert plan.take() is None
    assert plan.collect() is None
    return found


def widths(found: list[Place | None]) -> list[float]:
    return [last - first for first, last in filter(None, found)]


# How wide a window is


def test_the_first_window_is_a_day_wide() -> None:
    plan = Plan(START, at(100), legal=lambda edge: edge, trust=Trust())
    assert begun(plan) == [(0, 24)]


@pytest.mark.parametrize("backward", [False, True])
def test_each_window_is_8_times_as_wide_as_an_empty_one_before_it_and_512_days_at_most(
    *, backward: bool
) -> None:
    found = read(planned(1700 * 24, width=DAY, backward=backward), 0.0)
    assert [width / 24 for width in widths(found)] == [1, 8, 64, 512, 512, 512, 91]


@pytest.mark.parametrize(
    ("trust", "load", "width"),
    [
        (Trust(), 8.5, 10),  # as full as a window should be
        (Trust(), 17, 5),
        (Trust(), 4.25, 20),
        (Trust(), 1.0625, 80),
        (Trust(), 0.5, 80),
        (Trust(totals=False), 5, 10),
        (Trust(totals=False), 10, 5),
        (Trust(totals=False), 0, 20),
        (Trust(totals=False), 2.5, 20),
        (Trust(stable=False), 0.6, 10),
        (Trust(stable=False), 6, 1),
        (Trust(), 1e9, 1 / 3600),
    ],
)
def test_a_window_is_as_wide_as_the_one_before_it_was_full(
    trust: Trust, load: float, width: float
) -> None:
    for backward in (False, True):
        plan = planned(200, trust=trust, width=10 * HOUR, backward=backward)
        read_one(plan, load)
        expected = (190 - width, 190) if backward else (10, 10 + width)
        assert hours(plan.take()) == pytest.approx(expected)


def test_windows_are_cut_at_whole_seconds() -> None:
    for backward in (False, True):
        plan = planned(100, width=10 * HOUR, backward=backward)
        read_one(plan, 7)  # the next would be 12.14… hours wide
        window = taken(plan).window
        assert window.width == timedelta(seconds=43_714 + backward)
        assert window.start.microsecond == window.end.microsecond == 0


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (10, [(0, 10)]),
        (9, [(0, 9)]),
        (10.99, [(0, 10.99)]),
        (11, [(0, 10), (10, 11)]),
        (15, [(0, 10), (10, 15)]),
        (20.5, [(0, 10), (10, 20.5)]),
    ],
)
def test_less_than_a_tenth_of_a_window_is_read_with_the_one_before(
    period: float, expected: list[Place]
) -> None:
    assert read(planned(period, width=10 * HOUR), 8.5) == expected
    mirrored = [(period - last, period - first) for first, last in expected]
    found = read(planned(period, width=10 * HOUR, backward=True), 8.5)
    assert found == [pytest.approx(one) for one in mirrored]


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (1.0625, (10, 20)),  # what its first page said: the next might be 80 hours wide
        (17, (10, 15)),
    ],
)
def test_a_window_that_was_cut_makes_those_after_it_no_wider_than_itself(
    load: float, expected: Place
) -> None:
    plan = planned(100, width=10 * HOUR)
    first = taken(plan)
    plan.expect(first, load)
    plan.divide(first, [Window(START, at(4)), Window(at(4), at(10))])
    for _ in range(2):
        read_one(plan, None)
    assert hours(plan.take()) == expected


def test_a_window_of_which_nothing_is_known_changes_no_width() -> None:
    plan = planned(100, width=10 * HOUR)
    read_one(plan, None)
    assert hours(plan.take()) == (10, 20)


# Near the end of a budget


@pytest.mark.parametrize(
    ("left", "width"),
    [
        (None, 10),
        (100, 10),
        (5, 4.7 / 8.5 * 10),  # a third of a page is left for rows that nobody expected
        (2, 1.7 / 8.5 * 10),
        (1, 1 / 8.5 * 10),  # never less than a page
        (0, 1 / 8.5 * 10),
    ],
)
def test_with_few_calls_left_a_window_is_as_wide_as_they_can_read(
    left: int | None, width: float
) -> None:
    for backward in (False, True):
        plan = planned(100, width=10 * HOUR, backward=backward)
        read_one(plan, 8.5)
        plan.calls_left = left
        found = hours(plan.take())
        assert found is not None
        assert found[1] - found[0] == pytest.approx(width, abs=1 / 3600)


def test_with_few_calls_left_the_first_window_is_as_wide_as_ever() -> None:
    plan = planned(100, width=10 * HOUR)
    plan.calls_left = 1
    read_one(plan, 0)
    assert hours(plan.take()) == (10, 90)  # nor does an empty one tell how many rows a call reads


def test_however_dense_the_rows_and_few_the_calls_a_window_is_a_second_wide() -> None:
    plan = planned(100)
    read_one(plan, 3600 * 8.5)
    plan.calls_left = 1
    assert taken(plan).window == Window(at(1), at(1) + SECOND)


# Where a window may be cut


def night(time: str) -> datetime:
    return datetime.fromisoformat(f"2025-10-26T{time}")


def on_the_odd_night(begin: str, end: str, width: timedelta, **options: Any) -> list[str]:
    """Read a night in which two o'clock comes twice, in Amsterdam."""
    plan = Plan(
        night(begin), night(end), trust=Trust(), width=width,
        legal=AccountClock("Europe/Amsterdam").legal_before, **options,
    )  # fmt: skip
    found = []
    while not plan.is_finished:
        slot = taken(plan)
        found.append(f"{slot.window.start:%H:%M:%S} {slot.window.end:%H:%M:%S}")
        plan.settle(slot, "read", 8.5)
        plan.collect()
    return found


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        # The hour from 01:59:59 to 03:00:01 is one window, however narrow the others are.
        (10, ["01:45:00 01:55:00", "01:55:00 01:59:59", "01:59:59 03:00:01", "03:00:01 03:10:01"]),
        (1 / 60, ["01:59:58 01:59:59", "01:59:59 03:00:01", "03:00:01 03:00:02"]),
        # One that would end in it ends before it.
        (70, ["01:20:00 01:59:59", "01:59:59 03:00:01", "03:00:01 04:00:03", "04:00:03 04:10:00"]),
    ],
)
def test_no_window_begins_or_ends_in_the_hour_that_occurs_twice(
    minutes: float, expected: list[str]
) -> None:
    begin, end = expected[0].split()[0], expected[-1].split()[1]
    assert on_the_odd_night(begin, end, minutes * 60 * SECOND) == expected


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (10, ["03:05:00 03:15:00", "03:00:01 03:05:00", "01:59:59 03:00:01", "01:49:59 01:59:59"]),
        (1 / 60, ["03:00:01 03:00:02", "01:59:59 03:00:01", "01:59:58 01:59:59"]),
        (70, ["03:00:01 03:40:00", "01:59:59 03:00:01", "00:59:57 01:59:59", "00:50:00 00:59:57"]),
    ],
)
def test_nor_on_the_way_back(minutes: float, expected: list[str]) -> None:
    begin, end = expected[-1].split()[0], expected[0].split()[1]
    found = on_the_odd_night(begin, end, minutes * 60 * SECOND, backward=True)
    assert found == expected


# Streams with windows of their own


def whole_day(edge: datetime) -> datetime:
    return edge.replace(hour=0) + DAY


def day_before(edge: datetime) -> datetime:
    return (edge - SECOND).replace(hour=0, minute=0, second=0)


@pytest.mark.parametrize(
    ("backward", "edge", "expected"),
    [
        (False, whole_day, [(0, 24), (24, 48), (48, 60)]),
        (True, day_before, [(48, 60), (24, 48), (0, 24)]),
    ],
)
def test_windows_that_are_fixed_follow_no_density_and_are_read_several_at_once(
    backward: bool,  # noqa: FBT001
    edge: Callable[[datetime], datetime],
    expected: list[Place],
) -> None:
    options = {"next_edge": edge, "backward": backward}
    assert read(planned(60, **options), 0.0) == expected
    plan = planned(60, **options)
    plan.calls_left = 1
    assert read(plan, 99.0) == expected
    plan = planned(60, abreast=2, **options)
    first = taken(plan)
    assert hours(first) == expected[0]
    assert begun(plan) == expected[1:2]
    plan.settle(first, "read", 0.0)
    plan.collect()
    assert begun(plan) == expected[2:]


# How many are read at once


def test_while_windows_grow_one_is_read_at_a_time() -> None:
    plan = planned(1000, abreast=4)
    for width in (1, 8, 64):
        assert widths(begun(plan)) == [width]
        slot = plan._slots[0]
        plan.settle(slot, "read", 0.0)
        plan.collect()


@pytest.mark.parametrize(
    ("trust", "load", "count"),
    [
        (Trust(), 2.125, 1),  # the next is 4 times as wide: half of what it may be
        (Trust(), 2.2, 3),
        (Trust(), 8.5, 3),
        (Trust(), 100, 3),
        (Trust(totals=False), 5, 1),  # as full as it should be, but the next might be half as full
        (Trust(totals=False), 5.1, 3),
    ],
)
def test_after_one_that_is_well_filled_several_are_read_at_once(
    trust: Trust, load: float, count: int
) -> None:
    plan = planned(1000, abreast=3, trust=trust)
    read_one(plan, load)
    assert len(begun(plan)) == count


def test_windows_as_wide_as_they_get_are_read_several_at_once() -> None:
    for days, count in ((63.9, 1), (64, 3), (65, 3)):
        plan = planned(4000 * 24, abreast=3, width=days * DAY)
        read_one(plan, 0.0)
        assert len(begun(plan)) == count, days


def test_one_is_read_at_a_time_unless_something_else_is_said() -> None:
    plan = planned(100)
    read_one(plan, 8.5)
    assert begun(plan) == [(1, 2)]


def test_what_waits_to_be_written_counts_as_well_as_what_is_read() -> None:
    plan = planned(100, abreast=3)
    plan.settle(taken(plan), "read", 8.5)
    assert begun(plan) == [(1, 2), (2, 3)]
    plan.collect()
    assert begun(plan) == [(3, 4)]


def test_a_first_page_decides_the_width_of_the_next_ones_only_while_windows_grow() -> None:
    plan = planned(100, abreast=3)
    plan.expect(taken(plan), 17)
    second = taken(plan)
    assert hours(second) == (1, 1.5)
    plan.expect(second, 8.5 / 8)
    assert begun(plan) == [(1.5, 2)]


# The order in which windows are read and written


def abreast(count: int, **options: Any) -> tuple[Plan, list[Slot]]:
    """Begin so many windows of an hour at once, in a period of 20 hours."""
    plan = planned(20, abreast=count, **options)
    slots = [taken(plan)]
    plan.expect(slots[0], 8.5)
    slots += [taken(plan) for _ in range(count - 1)]
    assert plan.take() is None
    return plan, slots


def collected(plan: Plan) -> list[tuple[Place | None, object]]:
    found: list[tuple[Place | None, object]] = []
    while (slot := plan.collect()) is not None:
        found.append((hours(slot), slot.outcome))
    return found


def test_windows_are_written_in_order_however_they_end() -> None:
    plan, slots = abreast(3)
    plan.settle(slots[2], "third", 8.5)
    plan.settle(slots[1], "second", 8.5)
    assert collected(plan) == []
    assert plan.take() is None
    plan.settle(slots[0], "first", 8.5)
    assert collected(plan) == [((0, 1), "first"), ((1, 2), "second"), ((2, 3), "third")]
    assert begun(plan) == [(3, 4), (4, 5), (5, 6)]


@pytest.mark.parametrize("backward", [False, True])
def test_the_parts_of_a_window_are_read_and_written_in_its_place(*, backward: bool) -> None:
    plan, slots = abreast(3, backward=backward)
    window = slots[1].window
    middle = window.start + window.width / 2
    early, late = Window(window.start, middle), Window(middle, window.end)
    plan.divide(slots[1], [early, late])
    parts = [late, early] if backward else [early, late]
    # Two are under way; the first part makes three.
    part = taken(plan)
    assert part.window == parts[0]
    assert plan.take() is None
    plan.settle(slots[0], "before", 8.5)
    plan.settle(slots[2], "after", 8.5)
    assert plan.collect() is slots[0]
    other = taken(plan)
    assert other.window == parts[1]
    assert plan.collect() is None
    plan.settle(other, "other", 8.5)
    assert plan.collect() is None
    plan.settle(part, "part", 8.5)
    assert [plan.collect() for _ in range(3)] == [part, other, slots[2]]


def test_the_first_part_of_what_is_written_next_is_read_however_many_are_under_way() -> None:
    plan, slots = abreast(3)
    plan.abreast = 1  # the budget comes to its end
    plan.divide(slots[0], [Window(START, at(0.5)), Window(at(0.5), at(1))])
    assert begun(plan) == [(0, 0.5)]


def test_a_plan_is_finished_once_all_is_handed_out_and_written() -> None:
    for backward in (False, True):
        plan = planned(2, backward=backward)
        finished = [plan.is_finished]
        for _ in range(2):
            slot = taken(plan)
            finished.append(plan.is_finished)
            plan.settle(slot, "read", 8.5)
            finished.append(plan.is_finished)
            assert plan.collect() is slot
            finished.append(plan.is_finished)
        assert finished == [False] * 6 + [True]
        assert plan.take() is None


def test_a_plan_of_nothing_is_finished() -> None:
    for backward in (False, True):
        plan = planned(0, backward=backward)
        assert plan.is_finished
        assert plan.take() is None


# Windows that cannot be read


@pytest.mark.parametrize("backward", [False, True])
def test_no_window_is_begun_after_one_that_failed_and_those_before_it_are_written(
    *, backward: bool
) -> None:
    plan, slots = abreast(4, backward=backward)
    plan.divide(slots[0], [slots[0].window])
    plan.fail(slots[2], ERROR)
    again = taken(plan)  # before the one that failed
    assert again.window == slots[0].window
    assert plan.take() is None
    plan.settle(again, "first", 8.5)
    plan.settle(slots[3], "dropped", 0.0)
    plan.settle(slots[1], "second", 8.5)
    assert [outcome for _, outcome in collected(plan)] == ["first", "second", ERROR]
    assert plan.take() is None
    assert plan.is_finished


def test_what_becomes_of_a_window_after_one_that_failed_does_not_matter() -> None:
    for backward in (False, True):
        plan, slots = abreast(4, backward=backward)
        plan.fail(slots[1], ERROR)
        plan.fail(slots[2], RuntimeError("another"))
        plan.divide(slots[3], [slots[3].window])
        plan.settle(slots[0], "first", 8.5)
        assert [slot.outcome for slot in plan._slots] == ["first", ERROR]
        assert plan.take() is None


# An end that comes earlier


def test_a_period_that_ends_earlier_has_no_window_after_that() -> None:
    plan = planned(20, width=2 * HOUR)
    read_one(plan, 8.5)
    plan.shorten(at(3))
    plan.shorten(at(5))  # never later again
    assert read(plan, 8.5) == [(2, 3)]


def test_windows_that_were_handed_out_stay_as_they_are() -> None:
    plan, slots = abreast(3)
    plan.shorten(at(1.5))
    assert plan.take() is None
    for slot in slots:
        plan.settle(slot, "read", 8.5)
    assert [place for place, _ in collected(plan)] == [(0, 1), (1, 2), (2, 3)]
    assert plan.is_finished


def test_on_the_way_back_the_next_window_ends_where_the_period_does() -> None:
    plan, slots = abreast(2, backward=True)
    assert [hours(slot) for slot in slots] == [(19, 20), (18, 19)]
    plan.shorten(at(18.5))  # in what is under way already
    plan.settle(slots[0], "read", 8.5)
    plan.collect()
    assert begun(plan) == [(17, 18)]
    plan.shorten(at(10))
    plan.settle(slots[1], "read", 8.5)
    plan.collect()
    assert begun(plan) == [(9, 10)]


def test_a_period_that_turns_out_to_lie_in_the_future_is_finished() -> None:
    for backward in (False, True):
        plan = planned(20, backward=backward)
        slot = taken(plan)
        plan.shorten(at(-1))
        plan.settle(slot, "nothing")
        plan.collect()
        assert plan.is_finished
        assert plan.take() is None


def test_a_failure_after_the_end_was_moved_lets_no_window_begin() -> None:
    plan, slots = abreast(3)
    plan.shorten(at(1.5))
    plan.fail(slots[1], ERROR)
    plan.settle(slots[0], "first", 8.5)
    assert [outcome for _, outcome in collected(plan)] == ["first", ERROR]
    assert plan.is_finished

"""Where a window is cut."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tap_copernica.clock import AccountClock
from tap_copernica.reading.windows import Window, first_edge_after, is_divisible, split

START = datetime(2024, 5, 1)  # noqa: DTZ001
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def plain(edge: datetime) -> datetime:
    return edge


def hourly(edge: datetime) -> datetime:
    return edge.replace(minute=0, second=0, microsecond=0)


def edges(windows: list[Window]) -> list[float]:
    return [(window.end - START).total_seconds() for window in windows]


def test_parts_are_of_the_same_width_and_whole_seconds() -> None:
    assert edges(split(Window(START, START + 8 * SECOND), 4, plain)) == [2, 4, 6, 8]
    assert edges(split(Window(START, START + 10 * SECOND), 3, plain)) == [3, 6, 10]
    assert Window(START, START + HOUR).width == HOUR


@pytest.mark.parametrize(
    ("seconds", "parts", "cut"),
    [(100, 0, 2), (100, 1, 2), (100, 24, 24), (100, 99, 24), (5, 24, 5), (2, 9, 2), (1, 9, 1)],
)
def test_there_are_at_least_two_parts_and_at_most_24(seconds: int, parts: int, cut: int) -> None:
    assert len(split(Window(START, START + seconds * SECOND), parts, plain)) == cut


def test_each_part_knows_the_whole_s_total_and_another_part() -> None:
    parts = split(Window(START, START + 9 * SECOND), 3, plain, total=700)
    assert [part.parent_total for part in parts] == [700] * 3
    assert [part.sibling for part in parts] == [parts[1], parts[2], parts[1]]
    assert [part.parent_total for part in split(Window(START, START + 9 * SECOND), 3, plain)] == [
        None
    ] * 3


def test_a_window_that_cannot_be_cut_stays_as_it_is() -> None:
    window = Window(START, START + SECOND, parent_total=7)
    assert split(window, 2, plain, total=5) == [window]
    assert split(window, 2, plain, total=5)[0].parent_total == 7
    assert not is_divisible(window, plain)
    assert is_divisible(Window(START, START + 2 * SECOND), plain)


def test_edges_that_are_not_legal_are_moved_back_and_those_that_meet_are_one() -> None:
    window = Window(START, START + 3 * HOUR)
    assert edges(split(window, 6, hourly)) == [3600, 7200, 10_800]
    assert edges(split(window, 2, hourly)) == [3600, 10_800]


def test_where_no_even_cut_is_legal_the_first_legal_edge_is() -> None:
    # The only edge inside is a second before the end.
    window = Window(START, START + HOUR + SECOND)
    assert edges(split(window, 2, hourly)) == [3600, 3601]
    assert not is_divisible(Window(START, START + HOUR), hourly)
    assert is_divisible(window, hourly)


@pytest.mark.parametrize("seconds", [3600, 3601, 5000, 7199, 7200, 90_000])
def test_the_first_edge_after_a_start_is_found_from_any_later_time(seconds: int) -> None:
    assert first_edge_after(START, START + seconds * SECOND, hourly) == START + HOUR


def test_where_each_second_is_an_edge_the_first_one_is_found() -> None:
    for seconds in (1, 2, 10):
        assert first_edge_after(START, START + seconds * SECOND, plain) == START + SECOND


def test_after_an_odd_hour_its_end_is_the_first_edge() -> None:
    legal = AccountClock("Europe/Amsterdam").legal_before
    night = datetime(2024, 10, 27)  # noqa: DTZ001
    start = night.replace(hour=1, minute=59, second=59)
    assert first_edge_after(start, night.replace(hour=23), legal) == night.replace(hour=3, second=1)
    assert first_edge_after(start - SECOND, night.replace(hour=23), legal) == start


def test_a_window_is_named_by_its_times_alone() -> None:
    one, other = Window(START, START + HOUR, parent_total=5), Window(START, START + HOUR)
    assert str(one) == "2024-05-01 00:00:00 to 2024-05-01 01:00:00"
    assert one == other

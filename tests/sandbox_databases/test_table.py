"""The arithmetic of tables against row by row search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copernica_sandbox.clock import WallClock
from copernica_sandbox.databases.selecting import Asked, Planned, Selector, bounds
from copernica_sandbox.databases.shape import DataField, View
from copernica_sandbox.databases.table import Change, Period, Table

BEGIN, END = 1_700_000_000, 1_760_000_000
CLOCK = WallClock("Europe/Amsterdam")


def table(size: int, first: int = 1) -> Table:
    fields = [DataField(1, "Email", "email"), DataField(2, "City", "text")]
    return Table(first, size, 3, Period(BEGIN, END), fields=fields)


sizes = st.integers(0, 300)
moments = st.integers(BEGIN - 10, END + 10)
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
views = st.none() | st.builds(
    lambda step: View(1, "x", 1, None, step, 0), st.sampled_from([1, 2, 3, 4, 6, 12])
)


@given(sizes)
def test_every_index_is_in_one_class_over_which_modified_never_falls(size: int) -> None:
    rows = table(size)
    classes = list(rows.classes())
    assert sorted(index for one in classes for index in one) == list(range(size))
    for one in classes:
        times = [rows.modified(index) for index in one]
        assert times == sorted(times)


@given(sizes, st.integers(1, 1000))
def test_ids_ascend_with_gaps_and_lead_back_to_their_index(size: int, first: int) -> None:
    rows = table(size, first)
    numbers = [rows.number(index) for index in range(size)]
    assert numbers == sorted(set(numbers))
    for number in range(first, rows.stop + 2):
        expected = numbers.index(number) if number in numbers else None
        assert rows.index(number) == expected
        assert rows.below(number) == sum(one < number for one in numbers)


def test_rows_are_created_before_they_are_modified_and_within_the_period() -> None:
    rows = table(1000)
    for index in range(1000):
        assert BEGIN <= rows.created(index) <= rows.modified(index) <= END


@given(
    sizes,
    st.tuples(st.integers(-5, 340), st.integers(-5, 340)),
    st.lists(spans, max_size=2),
    views,
    st.booleans(),
    st.dictionaries(
        st.integers(1, 350),
        st.builds(
            Change,
            modified=st.none() | moments,
            removed=st.none() | st.just(END),
            created=st.just(END),
        ),
        max_size=8,
    ),
    st.data(),
)
def test_a_planned_list_is_what_a_search_row_by_row_finds(  # noqa: PLR0917
    size: int,
    ids: tuple[int, int],
    some: list[tuple[int, int]],
    view: View | None,
    descending: bool,  # noqa: FBT001
    changes: dict[int, Change],
    data: st.DataObject,
) -> None:
    rows = table(size)
    ids = (min(ids), max(ids))
    some = sorted(some)
    if len(some) == 2 and some[0][1] > some[1][0]:
        some = some[:1]
    wanted = tuple(some) or Asked().moments
    rows.touched = rows.touched.with_(
        {n: one for n, one in changes.items() if rows.index(n) is not None or n >= rows.stop}
    )
    asked = Asked(ids, wanted, (), view, "id", descending)
    expected = []
    for number in range(1, 360):
        row = rows.find(number)
        if row is None or row.removed is not None or not ids[0] <= number < ids[1]:
            continue
        index = rows.index(number)
        place = number if index is None else index
        if view is not None and place % view.step:
            continue
        if any(low <= row.modified < high for low, high in wanted):
            expected.append(number)
    if descending:
        expected.reverse()
    found = Planned(rows, rows.touched, asked)
    assert len(found) == len(expected)
    start = data.draw(st.integers(0, len(expected) + 2))
    stop = data.draw(st.integers(start, len(expected) + 3))
    assert found.cut(start, stop) == expected[start:stop]
    assert found.cut(0, len(expected)) == expected


@pytest.mark.parametrize("size", [1_000_000, 5_000_000])
def test_five_million_rows_are_counted_and_cut_without_looking_at_them(size: int) -> None:
    rows = table(size)
    asked = Asked((size // 2, 1 << 50), ((END - 86_400, 1 << 50),))
    found = Selector().select(rows, asked, CLOCK)
    page = found.cut(0, 1000)
    assert 1000 == len(page) < len(found) < size // 50
    assert page[0] >= size // 2
    assert all(rows.modified(rows.below(number)) >= END - 86_400 for number in page)
    assert found.cut(len(found) - 1, len(found) + 5)[-1] <= rows.stop


def test_no_condition_means_no_bound() -> None:
    assert bounds((), CLOCK, by_text=True) == (Asked().ids, Asked().moments, ())

"""What pages show of a window, and what is made of it: the numbers beside the steps of test_windows.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tap_copernica.reading.verdict import (
    Limits,
    Reading,
    Step,
    Trust,
    Verdict,
    judge,
    page_size_of_try,
)

WIDE, SECOND = Limits(divisible=True), Limits(divisible=False)


def reading(*pages: list[int], limit: int = 10, total: int | None = None) -> Reading:
    made = Reading(limit)
    for page in pages:
        made.add(page, total=total)
    return made


def ids(count: int, first: int = 0) -> list[int]:
    return list(range(first, first + count))


# What a page shows


def test_a_reading_counts_rows_pages_and_keys() -> None:
    one = reading(ids(10), ids(5, first=8))
    assert (one.seen, one.pages, one.biggest, one.ids) == (15, 2, 10, set(range(13)))
    assert one.repeated
    assert not one.stalled
    one.add(ids(3, first=20))
    assert one.repeated  # once is enough
    assert not reading(ids(10), ids(5, first=10)).repeated


def test_the_first_page_alone_says_the_total() -> None:
    one = Reading(10)
    one.add(ids(10), total=25)
    one.add(ids(10, first=10), total=99)
    one.add(ids(5, first=20))
    assert one.total == 25
    later = Reading(10)
    later.add(ids(10))
    later.add(ids(10, first=10), total=20)
    assert later.total is None


def test_a_total_below_the_rows_is_none_at_the_total_it_is() -> None:
    assert reading(ids(7), total=7).total == 7
    assert reading(ids(7), total=6).total is None
    assert reading(ids(7), [0, 1], total=8).total == 8  # keys count, not rows


def test_a_page_is_stalled_when_it_brings_nothing_new_and_emptied_when_nothing() -> None:
    one = reading(ids(10))
    assert not one.stalled
    one.add(ids(3))
    assert (one.stalled, one.emptied) == (True, False)
    one.add([])
    assert (one.stalled, one.emptied) == (False, True)
    one.add(ids(1, first=50))
    assert (one.stalled, one.emptied) == (False, False)


@pytest.mark.parametrize(
    ("rows", "echoed", "full"),
    [
        (10, None, True),
        (9, None, False),
        (11, None, True),
        (5, 5, True),  # a cap that is echoed
        (4, 5, False),
        (1, 1, True),
        (10, 10, True),
        (9, 10, False),
        (10, 50, True),  # an echo that cannot be
        (9, 50, False),
        (9, 0, False),
        (0, None, False),
    ],
)
def test_a_page_is_full_with_as_many_rows_as_were_to_be_had(
    rows: int, echoed: int | None, *, full: bool
) -> None:
    one = Reading(10)
    one.add(ids(rows), limit=echoed)
    assert one.full is full


@pytest.mark.parametrize(
    ("pages", "load"),
    [
        ([], 0.0),
        ([[]], 0.0),
        ([ids(5)], 0.5),
        ([ids(5), []], 0.5),  # one page with room
        ([ids(5), ids(5, 5), []], 2.0),  # a cap of five
        ([ids(10), ids(10, 10), ids(5, 20)], 2.5),
        ([ids(4), ids(4, 4)], 2.0),
    ],
)
def test_load_is_pages_of_the_size_that_they_have(pages: list[list[int]], load: float) -> None:
    assert reading(*pages).load == load


@pytest.mark.parametrize(
    ("one", "largest", "expected"),
    [
        (reading(ids(5), []), 6, True),
        (reading(ids(5), []), 5, False),
        (reading(ids(5)), 6, True),
        (reading(ids(10), []), 50, False),  # full
        (reading(ids(5), ids(5, 5), []), 50, False),  # there is a seam
        (reading(ids(1), []), 1, True),
        (reading(ids(1), [], limit=1), 1, False),
        (reading(ids(1), [], limit=2), 1, True),
        (reading([]), 0, True),
        (reading(ids(2), []), 2, False),
    ],
)
def test_where_one_page_had_room_there_is_no_seam(
    one: Reading, largest: int, *, expected: bool
) -> None:
    assert one.has_no_seam(largest) is expected


@pytest.mark.parametrize(
    ("one", "total", "over"),
    [
        (reading(ids(10), []), None, True),
        (reading(ids(10), ids(10)), 50, True),
        (reading(ids(5)), None, False),
        (reading(ids(5), total=5), 5, True),
        (reading(ids(5), total=4), 4, True),
        (reading(ids(5), total=6), 6, False),
        (reading(ids(10), total=10), 10, False),
        (reading(ids(5)), 0, True),
    ],
)
def test_a_reading_is_over_when_there_is_nothing_to_ask(
    one: Reading, total: int | None, *, over: bool
) -> None:
    assert one.is_over(total) is over


# What a run learns


def test_trust_says_how_much_to_ask_for_at_once() -> None:
    assert (Trust().aim, Trust().growth) == (8.5, 8.0)
    assert (Trust(totals=False).aim, Trust(totals=False).growth) == (5.0, 2.0)
    assert Trust(stable=False).aim == Trust(stable=False, totals=False).aim == 0.6


def test_the_third_wrong_total_is_the_last_and_none_is_believed_again() -> None:
    trust = Trust()
    seen = []
    for _ in range(4):
        trust.total_was_wrong()
        seen.append((trust.wrong, trust.totals))
    assert seen == [(1, True), (2, True), (3, False), (4, False)]
    distrusted = Trust(totals=False)
    distrusted.total_was_wrong()
    assert not distrusted.totals


def test_page_sizes_of_tries_get_smaller_and_begin_again() -> None:
    assert [page_size_of_try(number, 700, 700) for number in range(9)] == [
        *(700, 600, 500, 400, 300, 200, 100, 700, 600),
    ]
    assert page_size_of_try(0, 700, 70) == 700
    assert page_size_of_try(1, 700, 70) == 60  # below what pages really held
    assert page_size_of_try(1, 70, 700) == 60
    assert page_size_of_try(1, 70, 0) == 60
    assert page_size_of_try(6, 3, 3) == 1
    assert page_size_of_try(1, 1000, 1000) == 857


# What a verdict holds


@pytest.mark.parametrize(
    ("total", "parts"), [(101, 2), (170, 2), (171, 3), (425, 5), (426, 6), (100_000, 24)]
)
def test_a_window_with_too_many_rows_is_split_into_parts_of_about_nine_calls(
    total: int, parts: int
) -> None:
    verdict = judge(reading(ids(10), total=total), [], Trust(), WIDE)
    assert verdict == Verdict(Step.SPLIT, parts=parts)


def test_ten_full_pages_are_not_too_many() -> None:
    assert judge(reading(ids(10), total=100), [], Trust(), WIDE).step is Step.MORE
    assert judge(reading(ids(10), total=101), [], Trust(), SECOND).step is Step.MORE
    later = reading(ids(10), ids(10, 10), total=101)
    assert judge(later, [], Trust(), WIDE).step is Step.MORE  # judged on the first page


def test_without_a_total_the_tenth_page_splits() -> None:
    pages = [ids(10, 10 * number) for number in range(10)]
    assert judge(reading(*pages[:9]), [], Trust(), WIDE).step is Step.MORE
    assert judge(reading(*pages), [], Trust(), WIDE) == Verdict(Step.SPLIT, parts=4)
    assert judge(reading(*pages, total=100), [], Trust(totals=False), WIDE).step is Step.SPLIT
    assert judge(reading(*pages), [], Trust(), SECOND).step is Step.MORE


@pytest.mark.parametrize(
    ("pages", "total", "divisible", "step"),
    [
        (2, None, False, Step.MORE),
        (3, None, False, Step.FAIL),
        (3, None, True, Step.MORE),
        (3, 30, False, Step.FAIL),
        (3, 31, False, Step.MORE),  # it is not at its end
    ],
)
def test_pages_beyond_what_was_promised_have_no_end(
    pages: int,
    total: int | None,
    *,
    divisible: bool,
    step: Step,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tap_copernica.reading.verdict.MOST_PAGES_WITH_AN_END", 3)
    one = reading(*[ids(10, 10 * number) for number in range(pages)], total=total)
    verdict = judge(one, [], Trust(), Limits(divisible=divisible, ends=True))
    reason = "more pages follow after 3, and no total promises any" if step is Step.FAIL else ""
    assert verdict == Verdict(step, reason=reason)


def test_a_budget_cuts_no_part_by_a_total_that_is_that_of_the_whole() -> None:
    few = Limits(divisible=True, calls_left=2)
    one = reading(ids(5), total=70)
    assert judge(one, [], Trust(), few).step is Step.SPLIT
    assert judge(one, [], Trust(), replace(few, parent_total=71)).step is Step.SPLIT
    assert judge(one, [], Trust(), replace(few, parent_total=70)).step is Step.MORE


@pytest.mark.parametrize("total", [70, 700])
def test_a_second_reading_goes_by_the_first_and_not_by_a_total(total: int) -> None:
    first, second = reading(ids(5), [], total=total), reading(ids(4), total=total, limit=4)
    for left in (None, 2):
        limits = Limits(divisible=True, calls_left=left)
        assert judge(second, [first], Trust(), limits).step is Step.MORE


@pytest.mark.parametrize(
    ("ends", "step"), [(None, Step.LOOK_FAR), (True, Step.MORE), (False, Step.FAIL)]
)
def test_unpromised_pages_go_on_only_if_a_look_far_ahead_found_no_row(
    *, ends: bool | None, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_copernica.reading.verdict.MOST_UNPROMISED_PAGES", 3)
    one = reading(*[ids(10, 10 * number) for number in range(3)])
    assert judge(one, [], Trust(), Limits(divisible=False, ends=ends)).step is step


@pytest.mark.parametrize(
    ("whole", "step"),
    [(None, Step.SPLIT), (999, Step.COMPARE), (1000, Step.COMPARE), (1001, Step.SPLIT)],
)
def test_a_part_as_large_as_the_whole_is_compared(whole: int | None, step: Step) -> None:
    limits = Limits(divisible=True, parent_total=whole)
    assert judge(reading(ids(10), total=1000), [], Trust(), limits).step is step


@pytest.mark.parametrize(
    ("rows", "total", "left", "parts"),
    [
        (10, 80, 7, None),  # seven more pages, seven more calls
        (10, 80, 6, 2),
        (10, 80, 3, 4),
        (10, 80, 2, 8),
        (10, 80, 1, 8),
        (10, 80, 0, 8),
        (10, 81, 7, 2),
        (5, 20, 2, None),  # not full: the next page may hold ten
        (5, 26, 2, 3),
        (10, 80, None, None),
    ],
)
def test_a_window_that_the_budget_cannot_finish_is_split(
    rows: int, total: int, left: int | None, parts: int | None
) -> None:
    limits = Limits(divisible=True, calls_left=left)
    verdict = judge(reading(ids(rows), total=total), [], Trust(), limits)
    assert verdict == (Verdict(Step.MORE) if parts is None else Verdict(Step.SPLIT, parts=parts))


@pytest.mark.parametrize(
    ("cap", "total", "parts"), [(5, 15, None), (5, 20, 4), (1, 3, None), (1, 4, 4)]
)
def test_under_a_cap_there_are_more_pages_to_come(cap: int, total: int, parts: int | None) -> None:
    capped = Reading(10)
    capped.add(ids(cap), total=total, limit=cap)
    verdict = judge(capped, [], Trust(), Limits(divisible=True, calls_left=2))
    assert verdict == (Verdict(Step.MORE) if parts is None else Verdict(Step.SPLIT, parts=parts))


def test_a_window_that_repeats_rows_is_split_by_its_load() -> None:
    one = reading(ids(10), [9, *ids(9, 10)], [], total=25)
    assert judge(one, [], Trust(), WIDE) == Verdict(Step.SPLIT, parts=3)  # 1.9 pages, half more
    small = reading([0, 0], [], total=25)
    assert judge(small, [], Trust(), WIDE) == Verdict(Step.SPLIT, parts=2)


def test_a_second_reading_that_agrees_shows_the_total_to_be_wrong() -> None:
    first, second = reading(ids(8), [], total=9), reading(ids(5), ids(3, 5), [], total=9)
    assert judge(second, [first], Trust(), WIDE) == Verdict(Step.DONE, total_wrong=True)


@pytest.mark.parametrize(
    "other",
    [
        reading(ids(8), total=9),  # not to its end
        reading(ids(8), ids(1), [], total=9),  # with a repeated row
        reading(ids(7), [], total=9),
        reading(ids(5), ids(3, 5), [], total=9),  # the same seams
    ],
)
def test_a_reading_that_could_hide_a_row_confirms_nothing(other: Reading) -> None:
    for limits in (WIDE, SECOND):
        verdict = judge(reading(ids(5), ids(3, 5), [], total=9), [other], Trust(), limits)
        assert verdict.step is (Step.SPLIT if limits.divisible else Step.AGAIN)


def test_pages_of_two_rows_have_seams_pages_of_one_cannot_move_theirs() -> None:
    twos = [reading([0, 1], [2, 3], [], total=5) for _ in range(2)]
    assert judge(twos[0], twos[1:], Trust(), SECOND).step is Step.AGAIN
    ones = [reading([0], [1], [], total=5) for _ in range(2)]
    assert judge(ones[0], ones[1:], Trust(), SECOND) == Verdict(Step.DONE, total_wrong=True)


def test_a_reading_with_a_repeated_row_is_not_confirmed() -> None:
    repeats = reading(ids(5), ids(4, 4), [], total=9)
    assert judge(repeats, [reading(ids(8), [], total=9)], Trust(), WIDE).step is Step.SPLIT


def test_without_a_total_two_readings_that_agree_are_enough() -> None:
    first, second = reading(ids(8), []), reading(ids(5), ids(3, 5), [])
    assert judge(second, [first], Trust(), WIDE) == Verdict(Step.DONE)
    ones = [reading(ids(1), [], limit=1) for _ in range(2)]
    assert judge(ones[0], ones[1:], Trust(), WIDE) == Verdict(Step.DONE)


def test_without_a_total_an_earlier_row_that_is_missing_now_matters() -> None:
    trust = Trust(largest=9)
    assert judge(reading(ids(8), []), [reading(ids(7), [])], trust, WIDE).step is Step.DONE
    assert judge(reading(ids(7), []), [reading(ids(8), [])], trust, WIDE).step is Step.SPLIT
    assert judge(reading(ids(8), [7], []), [], trust, WIDE).step is Step.SPLIT


def test_one_second_is_united_when_all_readings_together_are_the_total() -> None:
    here, there = reading(ids(7), [], total=9), reading(ids(7, 2), [], total=9)
    assert judge(here, [there], Trust(), SECOND) == Verdict(Step.DONE, unite=True)
    assert judge(here, [there], Trust(), WIDE).step is Step.SPLIT
    assert judge(here, [reading(ids(7, 3), [], total=9)], Trust(), SECOND).step is Step.AGAIN


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            reading(ids(7), [], total=9),
            "the API promised 9 rows and gave 7 different ones in 3 readings",
        ),
        (
            reading(ids(7), ids(1), []),
            "of 3 readings with pages of different sizes the last one gave rows twice",
        ),
        (
            reading(ids(7), []),
            "of 3 readings with pages of different sizes no two gave the same rows",
        ),
    ],
)
def test_after_the_last_try_the_reason_is_said(one: Reading, words: str) -> None:
    limits = Limits(divisible=False, tries=3)
    others = [reading(ids(3, number), [], total=one.total) for number in (50, 60)]
    assert judge(one, others[:1], Trust(), limits).step is Step.AGAIN
    verdict = judge(one, others, Trust(), limits)
    assert verdict == Verdict(Step.FAIL, reason=f"{words}, so rows may be missing")

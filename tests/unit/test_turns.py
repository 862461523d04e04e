"""Whose turn it is, run after run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tap_copernica.http.calls import Calls
from tap_copernica.output.turns import Turns, described, is_scarce, past_of

STREAMS = [f"s{number}" for number in range(8)]


def in_order(turns: Turns) -> list[str]:
    return sorted(STREAMS, key=turns.place)


def test_what_was_not_reached_comes_first_and_what_was_broken_off_last() -> None:
    turns = Turns(Calls())
    turns.begin("s0")
    turns.done("s0")
    turns.begin("s1")
    waiting = turns.left(in_order(turns), came_further=True)
    assert waiting == ["s2", "s3", "s4", "s5", "s6", "s7", "s1"]
    following = Turns(Calls(), waiting, scarce=is_scarce(waiting))
    assert in_order(following) == [*waiting, "s0"]


def test_what_came_no_further_keeps_its_place_until_it_had_a_whole_budget() -> None:
    calls = Calls()
    turns = Turns(calls)
    calls.count("s0")
    turns.begin("s1")
    assert turns.left(["s1", "s2"], came_further=False) == ["s1", "s2"]
    turns = Turns(Calls(), ["s1", "s2"], scarce=True)
    turns.begin("s1")
    assert turns.left(["s1", "s2"], came_further=False) == ["s2", "s1"]


def test_a_past_waits_behind_what_is_new_while_there_are_calls_for_that() -> None:
    waiting = [past_of("s3"), past_of("s1")]
    turns = Turns(Calls(), waiting)
    assert in_order(turns) == STREAMS
    assert not turns.is_past_first("s3")
    assert turns.place(past_of("s3")) < turns.place(past_of("s1"))


def test_a_past_has_its_turn_where_calls_are_scarce() -> None:
    turns = Turns(Calls(), [past_of("s3"), "s5", "s3", past_of("s5")], scarce=True)
    assert in_order(turns)[:2] == ["s3", "s5"]
    assert turns.is_past_first("s3")
    assert not turns.is_past_first("s5")


def test_only_a_part_before_which_no_other_made_a_call_had_them_all() -> None:
    calls = Calls()
    turns = Turns(calls)
    calls.count("authentication")
    calls.count("databases")
    turns.begin("s0")
    assert turns.has_all
    calls.count("s0")
    turns.begin("s1")
    assert not turns.has_all


def test_what_waits_is_named() -> None:
    assert described(["a", past_of("b"), "c"]) == "a, c; the past of b"
    assert described([past_of("b")]) == "the past of b"


@given(
    spare=st.integers(0, 9),
    pieces=st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=6), min_size=1, max_size=8),
    pasts=st.dictionaries(st.integers(0, 7), st.lists(st.integers(1, 6), min_size=1, max_size=6)),
)
def test_every_part_comes_to_its_end_with_any_budget_that_holds_the_largest_piece(
    spare: int, pieces: list[list[int]], pasts: dict[int, list[int]]
) -> None:
    """Each part consists of pieces that cannot be divided; what is new costs a call in every run."""
    streams = STREAMS[: len(pieces)]
    left = dict(zip(streams, map(list, pieces), strict=True))
    left |= {past_of(STREAMS[n]): list(one) for n, one in pasts.items() if n < len(pieces)}
    budget = max(size for sizes in left.values() for size in sizes) + spare
    kept: tuple[list[str], bool] = ([], False)
    for _ in range(600):
        calls = Calls(budget=budget)
        turns = Turns(calls, kept[0], scarce=kept[1])
        before = {name: list(one) for name, one in left.items()}
        ended = _run(turns, calls, streams, left)
        if not any(left.values()):
            return
        came_further = before[turns.under_way or ""] != left[turns.under_way or ""]
        assert came_further or not (ended and turns.has_all)
        waiting = turns.left(streams, came_further=came_further) if ended else []
        kept = waiting, ended and (is_scarce(waiting) or not came_further)
    raise AssertionError(left)


def _read(part: str, turns: Turns, calls: Calls, left: dict[str, list[int]]) -> bool:
    """Read a part, piece by piece; tell whether it came to its end."""
    turns.begin(part)
    # What is new costs a call also where nothing is.
    pieces = left[part] or ([] if part.endswith(" past") else [1])
    while pieces:
        size, rest = pieces[0], calls.left or 0
        for _ in range(min(size, rest)):
            calls.count(part)
        if rest < size:
            return False
        del pieces[0]
    turns.done(part)
    return True


def _run(turns: Turns, calls: Calls, streams: list[str], left: dict[str, list[int]]) -> bool:
    """Read as the tap does; tell whether the budget ended it."""
    deferred = []
    for name in sorted(streams, key=turns.place):
        past = past_of(name)
        if left.get(past) and turns.is_past_first(name) and not _read(past, turns, calls, left):
            return True
        if not _read(name, turns, calls, left):
            return True
        if left.get(past):
            turns.defer(past)
            deferred.append(past)
    return not all(_read(past, turns, calls, left) for past in sorted(deferred, key=turns.place))

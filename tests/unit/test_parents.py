"""What is asked for each parent of a list: what one refusal means, and what many do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.errors import ApiError, NotOfferedError, StreamError, UnreadableError
from tap_copernica.http.calls import Calls
from tap_copernica.http.pool import Pool
from tap_copernica.reading.parents import MOST_WAITING, Parents, Refused, Waiting, is_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

GONE = "No entity with supplied ID"
LICENCE = "No licence with this option"
METHOD = "Invalid method"
TODAY = date(2026, 6, 1)


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool(2, Calls())
    yield pool
    pool.close()


def error(said: str) -> ApiError:
    return NotOfferedError(said, said) if said == METHOD else ApiError(said, said)


def asked(
    pool: Pool, answers: dict[int, Any], calls: list[int] | None = None, **options: Any
) -> Parents[int, str]:
    def ask(parent: int) -> str:
        if calls is not None:
            calls.append(parent)
        said = answers.get(parent)
        if isinstance(said, StreamError):
            raise said
        if said is not None:
            raise error(said)
        return f"of {parent}"

    return Parents("groups", pool, ask, **options)


def shown(parents: Parents[int, str], numbers: list[int]) -> list[tuple[int, str]]:
    return [
        (number, f"refused: {answer.said}" if isinstance(answer, Refused) else answer)
        for number, answer in parents.answers(numbers)
    ]


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        (GONE, True),
        ("No database with supplied ID", True),
        ("no collection with given id", True),
        ("Copernica REST API Error 400: No subprofile with the supplied ID.", True),
        (LICENCE, False),
        ("There is no entity with supplied ID", False),
        (METHOD, False),
        ("", False),
    ],
)
def test_only_a_missing_entity_is_gone(said: str, gone: bool) -> None:  # noqa: FBT001
    assert is_gone(error(said)) is gone
    assert Refused(error(said)).is_gone is gone


def test_one_refusal_among_answers_concerns_that_parent_alone(pool: Pool) -> None:
    for said in (GONE, LICENCE, METHOD):
        found = shown(asked(pool, {1: said, 3: said}), [1, 2, 3])
        assert found == [(1, f"refused: {said}"), (2, "of 2"), (3, f"refused: {said}")]


def test_refusals_are_held_back_until_a_parent_is_answered(pool: Pool) -> None:
    answers = dict.fromkeys(range(1, 20), LICENCE)
    parents = asked(pool, answers)
    found = shown(parents, list(range(1, 22)))
    assert [number for number, _ in found] == list(range(1, 22))
    assert found[-1] == (21, "of 21")
    assert parents.is_offered


def test_a_parent_in_the_middle_shows_that_the_endpoint_is_offered(pool: Pool) -> None:
    numbers = list(range(1, 40))
    answers = {number: LICENCE for number in numbers if number != 20}
    calls: list[int] = []
    assert len(shown(asked(pool, answers, calls), numbers)) == len(numbers)
    assert sorted(calls) == sorted([*numbers, 39, 20])  # which were looked at, once


def test_an_endpoint_that_is_not_offered_costs_few_calls(pool: Pool) -> None:
    calls: list[int] = []
    with pytest.raises(NotOfferedError):
        shown(asked(pool, dict.fromkeys(range(40), METHOD), calls), list(range(40)))
    # Eight refusals, one more for each of the two threads, the last parent and one in the middle.
    assert sorted(calls) == [*range(10), 20, 39]


def test_an_endpoint_that_refuses_every_parent_is_not_offered(pool: Pool) -> None:
    with pytest.raises(NotOfferedError):
        shown(asked(pool, dict.fromkeys(range(30), METHOD)), list(range(20)))


def test_other_words_for_every_parent_are_an_error_of_the_stream(pool: Pool) -> None:
    answers: dict[int, Any] = dict.fromkeys(range(30), METHOD) | {3: LICENCE}
    with pytest.raises(StreamError, match=LICENCE) as caught:
        shown(asked(pool, answers), list(range(12)))
    assert not isinstance(caught.value, NotOfferedError)


def test_an_older_parent_that_is_answered_saves_the_stream(pool: Pool) -> None:
    parents = asked(pool, {1: METHOD, 2: METHOD}, one_more=lambda: 99)
    assert shown(parents, [1, 2]) == [(1, f"refused: {METHOD}"), (2, f"refused: {METHOD}")]
    with pytest.raises(NotOfferedError):
        shown(asked(pool, {1: METHOD, 99: METHOD}, one_more=lambda: 99), [1])


def test_one_parent_that_is_gone_says_nothing_and_many_that_are_all_gone_are_an_error(
    pool: Pool,
) -> None:
    assert shown(asked(pool, {1: GONE}), [1]) == [(1, f"refused: {GONE}")]
    with pytest.raises(
        UnreadableError, match=r"^groups: the API has none of what it listed, 2 in all"
    ):
        shown(asked(pool, {1: GONE, 2: GONE}), [1, 2])


def test_where_a_pass_goes_on_an_endpoint_is_known_to_be_offered(pool: Pool) -> None:
    answers = dict.fromkeys(range(20), METHOD)
    assert len(shown(asked(pool, answers, is_offered=True), list(range(20)))) == 20


def test_where_a_refusal_means_nothing_all_may_be_refused_but_not_as_unknown(pool: Pool) -> None:
    many, calls = list(range(20)), list[int]()
    refused = asked(pool, dict.fromkeys(many, LICENCE), calls, refusal_means_nothing=True)
    assert len(shown(refused, many)) == 20
    assert sorted(calls) == sorted([*many, 10, 19])
    some = {1: LICENCE, 2: METHOD}
    assert len(shown(asked(pool, some, refusal_means_nothing=True), [1, 2])) == 2
    with pytest.raises(NotOfferedError):
        shown(asked(pool, {1: METHOD, 2: METHOD}, refusal_means_nothing=True), [1, 2])


def test_no_parents_no_calls(pool: Pool) -> None:
    assert shown(asked(pool, {}, one_more=lambda: pytest.fail("asked")), []) == []


# Those that wait


BROKEN = StreamError("broken")


def test_a_parent_that_fails_is_left_out_and_a_third_in_a_row_ends_the_stream(pool: Pool) -> None:
    found = shown(asked(pool, dict.fromkeys((1, 2, 4, 5), BROKEN)), list(range(1, 7)))
    assert [number for number, said in found if said == f"of {number}"] == [3, 6]
    assert {said for number, said in found if number in {1, 2, 4, 5}} == {"refused: broken"}
    given = asked(pool, {2: BROKEN, 3: LICENCE, 4: BROKEN, 5: BROKEN}).answers(range(1, 99))
    assert [next(given)[0] for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(StreamError, match="broken"):
        next(given)


def test_a_failure_of_all_parents_is_an_error_also_where_a_refusal_means_nothing(
    pool: Pool,
) -> None:
    with pytest.raises(StreamError, match="broken"):
        shown(asked(pool, {1: BROKEN, 2: BROKEN}, refusal_means_nothing=True), [1, 2])


def test_parents_that_were_left_out_before_starve_no_other(pool: Pool) -> None:
    calls: list[int] = []
    parents = asked(pool, dict.fromkeys(range(1, 60), BROKEN), calls)
    found = list(parents.answers([100, 101], range(1, 60)))
    assert [number for number, _ in found] == [*range(1, 60), 100, 101]
    assert [answer for _, answer in found[-2:]] == ["of 100", "of 101"]
    assert len(calls) < 10  # two, and what threads had begun meanwhile


def test_those_that_fail_again_are_asked_for_after_the_others() -> None:
    found = waiting([{"parent": one, "since": "2026-05-30"} for one in (1, 2, 3)])
    found.add(1, TODAY)
    assert list(found.since) == [2, 3, 1]


def waiting(state: object = None) -> Waiting[int]:
    return Waiting("groups", state, int)


def test_what_waits_comes_back_from_the_state() -> None:
    found = waiting([{"parent": "3", "since": "2026-05-30"}, {"parent": 4, "since": "2026-05-31"}])
    assert found.since == {3: "2026-05-30", 4: "2026-05-31"}
    assert found.state == [
        {"parent": 3, "since": "2026-05-30"},
        {"parent": 4, "since": "2026-05-31"},
    ]
    pairs: Waiting[tuple[str, int]] = Waiting("groups", [], lambda one: one)
    pairs.add(("a", 1), TODAY)
    assert pairs.state == [{"parent": ["a", 1], "since": "2026-06-01"}]


@pytest.mark.parametrize("state", [None, {}, "x", [1], [{}], [{"parent": "a", "since": "now"}]])
def test_what_is_no_such_list_is_none(state: object) -> None:
    assert waiting(state).since == {}
    assert waiting(state).state is None


def test_a_parent_waits_from_the_first_day_for_a_month_at_most() -> None:
    found = waiting([{"parent": 3, "since": "2026-05-01"}, {"parent": 4, "since": "2026-04-30"}])
    assert found.add(3, TODAY)
    assert not found.add(4, TODAY)
    assert found.add(5, TODAY)
    assert found.since == {3: "2026-05-01", 5: "2026-06-01"}
    found.done(3)
    found.done(77)
    assert found.since == {5: "2026-06-01"}


def test_more_than_can_be_remembered_are_an_error() -> None:
    found = waiting()
    for number in range(MOST_WAITING):
        assert found.add(number, TODAY)
    assert found.add(0, TODAY)
    with pytest.raises(
        UnreadableError, match=f"^groups: the API refuses more than {MOST_WAITING} "
    ):
        found.add(MOST_WAITING, TODAY)

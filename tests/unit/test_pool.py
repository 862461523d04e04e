"""The pool: results in order, errors in their turn, and no more at once than was asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tap_copernica.errors import Interrupted
from tap_copernica.http.calls import Calls
from tap_copernica.http.pool import Pool, Tasks, in_order, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10  # seconds that a test waits before it fails


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def pool(calls: Calls) -> Iterator[Pool]:
    pool = Pool(3, calls)
    yield pool
    pool.close()


class Gate:
    """Work that waits until it may end, and notes how much of it ran at once."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.begun = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.running = self.most = self.count = 0

    def work(self, number: int = 0) -> int:
        with self.lock:
            self.running += 1
            self.count += 1
            self.most = max(self.most, self.running)
        self.begun.release()
        assert self.open.wait(PATIENCE)
        with self.lock:
            self.running -= 1
        return number

    def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert self.begun.acquire(timeout=PATIENCE)


def test_results_come_in_the_order_of_their_tasks(pool: Pool) -> None:
    last = threading.Event()

    def work(number: int) -> int:
        if number == 9:
            last.set()
        if number == 0:
            assert last.wait(PATIENCE)  # the first ends after all the others have begun
        return number * 10

    assert list(in_order(pool, range(10), work, ahead=5)) == [(n, n * 10) for n in range(10)]


def test_no_more_threads_work_at_once_than_the_pool_has(pool: Pool) -> None:
    gate, tasks = Gate(), Tasks(pool)
    for number in range(8):
        tasks.start(number, gate.work)
    gate.wait_for(3)
    assert not gate.begun.acquire(timeout=0.05)
    assert tasks.underway == 8
    gate.open.set()
    assert sorted(tasks.next_finished().task for _ in range(8)) == list(range(8))
    assert tasks.underway == 0
    assert gate.most == 3


def test_as_many_threads_as_there_is_work_and_named() -> None:
    before = set(threading.enumerate())
    pool = Pool(2, Calls())
    assert set(threading.enumerate()) == before
    assert result_of(pool, threading.current_thread).name == "copernica-1"
    (first,) = set(threading.enumerate()) - before
    assert first.daemon
    result_of(pool, lambda: None)
    result_of(pool, lambda: None)
    threads = set(threading.enumerate()) - before
    assert {one.name for one in threads} == {"copernica-1", "copernica-2"}
    pool.close()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert result_of(pool, lambda: 7) == 7  # a closed pool can be used again
    pool.close()


@pytest.mark.parametrize(("options", "ahead"), [({}, 2), ({"ahead": 1}, 1), ({"ahead": 4}, 4)])
def test_work_is_begun_ahead_of_its_turn_but_not_far(
    pool: Pool, options: dict[str, int], ahead: int
) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        return number

    results = in_order(pool, range(40), work, **options)
    assert begun == []
    for turn in range(20):
        assert next(results) == (turn, turn)
        assert len(begun) <= 3 * ahead + turn + 1
    result_of(pool, lambda: None)  # its turn comes after all that was waiting
    assert len(begun) == 20 + 3 * ahead
    results.close()


@pytest.mark.parametrize(("budget", "begun_after"), [(29, [1, 2, 3]), (30, [7, 8, 9])])
def test_near_the_end_of_a_budget_one_task_is_done_at_a_time(
    budget: int, begun_after: list[int]
) -> None:
    begun: list[int] = []
    pool = Pool(3, Calls(budget=budget))
    results = in_order(pool, range(20), begun.append)
    for count in begun_after:
        next(results)
        result_of(pool, lambda: None)
        assert len(begun) == count
    results.close()
    pool.close()


def test_an_error_is_raised_when_it_is_its_turn(pool: Pool) -> None:
    def work(number: int) -> int:
        if number == 2:
            msg = "two"
            raise LookupError(msg)
        return number

    results = in_order(pool, range(6), work)
    assert [next(results), next(results)] == [(0, 0), (1, 1)]
    with pytest.raises(LookupError, match="two"):
        next(results)


def test_what_ends_a_thread_s_work_reaches_the_main_thread(pool: Pool) -> None:
    def work() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        result_of(pool, work)
    assert result_of(pool, lambda: 7) == 7


def test_nothing_is_begun_once_nobody_wants_the_results(pool: Pool) -> None:
    gate = Gate()
    results = in_order(pool, range(20), lambda number: gate.work() if number else 0, ahead=5)
    assert next(results) == (0, 0)
    gate.wait_for(3)
    results.close()
    gate.open.set()
    result_of(pool, lambda: None)  # its turn comes after all that was waiting
    assert gate.count == 3


def test_a_task_without_a_result_is_over_all_the_same(pool: Pool) -> None:
    assert list(in_order(pool, [1, 2, 3], lambda _: None)) == [(1, None), (2, None), (3, None)]
    assert list(in_order(pool, [], lambda one: one)) == []


def test_the_end_of_the_run_ends_the_wait_for_a_result(pool: Pool, calls: Calls) -> None:
    gate, tasks = Gate(), Tasks(pool)
    tasks.start("hangs", gate.work)
    gate.wait_for(1)
    told: list[int] = []

    def meanwhile() -> None:
        told.append(1)
        if len(told) == 2:
            calls.end(15)

    with pytest.raises(Interrupted):
        tasks.next_finished(meanwhile)
    assert len(told) == 2
    gate.open.set()


def test_waiting_needs_nobody_to_tell(pool: Pool) -> None:
    tasks, slow = Tasks(pool), threading.Event()
    tasks.start("slow", lambda: slow.wait(0.25))
    finished = tasks.next_finished()
    assert (finished.task, finished.result, finished.error) == ("slow", False, None)


def test_news_of_a_task_come_before_its_end_and_end_nothing(pool: Pool) -> None:
    tasks, told = Tasks(pool), threading.Event()

    def work() -> str:
        tasks.tell("a window", "its first page")
        assert told.wait(PATIENCE)
        return "its rows"

    tasks.start("a window", work)
    news = tasks.next_finished()
    assert (news.result, news.is_over, tasks.underway) == ("its first page", False, 1)
    told.set()
    end = tasks.next_finished()
    assert (end.result, end.is_over, tasks.underway) == ("its rows", True, 0)

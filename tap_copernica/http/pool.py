"""A bounded pool of threads for calls, one per tap.

The main thread never waits inside a call: it stays free to write, and to end the run at once.
The threads are daemons, so that a call that hangs cannot keep a finished process alive.
"""

from __future__ import annotations

import threading
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from tap_copernica.http.calls import Calls

T = TypeVar("T")
R = TypeVar("R")

_POLL_SECONDS = 0.1
# With fewer calls left of a budget than this, for each thread, no task is begun before its turn.
_SCARCE = 10


class Finished(NamedTuple):
    """A task that is finished, or news of one that is under way.

    Attributes:
        task: what `Tasks.start` or `Tasks.tell` was given to name the task.
        result: the task's result, or the news.
        error: the exception that it raised, if one.
        is_over: False for news.
    """

    task: Any
    result: Any
    error: BaseException | None = None
    is_over: bool = True


class Tasks:
    """The tasks of one stream, in the pool of its tap."""

    def __init__(self, pool: Pool) -> None:
        """Use this pool."""
        self._pool = pool
        self._finished: SimpleQueue[Finished] = SimpleQueue()
        self._abandoned = threading.Event()
        self.underway = 0

    def start(self, task: Any, work: Callable[[], Any]) -> None:
        """Let a thread do `work`; `next_finished` gives its result with `task`, which names it."""
        self.underway += 1
        self._pool.run(lambda: self._work(task, work))

    def tell(self, task: Any, news: Any) -> None:
        """Let the main thread know something before a task is over; called by the task's thread."""
        self._finished.put(Finished(task, news, is_over=False))

    def next_finished(self, meanwhile: Callable[[], None] | None = None) -> Finished:
        """Wait for a finished task, or for news of one; raises `Interrupted` as soon as the run must end.

        Args:
            meanwhile: called several times a second while there is nothing yet.
        """
        while True:
            self._pool.calls.check()
            try:
                finished = self._finished.get(timeout=_POLL_SECONDS)
            except Empty:
                self._pool.idle()
                if meanwhile is not None:
                    meanwhile()
                continue
            self.underway -= finished.is_over
            return finished

    def abandon(self) -> None:
        """Let tasks that have not begun do nothing: their results are not wanted any more."""
        self._abandoned.set()

    def _work(self, task: Any, work: Callable[[], Any]) -> None:
        if self._abandoned.is_set():
            return
        try:
            finished = Finished(task, work())
        except BaseException as error:  # noqa: BLE001 - raised again by the main thread, in order
            finished = Finished(task, None, error)
        self._finished.put(finished)


class Pool:
    """At most `size` threads, started when there is something to do.

    Attributes:
        size: the setting `concurrency`.
        calls: the run's counter of calls.
        idle: called several times a second while the main thread waits.
    """

    def __init__(self, size: int, calls: Calls) -> None:
        """Take the setting `concurrency`, and the run's calls: when they end, every wait ends."""
        self.size = size
        self.calls = calls
        self.idle: Callable[[], None] = _nothing
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def run(self, work: Callable[[], None]) -> None:
        """Do `work`, which raises nothing, in one of the threads."""
        self._work.put(work)
        if len(self._threads) < self.size:
            name = f"copernica-{len(self._threads) + 1}"
            thread = threading.Thread(target=self._serve, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """End the threads when they have done what was asked: a process may have many runs."""
        for _ in self._threads:
            self._work.put(None)
        self._threads = []

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def _nothing() -> None:
    """Do nothing."""


def result_of(pool: Pool, work: Callable[[], T]) -> T:
    """Do `work` in the pool and give its result, or raise what it raised."""
    for _, result in in_order(pool, [None], lambda _: work()):
        return result
    raise AssertionError  # pragma: no cover - there is one task


def in_order(
    pool: Pool, tasks: Sequence[T], work: Callable[[T], R], ahead: int = 2
) -> Generator[tuple[T, R], None, None]:
    """Do `work` for each task in the pool and give the results in the order of the tasks.

    At most `ahead` tasks per thread are begun before their turn. Near the end of a budget none is: the calls
    that are left must not go into tasks whose turn does not come.

    Raises:
        BaseException: whatever `work` raised for a task, when it is that task's turn.
    """
    mine, outcomes, started = Tasks(pool), dict[int, Finished](), 0

    def start(end: int) -> None:
        nonlocal started
        for position in range(started, min(end, len(tasks))):
            mine.start(position, partial(work, tasks[position]))
            started = position + 1

    try:
        for position, task in enumerate(tasks):
            start(position + _abreast(pool, ahead))
            while position not in outcomes:
                finished = mine.next_finished()
                outcomes[finished.task] = finished
            outcome = outcomes.pop(position)
            if outcome.error is not None:
                raise outcome.error
            if _abreast(pool, ahead) > 1:  # so that threads have work while this result is written
                start(position + 1 + _abreast(pool, ahead))
            yield task, outcome.result
    finally:
        mine.abandon()


def _abreast(pool: Pool, ahead: int) -> int:
    left = pool.calls.left
    is_scarce = left is not None and left < _SCARCE * pool.size
    return 1 if is_scarce else pool.size * ahead

"""Changes that happen later: after so many calls, or when the account's clock reaches a moment."""

from __future__ import annotations

import heapq
import threading
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Action = Callable[[], object]


class Timetable:
    """What is to be done later, in order.

    An action after n calls is done between the n-th reply and the next one: the n-th shows the
    account without it, also where that reply is still being sent. An action at a moment is done
    before the first call from that moment on.
    """

    def __init__(self) -> None:
        """Begin with nothing to do."""
        self._lock = threading.RLock()
        self._answered = 0
        self._after: list[tuple[int, int, Action]] = []
        self._at: list[tuple[int, int, Action]] = []
        self._number = count()

    def after_calls(self, calls: int, action: Action) -> None:
        """Do something when this many more API calls were answered; at once for 0."""
        if calls <= 0:
            action()
            return
        with self._lock:
            entry = (self._answered + calls, next(self._number), action)
            heapq.heappush(self._after, entry)

    def at(self, moment: int, action: Action) -> None:
        """Do something before the first call at an instant or later."""
        with self._lock:
            heapq.heappush(self._at, (moment, next(self._number), action))

    def called(self, now: int) -> None:
        """Do what is due at an instant; called for each API call before it is answered."""
        with self._lock:
            _run(self._at, now)

    def answered(self) -> None:
        """Count a reply and do what is due after it."""
        with self._lock:
            self._answered += 1
            _run(self._after, self._answered)


def _run(entries: list[tuple[int, int, Action]], due: int) -> None:
    while entries and entries[0][0] <= due:
        heapq.heappop(entries)[2]()

"""The run's account of HTTP calls, shared by all threads: budget, tries, waits, end, the API's clock."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from tap_copernica import clock
from tap_copernica.errors import (
    BudgetSpent,
    Interrupted,
    StreamError,
    TransientError,
    UnreachableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

# Names under which calls are counted that serve several streams, and what the report calls them.
SHARED = {"databases": "`/databases`", "authentication": "authentication"}
LONGEST_BACKOFF = 120.0
LONGEST_RETRY_AFTER = 600.0
_jitter = random.Random()  # noqa: S311 - needs no cryptography
# A machine clock that is further off than this deserves a line in the log.
_NOTABLE_SKEW = timedelta(minutes=5)


class Calls:
    """Counts calls, makes them again when they fail, and stops them all when the run must end.

    Attributes:
        budget: how many calls the run may make; None for any number.
        bound_of: the setting that the budget comes from, with its value, for messages.
        made: how many calls the run has made.
        made_for: the same, by stream.
        retries: how many of them were tries after the first, by stream.
        api_date: the API's time at its first answer, in UTC; None before that.
        waited: seconds for which threads waited for a next try, or because the API was overloaded.
    """

    def __init__(
        self,
        *,
        budget: int | None = None,
        max_tries: int = 8,
        backoff_seconds: float = 2.0,
        logger: logging.Logger | None = None,
    ) -> None:
        """Take the settings `max_api_calls`, `max_tries` and `backoff_seconds`."""
        self.budget = budget
        self.bound_of = f"`max_api_calls` ({budget})"
        self.max_tries = max_tries
        self.backoff_seconds = backoff_seconds
        self.logger = logger or logging.getLogger(__name__)
        self.made = 0
        self.retries: Counter[str] = Counter()
        self.made_for: Counter[str] = Counter()
        self.waited = 0.0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._signum = 0
        self._paused_until = 0.0
        self._dated: tuple[datetime, float] | None = None
        """The API's time, and what this machine's monotonic clock said at that moment."""

    @property
    def api_date(self) -> datetime | None:
        """The API's time as its first answer told it; None before that."""
        return None if self._dated is None else self._dated[0]

    @property
    def left(self) -> int | None:
        """How many calls the budget still allows; None without a budget."""
        return None if self.budget is None else max(0, self.budget - self.made)

    @property
    def retried(self) -> int:
        """How many calls were made again."""
        return sum(list(self.retries.values()))  # a copy: other threads count meanwhile

    def bound(self, most: int, of: str) -> None:
        """Lower the budget to `most`, if it is higher; `of` names the setting, for messages."""
        if self.budget is None or most < self.budget:
            self.budget, self.bound_of = most, of

    def end(self, signum: int) -> None:
        """Let every wait and every further call raise `Interrupted`; safe in a signal handler."""
        self._signum = signum
        self._ended.set()

    def check(self) -> None:
        """Raise `Interrupted` if the run must end."""
        if self._ended.is_set():
            raise Interrupted(self._signum)

    def wait(self, seconds: float) -> None:
        """Wait, or raise `Interrupted` as soon as the run must end."""
        began = time.monotonic()
        self._ended.wait(seconds)
        with self._lock:
            self.waited += time.monotonic() - began
        self.check()

    def pause(self, seconds: float) -> None:
        """Let the next call of every thread wait so long: the API is overloaded."""
        with self._lock:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def count(self, stream: str) -> None:
        """Count one HTTP call, once it may be made.

        Raises:
            BudgetSpent: if it would exceed the budget.
            Interrupted: if the run must end.
        """
        while (left := self._paused_until - time.monotonic()) > 0:
            self.wait(left)
        self.check()
        with self._lock:
            if self.budget is not None and self.made >= self.budget:
                raise BudgetSpent
            self.made += 1
            self.made_for[stream] += 1

    def tried(
        self, call: Callable[[], T], stream: str, asked: Callable[[], str] | None = None
    ) -> T:
        """Make a call; make it again, after longer and longer waits, while it fails in a way that may pass.

        Args:
            call: makes the call; raises `TransientError` if another try may help.
            stream: for which stream, for messages.
            asked: says what the call asks for, for messages.

        Raises:
            UnreachableError: after `max_tries`, if no answer came or the API stayed overloaded.
            StreamError: after `max_tries`, if the answers cannot be used.
        """
        for attempt in range(1, self.max_tries + 1):
            try:
                return call()
            except TransientError as error:
                if attempt == self.max_tries:
                    raise self._given_up(error, stream, asked) from None
                self._back_off(error, attempt, stream)
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def note_date(self, headers: Mapping[str, str]) -> None:
        """Learn the API's time from the first answer's `Date` header."""
        date = None if self.api_date is not None else date_of(headers)
        if date is None:
            return
        with self._lock:
            if self._dated is not None:  # another thread's answer was first
                return
            self._dated = date, time.monotonic()
        skew = date - clock.now()
        if abs(skew) > _NOTABLE_SKEW:
            self.logger.warning(
                "The API's clock and this machine's are %.0f minutes apart; nothing later than the "
                "earlier of the two is read.",
                abs(skew.total_seconds()) / 60,
            )

    def now(self) -> datetime:
        """Give the earlier of this machine's time and the API's, as far as known, in UTC."""
        machine = clock.now()
        if self._dated is None:
            return machine
        date, at = self._dated
        return min(machine, date + timedelta(seconds=time.monotonic() - at))

    def _back_off(self, error: TransientError, attempt: int, stream: str) -> None:
        with self._lock:
            self.retries[stream] += 1
        wait = self.backoff_seconds * 2 ** (attempt - 1)
        jitter = _jitter.uniform(0.75, 1.25)
        wait = min(LONGEST_BACKOFF, wait * jitter)
        if error.retry_after is not None:
            # Never shorter than without `Retry-After`: "0" would use up all tries at once.
            wait = max(wait, min(LONGEST_RETRY_AFTER, error.retry_after))
        self.logger.info(
            "%s: %s; try %d of %d in %.1f s.", stream, error, attempt + 1, self.max_tries, wait
        )
        if error.overloaded:
            self.pause(wait)
        else:
            self.wait(wait)

    def _given_up(
        self, error: TransientError, stream: str, asked: Callable[[], str] | None
    ) -> UnreachableError | StreamError:
        tries = f"{stream}: {error}, in each of {self.max_tries} tries."
        if error.unreachable:
            return UnreachableError(
                f"{tries} Check the network, a proxy if there is one, and `api_url`; then run again: "
                "what was finished is in the state."
            )
        if error.overloaded:
            return UnreachableError(
                f"{tries} The API is overloaded: run again later, or lower `concurrency`; what was "
                "finished is in the state."
            )
        path = "" if asked is None else f" for {asked()}"
        return StreamError(
            f"{stream}: {error}{path}, in each of {self.max_tries} tries. {error.advice}"
        )


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """Read the `Date` header, in UTC; None where there is none that can be read."""
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None

"""What the streams of one run share, and how a run ends."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from tap_copernica import clock
from tap_copernica.http.connection import Connection
from tap_copernica.output.ledger import Ledger
from tap_copernica.output.memory import RunMemory
from tap_copernica.output.month import Month
from tap_copernica.output.outcome import waiting_of
from tap_copernica.output.report import Report
from tap_copernica.output.turns import Turns, past_of
from tap_copernica.records.named import NamedIds

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_copernica.settings import Settings

T = TypeVar("T")

# A signal must end the process within two seconds, also while a target does not read its input.
_GRACE_SECONDS = 1.5


@contextlib.contextmanager
def calm_collector() -> Iterator[None]:
    """Let Python look for cyclic garbage less often while many rows arrive.

    Rows are young dictionaries without cycles, freed as they are written. At Python's own thresholds
    the collector goes through them again and again, for a third of the time that reading takes.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class Run(Connection):
    """One run of the tap.

    Attributes:
        report: what became of each stream.
        ledger: writes the rows of `sync_windows`.
        memory: what the state keeps that belongs to no single stream.
        turns: the order in which the run reads.
        month: the calls of this month; None if their number is not bounded.
        counters: by counter, such as `errors`, the number for each HTML mailing that has some; empty until
            the mailings were read.
        counted_before: until when an earlier run had listed those mailings; None if none had.
        named: the highest ids of templates and documents that mailings name.
    """

    def __init__(self, settings: Settings, logger: logging.Logger) -> None:
        """Prepare a run; no call is made."""
        super().__init__(settings, logger)
        self.report = Report(logger)
        self._shared: dict[str, Any] = {}
        self.named = NamedIds()
        self.counters: dict[str, dict[int, int]] = {}
        self.counted_before: datetime | None = None
        self.ledger = Ledger()
        self.memory = RunMemory({})
        self.turns = Turns(self.calls)
        self.month: Month | None = None
        self._later: dict[str, Callable[[], None]] | None = None
        self._started = clock.now()

    @property
    def wall(self) -> datetime:
        """What the account's clock shows, by the earlier of both clocks."""
        return self.settings.clock.wall(self.calls.now())

    @property
    def today(self) -> str:
        """The calendar day in the account's zone, by the earlier of both clocks."""
        return self.wall.date().isoformat()

    @property
    def is_stuck(self) -> bool:
        """Whether a part that comes no further in this run never will: it had all calls of a whole run."""
        month = self.month
        return self.turns.has_all and (month is None or month.left > (self.calls.budget or 0))

    def begin(self, state: dict[str, Any]) -> None:
        """Read from the tap's state which parts wait, and how many calls of this month are left."""
        self.memory = RunMemory(state)
        kept, most = self.memory.kept, self.settings.max_api_calls_per_month
        self.turns = Turns(self.calls, waiting_of(kept), scarce=kept.get("scarce") is True)
        if most is not None:
            self.month = Month(most, self.memory, self.wall)
            self.calls.bound(
                self.month.left, f"`max_api_calls_per_month` ({most}, until {self.month.ends})"
            )

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Give what several streams or threads need; the first that asks for it makes it."""
        if name not in self._shared:
            self._shared.setdefault(name, make())  # another thread may have been faster
        found: T = self._shared[name]
        return found

    def note_month(self) -> None:
        """Keep the calls of this month in the state, if their number is bounded."""
        if self.month is not None:
            self.month.note(self.calls.made)

    def leaves_for_later(self, stream: str, read: Callable[[], None]) -> bool:
        """Let a stream's past be read after every stream was read once; False if it must be read now."""
        if self._later is None:
            return False
        part = past_of(stream)
        self._later[part] = read
        self.turns.defer(part)
        return True

    @contextlib.contextmanager
    def newest_of_all_first(self) -> Iterator[None]:
        """Let streams leave their past for later in this block; at its end read all of that."""
        self._later = {}
        yield
        later, self._later = self._later, None
        for part, read in sorted(later.items(), key=lambda one: self.turns.place(one[0])):
            with self.turns.turn(part):
                read()

    @cached_property
    def began(self) -> datetime:
        """When the run began, in UTC, by the earlier of this machine's clock and the API's."""
        return min(self._started, self.calls.now())

    def figures(self) -> dict[str, Any]:
        """Give the run's time and calls, for machines; its time by this machine's clock, in UTC."""
        now = clock.now()
        return {
            "started": clock.rfc3339(self._started),
            "finished": clock.rfc3339(now),
            "seconds": round((now - self._started).total_seconds(), 3),
            "calls": self.calls.made,
            "retries": self.calls.retried,
            "seconds_waiting": round(self.calls.waited, 3),
        }

    def end(self, signum: int) -> None:
        """End the run soon, from a signal handler: the main thread writes what is finished.

        Where that thread cannot, because it hangs in a call or in a full pipe, the process ends.
        """
        self.calls.end(signum)
        backstop = threading.Timer(_GRACE_SECONDS, os._exit, [128 + signum])
        backstop.daemon = True
        backstop.start()

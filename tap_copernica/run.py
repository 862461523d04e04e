"""What the streams of one run share, and how a run ends."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_copernica import clock
from tap_copernica.http.connection import Connection
from tap_copernica.output.ledger import Ledger
from tap_copernica.output.report import Report
from tap_copernica.records.named import NamedIds

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tap_copernica.settings import Settings

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
        report: what streams could not do.
        ledger: notes what was finished, for `sync_windows`.
        lists: lists that several streams of this run need, by their stream's name.
        named: the highest ids that mailings name of templates and documents.
    """

    def __init__(self, settings: Settings, logger: logging.Logger) -> None:
        """Prepare a run; no call is made."""
        super().__init__(settings, logger)
        self.report = Report(logger)
        self.lists: dict[str, Any] = {}
        self.named = NamedIds()
        self.ledger = Ledger()
        self._later: list[Callable[[], None]] | None = None
        self._started = clock.now()

    def leaves_for_later(self, read: Callable[[], None]) -> bool:
        """Keep reading for when every stream was read once; False where nobody asks for it then."""
        if self._later is None:
            return False
        self._later.append(read)
        return True

    @contextlib.contextmanager
    def newest_of_all_first(self) -> Iterator[None]:
        """Let streams leave their past for later while they are read once; then read that."""
        self._later = []
        yield
        later, self._later = self._later, None
        for read in later:
            read()

    @cached_property
    def began(self) -> datetime:
        """When the run began, in UTC: by the API's clock, as far as known, where that is behind."""
        return min(self._started, self.calls.now())

    def end(self, signum: int) -> None:
        """End the run soon, from a signal handler: the main thread writes what is finished.

        Where that thread cannot, because it hangs in a call or in a full pipe, the process ends.
        """
        self.calls.end(signum)
        backstop = threading.Timer(_GRACE_SECONDS, os._exit, [128 + signum])
        backstop.daemon = True
        backstop.start()

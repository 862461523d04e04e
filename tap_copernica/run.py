"""What the streams of one run share, and how a run ends."""

from __future__ import annotations

import contextlib
import gc
import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_copernica import clock
from tap_copernica.http.auth import Authenticator, JwtBearer, QueryToken
from tap_copernica.http.bulk import BulkHost
from tap_copernica.http.calls import Calls
from tap_copernica.http.client import PathNames
from tap_copernica.http.pool import Pool
from tap_copernica.http.transport import Transport
from tap_copernica.output.report import Report

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator
    from datetime import datetime

    from tap_copernica.settings import Settings

# A signal must end the process within two seconds, also while a target does not read its input.
_GRACE_SECONDS = 1.5


@contextlib.contextmanager
def calm_collector() -> Iterator[None]:
    """Let Python look for cyclic garbage less often while rows pour.

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


class Run:
    """One run of the tap.

    Attributes:
        settings: the settings, checked.
        calls: the account of HTTP calls.
        transport: sends them.
        pool: the threads that make them.
        authenticator: puts credentials into them.
        names: the path names of this API version.
        report: what streams could not do.
        lists: lists that several streams of this run need, by their stream's name.
        bulk: the host for large lists.
    """

    def __init__(self, settings: Settings, logger: logging.Logger) -> None:
        """Prepare a run; no call is made."""
        self.settings = settings
        self.calls = Calls(
            budget=settings.max_api_calls,
            max_tries=settings.max_tries,
            backoff_seconds=settings.backoff_seconds,
            logger=logger,
        )
        self.transport = Transport(self.calls, settings.request_timeout, settings.user_agent)
        self.pool = Pool(settings.concurrency, self.calls)
        self.authenticator = self._authenticator()
        self.names = PathNames(settings.api_version)
        self.report = Report(logger)
        self.lists: dict[str, Any] = {}
        self.bulk = BulkHost(settings, self.transport, self.calls, logger)
        self._started = clock.now()

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

    def _authenticator(self) -> Authenticator:
        settings = self.settings
        if settings.api_version == "v4":
            return JwtBearer(settings.access_token, settings.auth_url, self.transport, self.calls)
        return QueryToken(settings.access_token)

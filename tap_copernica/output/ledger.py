"""Notes each window, list and pass that a run finished, for the stream `sync_windows`."""

from __future__ import annotations

import uuid
from importlib import metadata
from typing import TYPE_CHECKING

from tap_copernica.clock import now, rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_copernica.reading.evidence import Evidence
    from tap_copernica.records.rows import Record


class Ledger:
    """Writes the rows of `sync_windows` for one run.

    Attributes:
        run: an id of the run.
        version: of the tap.
        write: writes a row; None if `sync_windows` is not selected.
    """

    def __init__(self) -> None:
        """Begin a run; nothing is written yet."""
        self.run = uuid.uuid4().hex
        self.version = metadata.version("tap-copernica")
        self.write: Callable[[Record], None] | None = None

    def note(  # noqa: PLR0913 - a row's columns
        self,
        stream: str,
        since: str,
        until: str,
        evidence: Evidence,
        *,
        written: int,
        started: datetime | None = None,
    ) -> None:
        """Note that a window, list or pass is written; to be called before the STATE that covers it.

        Args:
            stream: the stream's name.
            since: where it begins, RFC 3339 in UTC.
            until: where it ends, exclusive.
            evidence: what shows that it is complete.
            written: rows of it that were written.
            started: when its reading was begun, in UTC.
        """
        if self.write is None:
            return
        self.write(
            {
                "stream": stream,
                "from": since,
                "to": until,
                "announced": evidence.announced,
                "distinct": evidence.distinct,
                "written": written,
                "verdict": evidence.proof.value,
                "readings": evidence.readings,
                "calls": evidence.calls,
                "started": rfc3339(started or now()),
                "finished": rfc3339(now()),
                "run": self.run,
                "version": self.version,
            }
        )

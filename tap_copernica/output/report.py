"""What the run could not do: kept as it happens, repeated in the last lines."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tap_copernica.errors import RunError, StreamError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping
    from typing import Any

    from tap_copernica.http.calls import Calls
    from tap_copernica.errors import CopernicaError
    from tap_copernica.output.progress import Progress

    Bookmarks = Mapping[str, Mapping[str, Any]]


class Rest(Enum):
    """Why a run need not ask for a stream."""

    READ_TODAY = "read today already, once per day is enough (`full_table_frequency`)"
    ABSENT = "not offered by this API, asked again tomorrow"


class Report:
    """What became of each stream, and failures of single ones."""

    def __init__(self, logger: logging.Logger) -> None:
        """Log to the tap's logger."""
        self._logger = logger
        self.failures: dict[str, CopernicaError] = {}
        self.watches: list[Progress] = []
        self._skipped: list[str] = []
        self.rested: dict[Rest, list[str]] = {}

    def rests(self, stream: str, why: Rest) -> None:
        """Note that a stream is not asked for in this run."""
        self.rested.setdefault(why, []).append(stream)

    def failed(self, stream: str, error: CopernicaError) -> None:
        """Note that a stream ended early; the others go on."""
        self.failures[stream] = error
        self._logger.error("%s", error.message)

    def skipped(self, stream: str, error: CopernicaError) -> None:
        """Note that the account does not have a stream."""
        self._skipped.append(stream)
        self._logger.warning("%s Stream `%s` is skipped.", error.message, stream)

    def summary(self) -> None:
        """Log one line for each stream that was begun, at the end of the run."""
        for watch in self.watches:
            self._logger.info("%s", watch.summary())
        if self.rested:
            parts = (f"{', '.join(names)} ({why.value})" for why, names in self.rested.items())
            self._logger.info("Not asked for in this run: %s.", "; ".join(parts))

    def budget_spent(self, calls: Calls, before: Bookmarks, after: Bookmarks) -> None:
        """Say that `max_api_calls` ended the run, how far each stream came, and how to go on.

        Where no stream came any further the next run would end at the same place: then that is a failure.

        Args:
            calls: the run's account of calls.
            before: the bookmarks with which the run began.
            after: those with which it ends.
        """
        under_way = self.watches[-1].stream
        if {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}:
            msg = (
                f"{under_way}: `max_api_calls` ({calls.budget}) was used up before anything was finished "
                "that the next run need not ask for again, so every run would end here. Raise the setting."
            )
            self.failed(under_way, StreamError(msg))
            return
        reached = ", ".join(
            f"{stream} up to {bookmark.get('replication_key_value') or 'its start'}"
            for stream, bookmark in after.items()
        )
        self._logger.warning(
            "`max_api_calls` (%s) is used up, so the run ends here with its state saved. Read: %s. "
            "What is later, or in other streams, is left: run again to go on, or raise the setting.",
            calls.budget,
            reached or "nothing yet",
        )
        if (after.get(under_way) or None) == before.get(under_way):
            self._logger.warning(
                "%s: this run brought it no further. If that stays so, `max_api_calls` is too small.",
                under_way,
            )

    def outcome(self, chosen: int = 0) -> RunError | None:
        """Give the error that ends the run with exit status 1.

        Args:
            chosen: how many streams were to be read.

        Returns:
            The error, if a stream failed, or the account has none of them.
        """
        absent = [*self._skipped, *self.rested.get(Rest.ABSENT, [])]
        if not self.failures and chosen and len(absent) == chosen:
            names = ", ".join(absent)
            return RunError(
                f"The account offers none of the selected streams ({names}), so nothing was read. Check "
                "`api_url`, `api_version` and the rights of `access_token`."
            )
        if not self.failures:
            return None
        lines = " ".join(dict.fromkeys(error.message for error in self.failures.values()))
        names = ", ".join(self.failures)
        return RunError(f"{len(self.failures)} of the streams failed ({names}): {lines}")

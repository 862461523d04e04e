"""What became of the streams of a run: noted as it happens, and told in the last lines."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from tap_copernica.errors import RunError, StreamError
from tap_copernica.http.calls import SHARED
from tap_copernica.output.turns import described

if TYPE_CHECKING:
    import logging
    from collections.abc import Sequence

    from tap_copernica.http.calls import Calls
    from tap_copernica.errors import CopernicaError
    from tap_copernica.output.progress import Progress
    from tap_copernica.output.turns import Turns



class Rest(Enum):
    """Why a run makes no call for a stream."""

    READ_TODAY = "read today already, once per day is enough (`full_table_frequency`)"
    UNCHANGED = (
        "the counters of their mailings have not changed; asked for at least every nine hours "
        "(`full_table_frequency`)"
    )
    ABSENT = "not offered by this API, asked again tomorrow"


class Report:
    """Collects what became of each stream, and logs it at the end of the run.

    Attributes:
        failures: the errors of streams that failed.
        watches: what each stream that was begun has done, in order.
        rested: the streams that the run made no call for, by reason.
        streams: how many streams the run is to read.
        is_spent: whether a budget of calls ended the run.
    """

    def __init__(self, logger: logging.Logger) -> None:
        """Log to the tap's logger."""
        self._logger = logger
        self.failures: dict[str, CopernicaError] = {}
        self.watches: list[Progress] = []
        self._skipped: list[str] = []
        self.rested: dict[Rest, list[str]] = {}
        self.streams = 0
        self.is_spent = False

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

    def place(self) -> str:
        """Give the place of the stream that was begun last, like `stream 7 of 24`; empty if not known."""
        if not self.streams:
            return ""
        return f"stream {len(self.watches) + sum(map(len, self.rested.values()))} of {self.streams}"

    def summary(self) -> None:
        """Log one line for each stream that was begun, at the end of the run."""
        for watch in self.watches:
            self._logger.info("%s", watch.summary())

    def bill(self, calls: Calls) -> None:
        """Log the last line of a run: its calls in all and by stream, and what was not asked for."""
        made = sorted(calls.made_for.items(), key=lambda one: (one[0] in SHARED, one[0]))
        parts = [f"{SHARED.get(name, name)} {number:,}" for name, number in made if number]
        line = f"{calls.made:,} API calls in all{': ' if parts else ''}{', '.join(parts)}."
        if self.rested:
            rests = (f"{', '.join(names)} ({why.value})" for why, names in self.rested.items())
            line += f" Not asked for in this run: {'; '.join(rests)}."
        self._logger.info("%s", line)

    def budget_spent(
        self, calls: Calls, turns: Turns, waiting: Sequence[str], *, is_stuck: bool
    ) -> None:
        """Say that a budget of calls ended the run, what waits for the next one, and how to go on.

        Args:
            calls: the run's counter of calls.
            turns: the order of the run.
            waiting: what was not reached, or not finished, in the order of the next run.
            is_stuck: whether the stream under way had the whole budget and came no further. The same would
                happen in every run, so it counts as a failure.
        """
        self.is_spent = True
        if is_stuck and turns.stream is not None:
            msg = (
                f"{turns.stream}: {calls.bound_of} was used up before anything was finished. The next run "
                "would have to begin again, and end here too. Raise the setting."
            )
            self.failed(turns.stream, StreamError(msg))
        self._logger.warning(
            "%s is used up, so the run ends here with its state saved. The next run begins with what "
            "waits: %s. To read all in one run, raise the setting.",
            calls.bound_of,
            described(waiting),
        )

    def outcome(self, chosen: int = 0) -> RunError | None:
        """Give the error that ends the run with exit status 1.

        Args:
            chosen: how many streams were to be read.

        Returns:
            The error if a stream failed, or if the account has none of the streams; else None.
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

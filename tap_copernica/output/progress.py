"""What a user sees while a stream is read: a line every few seconds at most, and one at the end."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_copernica.http.calls import Calls

SECONDS_BETWEEN_LINES = 5.0

# So many of what was left out are named.
_NAMED = 5


class Progress:
    """Counts what one stream does. Only the main thread uses it."""

    def __init__(
        self,
        stream: str,
        calls: Calls,
        logger: logging.Logger,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the stream's name and logger, the run's counter of calls, and a clock in seconds."""
        self.stream = stream
        self.rows = 0
        self.windows = 0
        self.left_out: list[str] = []
        """What the API refused or failed to give, and what the next run asks for again."""
        self.outcome = "ended early"
        self.place = ""
        """Which of the run's streams it is, like `stream 7 of 24`."""
        self._calls = calls
        self._logger = logger
        self._monotonic = monotonic
        self._warnings = _Warnings()
        self._period: tuple[datetime, datetime] | None = None
        self._reached: datetime | None = None
        self._seconds = 0.0
        self._calls_made = self._calls_again = 0

    def begin(self) -> None:
        """Start to measure time, calls and warnings; a second call goes on where `end` stopped."""
        self._told = self._monotonic()
        self._began = self._told - self._seconds
        self._made_before = self._calls.made - self._calls_made
        self._again_before = self._calls.retried - self._calls_again
        self._logger.addFilter(self._warnings)

    def end(self) -> None:
        """Stop counting."""
        self._seconds = self._monotonic() - self._began
        self._count_calls()
        self._logger.removeFilter(self._warnings)

    def plan(self, first: datetime, last: datetime) -> None:
        """Note the period that is read, in wall-clock time. If it is read backward, `last` is the earlier."""
        self._period = first, last
        self._reached = first
        self._planned_at = self._window_at = self._monotonic()
        self._rows_before = self._window_rows = self.rows
        self._last_density = self._window_took = 0.0

    def window_done(self, end: datetime) -> None:
        """Note that a window is written, and with it all up to `end`."""
        self.windows += 1
        if self._reached is not None:
            now, width = self._monotonic(), abs((end - self._reached).total_seconds())
            self._window_took, self._window_at = now - self._window_at, now
            rows, self._window_rows = self.rows - self._window_rows, self.rows
            self._last_density = rows / width if width else self._last_density
        self._reached = end
        self.tell()

    def tell(self) -> None:
        """Log how far the stream is, if the last line is some seconds old."""
        now = self._monotonic()
        if now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told, seconds = now, now - self._began
        self._count_calls()
        parts = [
            *([self.place] if self.place else []),
            f"{self.rows:,} rows ({self.rows / seconds:,.0f}/s)",
            *self._left(),
            f"{self._calls_made:,} calls, {self._calls.made:,} in the run",
        ]
        self._logger.info("%s: %s.", self.stream, ", ".join(parts))

    def summary(self) -> str:
        """Give the stream's line for the end of the run."""
        parts = [f"{self.rows:,} rows"]
        if self._period is not None:
            parts.append(f"{self.windows:,} windows")
        again = f" ({self._calls_again:,} of them again)" if self._calls_again else ""
        parts += [f"{self._calls_made:,} calls{again}", _duration(self._seconds)]
        if self.left_out:
            more = "" if len(self.left_out) <= _NAMED else ", …"
            names = ", ".join(self.left_out[:_NAMED])
            parts.append(f"{len(self.left_out):,} left out ({names}{more})")
        warnings = self._warnings.count
        parts.append("no warnings" if not warnings else f"{warnings:,} warnings")
        return f"{self.stream}: {self.outcome}; {', '.join(parts)}."

    @property
    def figures(self) -> dict[str, Any]:
        """What the stream did, for machines."""
        return {
            "outcome": self.outcome.replace(" ", "_"),
            "rows": self.rows,
            **({} if self._period is None else {"windows": self.windows}),
            "calls": self._calls_made,
            "retries": self._calls_again,
            "seconds": round(self._seconds, 3),
        }

    def _left(self) -> list[str]:
        """Say how far the stream is, and how long the rest may take.

        It is rows that take time, not days: a decade without rows takes seconds. So the rest is assumed to have
        as many rows a day as the last window, or as all windows if that is more. It takes no less time than one
        window.
        """
        if self._period is None or self._reached is None:
            return []
        first, last = self._period
        done, left = (abs(part.total_seconds()) for part in (self._reached - first, last - self._reached))
        parts = [f"at {self._reached}"]
        if not done or not left:
            return parts
        now, rows = self._monotonic(), self.rows - self._rows_before
        spent = now - self._planned_at
        if rows:
            rest = max(rows / done, self._last_density) * left * spent / rows
        else:
            rest = spent * left / done
        rest = max(rest, self._window_took, now - self._window_at)
        return [*parts, f"about {_duration(rest)} left"]

    def _count_calls(self) -> None:
        self._calls_made = self._calls.made - self._made_before
        self._calls_again = self._calls.retried - self._again_before


class _Warnings(logging.Filter):
    """Lets every line through, and counts warnings and errors."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        self.count += record.levelno >= logging.WARNING
        return True


def _duration(seconds: float) -> str:
    """Write a duration for people: 4.2 s, 12 min, 3.5 h."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    if seconds < 2 * 60 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"

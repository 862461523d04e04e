"""Which stretches of time a run reads of a stream, given what its state says has been read.

State holds one contiguous period, `[covered_from, bookmark)`, whose rows have all been written. A run
widens it at both ends and never leaves a hole: forward from the bookmark to now, and backward from
`covered_from` to `start_date`. Pure values; times are wall-clock times (naive) unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NEWEST = timedelta(days=7)
"""A first read takes the newest days, as many as this, before it goes back into the past."""


ALL_TIMES = ("", "9999-12-31T23:59:59+00:00")
"""Two timestamps that every row lies between: the bounds of a stretch whose rows are all kept."""


class Kind(Enum):
    """What a stretch is for. The value is the key under which the state keeps its next window's width."""

    NEW = "window_seconds"
    PAST = "past_window_seconds"
    REREAD = "reread_window_seconds"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time that is read in windows.

    Attributes:
        first: where it begins, an edge at which a window may begin.
        last: where it ends, exclusive, an edge too.
        kind: what it is for.
        backward: whether its windows are read from the last to the first.
        kept: the timestamps (RFC 3339 in UTC) from which, and before which, rows are kept.
        reread: the period of the setting `reread` that asked for it, as text; empty for the other kinds.
    """

    first: datetime
    last: datetime
    kind: Kind = Kind.NEW
    backward: bool = False
    kept: tuple[str, str] = ALL_TIMES
    reread: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to read."""
        return self.first >= self.last


def reread_for(stream: str, periods: Mapping[str, str]) -> str | None:
    """Give the period that the setting `reread` names for a stream; None where it names none.

    Args:
        stream: the stream's name.
        periods: the setting: periods by name or pattern. A name goes before a pattern.
    """
    return periods.get(stream) or next(
        (period for pattern, period in periods.items() if fnmatchcase(stream, pattern)), None
    )

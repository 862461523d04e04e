"""The sandbox's own clock: account time as Copernica shows it, and the account's present.

Instants are whole seconds since 1970-01-01 UTC. Wall seconds are the same count for the text on the
account's wall clock, as if that text were UTC. Built on ``zoneinfo`` alone, since the tap uses
another library: a bug must not be on both sides.
"""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_FIRST_YEAR, _LAST_YEAR = 1990, 2070


@lru_cache(maxsize=64)
def _segments(zone: str) -> tuple[list[int], list[int]]:
    """Return the instants at which the offset changes, and the offset from each on."""
    info = ZoneInfo(zone)

    def offset(instant: int) -> int:
        shift = datetime.fromtimestamp(instant, info).utcoffset()
        return int(shift.total_seconds()) if shift else 0

    first = int(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    last = int(datetime(_LAST_YEAR, 1, 1, tzinfo=UTC).timestamp())
    starts, offsets = [-(1 << 60)], [offset(first)]
    for day in range(first, last, _DAY):
        if offset(day + _DAY) == offsets[-1]:
            continue
        low, high = day, day + _DAY
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == offsets[-1] else (low, middle)
        starts.append(high)
        offsets.append(offset(high))
    return starts, offsets


@lru_cache(maxsize=4096)
def _date_text(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


class WallClock:
    """Conversions between instants and the wall clock of one zone."""

    def __init__(self, zone: str) -> None:
        """Take an IANA zone name; raises ValueError or KeyError for anything else."""
        self.zone = zone
        self._starts, self._offsets = _segments(zone)

    def wall(self, instant: int) -> int:
        """Return the wall seconds shown at an instant."""
        return instant + self._offsets[bisect_right(self._starts, instant) - 1]

    def text(self, instant: int) -> str:
        """Return ``YYYY-MM-DD HH:MM:SS`` as the account shows an instant."""
        return wall_text(self.wall(instant))

    def instant(self, wall: int, fold: int = 0) -> int:
        """Return the instant of a wall time.

        Of a repeated one the first occurrence, with ``fold`` 1 the second.

        A wall time that never occurs is taken with the offset before the gap: 02:30 of a spring
        night is 03:30 summer time.
        """
        index = bisect_right(self._starts, wall - self._offsets[0])
        candidates = [
            wall - self._offsets[i]
            for i in range(max(0, index - 2), min(len(self._starts), index + 2))
            if self._starts[i] <= wall - self._offsets[i]
            and (i + 1 == len(self._starts) or wall - self._offsets[i] < self._starts[i + 1])
        ]
        if candidates:
            return candidates[min(fold, len(candidates) - 1)]
        for i in range(max(1, index - 2), min(len(self._starts), index + 2)):
            if wall - self._offsets[i] < self._starts[i] <= wall - self._offsets[i - 1]:
                return wall - self._offsets[i - 1]
        msg = f"no instant for wall second {wall} in {self.zone}"
        raise AssertionError(msg)

    def occurring(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return the ranges of instants, in order, whose wall time lies in ``[begin, end)``."""
        first = max(0, bisect_right(self._starts, begin - 2 * _DAY) - 1)
        last = bisect_left(self._starts, end + 2 * _DAY)
        ranges: list[tuple[int, int]] = []
        for i in range(first, last):
            low = max(self._starts[i], begin - self._offsets[i])
            high = end - self._offsets[i]
            if i + 1 < len(self._starts):
                high = min(high, self._starts[i + 1])
            if low >= high:
                continue
            if ranges and ranges[-1][1] == low:
                low = ranges.pop()[0]
            ranges.append((low, high))
        return ranges

    def change_on(self, day: int) -> int | None:
        """Return the instant at which the clock is changed on a day (days since 1970), if it is."""
        begin, end = self.instant(day * _DAY), self.instant((day + 1) * _DAY)
        index = bisect_right(self._starts, begin)
        if index < len(self._starts) and self._starts[index] < end:
            return self._starts[index]
        return None


def wall_text(wall: int) -> str:
    """Write wall seconds as ``YYYY-MM-DD HH:MM:SS``."""
    day, second = divmod(wall, _DAY)
    minute, second = divmod(second, 60)
    hour, minute = divmod(minute, 60)
    return f"{_date_text(day)} {hour:02d}:{minute:02d}:{second:02d}"


def parse_wall(text: str) -> int | None:
    """Read ``YYYY-MM-DD``, ``YYYY-MM-DD HH:MM`` or ``YYYY-MM-DD HH:MM:SS`` as wall seconds.

    None for anything else.
    """
    with contextlib.suppress(ValueError):  # the form of every row, ten times as fast as by a format
        moment = datetime.fromisoformat(text)
        if str(moment) == text and moment.tzinfo is None:
            return int((moment.replace(tzinfo=UTC) - _EPOCH).total_seconds())
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return int((moment - _EPOCH).total_seconds())
    return None


def parse_instant(text: str) -> int:
    """Read an ISO 8601 instant with an offset (``Z`` or ``+00:00``) as whole seconds.

    Raises ValueError.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        msg = f"{text!r} has no offset: write an instant such as 2026-06-01T12:00:00+00:00"
        raise ValueError(msg)
    return int(moment.timestamp())


class Present:
    """The account's "now".

    The machine's clock, or an instant that stands still until it is moved.
    """

    def __init__(self, instant: int | None = None) -> None:
        """Take an instant to stand still at, or None to follow the machine's clock."""
        self.fixed = instant

    def __call__(self) -> int:
        """Return now as an instant."""
        return int(time.time()) if self.fixed is None else self.fixed

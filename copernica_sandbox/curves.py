"""When the events of a mailing happen.

Integer curves that can be read both ways without a table of rows.

A curve gives, for the seconds passed since the sending, the part of all events that has happened.
From it follow, exactly and in integers, how many of N events lie before a moment and at which
second the p-th event happens.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

_WHOLE = 1 << 40
_HOUR = 3600
_TAIL_HOURS = 24 * 7
# People awake and reading mail by hour of the day: quiet nights, peaks in the morning and evening.
_AWAKE = (2, 1, 1, 1, 1, 3, 8, 14, 20, 22, 20, 18, 19, 18, 16, 15, 15, 16, 18, 21, 22, 18, 11, 5)


class Curve:
    """A non-decreasing curve through points (seconds after sending, share of the whole)."""

    def __init__(self, seconds: list[int], weights: list[int]) -> None:
        """Take the points' seconds and the weight of each stretch between two points.

        The first point is 0; they ascend.
        """
        self._at = seconds
        total = sum(weights)
        reached, self._share = 0, [0]
        for weight in weights:
            reached += weight
            self._share.append(reached * _WHOLE // total)
        self.span = seconds[-1]

    def happened(self, events: int, seconds: int) -> int:
        """Return how many of ``events`` lie before this many seconds after the sending."""
        if seconds <= 0:
            return 0
        return (2 * events * self._reached(seconds - 1) // _WHOLE + 1) // 2

    def second_of(self, events: int, position: int) -> int:
        """Return the second after the sending at which event ``position`` happens.

        Positions count from 0 to ``events`` (exclusive).
        """
        needed = -(-(2 * position + 1) * _WHOLE // (2 * events))
        i = bisect_left(self._share, needed) - 1
        width, height = self._at[i + 1] - self._at[i], self._share[i + 1] - self._share[i]
        return self._at[i] + -(-(needed - self._share[i]) * width // height)

    def _reached(self, seconds: int) -> int:
        if seconds >= self.span:
            return _WHOLE
        i = bisect_right(self._at, seconds) - 1
        width, height = self._at[i + 1] - self._at[i], self._share[i + 1] - self._share[i]
        return self._share[i] + height * (seconds - self._at[i]) // width


@lru_cache(maxsize=24)
def reactions(hour: int) -> Curve:
    """Opens and clicks of a mailing sent in this hour of the day.

    A burst, then a week's tail that sleeps at night.
    """
    seconds, weights = [0, 120, 300, 900, 1800, _HOUR], [3000, 4500, 11000, 10000, 9500]
    for after in range(1, _TAIL_HOURS):
        seconds.append((after + 1) * _HOUR)
        weights.append(1 + 3000 * _AWAKE[(hour + after) % 24] // (12 * (after + 1)))
    return Curve(seconds, weights)


@lru_cache(maxsize=1)
def sending() -> Curve:
    """Messages handed to the mail servers: ten minutes at an even pace."""
    return Curve([0, 600], [1])


@lru_cache(maxsize=8)
def sending_for(hours: int) -> Curve:
    """Messages handed to the mail servers over so many hours, at an even pace."""
    return Curve([0, hours * _HOUR], [1])


@lru_cache(maxsize=1)
def arriving() -> Curve:
    """Deliveries: close behind the sending, the last after retries of some hours."""
    return Curve([0, 60, 700, 1800, 2 * _HOUR, 6 * _HOUR], [0, 900, 80, 15, 5])


@lru_cache(maxsize=1)
def bouncing() -> Curve:
    """Errors: most just after the sending, others when retries are given up.

    The last come three days later.
    """
    return Curve([0, 660, 1200, 6 * _HOUR, 72 * _HOUR], [0, 70, 15, 15])


@lru_cache(maxsize=1)
def evenly() -> Curve:
    """A whole day at an even pace, for measurements that must not depend on bursts."""
    return Curve([0, 86_400], [1])

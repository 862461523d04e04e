"""What happens to a stream besides its plan: rows that a test adds, and rows that disappear."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copernica_sandbox.clock import parse_instant, parse_wall

if TYPE_CHECKING:
    from copernica_sandbox.clock import WallClock

_FIRST_ID = 900_000_000_000


@dataclass(frozen=True, slots=True)
class Added:
    """A row that a test put in.

    When it happened, and from when on the API shows it, are instants.
    """

    instant: int
    number: int | str
    visible: int
    row: dict[str, Any]


class Living:
    """The added and removed rows of one stream."""

    def __init__(self) -> None:
        """Begin with nothing added or removed."""
        self.added: list[Added] = []
        self.removed: set[int | str] = set()
        self._given = 0  # ids given out so far; that of a removed row never comes back

    def add(self, given: dict[str, Any], key: str, time_key: str, clock: WallClock) -> int | str:
        """Add a row and return its id.

        ``given`` holds fields of the stream, at least its time as wall text (``timestamp``), and
        may hold ``fold`` (1: the second occurrence of a repeated time) and ``visible_from`` (an ISO
        instant or wall text; default at once).
        """
        row = dict(given)
        fold = row.pop("fold", 0)
        visible_from = row.pop("visible_from", None)
        wall = parse_wall(row[time_key])
        if wall is None:
            msg = f"{time_key} of an added row must be wall text, not {row[time_key]!r}"
            raise ValueError(msg)
        instant = clock.instant(wall, fold)
        number: int | str = row.get(key, _FIRST_ID + self._given)
        self._given += 1
        row[key] = number
        one = Added(instant, number, _visible(visible_from, instant, clock), row)
        insort(self.added, one, key=_instant)
        return number

    def remove(self, numbers: set[int | str]) -> None:
        """Remove rows by id, whether computed or added."""
        self.added = [row for row in self.added if row.number not in numbers]
        self.removed |= numbers

    def between(self, begin: int, end: int, now: int) -> list[Added]:
        """Return the added rows in ``[begin, end)`` that are visible now, in order."""
        low = bisect_left(self.added, begin, key=_instant)
        high = bisect_left(self.added, end, key=_instant)
        return [row for row in self.added[low:high] if row.visible <= now]


def _instant(row: Added) -> int:
    return row.instant


def _visible(text: str | None, instant: int, clock: WallClock) -> int:
    if text is None:
        return instant
    wall = parse_wall(text)
    return clock.instant(wall) if wall is not None else parse_instant(text)

"""The calls of a calendar month, counted in the state: the setting `max_api_calls_per_month`."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import DAY

if TYPE_CHECKING:
    from tap_copernica.output.memory import RunMemory

_WORTH_A_WARNING = 0.8  # this part of the calls is used
_HOUR = timedelta(hours=1)


class Month:
    """How many calls of this month are used, and how long the rest will last.

    Times are wall-clock times of the account's zone.

    Attributes:
        most: the setting.
        before: calls of this month that earlier runs made.
    """

    def __init__(self, most: int, memory: RunMemory, now: datetime) -> None:
        """Take the setting, what the state keeps, and the time now."""
        self.most = most
        self._now = now
        self._memory = memory
        kept = memory.kept
        is_same = kept.get("month") == f"{now:%Y-%m}"
        calls, since = kept.get("calls"), kept.get("since")
        self.before = max(0, calls) if is_same and isinstance(calls, int) else 0
        self._since = now if not is_same else _parsed(since) or now

    @property
    def left(self) -> int:
        """Calls that this run may make."""
        return max(0, self.most - self.before)

    @property
    def ends(self) -> str:
        """The first day of the next month."""
        return f"{self._now.replace(day=1) + timedelta(days=32):%Y-%m}-01"

    def note(self, made: int) -> None:
        """Keep the calls of this month up to now; `made` are those of this run."""
        self._memory.keep(
            month=f"{self._now:%Y-%m}",
            calls=self.before + made,
            since=self._since.isoformat(timespec="seconds"),
        )

    def warning(self, made: int) -> str:
        """Give a line that says how long the rest will last, once 80 % are used; before that an empty one."""
        used = self.before + made
        if used < _WORTH_A_WARNING * self.most:
            return ""
        elapsed = max(self._now - self._since, _HOUR)
        days = elapsed * (self.most - used) / used / DAY
        _, last = calendar.monthrange(self._now.year, self._now.month)
        rest = last - self._now.day + 1 - self._now.hour / 24
        return (
            f"`max_api_calls_per_month`: {used:,} of {self.most:,} calls are used. As fast as this, the rest "
            f"lasts {max(days, 0):.1f} days; the month has {rest:.1f} more."
        )


def _parsed(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo is None else None

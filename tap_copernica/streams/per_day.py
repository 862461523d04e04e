"""Streams that are read by whole days: optional, since each day is a call.

The bookmark is the newest day that was read, a date of the account's calendar. `read_again` beside it says
whether that was the last complete day then: a later run reads such a day again, since it may lack late rows.
"""

from __future__ import annotations

from datetime import UTC, date
from typing import Any, ClassVar

from typing_extensions import override

from tap_copernica.clock import DAY
from tap_copernica.errors import StreamError
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.base import Stream


class PerDay(Stream):
    """Reads complete days, oldest first; a later run reads the newest of them again."""

    replication_key = "date"
    optional_in = API_VERSIONS

    waits_for_a_new_day: ClassVar[bool]
    """Whether there is nothing to read until a new day is complete."""

    @override
    def probe(self) -> str:
        return "is asked for each day"

    def period(self) -> tuple[date, date] | None:
        """Give the first and the last day to read; None, which is noted, if there is nothing to read.

        `start_date` and `end_date` are moved back to midnight. So if two adjacent periods meet within a day,
        that day is read in the second one only.
        """
        settings, reached = self.settings, self._reached_day()
        first = settings.clock.wall(settings.start_date or self.calls.now()).date()
        last = self.last_complete_day()
        if settings.end_date is not None:
            last = min(last, settings.clock.wall(settings.end_date).date() - DAY)
        is_too_early = False
        if reached is not None:
            is_too_early = self.waits_for_a_new_day and reached >= last
            following = reached + DAY if self.progress("read_again") is False else reached
            # A later `start_date` skips no day that no run has read.
            first = max(min(first, following), min(following, last))
        self.had_nothing_to_read = is_too_early or first > last
        return None if self.had_nothing_to_read else (first, last)

    def why_nothing(self) -> str:
        """Say why there is nothing to read, where `start_date` is not in the future."""
        end = self.settings.end_date
        if (
            end is not None
            and self.last_complete_day() >= self.settings.clock.wall(end).date() - DAY
        ):
            return ", no whole day is left before `end_date`"
        return " until a new day is complete"

    def last_complete_day(self) -> date:
        """Give the last day that is over both in UTC and in the account's zone.

        Which of the two the API means is unknown.
        """
        now = self.calls.now() - self.settings.lag
        today = min(now.astimezone(UTC).date(), self.settings.clock.wall(now).date())
        return today - DAY

    def day_is_done(self, day: date, last: date, **progress: Any) -> None:
        """Write STATE after the rows of a day; the bookmark never moves back.

        Args:
            day: the day.
            last: the last day that this run can read.
            progress: more to keep for the next run.
        """
        text = day.isoformat()
        newest = day >= min(last, self.last_complete_day())
        if self.bookmark is None or text >= self.bookmark:
            progress["read_again"] = newest
        self.write_state(text if self.bookmark is None else max(text, self.bookmark), **progress)

    def _reached_day(self) -> date | None:
        if self.bookmark is None:
            return None
        try:
            return date.fromisoformat(self.bookmark[:10])
        except ValueError:
            msg = (
                f"{self.name}: the bookmark in the state is no date. Correct or remove it; without one, "
                "the stream is read again from `start_date`."
            )
            raise StreamError(msg) from None


def days_between(first: date, last: date) -> list[date]:
    """Give the days from `first` to `last`, both included."""
    return [first + n * DAY for n in range((last - first).days + 1)]

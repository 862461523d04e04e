"""Copernica's wall clock and UTC: the only place that knows zones.

The API filters and answers in `YYYY-MM-DD HH:MM:SS` without a zone (docs/api-facts.md, "Times"): the
account's wall-clock time, most likely Europe/Amsterdam. On one night a year an hour of it occurs
twice, on another an hour is missing.

Words used here and wherever windows are made:

- wall: a naive datetime on that clock;
- odd: a wall-clock time that does not exist or occurs twice; every other one is regular;
- legal: a window may begin or end at this wall-clock time, since it and the second before it are regular.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

import pendulum

if TYPE_CHECKING:
    from collections.abc import Sequence

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
# `:MM:SS` of a wall-clock text to the end of an RFC 3339 one: a lookup that also validates.
_TAILS = {tail: f"{tail}+00:00" for tail in (f":{n // 60:02}:{n % 60:02}" for n in range(3600))}
_TO_HOUR, _FROM_MINUTE = slice(13), slice(13, None)
_HOURS_KEPT = 200_000


def now() -> datetime:
    """Give this machine's time as an aware datetime in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """Write an aware datetime as RFC 3339 text in UTC, whole seconds (`2014-10-14T09:33:22+00:00`)."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat()


def wall_text(wall: datetime) -> str:
    """Write a wall-clock time the way the API reads and writes it."""
    return wall.isoformat(sep=" ", timespec="seconds")


def parse_wall(text: str) -> datetime:
    """Read the API's `YYYY-MM-DD HH:MM:SS`, or a plain date as its midnight.

    Raises:
        ValueError: for anything else, zero dates included.
    """
    if len(text) == len("YYYY-MM-DD"):
        return datetime.combine(date.fromisoformat(text), time())
    wall = datetime.fromisoformat(text)
    if wall_text(wall) != text:  # fromisoformat also reads week dates, offsets and more
        msg = "not YYYY-MM-DD HH:MM:SS"
        raise ValueError(msg)
    return wall


def _days(text: str) -> tuple[datetime, datetime]:
    """Give the midnights at which a month or a day begins and ends."""
    if len(text) == len("YYYY-MM"):
        first = date.fromisoformat(f"{text}-01")
        last = (first + 31 * DAY).replace(day=1)
    else:
        first = date.fromisoformat(text)
        last = first + DAY
    return datetime.combine(first, time()), datetime.combine(last, time())


class AccountClock:
    """The clock on the account's wall: an IANA zone, and where windows may begin when the clock changes."""

    def __init__(self, zone: str) -> None:
        """Take the zone's IANA name; an unknown one raises `ValueError`."""
        try:
            self.zone: tzinfo = pendulum.timezone(zone)
        except OSError:  # the name of a folder of zones, or one too long for a file
            msg = "no time zone"
            raise ValueError(msg) from None
        self._hours: dict[str, str] = {}

    def instant(self, wall: datetime) -> datetime:
        """Give the UTC instant of a wall-clock time.

        A time that occurs twice is its first occurrence; one that never occurs is the instant at
        which the clock jumped over it.
        """
        first = wall.replace(tzinfo=self.zone, fold=0)
        utc = first.astimezone(UTC)
        if self.wall(utc) == wall:
            return utc
        second = wall.replace(tzinfo=self.zone, fold=1).astimezone(UTC)
        return self._jump(min(utc, second), max(utc, second))

    def wall(self, instant: datetime) -> datetime:
        """Give what the account's clock shows at an aware instant."""
        return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def utc_text(self, text: str) -> str:
        """Turn the API's wall-clock text into RFC 3339 text in UTC.

        Raises:
            ValueError: if it is not `YYYY-MM-DD HH:MM:SS` (or a plain date), or a zero date.
            OverflowError: if it lies in the year 0 or 10000 of UTC.
        """
        hour, tail = self._hours.get(text[_TO_HOUR]), _TAILS.get(text[_FROM_MINUTE])
        return hour + tail if hour and tail else self._learn_hour(text)

    def utc_texts(self, texts: Sequence[str]) -> list[str] | None:
        """Turn many wall-clock texts at once, or give None if one of them needs `utc_text`.

        Rows share their hour with others, so hours are remembered: two look-ups a row.
        """
        hours, tails = self._hours, _TAILS
        # Most pages are in order of time, and every second one reaches into a new day.
        self._learn_hours([*texts[:1], *texts[-1:]])
        for _ in range(2):
            try:
                return [hours[text[_TO_HOUR]] + tails[text[_FROM_MINUTE]] for text in texts]
            except KeyError:
                self._learn_hours(texts)
            except TypeError:
                return None
        return None

    def known_utc_texts(self, texts: Sequence[str]) -> list[str | None]:
        """Turn many wall-clock texts at once; None where one needs `utc_text`."""
        hours, tails = self._hours.get, _TAILS.get
        return [
            hour + tail
            if (hour := hours(text[_TO_HOUR])) and (tail := tails(text[_FROM_MINUTE]))
            else None
            for text in texts
        ]

    def parse(self, text: str) -> datetime:
        """Read a setting or bookmark: ISO 8601; naive means this clock, a plain date its midnight.

        Returns:
            An aware datetime in UTC.

        Raises:
            ValueError: if the text is not a date or date-time.
        """
        parsed = datetime.fromisoformat(text)
        if parsed.microsecond:  # rows have whole seconds: a time within a second means the next one
            parsed = parsed.replace(microsecond=0) + SECOND
        return parsed.astimezone(UTC) if parsed.tzinfo else self.instant(parsed)

    def period(self, text: str) -> tuple[datetime, datetime]:
        """Read a month (`2025-03`), a day (`2025-03-14`) or two days, `2025-03-01/2025-03-14`.

        Both days are included.

        Returns:
            The first instant and the one before which the period ends, in UTC.

        Raises:
            ValueError: if the text is none of these, or the second day comes before the first.
        """
        first, _, last = text.strip().partition("/")
        start, end = _days(first), _days(last or first)
        if end[1] <= start[0]:
            msg = "the end comes before the start"
            raise ValueError(msg)
        return self.instant(start[0]), self.instant(end[1])

    def is_legal(self, edge: datetime) -> bool:
        """Tell whether a window may begin or end at this wall-clock time.

        Both it and the second before it must exist and occur once: then an API that compares texts
        and one that compares instants give the same rows.
        """
        return self._is_regular(edge) and self._is_regular(edge - SECOND)

    def legal_before(self, edge: datetime) -> datetime:
        """Give the last legal edge at or before a wall-clock time (01:59:59 on Amsterdam's nights)."""
        edge = edge.replace(microsecond=0)
        if self.is_legal(edge):
            return edge
        odd = edge if not self._is_regular(edge) else edge - SECOND
        step = timedelta(hours=1)
        while not self._is_regular(odd - step):
            step *= 2
        return self._boundary(odd - step, odd) - SECOND

    def legal_after(self, edge: datetime) -> datetime:
        """Give the first legal edge at or after a wall-clock time."""
        if edge.microsecond:
            edge = edge.replace(microsecond=0) + SECOND
        if self.is_legal(edge):
            return edge
        odd = edge if not self._is_regular(edge) else edge - SECOND
        step = timedelta(hours=1)
        while not self._is_regular(odd + step):
            step *= 2
        return self._boundary(odd + step, odd) + 2 * SECOND

    def _learn_hours(self, texts: Sequence[str]) -> None:
        """Remember the hours of many texts, up to the first text that is no plain time."""
        try:
            for hour in {hour for text in texts if (hour := text[:13]) not in self._hours}:
                if hour not in self._hours and not self._learn_day(hour[:10]):
                    self._learn_hour(f"{hour}:00:00")
        except (TypeError, ValueError, KeyError, OverflowError):
            return  # KeyError: a mapping, from Python 3.12 on; OverflowError: UTC has no such year

    def _learn_day(self, day: str) -> bool:
        """Remember all hours of a day at once; False, and nothing kept, if the clock changes on it."""
        hours = [parse_wall(day) + n * _HOUR for n in range(24)]
        offset = hours[0].replace(tzinfo=self.zone).utcoffset() or timedelta()
        if offset % _HOUR:
            return False
        # A change within the day shows in the hours after it, one in its last hour in the second fold.
        last = hours[0] + DAY - SECOND
        edges = (*hours, last, last.replace(fold=1))
        if any(edge.replace(tzinfo=self.zone).utcoffset() != offset for edge in edges):
            return False
        for hour in hours:
            self._remember(wall_text(hour), (hour - offset).isoformat())
        return True

    def _learn_hour(self, text: str) -> str:
        """Convert the long way, and remember the hour if all of it is a whole number of hours off UTC."""
        wall = parse_wall(text)
        utc = rfc3339(self.instant(wall))
        first, last = wall.replace(minute=0, second=0), wall.replace(minute=59, second=59)
        offsets = {edge.replace(tzinfo=self.zone).utcoffset() for edge in (first, last)}
        if (
            self._is_regular(first)
            and self._is_regular(last)
            and len(offsets) == 1
            and utc[13:19] == text[13:]
        ):
            self._remember(text, utc)
        return utc

    def _remember(self, text: str, utc: str) -> None:
        if len(self._hours) >= _HOURS_KEPT:
            self._hours.clear()
        self._hours[text[:13]] = utc[:13]

    def _is_regular(self, wall: datetime) -> bool:
        """Tell whether this wall-clock time exists and occurs once (PEP 495: both folds agree)."""
        aware = wall.replace(tzinfo=self.zone)
        return aware.replace(fold=0).utcoffset() == aware.replace(fold=1).utcoffset()

    def _boundary(self, regular: datetime, odd: datetime) -> datetime:
        """Find, between a regular and an odd time, the odd one nearest to the regular side."""
        while abs(odd - regular) > SECOND:
            middle = regular + timedelta(seconds=int((odd - regular).total_seconds() / 2))
            if self._is_regular(middle):
                regular = middle
            else:
                odd = middle
        return odd

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """Find the instant between two UTC times at which the zone's offset changes."""
        offset = before.astimezone(self.zone).utcoffset()
        while after - before > SECOND:
            middle = before + timedelta(seconds=int((after - before).total_seconds() / 2))
            if middle.astimezone(self.zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after

"""Which mailings may still get recipients, as the state of v2's `publisher_destinations` keeps them.

v2 gives recipients mailing by mailing, and a day's run must not ask for every mailing there ever was.
A mailing is asked for on the day on which it was sent and on the two days after it. After that, for two
weeks, it is asked for only while it is open: fewer recipients came than the API says it has, or its final
group may still come. The API's number of recipients is looked at again each day, because it may count only
those sent to so far.
"""

from __future__ import annotations

import contextlib
import threading
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tap_copernica.reading.mailings import Emailing
    from tap_copernica.reading.windows import Window

# How long after its sending every mailing is asked for, and how long an open one is.
ALWAYS_ASKED, FOLLOWED = 2 * DAY, 14 * DAY


class OpenMailings:
    """The open mailings, whose recipients are not all there yet, and how many came in which window.

    Attributes:
        days: by open mailing: the number of recipients by window. A window is written `begin/end`.
        complete: by mailing of the last two weeks that was counted and is not open: how many recipients came,
            and the day on which it was sent.
    """

    def __init__(
        self,
        state: object,
        known_until: datetime | None,
        complete: object,
        wall: Callable[[str], datetime],
    ) -> None:
        """Take what the state holds.

        Args:
            state: what `state` gave. None if there is nothing: then every mailing is asked for.
            known_until: up to which wall-clock time recipients were counted.
            complete: what `state_of_complete` gave.
            wall: gives the wall-clock time of a timestamp.
        """
        self._wall = wall
        self._lock = threading.Lock()
        self.days: dict[int, dict[str, int]] = {}
        self.complete = dict(_complete(complete))
        self._known_until = known_until if isinstance(state, list) else None
        for entry in state if isinstance(state, list) else []:
            match entry:
                case {"mailing": int(number), "days": dict(days)}:
                    counts = {day: count for day, count in days.items() if isinstance(count, int)}
                    self.days[number] = counts

    @property
    def state(self) -> list[dict[str, Any]]:
        """What the state keeps of it."""
        return [{"mailing": number, "days": days} for number, days in sorted(self.days.items())]

    @property
    def state_of_complete(self) -> list[list[Any]]:
        """What the state keeps of complete mailings."""
        return [[number, came, f"{sent}"] for number, (came, sent) in sorted(self.complete.items())]

    def may_have(self, mailing: Emailing, window: Window) -> bool:
        """Tell whether a mailing may have recipients in a window; safe in several threads."""
        sent = self._wall(mailing.timestamp)
        with self._lock:
            if sent >= window.start - ALWAYS_ASKED or mailing.id in self.days:
                return True
            if mailing.id in self.complete:  # it may have been sent to more people since
                return (mailing.destinations or 0) > self.complete[mailing.id][0]
            # Neither: ask, unless earlier runs have counted beyond the days on which all are asked for.
            return self._known_until is None or sent + ALWAYS_ASKED > self._known_until

    def note(self, window: Window, counts: Iterable[tuple[Emailing, int | None]]) -> None:
        """Note the recipients of a window that is written. Windows come in the order of time.

        A mailing whose recipients are counted (`_is_followed`) is open or complete afterwards. An open one
        that is not among `counts` is forgotten, as is one that was sent after the window's end.

        Args:
            window: the window.
            counts: the recipients in it of each mailing that was asked for; None if that was refused.
        """
        still_open: dict[int, dict[str, int]] = {}
        complete = dict(self.complete)
        for mailing, count in counts:
            sent = self._wall(mailing.timestamp)
            is_of_window = sent < window.end  # not of what lay behind it when it was trimmed
            if not is_of_window or not self._is_followed(mailing, count, window):
                continue
            days = self._days_with(mailing, count, window)
            if self._is_open(mailing, days, window):
                still_open[mailing.id] = days
                complete.pop(mailing.id, None)
            else:
                complete[mailing.id] = sum(days.values()), sent.date()
        oldest = window.end.date() - FOLLOWED
        with self._lock:
            self.days = still_open
            self.complete = {
                number: (came, day) for number, (came, day) in complete.items() if day >= oldest
            }
            self._known_until = max(self._known_until or window.end, window.end)

    def _is_followed(self, mailing: Emailing, count: int | None, window: Window) -> bool:
        """Tell whether to count a mailing's recipients: it is open, was refused, or is to be opened."""
        return mailing.id in self.days or count is None or self._is_news(mailing, count, window)

    def _days_with(self, mailing: Emailing, count: int | None, window: Window) -> dict[str, int]:
        """Give a mailing's counts with this window's; those of windows that it overlaps are dropped."""
        known = self.days.get(mailing.id, {})
        days = {day: before for day, before in known.items() if not _overlaps(day, window)}
        if count:
            days[f"{window.start.isoformat()}/{window.end.isoformat()}"] = count
        return days

    def _is_news(self, mailing: Emailing, count: int, window: Window) -> bool:
        """Tell whether a mailing that is not open is to be opened.

        It is if nothing was counted before, if it was sent after the time up to which recipients are counted,
        or if recipients came after that time.
        """
        known = self._known_until
        if known is None or (count > 0 and window.start >= known):
            return True
        return self._wall(mailing.timestamp) >= known

    def _is_open(self, mailing: Emailing, days: dict[str, int], window: Window) -> bool:
        if self._wall(mailing.timestamp) + FOLLOWED <= window.end:
            return False
        lacks_some = mailing.destinations is None or sum(days.values()) < mailing.destinations
        return lacks_some or mailing.testgroups > 0


def _complete(state: object) -> Iterator[tuple[int, tuple[int, date]]]:
    for entry in state if isinstance(state, list) else []:
        match entry:
            case [int(number), int(came), str(sent)]:
                with contextlib.suppress(ValueError):
                    yield number, (came, date.fromisoformat(sent))


def _overlaps(day: str, window: Window) -> bool:
    """Tell whether a window in the state, written `begin/end`, overlaps another; yes, if it is unreadable."""
    try:
        begin, end = map(datetime.fromisoformat, day.split("/"))
        overlaps = begin < window.end and window.start < end
    except (ValueError, TypeError):
        return True
    return overlaps

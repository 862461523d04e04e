"""The mailings that a run has listed. Streams share them, so that each period is asked for once.

Streams ask for the mailings of a period (`since`, `within`). The mailings' own stream adds what it reads
(`note`). Only a period that nobody has listed before costs calls.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.reading.window_reader import WindowReader
from tap_copernica.reading.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tap_copernica.reading.sources import WindowSource
    from tap_copernica.reading.window_reader import Result
    from tap_copernica.records.rows import Record


@dataclass(frozen=True, slots=True, order=True)
class Emailing:
    """What other streams need of a mailing; in order of sending.

    Attributes:
        timestamp: when its sending began, as RFC 3339 in UTC.
        id: its id.
        testgroups: how many test groups got a version first. If any did, the better version later goes to a
            final group, whose recipients are asked for too. 1 where the API does not say: an unnecessary
            call is better than a group that is never read. 0 in the Marketing Suite, which has no such
            groups.
        destinations: how many recipients the API says it has; None where it does not say.
    """

    timestamp: str
    id: int
    testgroups: int
    destinations: int | None = field(default=None, compare=False)

    @classmethod
    def of(cls, record: Record) -> Emailing:
        """Take what is needed from a record of the mailings' own stream."""
        testgroups = record.get("testgroups", 0)
        tested = 1 if testgroups is None else testgroups
        return cls(record["timestamp"], record["id"], tested, record["destinations"])

    @classmethod
    def of_state(cls, entry: object) -> Emailing:
        """Read what `state` has written; raises `ValueError` for anything else."""
        match entry:
            case [str(timestamp), int(number), int(testgroups)]:
                return cls(timestamp, number, testgroups)
        raise ValueError

    def state(self) -> list[str | int]:
        """What the state keeps of it."""
        return [self.timestamp, self.id, self.testgroups]


class Mailings:
    """The mailings of one kind, as far as this run has listed them; threads share it.

    Attributes:
        list_end: the wall-clock time at which the lists that `since` gives end. It is the same for all
            streams of the run. None until it is known.
    """

    def __init__(self, source: WindowSource, newest_edge: Callable[[], datetime]) -> None:
        """Know nothing yet.

        Args:
            source: the mailings' own stream; what is listed here is not written.
            newest_edge: gives the latest wall-clock time before which all mailings are there by now.
        """
        self.list_end: datetime | None = None
        self._reader = _AllTimesReader(source)
        self._between = source.between
        self._newest_edge = newest_edge
        # Held during calls too: a thread that needs the same period waits, and does not ask again.
        self._lock = threading.RLock()
        self._known: list[Emailing] = []  # in order
        self._listed: list[Window] = []  # the periods whose mailings are all known
        self._parts: dict[datetime, Window] = {}  # of windows that were cut, by their start

    def note(self, result: Result) -> None:
        """Take in the mailings of a window that was read completely."""
        window, time = result.window, itemgetter("timestamp")
        found = [Emailing.of(one) for chunk in result.own_records(time) for one in chunk.records()]
        with self._lock:
            # Of a mailing that is in both, the copy in `found` stays: what it says is newer.
            by_id = {one.id: one for one in (*self._known, *found)}
            self._known = sorted(by_id.values())
            apart = [
                one for one in self._listed if one.end < window.start or window.end < one.start
            ]
            joined = [window, *(one for one in self._listed if one not in apart)]
            ends = min(one.start for one in joined), max(one.end for one in joined)
            self._listed = [*apart, Window(*ends)]

    def since(
        self, start: datetime, end: datetime | None = None
    ) -> tuple[Sequence[Emailing], datetime]:
        """Give the mailings that were sent at a wall-clock time or later, and where this list ends.

        Args:
            start: the wall-clock time.
            end: the list ends here at the latest; None for no such bound.

        Returns:
            The mailings, in order of sending, and `list_end`.
        """
        with self._lock:
            last = self.list_end or self._newest_edge()
            last = last if end is None else min(last, end)
            self.list_end = self._list(start, last, last)
            return self._sent_in(Window(start, max(start, self.list_end))), self.list_end

    def within(self, window: Window, last: datetime) -> Sequence[Emailing]:
        """Give the mailings that were sent in a window.

        Args:
            window: the window.
            last: up to here mailings will be needed later, so the same call may list them too.
        """
        with self._lock:
            self._list(window.start, window.end, max(window.end, last))
            return self._sent_in(window)

    def _sent_in(self, window: Window) -> Sequence[Emailing]:
        first, after = (
            bisect_left(self._known, Emailing(edge, 0, 0)) for edge in self._between(window)
        )
        return self._known[first:after]

    def _list(self, at: datetime, needed: datetime, last: datetime) -> datetime:
        """Ask the API for mailings from `at` to `needed`, as far as they are not known yet.

        A call may list more than is needed, up to `last`. A window with too many mailings is cut. Its parts
        are kept (`_parts`), and each is asked for when it is needed.

        Returns:
            `needed`; an earlier time where an answer showed that this machine's clock is ahead.
        """
        while at < (needed := min(needed, self._newest_edge())):
            known = [one.end for one in self._listed if one.start <= at < one.end]
            if known:
                at = known[0]
                continue
            following = min((one.start for one in self._listed if one.start > at), default=last)
            window = self._parts.pop(at, None) or Window(at, min(following, last))
            result = self._reader.read(window)
            self._parts.update((part.start, part) for part in result.parts)
            if not result.parts:
                self._note_until(min(last, self._newest_edge()), result)
        return needed

    def _note_until(self, edge: datetime, result: Result) -> None:
        """Note a window up to an edge: the API's clock may show that the rest lies in the future."""
        window = result.window
        if window.start < edge < window.end:
            window = Window(window.start, edge)
            result = replace(result, window=window, until=self._between(window)[1])
        if window.start < edge:
            self.note(result)


class _AllTimesReader(WindowReader):
    """Keeps all rows of a window, also those from before `start_date`."""

    @override
    def kept_between(self, window: Window) -> tuple[str, str]:
        return self.stream.between(window)

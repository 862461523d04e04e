"""What a stream has read so far, by its state, and which periods this run reads.

State holds one contiguous period, `[covered_from, bookmark)`. A run first reads what is new, then what the
setting `reread` names, then goes back towards `start_date`. A finished window widens the period at one end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.clock import rfc3339
from tap_copernica.reading.coverage import ALL_TIMES, NEWEST, Kind, Stretch, reread_for
from tap_copernica.reading.windows import is_divisible
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from datetime import datetime

    from tap_copernica.reading.plan import Plan
    from tap_copernica.reading.windows import Window

# Keys of the state: where the covered period begins; the `reread` that is done; how far one under way came.
COVERED_FROM, REREAD, REREAD_REACHED = "covered_from", "reread", "reread_reached"


class CoveredStream(Stream):
    """A stream whose state says from when to when all of its rows have been written."""

    notes_windows = True

    _stretch: Stretch
    _plan_under_way: Plan
    _kept = ALL_TIMES
    _last_edge: tuple[datetime, datetime] | None = None
    _start: datetime | None = None
    _period_to_reread: str | None = None

    @property
    def whole_days(self) -> bool:
        """Whether only complete days are read. Then there is nothing new until another day is complete."""
        return False

    @property
    def can_go_back(self) -> bool:
        """Whether a first read may begin with the newest rows."""
        return self.is_incremental

    def from_when(self, start: datetime) -> datetime:
        """Give the instant from which to read, when this stream itself needs rows from `start` on."""
        return start

    # Where windows may begin and end

    def period_edge(self, edge: datetime) -> datetime:
        """Give the last time, not after `edge`, at which the period that is read may begin or end."""
        return self.settings.clock.legal_before(edge)

    def window_edge(self, edge: datetime) -> datetime:
        """Give the last time, not after `edge`, at which one window may end and the next begin."""
        return self.settings.clock.legal_before(edge)

    def period_end(self, edge: datetime) -> datetime:
        """Give the first time, not before `edge`, at which the period may end.

        All rows before `end_date` must be asked for, so its edge lies at or after it.
        """
        return self.settings.clock.legal_after(edge)

    def next_edge(self, start: datetime) -> datetime | None:  # noqa: ARG002 - for streams that need it
        """Say where a window that begins here must end; None lets its width follow density."""
        return None

    def can_be_cut(self, window: Window) -> bool:
        """Tell whether a window may be read in parts: not one whose width is fixed, nor one second."""
        return self.next_edge(window.start) is None and is_divisible(window, self.window_edge)

    def between(self, window: Window) -> tuple[str, str]:
        """Give the timestamps from which, and before which, rows are inside a window."""
        zone = self.settings.clock
        return rfc3339(zone.instant(window.start)), rfc3339(zone.instant(window.end))

    def kept_between(self, window: Window) -> tuple[str, str]:
        """Give the timestamps from which, and before which, a window's rows are kept.

        `start_date` and `end_date` cut exactly, by the timestamp as it is emitted, also inside an
        hour in which no window may begin or end.
        """
        first, after = self.between(window)
        first, after = max(first, self._kept[0]), min(after, self._kept[1])
        start, end = self._start or self.settings.start_date, self.settings.end_date
        if start is not None:
            first = max(first, rfc3339(start))
        if end is not None:
            after = min(after, rfc3339(end))
        return first, after

    def last_edge(self) -> datetime:
        """Give the latest edge: `lag_minutes` before this stream began, by the earlier of both clocks."""
        now = self.began
        if self._last_edge is None or self._last_edge[0] != now:  # asked for at each window
            edge = self.period_edge(self.settings.clock.wall(now - self.settings.lag))
            self._last_edge = (now, edge)
        return self._last_edge[1]

    # What this run reads: what is new, what is to be read again, what lies further back

    def _covered_from(self) -> datetime | None:
        """Give the instant from which all was read, None before the first read.

        A state of an older version does not tell: then it is `start_date`, as that was understood.
        """
        reached, start = self.reached(), self.settings.start_date
        if reached is None:
            return None
        covered_from = self.progress(COVERED_FROM)
        if isinstance(covered_from, str):
            return self.instant_of_state(covered_from)
        return None if start is None else min(start, reached)

    def _begin_at(self) -> None:
        """Set from when on rows are kept: `start_date`, or the begin of what is covered if that is earlier.

        So a `start_date` that was moved forward changes nothing. If rows between the bookmark and a later
        `start_date` were skipped, the covered period would have a hole.
        """
        start, covered_from = self.settings.start_date, self._covered_from()
        self._start = min(start, covered_from) if start and covered_from else start
        if start is not None and covered_from is not None and start > covered_from:
            self.logger.info(
                "%s: `start_date` lies after %s, from which on all has been read; this changes nothing.",
                self.name,
                rfc3339(covered_from),
            )

    def _gap(self) -> tuple[datetime, datetime] | None:
        """Give `start_date` and the begin of what is covered; None if nothing lies between them."""
        start, covered_from = self.settings.start_date, self._covered_from()
        if start is None or covered_from is None or start >= covered_from:
            return None
        return start, covered_from

    def _fresh(self) -> Stretch | None:
        """Give the stretch from the bookmark to now, or the first one; None if there is nothing new."""
        settings, zone = self.settings, self.settings.clock
        start, reached = self._start or self._began, self.reached()
        if reached is not None:
            if settings.end_date is not None and reached >= settings.end_date:
                return None
            # If a run used up its budget and the bookmark did not move, this one reads nothing twice.
            held_up = self.progress(Kind.NEW.value) is not None
            latest = zone.instant(self.last_edge())
            again = reached if held_up else self.reads_again_from(reached, latest)
            start = max(start, again, min(self._covered_from() or start, reached))
        start = self.from_when(start)
        first, last = self.period_edge(zone.wall(start)), self._end_of_period()
        if first >= last or (self.whole_days and self._has_read(last)):
            return None
        if reached is not None or not (settings.newest_first and self.can_go_back):
            return Stretch(first, last)
        # Without a budget the newest days come whole; with one, the newest hours must come first.
        first = max(first, self.period_edge(last - NEWEST))
        return Stretch(first, last, backward=settings.max_api_calls is not None)

    def _past(self) -> Stretch | None:
        """Give the stretch between `start_date` and what is covered, read backward."""
        gap = self._gap()
        if gap is None:
            return None
        (start, covered_from), zone = gap, self.settings.clock
        first = self.period_edge(zone.wall(start))
        last = min(self.period_end(zone.wall(covered_from)), self._end_of_period())
        past = Stretch(
            first, last, Kind.PAST, backward=True, kept=(ALL_TIMES[0], rfc3339(covered_from))
        )
        return None if past.is_empty else past

    def _reread(self) -> Stretch | None:
        """Give the stretch that the setting `reread` names, as far as it was read once and not yet again."""
        self._period_to_reread = reread_for(self.name, self.settings.reread)
        if self._period_to_reread is None or self._period_to_reread == self.progress(REREAD):
            self._period_to_reread = None
            return None
        zone, reached, covered_from = self.settings.clock, self.reached(), self._covered_from()
        if reached is None or covered_from is None:
            return None  # what was never read comes now, once
        start, end = zone.period(self._period_to_reread)
        match self.progress(REREAD_REACHED):
            case [self._period_to_reread, str(until)]:
                start = max(start, self.instant_of_state(until))
        start, end = max(start, covered_from), min(end, reached)
        first, last = self.period_edge(zone.wall(start)), self.period_end(zone.wall(end))
        last = min(last, self._end_of_period())
        stretch = Stretch(
            first,
            last,
            Kind.REREAD,
            kept=(rfc3339(start), rfc3339(end)),
            reread=self._period_to_reread,
        )
        return None if start >= end or stretch.is_empty else stretch

    def why_not_read_again(self) -> tuple[str, str] | None:
        """Give the period of `reread` and why nothing of it is read again; None if that needs no warning."""
        period, settings = reread_for(self.name, self.settings.reread), self.settings
        if period is None or period == self.progress(REREAD) or not self.is_incremental:
            return None
        start, end = settings.clock.period(period)
        reached, covered_from = self.reached(), self._covered_from()
        begin = min((one for one in (settings.start_date, covered_from) if one), default=start)
        if start > self.calls.now():  # `advice.odd` has told of it
            return None
        if end <= begin:
            return period, "lies before `start_date`. An earlier `start_date` reads it."
        if (
            reached is not None
            and covered_from is not None
            and covered_from < end
            and start < reached
        ):
            return None
        if settings.end_date is not None and start >= settings.end_date:
            return period, "lies after `end_date`. A later `end_date` reads it."
        return period, "was not read yet. It comes in any case, when it is read for the first time."

    def _finish_reread(self) -> None:
        """Remember that the period of `reread` is done, so that the setting can stay as it is."""
        if self._period_to_reread is not None and self.bookmark is not None:
            self.write_state(
                **{REREAD: self._period_to_reread, REREAD_REACHED: None, Kind.REREAD.value: None}
            )

    def _why_nothing(self) -> str:
        """Say why there is nothing to read, where `start_date` is not in the future."""
        reached, end = self.reached(), self.settings.end_date
        if end is not None and reached is not None and reached >= end:
            return ", the bookmark is at the end"
        if self.whole_days:
            return " until a new day is complete"
        what = "`start_date`" if reached is None else "the bookmark"
        return f", {what} lies within the newest minutes, which come later (`lag_minutes`)"

    def _end_of_period(self) -> datetime:
        end, last = self.settings.end_date, self.last_edge()
        return last if end is None else min(last, self.period_end(self.settings.clock.wall(end)))

    def _has_read(self, edge: datetime) -> bool:
        reached = self.reached()
        return reached is not None and reached >= self.settings.clock.instant(edge)

    def _position(self) -> tuple[object, ...]:
        """Give what of the state a finished window changes, to see whether one was finished."""
        return self.bookmark, self.progress(COVERED_FROM), self.progress(REREAD_REACHED)

    def _note(self, window: Window, **also: Any) -> None:
        """Write STATE after a window: the covered period only widens; `also` is kept with it."""
        zone, start, stretch = self.settings.clock, self.settings.start_date, self._stretch
        width = stretch.kind.value
        if stretch.kind is Kind.REREAD:
            until = rfc3339(zone.instant(window.end))
            self.write_state(**{REREAD_REACHED: [stretch.reread, until], width: None, **also})
            return
        covered_from, bookmark = self._covered_from(), self.bookmark
        if covered_from is None or stretch.backward:
            edge = zone.instant(window.start if stretch.backward else stretch.first)
            covered_from = edge if start is None else max(edge, start)
        if not stretch.backward or bookmark is None:
            bookmark = self._bookmark_after(window)
        moved = (bookmark, rfc3339(covered_from)) != (self.bookmark, self.progress(COVERED_FROM))
        kept = None if moved else self.progress(width)
        if stretch.kind is Kind.PAST and window.start > stretch.first:
            kept = int(self._plan_under_way.width.total_seconds())
        self.write_state(bookmark, **{COVERED_FROM: rfc3339(covered_from), width: kept, **also})

    def _bookmark_after(self, window: Window) -> str:
        """Give the bookmark that a finished window allows."""
        zone, end = self.settings.clock, window.end
        if self.settings.end_date is not None:
            end = min(end, self.period_edge(zone.wall(self.settings.end_date)))
        return self.bookmark_at(zone.instant(end))

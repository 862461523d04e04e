"""Event streams: a period read in windows, each written whole, then its STATE.

The main thread's part: it hands windows to the pool and writes what comes back, strictly in order.
What to do with a window is decided in `verdict.py`, and done in `window_reader.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_copernica.clock import DAY, SECOND, rfc3339
from tap_copernica.errors import BudgetSpent, StreamError
from tap_copernica.http.pool import Tasks
from tap_copernica.reading.filters import BetweenTimes
from tap_copernica.reading.plan import Plan
from tap_copernica.reading.window_reader import Result, WindowReader
from tap_copernica.reading.windows import FIRST_WIDTH, Window, is_divisible
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_copernica.http.pool import Finished
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.reading.plan import Slot
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.records.chunks import Chunk
    from tap_copernica.records.rows import Record

# Calls that one window may need: what a budget must hold before another is begun beside it.
_CALLS_PER_WINDOW = 12
# How much narrower the next run begins when a whole budget did not finish one window.
_NARROWER = 4


class WindowedStream(Stream):
    """A stream that is read by time: a subclass is data."""

    filters: ClassVar[tuple[PeriodFilter, ...]] = (BetweenTimes(),)
    """The ways to ask for a period; the next is tried where the API ignores one."""

    first_width: ClassVar[timedelta] = FIRST_WIDTH
    """How wide the first window is, before anything is known of the density."""

    grain: ClassVar[timedelta] = SECOND
    """How far from what was asked a row may lie before the filter counts as ignored."""

    @property
    def whole_days(self) -> bool:
        """Whether only complete days are read: then there is nothing to read until a new one is."""
        return False

    @property
    def lookback(self) -> timedelta:
        """How far before its bookmark the stream reads again."""
        return self.settings.lookback

    @property
    def extra_params(self) -> dict[str, Any]:
        """Parameters that every call has besides the period."""
        return {}

    @override
    def read(self) -> Iterator[Record]:
        self._began = self.calls.now()
        self._api_clock_known = self.calls.api_date is not None
        windows = self.new_window_reader()
        plan = self._plan(windows)
        if plan is None:
            self.logger.info("%s: nothing to read, the bookmark is at the end.", self.name)
            return
        self.watch.plan(plan.position, plan.end)
        tasks = Tasks(self.run.pool)
        began_at = self.bookmark
        try:
            while not plan.is_finished:
                self._begin_windows(plan, windows, tasks)
                slot = plan.collect()
                if slot is None:
                    self._settle(plan, tasks.next_finished(self.watch.tell))
                    continue
                if isinstance(slot.outcome, BudgetSpent) and self.bookmark == began_at:
                    self._keep_narrower(slot.window)
                if isinstance(slot.outcome, BaseException):
                    raise slot.outcome
                self._begin_windows(
                    plan, windows, tasks
                )  # called while this one's rows are written
                yield from self._write(cast("Result", slot.outcome))
        finally:
            tasks.abandon()

    def new_window_reader(self) -> WindowReader:
        """Make what reads this run's windows."""
        return WindowReader(self, self.encode)

    def from_when(self, start: datetime) -> datetime:
        """Say from which instant to read, where that is earlier than this stream itself needs."""
        return start

    def taken(self, chunk: Chunk) -> Chunk:
        """Give those of a complete window's records that are to be written."""
        return chunk

    # Where windows may begin and end

    def floor(self, edge: datetime) -> datetime:
        """Move a wall-clock time back to where this stream's period may begin or end."""
        return self.settings.clock.legal_before(edge)

    def cut(self, edge: datetime) -> datetime:
        """Move a wall-clock time back to where the period may be cut into windows."""
        return self.settings.clock.legal_before(edge)

    def ceiling(self, edge: datetime) -> datetime:
        """Move `end_date` on to where a window may end: all that lies before it must be asked for."""
        return self.settings.clock.legal_after(edge)

    def next_edge(self, start: datetime) -> datetime | None:  # noqa: ARG002 - for streams that need it
        """Say where a window that begins here must end; None lets its width follow density."""
        return None

    def asked(self, window: Window) -> tuple[datetime, datetime]:
        """Give the bounds to ask for: a second more before, since a bound may be exclusive."""
        return window.start - SECOND, window.end

    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Say whether a window must be asked for again, after which `asked` gives other bounds."""
        del window, reading, asked  # for streams whose answer hangs on the period asked for
        return False

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
        start, end = self.settings.start_date, self.settings.end_date
        if start is not None:
            first = max(first, rfc3339(start))
        if end is not None:
            after = min(after, rfc3339(end))
        return first, after

    def last_edge(self) -> datetime:
        """Give the latest edge: `lag_minutes` before this stream began, by the earlier of both clocks."""
        now = self._began
        if not self._api_clock_known:
            now = min(now, self.calls.api_date or now)
        return self.floor(self.settings.clock.wall(now - self.settings.lag))

    def _plan(self, windows: WindowReader) -> Plan | None:
        """Plan this run's period, or give None if there is nothing to read."""
        settings, zone = self.settings, self.settings.clock
        start, reached = settings.start_date or self._began, self.reached()
        if reached is not None:
            if settings.end_date is not None and reached >= settings.end_date:
                return None
            # After a run whose whole budget did not move the bookmark, all calls are for going on.
            held_up = self.progress("window_seconds") is not None
            reached = min(reached, zone.instant(self.last_edge()))
            start = max(start, reached if held_up else reached - self.lookback)
        start = self.from_when(start)
        first, last = self.floor(zone.wall(start)), self.last_edge()
        if settings.end_date is not None:
            last = min(last, self.ceiling(zone.wall(settings.end_date)))
        if first >= last or (self.whole_days and self._has_read(last)):
            return None
        seconds = self.progress("window_seconds")
        width = (
            timedelta(seconds=seconds) if isinstance(seconds, (int, float)) else self.first_width
        )
        return Plan(
            first,
            last,
            legal=self.cut,
            trust=windows.trust,
            width=max(SECOND, min(width, self.first_width)),
            next_edge=None if self.next_edge(first) is None else self._fixed_edge,
        )

    def _has_read(self, edge: datetime) -> bool:
        reached = self.reached()
        return reached is not None and reached >= self.settings.clock.instant(edge)

    def _fixed_edge(self, start: datetime) -> datetime:
        return self.next_edge(start) or start + DAY

    # Handing out windows, and writing them in order

    def _begin_windows(self, plan: Plan, windows: WindowReader, tasks: Tasks) -> None:
        abreast, left = self.settings.concurrency, self.calls.left
        plan.abreast = abreast if left is None else max(1, min(abreast, left // _CALLS_PER_WINDOW))
        while (slot := plan.take()) is not None:
            tasks.start(slot, partial(windows.read, slot.window))

    def _settle(self, plan: Plan, finished: Finished) -> None:
        """Note what became of a window."""
        slot: Slot = finished.task
        if finished.error is not None:
            plan.fail(slot, finished.error)
        elif finished.result.parts:
            plan.divide(slot, finished.result.parts)
        else:
            plan.settle(slot, self._trimmed(plan, finished.result), finished.result.load)

    def _trimmed(self, plan: Plan, result: Result) -> Result:
        """Take back what lies after the last edge, now that the API's clock may be known."""
        window, edge = result.window, self.last_edge()
        if window.end <= edge:
            return result
        plan.shorten(edge)
        if edge <= window.start or self.next_edge(window.start) is not None:
            return Result(Window(window.start, window.start))
        window = Window(window.start, edge)
        _, after = self.kept_between(window)
        return replace(result, window=window, until=after)

    def _write(self, result: Result) -> Iterator[Record]:
        for chunk in result.own_records(itemgetter(self.time_field)):
            yield from self.emit_chunk(self.taken(chunk))
        if result.window.start < result.window.end:
            bookmark = self._bookmark_after(result.window)
            narrow = self.progress("window_seconds") if bookmark == self.bookmark else None
            self.write_state(bookmark, window_seconds=narrow)
            self.watch.window_done(result.window.end)
        self.calls.check()

    def _bookmark_after(self, window: Window) -> str:
        """Give the bookmark that a finished window allows; it never moves back."""
        zone, end = self.settings.clock, window.end
        if self.settings.end_date is not None:
            end = min(end, self.floor(zone.wall(self.settings.end_date)))
        instant, reached = zone.instant(end), self.reached()
        return rfc3339(instant if reached is None else max(instant, reached))

    def _keep_narrower(self, window: Window) -> None:
        """Let the next run begin narrower, when a whole budget did not move the bookmark."""
        if self.calls.made_for[self.name] < (self.calls.budget or 0) / 2:
            return
        if not is_divisible(window, self.cut):
            msg = (
                f"{self.name}: `max_api_calls` ({self.calls.budget}) is too small for what one second, "
                f"or an odd hour that cannot be cut, holds ({window}). Raise it."
            )
            raise StreamError(msg)
        self.write_state(window_seconds=max(1, int(window.width.total_seconds() / _NARROWER)))

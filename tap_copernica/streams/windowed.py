"""Streams that are read in windows of time. Each window is written whole, then its STATE.

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

from tap_copernica.clock import DAY, SECOND
from tap_copernica.errors import BudgetSpent, StreamError
from tap_copernica.http.pool import Tasks
from tap_copernica.output.turns import past_of
from tap_copernica.reading.coverage import Kind
from tap_copernica.reading.filters import BetweenTimes
from tap_copernica.reading.plan import Plan
from tap_copernica.reading.window_reader import Result, WindowReader
from tap_copernica.reading.windows import FIRST_WIDTH, MOST_WIDTH, Window
from tap_copernica.streams.covered import CoveredStream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_copernica.http.pool import Finished
    from tap_copernica.reading.coverage import Stretch
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.reading.plan import Slot
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.records.chunks import Chunk
    from tap_copernica.records.rows import Record

# Near the end of a budget a window is begun beside others only if this many calls are left for each of them.
_CALLS_PER_WINDOW = 12
# If a whole budget did not finish one window, the next run begins with one that is so many times narrower.
_NARROWER = 4


class WindowedStream(CoveredStream):
    """A stream that is read in windows of time. Most subclasses are data alone: path, schema, keys."""

    filters: ClassVar[tuple[PeriodFilter, ...]] = (BetweenTimes(),)
    """The ways to ask for a period; the next is tried where the API ignores one."""

    first_width: ClassVar[timedelta] = FIRST_WIDTH
    """How wide the first window is, before anything is known of the density."""

    grain: ClassVar[timedelta] = SECOND
    """The filter's unit. If a row lies further than this outside what was asked, the filter was ignored."""

    _begin_is_inclusive = False
    _end_is_inclusive = False

    @override
    def read(self) -> Iterator[Record]:
        self._begin_at()
        reread = self._reread()  # of what was covered before this run
        fresh = self._fresh()
        if fresh is None and reread is None and self._past() is None:
            self.tell_of_nothing(self._why_nothing())
            return
        windows = self.new_window_reader()
        if self.run.turns.is_past_first(self.name):
            yield from self._past_in_turn(windows)
        for stretch in (fresh, reread):
            if stretch is not None:
                if stretch.reread:
                    self.logger.info("%s: %s is read again.", self.name, stretch.reread)
                yield from self._read_stretch(stretch, windows)
            if stretch is not None and self.last_edge() <= stretch.first:
                # All of it lay in the future: the first answer showed that this machine's clock is ahead.
                fresh = self._fresh()
                if fresh is not None:
                    yield from self._read_stretch(fresh, windows)
        self._finish_reread()
        past = self._past()
        later = partial(self._read_past, windows)
        if past is not None and not self.run.leaves_for_later(self.name, later):
            yield from self._read_stretch(past, windows)

    def _past_in_turn(self, windows: WindowReader) -> Iterator[Record]:
        """Read the past before what is new: in earlier runs it waited longer for its turn."""
        past = self._past()
        if past is not None:
            with self.run.turns.turn(past_of(self.name)):
                yield from self._read_stretch(past, windows)
            self.run.turns.begin(self.name)

    def _read_past(self, windows: WindowReader) -> None:
        """Go on with the past, once every stream of the run has brought what is new."""
        self.read_also(lambda: self._read_stretch(cast("Stretch", self._past()), windows))

    def _read_stretch(self, stretch: Stretch, windows: WindowReader) -> Iterator[Record]:
        """Read a stretch in windows, each written whole, then its STATE."""
        self._stretch, self._kept = stretch, stretch.kept
        self._plan_under_way = plan = self._plan(stretch, windows)
        self._first_width = plan.width
        self.watch.plan(plan.position, plan.start if plan.backward else plan.end)
        tasks = Tasks(self.run.pool)
        self.run.abreast.begin()
        began_at, made_before = self._position(), self.calls.made_for[self.name]
        try:
            while not plan.is_finished:
                self._begin_windows(plan, windows, tasks)
                slot = plan.collect()
                if slot is None:
                    self._settle(plan, tasks.next_finished(self.watch.tell))
                    continue
                if isinstance(slot.outcome, BudgetSpent) and self._position() == began_at:
                    made = self.calls.made_for[self.name] - made_before
                    self._keep_narrower(slot.window, made)
                if isinstance(slot.outcome, BaseException):
                    raise slot.outcome
                # Others are read while the rows of this one are written.
                self._begin_windows(plan, windows, tasks)
                yield from self._write(cast("Result", slot.outcome))
        finally:
            tasks.abandon()

    def new_window_reader(self) -> WindowReader:
        """Make what reads this run's windows."""
        return WindowReader(self, self.encode)

    def also_kept(self, result: Result) -> dict[str, Any]:  # noqa: ARG002 - for streams that need it
        """Give what else the state is to keep after a window."""
        return {}

    def kept_records(self, chunk: Chunk) -> Chunk:
        """Give those of a complete window's records that are to be written."""
        return chunk

    def outer_edges(self, window: Window) -> tuple[datetime, datetime]:
        """Give the edges of the smallest period around a window that the filter can name."""
        return window.start, window.end

    def asked(self, window: Window) -> tuple[datetime, datetime]:
        """Give the bounds to ask for.

        The begin is one unit earlier until it is known to be inclusive. The end is one unit earlier once it
        is known to be inclusive.
        """
        begin, end = self.outer_edges(window)
        return (
            begin if self._begin_is_inclusive else begin - self.grain,
            end - self.grain if self._end_is_inclusive else end,
        )

    def learn_bounds(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Learn from a row beside the window that a bound is inclusive; tell whether there was one."""
        if not reading.ids:
            return False
        (begin, end), (first, after) = self.outer_edges(window), self.between(window)
        # By what this answer was asked for: another window, read beside it, may have set the flags meanwhile.
        before = reading.earliest < first and asked[0] < begin
        beyond = reading.latest >= after and asked[1] >= end
        self._begin_is_inclusive = self._begin_is_inclusive or before
        self._end_is_inclusive = self._end_is_inclusive or beyond
        return before or beyond

    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Tell whether a window must be asked for again, with other bounds (`WindowSource.is_blurred`)."""
        del window, reading, asked  # for streams that learn from an answer how bounds are meant
        return False

    def _plan(self, stretch: Stretch, windows: WindowReader) -> Plan:
        seconds = self.progress(stretch.kind.value)  # the width that an earlier run kept
        width, most = self.first_width, MOST_WIDTH.total_seconds()
        if isinstance(seconds, (int, float)) and 1 <= seconds <= most:  # a state may hold anything
            width = timedelta(seconds=seconds)
        if stretch.kind is not Kind.PAST:  # the past goes on with windows as wide as they were
            width = min(width, self.first_width)
        fixed = self._edge_before if stretch.backward else self._fixed_edge
        return Plan(
            stretch.first,
            stretch.last,
            legal=self.window_edge,
            trust=windows.trust,
            width=width,
            next_edge=None if self.next_edge(stretch.first) is None else fixed,
            backward=stretch.backward,
        )

    def _fixed_edge(self, start: datetime) -> datetime:
        return self.next_edge(start) or start + DAY

    def _edge_before(self, end: datetime) -> datetime:
        return self.period_edge(end - SECOND)

    # Handing out windows, and writing them in order

    def _begin_windows(self, plan: Plan, windows: WindowReader, tasks: Tasks) -> None:
        abreast, left = self.run.abreast.number(), self.calls.left
        plan.abreast = abreast if left is None else max(1, min(abreast, left // _CALLS_PER_WINDOW))
        plan.calls_left = left if plan.abreast == 1 else None
        while (slot := plan.take()) is not None:
            tasks.start(slot, partial(windows.read, slot.window, partial(tasks.tell, slot)))

    def _settle(self, plan: Plan, finished: Finished) -> None:
        """Note what became of a window, or what its first page promises."""
        slot: Slot = finished.task
        if not finished.is_over:
            plan.expect(slot, finished.result)
        elif finished.error is not None:
            plan.fail(slot, finished.error)
        elif finished.result.parts:
            plan.divide(slot, finished.result.parts)
        else:
            plan.settle(slot, self._trimmed(plan, finished.result), finished.result.load)

    def _trimmed(self, plan: Plan, result: Result) -> Result:
        """Cut a window at the last edge: the API's clock may have shown that it reaches into the future."""
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
        written = self.watch.rows
        for chunk in result.own_records(itemgetter(self.time_field)):
            yield from self.emit_chunk(self.kept_records(chunk))
        if result.window.start < result.window.end:
            self._tell(result, self.watch.rows - written)
            self._note(result.window, **self.also_kept(result))
            self.watch.window_done(
                result.window.start if self._stretch.backward else result.window.end
            )
        self.calls.check()

    def _tell(self, result: Result, written: int) -> None:
        """Write the row of `sync_windows` for a finished window."""
        since, until = self.kept_between(result.window)
        if result.evidence is not None and since < until:
            self.run.ledger.note(
                *(self.name, since, until, result.evidence), written=written, started=result.started
            )

    def _keep_narrower(self, window: Window, made: int) -> None:
        """Let the next run begin with a narrower window, since the whole budget did not finish this one.

        `made` counts the calls of this stretch. If something else took most of the budget, the window need
        not be narrower.
        """
        if made < (self.calls.budget or 0) / 2:
            return
        kind, width = self._stretch.kind.value, int(window.width.total_seconds())
        is_later = not self._stretch.backward and window.start > self._stretch.first
        was_cut = self.next_edge(window.start) is None and window.width < self._first_width
        if self.can_be_cut(window):
            self.write_state(**{kind: max(1, width // _NARROWER)})
        elif is_later or was_cut:
            # What was read again, or cut, took the calls. With this entry the next run begins with a window
            # of this width (`_plan`), and reads nothing again (`_fresh`).
            self.write_state(**{kind: width})
        elif self.run.is_stuck:
            msg = (
                f"{self.name}: {self.calls.bound_of} is too small for what {window} holds, which cannot be "
                "cut. Raise it."
            )
            raise StreamError(msg)

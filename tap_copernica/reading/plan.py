"""The plan of a stream's run: which window is read next, how wide it is, and which is written next.

No I/O and no zones, as in `windows.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_copernica.clock import SECOND
from tap_copernica.reading.windows import (
    FIRST_WIDTH,
    MOST_WIDTH,
    LegalEdge,
    Window,
    first_edge_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tap_copernica.reading.verdict import Trust

# Near the end of a budget a window is made as wide as the calls that are left can read, less this many pages:
# it may hold more rows than the window before it suggests.
_SPARE_PAGES = 0.3
# A rest of the period that is narrower than this part of `width` is read with the window before it, which
# saves a call. A window that is as wide as `width` and holds `AIM_PAGES` then has 9.35 pages, so it is still
# not cut (`MOST_PAGES`).
_TINY = 0.1


@dataclass(slots=True, eq=False)
class Slot:
    """A window in the plan.

    Attributes:
        window: the window.
        taken: whether a thread reads it, or has read it.
        outcome: what became of it: a result or an error; None until that is known.
    """

    window: Window
    taken: bool = False
    outcome: object = None

    @property
    def is_settled(self) -> bool:
        """Whether its outcome is known."""
        return self.outcome is not None


class Plan:
    """Cuts a period into windows while they are read, and keeps their order.

    Each window is as wide as the rows of the one before it suggest. While windows still grow, one new window
    is read at a time, because it decides the next width. After that up to `abreast` are read at once, as
    are the parts of a window that was cut.

    Attributes:
        start: where the period begins.
        end: where it ends, exclusive.
        backward: whether windows are read from the last to the first.
        position: up to where windows were handed out.
        abreast: how many windows may be read, or wait to be written, at once.
        width: how wide the next window shall be.
        calls_left: calls left in the budget, if windows are read one at a time; else None.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that the plan depends on
        self,
        start: datetime,
        end: datetime,
        *,
        legal: LegalEdge,
        trust: Trust,
        abreast: int = 1,
        width: timedelta = FIRST_WIDTH,
        next_edge: Callable[[datetime], datetime] | None = None,
        backward: bool = False,
    ) -> None:
        """Plan `[start, end)`.

        Args:
            start: the first wall-clock time, a legal edge.
            end: the last one, exclusive, a legal edge.
            legal: gives the last time at or before another at which a window may begin (`window_edge`).
            trust: what the run learns of the API's paging.
            abreast: how many windows may be read, or wait to be written, at once.
            width: the width of the first window.
            next_edge: for streams with fixed windows: gives the end of a window that starts at a time;
                with `backward` the start of one that ends there.
            backward: whether windows are read from the last to the first.
        """
        self.start = start
        self.end = end
        self.backward = backward
        self.position = end if backward else start
        self.abreast = abreast
        self.width = width
        self._legal = legal
        self._trust = trust
        self._next_edge = next_edge
        self._slots: list[Slot] = []
        self._growing = next_edge is None
        self._density: float | None = None  # pages a second, in the window measured last
        self.calls_left: int | None = None

    @property
    def _fitting_width(self) -> timedelta:
        """The next window's width: near the end of a budget, what the calls that are left can read."""
        if self.calls_left is None or not self._density:
            return self.width
        seconds = max(1, self.calls_left - _SPARE_PAGES) / self._density
        return min(self.width, max(SECOND, timedelta(seconds=seconds)))

    @property
    def is_finished(self) -> bool:
        """Whether every window was read and collected."""
        return not self._slots and self._is_handed_out

    @property
    def _is_handed_out(self) -> bool:
        return self.position <= self.start if self.backward else self.position >= self.end

    def take(self) -> Slot | None:
        """Give the next window; None if none is left, enough are under way, or one must be read first."""
        underway = sum(slot.taken for slot in self._slots)
        for slot in self._slots:
            if not slot.taken:
                if slot is self._slots[0] or underway < self.abreast:
                    slot.taken = True
                    return slot
                return None
        if self._is_handed_out or underway >= (1 if self._growing else self.abreast):
            return None
        slot = Slot(self._next_window(), taken=True)
        self._slots.append(slot)
        return slot

    def expect(self, slot: Slot, load: float) -> None:
        """Note how many pages a window will fill, before it is read: then the next ones can begin."""
        if self._growing:
            self._choose_width(slot.window, load)

    def settle(self, slot: Slot, outcome: object, load: float | None = None) -> None:
        """Note what became of a window. `load` is how many pages its rows filled, if it was read."""
        slot.outcome = outcome
        if load is None or self._next_edge is not None:
            return
        self._choose_width(slot.window, load)

    def fail(self, slot: Slot, error: BaseException) -> None:
        """Note that a window cannot be read: those after it are dropped, and the plan ends with it."""
        if slot not in self._slots:
            return  # an earlier one has failed meanwhile
        slot.outcome = error
        del self._slots[self._slots.index(slot) + 1 :]
        if self.backward:  # nothing more is handed out
            self.start = self.position
        else:
            self.end = self.position

    def divide(self, slot: Slot, parts: Iterable[Window]) -> None:
        """Put a window's parts in its place."""
        if slot not in self._slots:
            return  # an earlier one has failed meanwhile
        position = self._slots.index(slot)
        slots = [Slot(part) for part in parts]
        self._slots[position : position + 1] = reversed(slots) if self.backward else slots
        self.width = min(self.width, slot.window.width)

    def collect(self) -> Slot | None:
        """Take out the next window to write, if its outcome is known: windows are written in order."""
        if self._slots and self._slots[0].is_settled:
            return self._slots.pop(0)
        return None

    def shorten(self, end: datetime) -> None:
        """Let the period end earlier; windows that were handed out stay as they are."""
        self.end = min(self.end, end)
        if self.backward:  # nothing after the end is asked for on the way back
            self.position = min(self.position, self.end)

    def _next_window(self) -> Window:
        return self._window_before() if self.backward else self._window_after()

    # A window may be narrower than `width`. It is wider only by a rest of the period (`_TINY`), or where it
    # must hold a stretch that cannot be cut: an hour that occurs twice, or a day (`window_edge`).
    # `_legal` moves an edge back in time. For the end of a window that means narrower, for its begin wider.

    def _window_before(self) -> Window:
        end = self.position
        if self._next_edge is not None:
            edge = self._next_edge(end)
        else:
            wanted = (end - self._fitting_width).replace(microsecond=0)
            edge = self._legal(wanted)
            if edge < wanted:  # `wanted` is inside a stretch that cannot be cut
                # Begin after that stretch, unless the window ends with it: then it holds that and no more.
                after = first_edge_after(edge, end, self._legal)
                edge = after if after < end else edge
            if edge - self.start < self.width * _TINY:
                edge = self.start
        self.position = max(edge, self.start)
        return Window(self.position, end)

    def _window_after(self) -> Window:
        start = self.position
        if self._next_edge is not None:
            edge = self._next_edge(start)
        else:
            width = self._fitting_width
            edge = self._legal((start + width).replace(microsecond=0))
            # If the window begins in a stretch that cannot be cut, it must hold the rest of that stretch.
            while edge <= start:
                width *= 2
                edge = first_edge_after(start, start + width, self._legal)
            if self.end - edge < self.width * _TINY:
                edge = self.end
        self.position = min(edge, self.end)
        return Window(start, self.position)

    def _choose_width(self, window: Window, load: float) -> None:
        """Choose the next width from what this window held."""
        self._density = load / window.width.total_seconds()
        growth = self._trust.growth
        factor = min(growth, self._trust.aim / load) if load else growth
        width = max(SECOND, min(MOST_WIDTH, window.width * factor))
        # Several are read at once only when the width is measured, not guessed. A window with few rows, after
        # which the width may grow by half of `growth` or more, measures little: several windows that are far
        # too narrow would cost a call each. At `MOST_WIDTH` there is nothing left to measure.
        self._growing = factor >= growth / 2 and width < MOST_WIDTH
        self.width = width

"""The plan of a stream's run: which window to read next, how wide, and in which order they leave.

Pure, like `windows.py`: no I/O and no zones; which time may be an edge is asked of the account's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_copernica.reading.windows import (
    FIRST_WIDTH,
    MOST_WIDTH,
    SECOND,
    LegalEdge,
    Window,
    first_edge_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime, timedelta

    from tap_copernica.reading.verdict import Trust


@dataclass(slots=True, eq=False)
class Slot:
    """A window's place in the plan, and what became of it."""

    window: Window
    taken: bool = False
    outcome: object = None

    @property
    def is_settled(self) -> bool:
        """Whether its outcome is known."""
        return self.outcome is not None


class Plan:
    """Cuts a period into windows while they are read, and keeps their order.

    Windows follow density: each is as wide as its predecessor's rows suggest. While they still grow,
    one is read at a time, since the next one's width hangs on it; then up to `abreast` side by side.
    """

    def __init__(  # noqa: PLR0913 - each is one thing that a plan hangs on
        self,
        start: datetime,
        end: datetime,
        *,
        legal: LegalEdge,
        trust: Trust,
        abreast: int = 1,
        width: timedelta = FIRST_WIDTH,
        next_edge: Callable[[datetime], datetime] | None = None,
    ) -> None:
        """Plan `[start, end)`.

        Args:
            start: the first wall-clock time, a legal edge.
            end: the last one, exclusive, a legal edge.
            legal: gives the last legal edge at or before a time.
            trust: what the run learns of the API.
            abreast: windows that may be read or wait to be written at once.
            width: the first window's.
            next_edge: where a window that starts at a time must end; for streams with fixed windows.
        """
        self.position = start
        self.end = end
        self.abreast = abreast
        self.width = width
        self._legal = legal
        self._trust = trust
        self._next_edge = next_edge
        self._slots: list[Slot] = []
        self._growing = next_edge is None

    @property
    def is_finished(self) -> bool:
        """Whether every window was handed out, settled and collected."""
        return not self._slots and self.position >= self.end

    def take(self) -> Slot | None:
        """Give the earliest window to read next, or None if another must be settled first."""
        underway = sum(slot.taken for slot in self._slots)
        for slot in self._slots:
            if not slot.taken:
                if slot is self._slots[0] or underway < self.abreast:
                    slot.taken = True
                    return slot
                return None
        if self.position >= self.end or underway >= (1 if self._growing else self.abreast):
            return None
        slot = Slot(self._next_window(), taken=True)
        self._slots.append(slot)
        return slot

    def settle(self, slot: Slot, outcome: object, load: float | None = None) -> None:
        """Note a window's outcome; `load` is how many pages it filled, where it was read."""
        slot.outcome = outcome
        if load is None or self._next_edge is not None:
            return
        self._trust_width(slot.window, load)

    def fail(self, slot: Slot, error: BaseException) -> None:
        """Note that a window cannot be read: nothing after it is begun."""
        if slot not in self._slots:
            return  # an earlier one has failed meanwhile
        slot.outcome = error
        del self._slots[self._slots.index(slot) + 1 :]
        self.end = self.position = min(self.position, self.end)

    def divide(self, slot: Slot, parts: Iterable[Window]) -> None:
        """Put a window's parts in its place."""
        if slot not in self._slots:
            return  # an earlier one has failed meanwhile
        position = self._slots.index(slot)
        self._slots[position : position + 1] = [Slot(part) for part in parts]
        self.width = min(self.width, slot.window.width)

    def collect(self) -> Slot | None:
        """Take the earliest window out if it is settled: they leave strictly in order."""
        if self._slots and self._slots[0].is_settled:
            return self._slots.pop(0)
        return None

    def shorten(self, end: datetime) -> None:
        """Let the period end earlier than planned; windows already handed out stay."""
        self.end = min(self.end, end)

    def _next_window(self) -> Window:
        start = self.position
        if self._next_edge is not None:
            edge = self._next_edge(start)
        else:
            width = self.width
            edge = self._legal((start + width).replace(microsecond=0))
            while edge <= start:  # inside an hour that cannot be cut
                width *= 2
                if self._legal((start + width).replace(microsecond=0)) > start:
                    edge = first_edge_after(start, start + width, self._legal)
            if self.end - edge < self.width * 0.1:  # no crumb at the end
                edge = self.end
        self.position = min(edge, self.end)
        return Window(start, self.position)

    def _trust_width(self, window: Window, load: float) -> None:
        """Choose the next width from what this window held."""
        growth = self._trust.growth
        factor = min(growth, self._trust.aim / load) if load else growth
        width = max(SECOND, min(MOST_WIDTH, window.width * factor))
        # A sparse window says little of the next; one at the limit or well filled says enough.
        self._growing = factor >= growth / 2 and width < MOST_WIDTH
        self.width = width

"""How often STATE leaves: each repeats the whole state, which with many streams is more than the rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    State = Any

# What a run that is killed may have to read again: the work of so many seconds.
SECONDS_BETWEEN_STATES = 0.5


class StatePace:
    """Lets a STATE leave at once, or holds it back until the one before is half a second old.

    The state is written as it is when it leaves: it speaks only of rows that were handed over before.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with none that was written; `monotonic` gives seconds."""
        self._monotonic = monotonic
        self._held: Callable[[], None] | None = None
        self._written_at: float | None = None

    @property
    def is_due(self) -> bool:
        """Whether a STATE may leave now."""
        last = self._written_at
        return last is None or self._monotonic() - last >= SECONDS_BETWEEN_STATES

    def note(self) -> None:
        """Take note that a STATE leaves."""
        self._written_at = self._monotonic()

    def take(self, write: Callable[[], None]) -> None:
        """Write a STATE, now or later."""
        self._held = write
        self.tick()

    def tick(self) -> None:
        """Write the STATE that is held back, if it is due; to be called often."""
        if self._held is not None and self.is_due:
            self.flush()

    def flush(self) -> None:
        """Write the STATE that is held back, if there is one."""
        if self._held is not None:
            write, self._held = self._held, None
            self.note()
            write()

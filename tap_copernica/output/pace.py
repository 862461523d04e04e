"""How often STATE leaves: each repeats the whole state, which with many streams is more than the rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    State = Any

# What a run that is killed may have to read again: the work of so many seconds.
SECONDS_BETWEEN_STATES = 0.5
# Where STATEs would become more than a tenth of the output, the work of up to so many.
MOST_SECONDS_BETWEEN_STATES = 10.0
_SHARE = 12  # the last STATE comes on top
# A tenth of 100,000 short rows: as much is written of STATEs however few the rows are.
_BYTES_ANYWAY = 1_500_000


class StatePace:
    """Lets a STATE leave at once, or holds it back until the one before is half a second old.

    With hundreds of streams and an API that takes its time, a state every half second would still be more
    than the rows: where STATEs come to a tenth of the output, the next one waits, though not for long.
    The state is written as it is when it leaves: it speaks only of rows that were handed over before.

    Attributes:
        written: bytes of the output so far, STATEs included; kept by whoever writes.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with none that was written; `monotonic` gives seconds."""
        self._monotonic = monotonic
        self._held: Callable[[], None] | None = None
        self._written_at: float | None = None
        self.written = 0
        self._bytes = self._last_bytes = 0

    @property
    def is_due(self) -> bool:
        """Whether a STATE may leave now."""
        if self._written_at is None:
            return True
        seconds = self._monotonic() - self._written_at
        most = max(_BYTES_ANYWAY, self.written // _SHARE)
        is_much = self._bytes + self._last_bytes > most
        return seconds >= (
            MOST_SECONDS_BETWEEN_STATES if is_much else SECONDS_BETWEEN_STATES
        )

    def count(self, size: int) -> None:
        """Take note of a STATE that is written, whoever wrote it, and of its size."""
        self.note()
        self._bytes += size
        self._last_bytes = size

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

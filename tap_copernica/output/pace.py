"""How often STATE is written. Each repeats the whole state, which with many streams is larger than the rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    State = Any

# If a run is killed, the work of so many seconds may have to be done again.
SECONDS_BETWEEN_STATES = 0.5
# The same, where STATEs would otherwise be more than a tenth of the output.
MOST_SECONDS_BETWEEN_STATES = 10.0
# STATEs may be one part in so many of the output. With the last one, which is always written, a tenth.
_SHARE = 12
# STATEs may always have so many bytes, however few the rows are: a tenth of 100,000 short rows.
_BYTES_ANYWAY = 1_500_000


class StatePace:
    """Writes a STATE at once, or holds it back until the one before is half a second old.

    With hundreds of streams and a slow API, a STATE every half second would still be larger than the rows. So
    once STATEs are a tenth of the output, the next one waits longer, up to ten seconds. The state is written as
    it is at that moment: it covers only rows that were written before.

    Attributes:
        written: bytes of the output so far, STATEs included; the writer adds to it.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin; no STATE was written yet. `monotonic` is a clock in seconds."""
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
        """Note that a STATE of this size was written, also one that was not held back here."""
        self.note()
        self._bytes += size
        self._last_bytes = size

    def note(self) -> None:
        """Note that a STATE is written now."""
        self._written_at = self._monotonic()

    def take(self, write: Callable[[], None]) -> None:
        """Write a STATE, now or later; `write` writes it."""
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

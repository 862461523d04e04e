"""How many windows are worth reading at once: no more than the interpreter can follow.

A window makes one call at a time, in a thread. Python runs one thread at a time. While answers come late,
more threads bring more of them. Where answers come at once, two threads keep the interpreter busy: one
computes while the other waits. More of them only take turns. That costs time, and burdens a server that has
enough to do already.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds between two looks: long enough to see several answers.
_EVERY = 0.2
# The share of time in which this process computes. Above `_BUSY` fewer windows are read at once, below
# `_WAITS` more.
_BUSY, _WAITS = 0.95, 0.85
# Two threads keep the interpreter busy (see above).
_FEWEST = 2


class Abreast:
    """Chooses how many windows to read at once, up to a bound, by how busy this process is."""

    def __init__(
        self,
        most: int,
        monotonic: Callable[[], float] = time.monotonic,
        computed: Callable[[], float] = time.process_time,
    ) -> None:
        """Begin with `most`. Both clocks give seconds; `computed` is the CPU time of this process."""
        self._most = self._now = most
        self._monotonic, self._computed = monotonic, computed
        self.begin()

    def begin(self) -> None:
        """Look only at what comes from now on."""
        self._began, self._computed_before = self._monotonic(), self._computed()

    def number(self) -> int:
        """Give how many windows may be read, or wait to be written, at once; to be called often."""
        seconds = self._monotonic() - self._began
        if seconds >= _EVERY:
            share = (self._computed() - self._computed_before) / seconds
            if share > _BUSY:
                self._now = max(self._now // 2, min(_FEWEST, self._most))
            elif share < _WAITS:
                self._now = min(self._now * 2, self._most)
            self.begin()
        return self._now

"""Keeps the streaming JSON parser from brackets that open and never close.

For each open bracket it remembers the path to it, so that its memory grows with the square of their
number: 100 kB of nothing but brackets would take 20 GB.
"""

from __future__ import annotations

from typing import IO

# No row of the API is nested deeper than five; brackets in texts count as well, and may not be in pairs.
_MOST_OPEN = 1000


class TooDeepError(ValueError):
    """The JSON is nested so deeply that it can be no answer of the API."""


class OpenBrackets:
    """Counts brackets that are open, about: those in texts are counted as well."""

    def __init__(self) -> None:
        """Begin with none."""
        self._open = 0

    def row_is_whole(self) -> None:
        """Take note that a row has ended: nothing but the list itself is open now."""
        self._open = 0

    def count(self, part: bytes) -> bytes:
        """Count those of a part that is about to be parsed; give the part.

        Raises:
            TooDeepError: if more are open than any row has.
        """
        opened = part.count(b"[") + part.count(b"{") - part.count(b"]") - part.count(b"}")
        self._open += opened
        if max(self._open, opened) > _MOST_OPEN:
            raise TooDeepError
        return part


class Watched:
    """A file that cannot be read on where brackets open and never close."""

    def __init__(self, file: IO[bytes]) -> None:
        """Take the file."""
        self._file = file
        self.brackets = OpenBrackets()

    def read(self, size: int = -1) -> bytes:
        """Read a part; raises `TooDeepError`."""
        return self.brackets.count(self._file.read(size))

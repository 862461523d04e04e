"""Pages written in advance, so that a measurement measures its client and not this server.

All rows of a stream lie in a temporary file as JSON, in order of time; a page of any period, start
and limit is one cut of it. The file is mapped, not loaded, and is gone when the process ends.
"""

from __future__ import annotations

import mmap
import tempfile
from array import array
from typing import TYPE_CHECKING

from copernica_sandbox.render import Renderer, encode

if TYPE_CHECKING:
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.selection import Planned
    from copernica_sandbox.switches import Switches

_BLOCK = 1000


class Written:
    """The rows of one stream as one version shows them under the switches in force."""

    def __init__(self, rows: Planned, endpoint: Endpoint, version: int, switches: Switches) -> None:
        """Write all rows of the stream so far; takes some 15 seconds a million."""
        renderer = Renderer(endpoint.named(version), switches)
        self._ends = array("Q", [0])  # where the first n rows end, each with its comma
        self._map: bytes | mmap.mmap = b""
        with tempfile.TemporaryFile() as file:
            for start in range(0, len(rows), _BLOCK):
                for record in renderer.rows(rows.cut(start, start + _BLOCK)):
                    line = encode(record, unicode_escaped=switches.unicode_escaped)
                    file.write(line + b",")
                    self._ends.append(self._ends[-1] + len(line) + 1)
            file.flush()
            if len(rows):
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def page(self, spans: list[tuple[int, int]]) -> bytes | None:
        """Return rows of the whole stream as a JSON array; None if some are newer than the file."""
        if any(stop >= len(self._ends) for _, stop in spans):
            return None
        cuts = [(self._ends[start], self._ends[stop]) for start, stop in spans]
        with memoryview(self._map) as rows:
            return b"[%b]" % b",".join(
                [rows[begin : end - 1] for begin, end in cuts if end > begin]
            )

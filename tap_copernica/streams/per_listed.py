"""Streams that ask something for each row of a list that is read whole: optional.

They are FULL_TABLE. A pass over the list may take several runs: each goes on after the last parent whose
rows are written. All these runs write under the version of the first of them, so that ACTIVATE_VERSION at the
end keeps all rows of the pass.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_copernica.reading.parents import Parents, Refused, Waiting
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.records.rows import Record
    from tap_copernica.records.spill import Records
    from tap_copernica.streams.lists import ListStream

# A pass that no run has gone on with for longer begins again: its rows are old. The time is long because runs
# that a budget ends early may be weeks apart, and must finish a pass together.
_SECONDS_A_PASS_IS_GOOD_FOR = 31 * 86_400


class PerListed(Stream):
    """A call or more for each row of a list; a subclass says which."""

    parent: ClassVar[type[ListStream]]
    optional_in = API_VERSIONS
    read_order = 2
    cost = "1 per row of the list"

    @abstractmethod
    def records_of(self, number: int) -> Records:
        """Ask for what belongs to a parent, by its id; runs in a worker thread."""

    @override
    def read(self) -> Iterator[Record]:
        numbers = sorted(self.tap.stream_of(self.parent).whole().ids)
        finished = self._resumed()
        ahead = [number for number in numbers if finished is None or number > finished]
        former = None if finished is None else self.progress("refused")
        waiting = Waiting(self.name, former, int)
        listed = set(numbers)
        again = [one for one in waiting.since if one in listed]
        asked = Parents(self.name, self.run.pool, self.records_of, is_offered=finished is not None)
        for number, answer in asked.answers(ahead, again):
            if not isinstance(answer, Refused):
                for chunk in answer.chunks():
                    yield from self.emit_chunk(chunk)
            waiting.done(number)  # its days of waiting begin anew with each refusal
            self.settle(number, answer, waiting)
            finished = number if finished is None else max(finished, number)
            refused = (
                {"refused": waiting.state} if waiting.since or self.progress("refused") else {}
            )
            self.write_progress(
                finished=finished, at=int(time.time()), version=self.version, **refused
            )
            self.calls.check()
        refused = {"refused": None} if self.progress("refused") else {}
        self.write_progress(finished=None, at=None, version=None, **refused)

    @override
    def probe(self) -> str:
        return "is asked for each row of a list"

    def _resumed(self) -> int | None:
        """Give the last parent of an unfinished pass, and take over its version; None begins a new pass."""
        finished, at = self.progress("finished"), self.progress("at")
        version = self.progress("version")
        if not isinstance(finished, int) or not isinstance(at, int):
            return None
        if at + _SECONDS_A_PASS_IS_GOOD_FOR < time.time():
            return None
        if type(version) is not type(self.version):
            return None
        if isinstance(version, int):
            self.version = version
        return finished

"""Streams that ask something for each row of a list that is read whole: chosen, not default.

FULL_TABLE: the version is that of the pass. A run that is killed goes on after the last parent whose
rows are written, under the same version, so that ACTIVATE_VERSION at the end covers all of them.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_copernica.errors import ApiError
from tap_copernica.lists import is_gone
from tap_copernica.pool import in_order
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.rows import Record
    from tap_copernica.streams.lists import ListStream

# A pass that was begun longer ago begins again, since its rows are old.
_SECONDS_A_PASS_IS_GOOD_FOR = 86_400


class PerListed(Stream):
    """A call or more for each row of a list; a subclass says which."""

    parent: ClassVar[type[ListStream]]
    selected_by_default = False
    turn = 1
    cost = "1 per row of the list"

    @abstractmethod
    def records_of(self, number: int) -> list[Record]:
        """Ask for what belongs to a parent, by its id; runs in a worker thread."""

    @override
    def read(self) -> Iterator[Record]:
        parents = (one for one in self._tap.streams.values() if isinstance(one, self.parent))
        parent = next(parents)
        numbers = sorted(record[parent.key_fields[0]] for record in parent.whole())
        self._began = int(time.time())
        finished = self._resumed()
        ahead = [number for number in numbers if finished is None or number > finished]
        for number, records in in_order(self.run.pool, ahead, self._asked, ahead=1):
            if records is None:
                self.logger.warning(
                    "%s: the API has nothing for %s (any more); it is skipped.", self.name, number
                )
            else:
                yield from self.emit(records)
            self.write_progress(finished=number, began=self._began, version=self.version)
            self.calls.check()
        self.write_progress(finished=None, began=None, version=None)

    @override
    def probe(self) -> str:
        return "is asked for each row of a list"

    def _asked(self, number: int) -> list[Record] | None:
        try:
            return self.records_of(number)
        except ApiError as error:
            if not is_gone(error):
                raise
            return None

    def _resumed(self) -> int | None:
        """Give the parent after which a pass goes on, whose version is taken up again."""
        finished, began = self.progress("finished"), self.progress("began")
        if not isinstance(finished, int) or not isinstance(began, int):
            return None
        version = self.progress("version")
        if began + _SECONDS_A_PASS_IS_GOOD_FOR < self._began or type(version) is not type(
            self.version
        ):
            return None
        self._began = began
        if isinstance(version, int):
            self.version = version
        return finished

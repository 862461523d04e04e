"""The order in which a run reads, if a budget of calls may end it early: what was not reached comes first.

A stream has one or two parts: what is new, and its past, which is read backward from there. In the state each
part waits under a name of its own. While the budget is enough for all that is new, this comes first in each run,
and the pasts follow in the order in which they wait. While it is not (calls are scarce), all parts wait in one
queue, and the past of one stream may come before what is new of another. A part that a budget broke off after it
came further goes to the end of the queue, since the others have waited longer.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tap_copernica.errors import BudgetSpent
from tap_copernica.http.calls import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_copernica.http.calls import Calls

_PAST = " past"


def past_of(stream: str) -> str:
    """Give the name under which a stream's past waits."""
    return f"{stream}{_PAST}"


class Turns:
    """The order of one run, and which parts it reached.

    Attributes:
        under_way: the part that is read now.
        has_all: whether that part began with all calls of the run's budget.
    """

    def __init__(
        self, calls: Calls, waiting: Iterable[object] = (), *, scarce: bool = False
    ) -> None:
        """Take the run's calls, the parts that wait by the state, and whether calls are `scarce`."""
        self._calls = calls
        self._waiting = [part for part in waiting if isinstance(part, str)]
        self._is_scarce = scarce
        self._deferred: list[str] = []
        self._done: set[str] = set()
        self.under_way: str | None = None
        self.has_all = False

    def place(self, part: str) -> int:
        """Give the place of a stream, or of its past, in the order of this run."""
        places = [
            place
            for place, one in enumerate(self._waiting)
            if one == part or (self._is_scarce and one == past_of(part))
        ]
        return min(places, default=len(self._waiting))

    def is_past_first(self, stream: str) -> bool:
        """Tell whether a stream is to begin with its past, since that has waited longer than what is new."""
        if not self._is_scarce or past_of(stream) not in self._waiting:
            return False
        rest = self._waiting[self._waiting.index(past_of(stream)) :]
        return stream not in self._waiting or stream in rest

    def begin(self, part: str) -> None:
        """Note that a part is read from now on."""
        shared = sum(self._calls.made_for[name] for name in SHARED)
        self.has_all = self._calls.made == shared
        self.under_way = part

    @property
    def stream(self) -> str | None:
        """The stream that is under way."""
        return None if self.under_way is None else self.under_way.removesuffix(_PAST)

    @contextlib.contextmanager
    def turn(self, part: str) -> Iterator[None]:
        """Read a part in this block. At its end the part is done, unless a budget has ended it."""
        self.begin(part)
        try:
            yield
        except BudgetSpent:
            raise
        except BaseException:
            self.done(part)
            raise
        self.done(part)

    def done(self, part: str) -> None:
        """Note that a part is finished, or has failed: it does not wait any more."""
        self._done.add(part)

    def defer(self, part: str) -> None:
        """Note that a part is left for later in this run."""
        self._deferred.append(part)

    def left(self, streams: Sequence[str], *, came_further: bool) -> list[str]:
        """Give what waits after a run that a budget ended, in order.

        Args:
            streams: those that this run was to read, in its order.
            came_further: whether the part under way finished anything. If not, too few calls were left for
                it, and it keeps its place. So it will begin with all calls of a budget one day.
        """
        parts = dict.fromkeys([*self._waiting, *streams, *self._deferred])
        alive = {*streams, *map(past_of, streams)}
        waiting = [one for one in parts if one in alive and one not in self._done]
        if self.under_way in waiting and (came_further or self.has_all):
            waiting.remove(self.under_way)
            waiting.append(self.under_way)
        return waiting


def is_scarce(waiting: Iterable[str]) -> bool:
    """Tell whether a budget was not enough for all that is new, by the parts that wait."""
    return any(not part.endswith(_PAST) for part in waiting)


def described(waiting: Iterable[str]) -> str:
    """Name what waits, for people."""
    parts = list(waiting)
    news = [one for one in parts if not one.endswith(_PAST)]
    pasts = [one.removesuffix(_PAST) for one in parts if one.endswith(_PAST)]
    texts = [", ".join(news)] if news else []
    if pasts:
        texts.append(f"the past of {', '.join(pasts)}")
    return "; ".join(texts) or "nothing"

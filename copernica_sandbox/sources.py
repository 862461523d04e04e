"""Where the rows of an endpoint lie in the account: by which arithmetic they are counted and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from copernica_sandbox.account import Position

if TYPE_CHECKING:
    from copernica_sandbox.account import Family


class Source(Protocol):
    """Positions in order of time."""

    def count(self, begin: int, end: int) -> int:
        """Return how many positions lie in ``[begin, end)`` (instants)."""
        ...

    def cut(self, begin: int, end: int, start: int, stop: int) -> list[Position]:
        """Return positions ``start`` to ``stop`` (exclusive) of those in ``[begin, end)``."""
        ...


class Events:
    """The events of one kind in all mailings of a family."""

    def __init__(self, family: Family, kind: str) -> None:
        """Take the family and the kind of event."""
        self._family, self._kind = family, kind

    def count(self, begin: int, end: int) -> int:
        """Return how many events lie in ``[begin, end)``."""
        return self._family.count(self._kind, end) - self._family.count(self._kind, begin)

    def cut(self, begin: int, end: int, start: int, stop: int) -> list[Position]:
        """Return events ``start`` to ``stop`` (exclusive) of those in ``[begin, end)``."""
        return self._family.slice(self._kind, begin, end, start, stop)


class EventsOfMailing:
    """The events of one kind in one mailing."""

    def __init__(self, family: Family, kind: str, mailing: int) -> None:
        """Take the family, the kind of event and the number of the mailing (from 0)."""
        self._kind, self._mailing = kind, family.mailings[mailing]

    def count(self, begin: int, end: int) -> int:
        """Return how many events lie in ``[begin, end)``."""
        happened = self._mailing.happened
        return max(0, happened(self._kind, end) - happened(self._kind, begin))

    def cut(self, begin: int, end: int, start: int, stop: int) -> list[Position]:
        """Return events ``start`` to ``stop`` (exclusive) of those in ``[begin, end)``."""
        first = self._mailing.happened(self._kind, begin)
        stop = min(stop, self.count(begin, end))
        return [
            Position(self._mailing.instant(self._kind, nth), self._mailing.number, nth)
            for nth in range(first + start, first + stop)
        ]


class Mailings:
    """The mailings of a family."""

    def __init__(self, family: Family) -> None:
        """Take the family."""
        self._family = family

    def count(self, begin: int, end: int) -> int:
        """Return how many mailings were sent in ``[begin, end)``."""
        return len(self._family.sent(begin, end))

    def cut(self, begin: int, end: int, start: int, stop: int) -> list[Position]:
        """Return mailings ``start`` to ``stop`` (exclusive) of those sent in ``[begin, end)``."""
        numbers = self._family.sent(begin, end)[start:stop]
        return [Position(self._family.mailings[n].sent, n, 0) for n in numbers]

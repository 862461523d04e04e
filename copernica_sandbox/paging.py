"""One page of a list in the API's envelope, with the ways in which pages can disappoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import php

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copernica_sandbox.records import Row
    from copernica_sandbox.selection import Rows
    from copernica_sandbox.switches import Switches

DEFAULT_LIMIT = 100


class Page:
    """Which rows of a list a call gets, and what the envelope says about them."""

    def __init__(self, parameters: php.Parameters, switches: Switches) -> None:
        """Take ``start``, ``limit`` and ``total`` from the parameters, as PHP reads them."""
        self._switches = switches
        self.start = php.integer(parameters.get("start"), 0)
        self.asked = php.integer(parameters.get("limit"), DEFAULT_LIMIT)
        self.limit = min(self.asked, switches.page_cap)
        self._counted = php.truth(parameters.get("total"), default=True)

    def span(self) -> tuple[int, int]:
        """Return which rows (start, stop) the page shows.

        There are none for a negative start or a limit below 1.
        """
        if self.start < 0 or self.limit < 1:
            return 0, 0
        before = self.start // self.limit if self.start else 0
        shift = {"repeat": -before, "hide": before}.get(self._switches.seam, 0)
        first = max(0, self.start + shift)
        return first, first + self.limit

    def rows(self, selected: Rows) -> Sequence[Row]:
        """Return the page's rows of those selected."""
        return selected.cut(*self.span())

    def envelope(
        self, count: int, selected: Rows, whole: Callable[[], int], key: str
    ) -> dict[str, Any]:
        """Return the reply around a page's data, which is still to be put in.

        ``count`` is that of its rows, ``whole`` counts the stream without any filter.
        """
        echoed = self.limit if self._switches.cap_echoed else self.asked
        reply: dict[str, Any] = {
            "start": self.start,
            "limit": echoed,
            "count": count,
            "data": [],
        }
        if self._switches.nextid and count == self.limit:
            following = selected.cut(self.span()[1], self.span()[1] + 1)
            if following:
                reply["nextid"] = following[0].get(key)
        if self._counted and self._switches.total != "absent":
            reply["total"] = self._total(len(selected), whole)
        return reply

    def _total(self, selected: int, whole: Callable[[], int]) -> int | str:
        match self._switches.total:
            case "string":
                return str(selected)
            case "account":
                return whole()
            case "three_high":
                return selected + 3
            case "zero":
                return 0
            case _:
                return selected

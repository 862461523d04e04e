"""Requests for all data of one person: asked for by POST, there a minute later."""

from __future__ import annotations

from typing import Any, NamedTuple

from copernica_sandbox import php

_COLLECTING = 60  # seconds of the account's clock
_BYTES = 512


class DataRequest(NamedTuple):
    """A request: for a profile or a subprofile, and when it was made."""

    kind: str
    number: int
    made: int


class DataRequests:
    """The requests of an account, of which there is one from the beginning."""

    def __init__(self, opened: int) -> None:
        """Take the instant at which the account opens."""
        self._made = {1: DataRequest("profile", 1, opened - _COLLECTING)}

    def add(self, kind: str, number: int, now: int) -> int:
        """Ask for the data of a person; returns the id of the request."""
        request = max(self._made) + 1
        self._made[request] = DataRequest(kind, number, now)
        return request

    def status(self, text: str, now: int) -> dict[str, Any]:
        """Say how far a request is; an unknown one is not available."""
        one = self._made.get(php.identity(text))
        if one is None:
            return {"status": "not available"}
        ready = one.made + _COLLECTING <= now
        return {
            "status": "available" if ready else "pending",
            "available": _BYTES if ready else 0,
            "content-type": "application/json",
        }

    def data(self, text: str) -> dict[str, Any]:
        """Give what was collected; the docs name only the two outermost parts."""
        one = self._made[php.identity(text)]
        return {"info": {"type": one.kind, "id": str(one.number)}, "data": []}

"""Clicks rendered beforehand, so that the sandbox answers faster than any client can read.

The sandbox computes and renders each row when it is asked for it, which costs more than most
clients need to read it. Here every row of the period is asked from the sandbox once and kept as
bytes; a page is then a slice. The replies are the sandbox's own, byte for byte (`differs`).
"""

from __future__ import annotations

import random
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import orjson

from benchmarks import account
from copernica_sandbox import api
from copernica_sandbox.clock import parse_wall
from copernica_sandbox.http import Call, Reply, Request
from copernica_sandbox.paging import Page
from copernica_sandbox.php import parameters, text, truth
from copernica_sandbox.render import encode

if TYPE_CHECKING:
    from copernica_sandbox.core import Core

PATH = "/v2/ms/clicks"
_PERIOD = {"begintime": f"{account.BEGIN} 00:00:00", "endtime": f"{account.END} 00:00:00"}
_KNOWN = {"begintime", "endtime", "start", "limit", "total"}
_PAGE = 1000


class Clicks:
    """All clicks of the period in the order in which the sandbox lists them."""

    def __init__(self, core: Core) -> None:
        """Render them; takes some 20 seconds per million."""
        self._core = core
        self._rows = bytearray()  # each followed by a comma
        self._offsets = array("Q", [0])
        self._walls = array("q")
        self.ids = array("Q")
        while rows := self._ask(len(self.ids)):
            for row in rows:
                self._rows += encode(row) + b","
                self._offsets.append(len(self._rows))
                self._walls.append(parse_wall(row["timestamp"]) or 0)
                self.ids.append(int(row["ID"]))
        self._last = parse_wall(_PERIOD["endtime"]) or 0

    def handle(self, _core: Core, call: Call) -> Reply | None:
        """Answer a page of the period; None for what the sandbox has to compute."""
        if call.version != 2 or call.parts != ["ms", "clicks"] or call.parameters.keys() - _KNOWN:  # noqa: PLR2004
            return None
        begin = parse_wall(text(call.parameters.get("begintime")) or "")
        end = parse_wall(text(call.parameters.get("endtime")) or "")
        if begin is None or end is None or end > self._last:
            return None
        if any(self._occurs_twice(wall) for wall in (begin, end)):
            return None
        first, after = bisect_left(self._walls, begin), bisect_left(self._walls, end)
        page = Page(call.parameters, self._core.switches)
        counted = truth(call.parameters.get("total"), default=True)
        return self._page(page, first, max(first, after), counted=counted)

    def differs(self, queries: int = 40) -> str | None:
        """Return a query that is answered otherwise than by the sandbox, if there is one."""
        draw = random.Random(1)  # noqa: S311
        low, high = parse_wall(_PERIOD["begintime"]) or 0, self._last
        for _ in range(queries):
            begin = draw.randrange(low, high)
            end = min(high, begin + draw.choice((1, 3600, 86_400, 864_000)))
            query = urlencode(
                {
                    "begintime": self._core.clock.text(begin),
                    "endtime": self._core.clock.text(end),
                    "start": draw.choice((0, 0, 7, 1000)),
                    "limit": draw.choice((1, 100, 1000)),
                    "total": draw.choice(("true", "false")),
                }
            )
            if self._answer(query).body != self._computed(query).body:
                return query
        return None

    def _page(self, page: Page, first: int, after: int, *, counted: bool) -> Reply:
        start, stop = page.span()
        start, stop = min(first + start, after), min(first + stop, after)
        head = b'{"start":%d,"limit":%d,"count":%d,"data":[' % (
            page.start,
            page.limit,
            stop - start,
        )
        rows = memoryview(self._rows)[self._offsets[start] : max(0, self._offsets[stop] - 1)]
        if start == stop:
            rows = rows[:0]
        tail = b'],"total":%d}' % (after - first) if counted else b"]}"
        return Reply(200, b"".join((head, rows, tail)))

    def _answer(self, query: str) -> Reply:
        call = Call(2, ["ms", "clicks"], parameters(parse_qsl(query)), _request(query))
        return self.handle(self._core, call) or Reply(0, b"")

    def _computed(self, query: str) -> Reply:
        return api.answer(self._core, _request(f"{query}&access_token={account.TOKEN}"))

    def _occurs_twice(self, wall: int) -> bool:
        clock = self._core.clock
        return clock.instant(wall, 0) != clock.instant(wall, 1)

    def _ask(self, start: int) -> list[dict[str, str]]:
        query = urlencode({**_PERIOD, "start": start, "limit": _PAGE, "total": "false"})
        rows: list[dict[str, str]] = orjson.loads(self._computed(query).body)["data"]
        return rows


def _request(query: str) -> Request:
    return Request("GET", PATH, query, parse_qsl(query), {}, b"", "127.0.0.1")

"""How fast the sandbox itself is: a client that reads the pages and throws them away."""

from __future__ import annotations

import time
from http.client import HTTPConnection
from urllib.parse import urlencode

from benchmarks.account import BEGIN, END, TOKEN

_PAGE = 1000
_PAGES = 1000


def rows_per_second(url: str) -> float:
    """Return how many rows a second arrive over one connection, page after page.

    Offsets stay in the first hundred pages, so the account must have as many.
    """
    query = {"access_token": TOKEN, "begintime": f"{BEGIN} 00:00:00", "endtime": f"{END} 00:00:00"}
    connection = HTTPConnection(url.removeprefix("http://"))
    pages, begun = 0, time.perf_counter()
    while pages < _PAGES and time.perf_counter() < begun + 2:
        paging = {"start": pages % 100 * _PAGE, "limit": _PAGE, "total": "false"}
        connection.request("GET", f"/v2/ms/clicks?{urlencode({**query, **paging})}")
        connection.getresponse().read()
        pages += 1
    seconds = time.perf_counter() - begun
    connection.close()
    return pages * _PAGE / seconds

"""A list of clicks for a scripted server: the rows of a period, and how the API lies about them."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.scripted import Answer

if TYPE_CHECKING:
    from tests.support.scripted import Asked

START = datetime(2024, 5, 1, 10)  # noqa: DTZ001 - on the account's clock


def at(seconds: float) -> str:
    """Give the time so many seconds after `START`, as the API writes it."""
    return str(START + timedelta(seconds=seconds))


class Clicks:
    """The list of clicks: one for each second that is given, numbered from 1, both bounds inclusive."""

    def __init__(self, *seconds: float, **lies: Any) -> None:
        self.rows = [{"ID": n, "timestamp": at(one)} for n, one in enumerate(seconds, 1)]
        self.ignores = lies.get("ignores", ())
        self.total = lies.get("total")
        self.repeats = lies.get("repeats", False)
        self.asked: list[dict[str, str]] = []
        self.paths: list[str] = []

    def __call__(self, asked: Asked) -> Answer:
        path, query = urlsplit(asked.path).path, parse_qs(urlsplit(asked.path).query)
        self.paths.append(path)
        self.asked.append(
            {name: one for name, [one, *_] in query.items() if name != "access_token"}
        )
        rows = self.rows
        if "begintime" in query and "begintime" not in self.ignores:
            [begin], [end] = query["begintime"], query["endtime"]
            rows = [row for row in rows if begin <= str(row["timestamp"]) <= end]
        if "fields[]" in query and "fields[]" not in self.ignores:
            begin, end = (re.split("[<>]=?", one)[1] for one in query["fields[]"])
            rows = [row for row in rows if begin <= str(row["timestamp"]) < end]
        start, limit = int(query["start"][0]), int(query["limit"][0])
        some = rows[max(0, start - 1) if self.repeats else start :][:limit]
        body = {"start": start, "limit": limit, "count": len(some), "data": some}
        if query.get("total") != ["false"]:
            body["total"] = len(rows) if self.total is None else self.total
        return Answer(json.dumps(body).encode())

    @property
    def periods(self) -> list[tuple[str, str]]:
        return [(one["begintime"], one["endtime"]) for one in self.asked if "begintime" in one]

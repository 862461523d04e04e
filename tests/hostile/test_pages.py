"""Pages that repeat or have no end: the right rows or one clear error, after a bounded number of calls."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.http.bounds import MOST_UNPROMISED_PAGES
from tests.hostile.families import FAMILIES, Family
from tests.hostile.reading import rows_of

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request
    from tests.hostile.reading import Reader

SOAK = bool(os.environ.get("SOAK_SECONDS"))
BY_NAME = {family.name: family for family in FAMILIES}
PAGED = [family for family in FAMILIES if family.form == "page" and family.name != "bulk"]
# How far after the bound that is asked for the window begins.
BEFORE = {
    "begintime": timedelta(seconds=1),
    "fromdate": timedelta(days=1),
    "from": timedelta(days=1),
}
TIMED = ("events", "publisher", "emailings", "destinations")
# Calls after which each is known to have no end. What is asked for by time is cut into seconds first.
MOST_CALLS = {
    **dict.fromkeys(TIMED, MOST_UNPROMISED_PAGES + 200),
    "lists": MOST_UNPROMISED_PAGES + 10,
    "databases": MOST_UNPROMISED_PAGES + 10,
    "profiles": 300,
    "ids": 300,
}
ENOUGH = 2 * max(MOST_CALLS.values())
CASES = [
    (name, total)
    for name in MOST_CALLS
    for total in (None, 0)
    # A list of profiles, or of ids, that tells no total may be far longer than the others.
    if (name, total) not in {("profiles", None), ("ids", None)}
    and (SOAK or (name, total) in {("events", None), ("lists", 0), ("profiles", 0), ("ids", 0)})
]


@dataclass
class Repeating:
    """Answers every question for a list as it was answered first, whichever page is asked for.

    First with rows, that is: who always says that there are none tells of an account without any.
    """

    count: int = 0
    _first: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, request: Request, reply: Reply) -> Reply:
        moving = ("start", "limit", "total", "fields[]", "access_token")
        asked = [pair for pair in request.pairs if pair[0] not in moving]
        question = f"{request.path} {asked}"
        if question in self._first or json.loads(reply.body)["data"]:
            reply.body = self._first.setdefault(question, reply.body)
            self.count += 1
        return reply


@dataclass
class Endless:
    """Answers every question with rows that were never there before, where there are any."""

    family: Family
    total: object = None
    count: int = 0
    _rows: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 10**9

    def __call__(self, request: Request, reply: Reply) -> Reply:
        body = json.loads(reply.body)
        rows = body if self.family.form == "bare" else body["data"]
        self._rows = self._rows or rows
        if (
            not self._rows or self.count >= ENOUGH
        ):  # a reader that asks for ever is to fail, not to hang
            return reply
        self.count += 1
        asked = dict(request.pairs)
        for name, condition in request.pairs:
            if name == "fields[]" and condition.startswith("timestamp>="):
                asked["begintime"] = condition.removeprefix("timestamp>=")
        rows = [self._new(row, asked) for row in self._rows[:5]]
        if self.family.form == "page":
            rows = {**body, "data": rows, "count": len(rows)}
            rows.pop("total", None)
            if self.total is not None:
                rows["total"] = self.total
        reply.body = json.dumps(rows).encode()
        return reply

    def _new(self, row: Any, asked: dict[str, str]) -> Any:
        self._last += 1
        if self.family.form == "bare":
            return str(self._last)
        row = {**row, self.family.key: str(self._last)}
        for name, width in BEFORE.items():
            if name in asked and self.family.time:
                moment = datetime.fromisoformat(asked[name]) + width
                row[self.family.time] = f"{moment:%Y-%m-%d %H:%M:%S}"
        return row


@pytest.mark.parametrize("family", PAGED, ids=lambda family: family.name)
def test_the_same_page_for_ever_gives_the_right_rows_or_one_clear_error(
    reader: Reader, family: Family
) -> None:
    right = reader.right(family)
    output = reader.check(family, Repeating(), most_calls=400)
    got = rows_of(family, output)
    assert got.items() <= right.items()
    if output.error is None:
        assert got == right


@pytest.mark.parametrize(("name", "total"), CASES)
def test_pages_without_end_are_one_clear_error(reader: Reader, name: str, total: object) -> None:
    family = replace(BY_NAME[name], settings={"concurrency": 1})
    output = reader.check(family, Endless(family, total), MOST_CALLS[name])
    assert output.error is not None
    # A page of ids that does not begin where the one before it ended is from a list that has changed.
    found = re.search(r"changes while it is read|no end|more pages follow", str(output.error))
    assert found
    assert (found[0] == "changes while it is read") == (name == "ids")
    if name != "profiles":  # whose pages are written as they come
        assert not output.records(BY_NAME[name].stream)

"""Rows that are removed while others are read: each row that stays is read."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import run

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request

NOW = "2026-06-01T12:00:00+00:00"
START, EDGE = "2026-05-25T00:00:00+00:00", "2026-06-01T11:55:00+00:00"
REMOVED = 12


@pytest.mark.parametrize("total", ["exact", "absent", "zero", "account", "three_high"])
@pytest.mark.parametrize("stream", ["clicks", "publisher_impressions"])
def test_a_row_that_is_removed_between_two_pages_takes_no_other_with_it(
    stream: str, total: str
) -> None:
    """A removal moves the rows behind it, and one of them comes on no page."""
    numbers = itertools.count(1)
    removed: set[int] = set()

    def removing(_request: Request, reply: Reply) -> Reply:
        rows = json.loads(reply.body)["data"]
        if next(numbers) % 5 == 4 and rows and len(removed) < REMOVED:
            removed.add(int(rows[0]["ID"]))
            box.remove(stream, removed)
        return reply

    with Sandbox(seed=5, days=8, clicks_per_day=700, now=NOW) as box:
        box.switch(total=total)
        box.alter(removing, f"/{stream.removeprefix('publisher_')}")
        output = run(box, streams=(stream,), start_date=START, page_size=100, concurrency=1)
        assert output.error is None
        assert len(removed) == REMOVED
        left = {row["ID"] for row in box.rows(stream) if START <= row["instant"].isoformat() < EDGE}
        assert left <= set(output.ids(stream)) <= left | removed

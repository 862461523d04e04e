"""A pass takes time, and the account lives meanwhile: its clock moves on, here in real time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica import clock
from tests.profiles.conftest import ACCOUNT, NOW
from tests.support.profiles import CUSTOMERS, PLAIN, discovered, read, truth, upserted


def test_what_changes_behind_the_reader_is_for_the_next_run() -> None:
    exact: dict[str, Any] = {"lookback_minutes": 0, "lag_minutes": 0, "page_size": 20}
    with Sandbox(**ACCOUNT, latency_ms=250) as box:
        catalog = discovered(box)
        # The first of 13 pages has been read; the last one comes more than two seconds later.
        box.change_profiles(PLAIN, [2], fields={"City": "behind"}, after_calls=2)
        first = read(box, CUSTOMERS, catalog=catalog, **exact)
        assert upserted(first)[2]["fields"]["City"] != "behind"
        second = read(box, CUSTOMERS, catalog=catalog, state=first.state, **exact)
        assert upserted(first, second) == truth(box, PLAIN)
        assert upserted(second)[2]["fields"]["City"] == "behind"


@pytest.mark.parametrize("calls", [None, 1], ids=["complete", "in the middle of a pass"])
def test_a_clock_that_is_ahead_hides_nothing_that_changes_meanwhile(
    monkeypatch: pytest.MonkeyPatch, calls: int | None
) -> None:
    """The catalog is young, so that the pass begins before any answer told the API's time."""
    with Sandbox(**ACCOUNT, now=NOW) as box:
        monkeypatch.setattr(clock, "now", lambda: box.now + timedelta(hours=12))
        catalog, settings = discovered(box), {"page_size": 100, "lookback_minutes": 0}
        first = read(box, CUSTOMERS, catalog=catalog, max_api_calls=calls, **settings)
        box.now += timedelta(hours=4)
        box.change_profiles(PLAIN, [2], fields={"City": "meanwhile"})
        box.now += timedelta(hours=4)
        runs = [first]
        for _ in range(2):  # the first of them may go on with the pass
            runs.append(read(box, CUSTOMERS, catalog=catalog, state=runs[-1].state, **settings))
            assert runs[-1].error is None
        assert upserted(*runs) == truth(box, PLAIN)
        assert upserted(*runs)[2]["fields"]["City"] == "meanwhile"


def test_a_list_is_complete_until_the_earlier_clock_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Sandbox(**ACCOUNT, now=NOW) as box:
        monkeypatch.setattr(clock, "now", lambda: box.now + timedelta(hours=12))
        catalog = discovered(box)
        output = read(box, CUSTOMERS, "templates", "sync_windows", catalog=catalog)
        told = {row["stream"]: row["to"] for row in output.records("sync_windows")}
        assert told.keys() == {CUSTOMERS, "templates"}
        latest = (box.now + timedelta(hours=1)).isoformat()
        assert all(until < latest for until in told.values())

"""A pass takes time, and the account lives meanwhile: its clock moves on, here in real time."""

from __future__ import annotations

from typing import Any

from copernica_sandbox import Sandbox
from tests.profiles.conftest import ACCOUNT
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

"""States that released versions wrote: later ones must go on from them. Never change these files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import run

STREAMS = {"clicks": "ID", "publisher_clicks": "ID", "destinations": "id"}
STATES = sorted(Path(__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_run_goes_on_from_an_old_state(path: Path) -> None:
    state = json.loads(path.read_text())
    with Sandbox(seed=1, days=10, clicks_per_day=40, now="2026-06-01T12:00:00+00:00") as box:
        output = run(
            box, state=state, streams=tuple(STREAMS), start_date="2026-05-01", lookback_minutes=0
        )
        assert output.error is None
        for stream, key in STREAMS.items():
            since = state["bookmarks"][stream]["replication_key_value"]
            until = output.state["bookmarks"][stream]["replication_key_value"]
            assert until > since
            expected = {
                row[key] for row in box.rows(stream) if since <= row["instant"].isoformat() < until
            }
            assert {record[key] for record in output.records(stream)} == expected
            written = set(output.state["bookmarks"][stream])
            assert written <= {
                *("replication_key", "replication_key_value", "window_seconds"),
                "covered_from",
            }


def test_a_bookmark_ahead_of_now_stays_and_lookback_is_read_before_now() -> None:
    ahead = "2026-06-01T12:30:00+00:00"
    state = {
        "bookmarks": {"clicks": {"replication_key": "timestamp", "replication_key_value": ahead}}
    }
    with Sandbox(seed=1, days=10, clicks_per_day=400, now="2026-06-01T12:00:00+00:00") as box:
        # The first call tells that this machine's clock is ahead of the API's.
        output = run(box, state=state, streams=("abuses", "clicks"), start_date="2026-05-01")
        assert output.error is None
        expected = {
            row["ID"]
            for row in box.rows("clicks")
            if "2026-06-01T08:55:00" <= row["instant"].isoformat() < "2026-06-01T11:55:00"
        }
        assert set(output.ids()) == expected
        assert output.bookmark == ahead

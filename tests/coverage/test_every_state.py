"""Whatever a user changes and wherever a run ends: each STATE tells the truth about what was written."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from copernica_sandbox import Sandbox
from tests.reliability.consumer import Consumer, Killed, run_here
from tests.support.runs import parse, truth

SOAK = bool(os.environ.get("SOAK_SECONDS"))
# Mornings after a night of change, and one after a usual night.
NIGHTS = {
    "spring": datetime(2025, 3, 30, 5, 17, 3, tzinfo=UTC),
    "autumn": datetime(2025, 10, 26, 5, 17, 3, tzinfo=UTC),
    "usual": datetime(2025, 7, 2, 5, 17, 3, tzinfo=UTC),
}
LAG = timedelta(minutes=5)
RUN = st.fixed_dictionaries(
    {
        "hours_back": st.sampled_from([5, 26, 27, 28, 76, 200, 340]),
        "max_api_calls": st.sampled_from([None, 2, 3, 5, 9]),
        "concurrency": st.sampled_from([1, 8]),
        "backfill_order": st.sampled_from(["newest_first", "oldest_first"]),
        "page_size": st.sampled_from([7, 50]),
        "lookback_minutes": st.sampled_from([0, 180]),
        "reread": st.none() | st.tuples(st.integers(0, 9), st.integers(0, 2)),
        "minutes_later": st.sampled_from([0, 7, 61, 1440]),
        "dies_after": st.none() | st.integers(0, 30_000),
    }
)


def reread_of(now: datetime, order: tuple[int, int] | None) -> dict[str, Any]:
    """Give the setting that orders days to be read again: their age, and how many more there are."""
    if order is None:
        return {}
    last = now.date() - timedelta(days=order[0])
    return {"reread": f"{last - timedelta(days=order[1])}/{last}"}


def check_states(
    box: Sandbox, output: str, table: set[int], covered: tuple[str, str] | None
) -> Any:
    """Go through the messages of a run as a target does, and hold the table against each STATE.

    Args:
        box: the account.
        output: what the run wrote.
        table: the ids that came in earlier runs; those of this one are added.
        covered: what the last STATE said.

    Returns:
        What the last STATE says now.
    """
    times = {row["ID"]: row["instant"].isoformat() for row in box.rows("clicks")}
    for message in parse(output):
        if message["type"] == "RECORD":
            record = message["record"]
            assert record["timestamp"] == times[record["ID"]]
            table.add(record["ID"])
        elif message["type"] == "STATE":
            state = message["value"].get("bookmarks", {}).get("clicks", {})
            if not state.get("replication_key_value"):
                assert covered is None, "a STATE forgot what was read"
                continue
            first, last = state["covered_from"], state["replication_key_value"]
            assert first <= last
            assert covered is None or (first <= covered[0] and last >= covered[1])
            assert truth(box, first, last) <= table
            covered = first, last
    return covered


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("night", NIGHTS)
@hypothesis.settings(
    max_examples=60 if SOAK else 6,
    suppress_health_check=[*hypothesis.HealthCheck],
    phases=[hypothesis.Phase.generate] + [hypothesis.Phase.shrink] * bool(os.environ.get("SHRINK")),
)
@hypothesis.given(runs=st.lists(RUN, min_size=3, max_size=7))
def test_at_every_state_the_target_equals_the_account_within_the_covered_period(
    night: str, runs: list[dict[str, Any]]
) -> None:
    opened = NIGHTS[night]
    with Sandbox(seed=11, days=16, clicks_per_day=18, now=opened.isoformat()) as box:
        consumer, table, covered, starts = Consumer(), set[int](), None, []
        for one in runs:
            wanted = dict(one)
            box.now = box.now + timedelta(minutes=wanted.pop("minutes_later"))
            starts.append(opened - timedelta(hours=wanted.pop("hours_back")))
            dies_after = wanted.pop("dies_after")
            wanted |= {
                "start_date": starts[-1].isoformat(),
                **reread_of(opened, wanted.pop("reread")),
            }
            ended = run_here(box, consumer, dies_after, **wanted)
            assert ended is None or isinstance(ended, Killed) or "max_api_calls" in str(ended)
            covered = check_states(box, consumer.output, table, covered)
        earliest = min(starts)
        assert run_here(box, consumer, start_date=earliest.isoformat()) is None
        covered = check_states(box, consumer.output, table, covered)
        edge = (box.now - LAG).isoformat()
        assert covered == (earliest.isoformat(), edge)
        assert table == truth(box, earliest.isoformat(), edge)

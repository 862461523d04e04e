"""The mailings of a period are listed one way, for whatever streams need them, and once a run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tests.parents.truth import NOON, VERSIONS
from tests.support.runs import run

LIST = "/v2/publisher/emailings"
ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 40, "clicks_per_day": 10, "mailings_per_day": 1, "now": NOON,
}  # fmt: skip
RECIPIENTS, COUNTERS = "publisher_destinations", "publisher_emailing_statistics"
MAILINGS = "publisher_emailings"


def recipients(box: Sandbox, since: str = "") -> set[int]:
    until = "2026-05-31T22:00:00"
    rows = box.rows(RECIPIENTS)
    return {row["internal"] for row in rows if since <= row["instant"].isoformat() < until}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("also", "most"), [((), 1), ((MAILINGS,), 3), ((COUNTERS,), 2), ((MAILINGS, COUNTERS), 3)]
)
def test_recipients_by_mailing_take_the_mailings_of_all_days_from_one_list(
    also: tuple[str, ...], most: int, concurrency: int
) -> None:
    with Sandbox(**ACCOUNT) as box:
        output = run(
            box, streams=(RECIPIENTS, *also), start_date="2026-04-20", concurrency=concurrency
        )
        assert output.error is None
        assert {record["internal"] for record in output.records(RECIPIENTS)} == recipients(box)
        # Besides, the mailings' own stream reads its days; seconds pass until counters are asked for.
        assert box.calls[LIST] <= most


@pytest.mark.parametrize(("total", "most"), [("exact", 180), ("absent", 250)])
def test_a_list_of_many_mailings_is_cut_and_its_parts_come_once_they_are_needed(
    total: str, most: int
) -> None:
    with Sandbox(**{**ACCOUNT, "mailings_per_day": 3, "clicks_per_day": 1}) as box:
        box.switch(total=total)
        output = run(
            box, streams=(RECIPIENTS, COUNTERS), start_date="2026-05-01", page_size=4, concurrency=1
        )
        assert output.error is None
        assert {record["internal"] for record in output.records(RECIPIENTS)} == recipients(
            box, "2026-04-30T22"
        )
        sent = {row["id"]: row["instant"].isoformat() for row in box.rows(MAILINGS)}
        mailings = {number for number, time in sent.items() if time >= "2026-04-30T22"}
        asked = Counter(record["emailing"] for record in output.records(COUNTERS))
        assert asked == Counter(mailings)
        first = next(n for n, one in enumerate(box.requests) if "/destinations" in str(one))
        lists = box.calls[LIST]
        assert first < 0.7 * lists
        assert lists < most  # a list for each window took 519 and 1,085 calls


@pytest.mark.parametrize("version", VERSIONS)
def test_a_period_that_is_read_once_more_asks_for_each_mailing_once(version: str) -> None:
    streams = (MAILINGS, COUNTERS)
    settings = {"start_date": "2026-05-01", "api_version": version}
    with Sandbox(**ACCOUNT) as box:
        state = run(box, streams=streams, **settings).state
        output = run(box, streams=streams, state=state, reread="2026-05-20", **settings)
        assert output.error is None
        asked = Counter(record["emailing"] for record in output.records(COUNTERS))
        assert set(asked.values()) == {1}


@pytest.mark.parametrize("start", ["2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z"])
def test_mailings_of_the_hour_that_occurs_twice_are_in_the_list(start: str) -> None:
    with Sandbox(
        seed=5, days=4, clicks_per_day=400, mailings_per_day=40, now="2025-10-28T12:00:00Z"
    ) as box:
        output = run(box, streams=(RECIPIENTS, MAILINGS, COUNTERS), start_date=start)
        assert output.error is None
        since, until = start.replace("Z", "+00:00"), "2025-10-27T23:00:00"
        assert {record["internal"] for record in output.records(RECIPIENTS)} == {
            row["internal"]
            for row in box.rows(RECIPIENTS)
            if since <= row["instant"].isoformat() < until
        }

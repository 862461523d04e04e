"""What an hourly pipeline costs: every HTTP call of a simulated day counted, discovery included."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tools.cost import Case, Day, measured
from tools.pipeline import Pipeline, clock_of

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request

TARGETS = {
    Case("v2, one database"): 18,
    Case("v2, one database, no HTML mailings", left_out=("publisher_",)): 12,
    Case("v4, one database", version="v4"): 21,
    Case("v2, six databases", databases=6, collections=5): 55,
}


# Two accounts take as long as the others together, and add one number each. What the second of the others has
# is a part of the first's, so its tables are compared in the soak alone.
V2, NO_HTML, *LONG = TARGETS
CASES = [
    (V2, True),
    (NO_HTML, False),
    *(pytest.param(case, True, marks=pytest.mark.soak) for case in (NO_HTML, *LONG)),
]


@pytest.mark.parametrize(
    ("case", "compared"), CASES, ids=lambda value: getattr(value, "name", str(value))
)
def test_a_quiet_hour_costs_little_and_the_day_ends_with_the_same_tables(
    case: Case, *, compared: bool
) -> None:
    day: Day = measured(case, compared=compared)
    print(f"{case.name}: {day.calls_a_run:.2f} calls a run: {day.totals}")  # noqa: T201
    assert day.calls_a_run <= TARGETS[case]
    assert day.differing == []


STILL = ("errors", "unsubscribes", "abuses")


def still(_: Request, reply: Reply) -> Reply:
    """Let the counters of mailings stand still; those of new mailings are zero."""
    page = json.loads(reply.body)
    for row in page["data"]:
        row.update(dict.fromkeys(STILL, "1" if row["timestamp"] < "2026-06-02" else "0"))
    return replace(reply, body=json.dumps(page).encode())


def test_rare_events_come_nine_hours_late_at_most_where_the_counters_of_mailings_stand_still() -> (
    None
):
    account: dict[str, Any] = {
        "seed": 5,
        "days": 9,
        "clicks_per_day": 40,
        "databases": 1,
        "profiles": 60,
    }
    with Sandbox(**account, now="2026-06-01T06:10:00+00:00") as box, clock_of(box):
        box.alter(still, "publisher/emailings")
        slow = Pipeline(box, {"start_date": "2026-05-25"})
        slow.run()
        box.add("publisher_abuses", [{"timestamp": "2026-06-01 08:30:00", "emailing": 1}])
        for hour in range(7, 16):
            box.now = f"2026-06-01T{hour:02}:10:00+00:00"
            slow.run()
        found = {row["ID"] for row in box.rows("publisher_abuses")}
        assert {key for (key,) in slow.tables["publisher_abuses"]} == found


@pytest.mark.parametrize("hours", [1, 2, 3, 8])
def test_no_quiet_hour_costs_more_and_rare_events_are_asked_for_in_turn(hours: int) -> None:
    account: dict[str, Any] = {
        "seed": 5, "days": 9, "clicks_per_day": 40, "databases": 1, "collections": 2, "profiles": 60,
    }  # fmt: skip
    with Sandbox(**account, now="2026-06-01T22:10:00+00:00") as box, clock_of(box):
        box.alter(still, "publisher/emailings")
        runs = Pipeline(box, {"start_date": "2026-05-25"})
        runs.run()
        list(
            runs.hours(1)
        )  # asks for all: it knows the counters of more mailings than the first read
        asked = dict.fromkeys(STILL, box.now)
        for _ in range(24 // hours):
            box.now += timedelta(hours=hours)
            first_of_the_day = box.now.hour == 22  # midnight in Amsterdam
            runs.run()
            asked |= {name: box.now for name in STILL if runs.calls[f"/v2/publisher/{name}"]}
            assert first_of_the_day or hours > 1 or runs.calls.total() <= TARGETS[V2]
            assert min(asked.values()) >= box.now - timedelta(hours=9)

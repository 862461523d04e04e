"""The rows out are exactly the rows of `[start_date, edge)`: none missing, twice, or from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.http.bounds import MOST_UNPROMISED_PAGES
from tests.support.runs import run, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

    Start = Callable[..., Sandbox]

NOW = "2024-06-01T12:00:00+00:00"


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_any_zone_in_both_versions(sandbox: Start, zone: str, version: str) -> None:
    box = sandbox(seed=8, start="2024-03-25", now="2024-04-20T00:00:00+00:00")
    box.switch(zone=zone)
    since, until = "2024-04-01T00:00:00+00:00", "2024-04-12T15:00:00+00:00"
    out = run(box, start_date=since, end_date=until, timezone=zone, api_version=version)
    assert set(out.ids()) == truth(box, since, until)
    assert out.bookmark == until


def test_start_is_inclusive_and_end_is_exclusive_to_the_second(sandbox: Start) -> None:
    box = sandbox(clicks_per_day=0, now=NOW)
    times = ["09:59:59", "10:00:00", "10:00:01", "10:59:59", "11:00:00", "11:00:01"]
    ids = box.add("clicks", [{"timestamp": f"2024-05-20 {time}"} for time in times])
    for inclusive in (True, False):
        box.switch(begin_inclusive=inclusive, end_inclusive=inclusive)
        out = run(box, start_date="2024-05-20 10:00:00", end_date="2024-05-20 11:00:00")
        assert out.ids() == ids[1:4]


NIGHTS = {  # the account's first day, and the period
    "autumn": ("2024-10-25", "2024-10-26T20:00:00+00:00", "2024-10-27T04:00:00+00:00"),
    "spring": ("2024-03-29", "2024-03-30T22:00:00+00:00", "2024-03-31T04:00:00+00:00"),
}
CUTS = ["00:00:00", "00:00:01", "00:30:00", "00:59:59", "01:00:00", "01:30:00", "02:00:00"]


@pytest.mark.parametrize("bounds", ["texts", "instants"])
@pytest.mark.parametrize("night", NIGHTS)
def test_adjacent_periods_add_up_wherever_they_are_cut(
    sandbox: Start, night: str, bounds: str
) -> None:
    first_day, since, until = NIGHTS[night]
    box = sandbox(seed=2, start=first_day, now=f"{until[:10]}T23:00:00+00:00", clicks_per_day=400)
    box.switch(bounds=bounds)
    day = until[:10]
    minutes = [f"{day} {hour:02}:{minute:02}:30" for hour in (1, 3) for minute in range(0, 60, 7)]
    box.add("clicks", [{"timestamp": minute} for minute in minutes])
    if night == "autumn":
        twice = [
            f"{day} 02:{minute:02}:{second:02}" for minute in (0, 30, 59) for second in (0, 59)
        ]
        box.add("clicks", [{"timestamp": time, "fold": fold} for time in twice for fold in (0, 1)])
    whole = truth(box, since, until)
    cuts = [f"{day}T{time}+00:00" for time in CUTS]
    for cut in [*cuts, f"{day} 02:30:00", f"{day} 01:59:59", f"{day} 03:00:00"]:
        before = run(box, start_date=since, end_date=cut)
        after = run(box, start_date=cut, end_date=until)
        assert before.error is None
        assert after.error is None
        assert sorted(before.ids() + after.ids()) == sorted(whole), cut


@pytest.mark.parametrize("late", [0.0, 0.3])
def test_hourly_runs_lose_no_row_where_the_zone_is_another(sandbox: Start, late: float) -> None:
    """The sandbox's clock is UTC, `timezone` is left at its default, two hours ahead in summer."""
    box = sandbox(seed=5, start="2024-07-01", clicks_per_day=400, now="2024-07-03T00:30:00+00:00")
    box.switch(zone="UTC", late_fraction=late, late_minutes=60)
    state: dict[str, Any] | None = None
    ids: set[int] = set()
    for hour in range(48):
        box.now = f"2024-07-{3 + (hour + 1) // 24:02}T{(hour + 1) % 24:02}:30:00+00:00"
        out = run(box, state=state, start_date="2024-07-01")
        assert out.error is None
        ids |= set(out.ids())
        state = out.state
    shown = {row["ID"] for row in box.rows("clicks") if row["timestamp"] >= "2024-07-01"}
    assert shown == ids


def test_many_small_pages_of_one_second_are_read_to_their_end_without_a_total(
    sandbox: Start,
) -> None:
    box = sandbox(clicks_per_day=0, now=NOW, switches={"page_cap": 2, "total": "absent"})
    rows = [{"timestamp": "2024-06-01 13:00:00"}] * 2 * (MOST_UNPROMISED_PAGES + 1)
    ids = box.add("clicks", rows)
    out = run(box, start_date="2024-06-01 12:59:00", end_date="2024-06-01 13:01:00")
    assert out.error is None
    assert sorted(out.ids()) == sorted(ids)

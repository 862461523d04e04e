from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import pytest

from copernica_sandbox.account import EVENTS, Account, Family, Plan
from copernica_sandbox.clock import WallClock, parse_instant, parse_wall
from copernica_sandbox.records import event

CLOCK = WallClock("Europe/Amsterdam")
_DAY = 86_400


def _family(clicks: int = 40, days: int = 20, start: str = "2026-03-20") -> tuple[Family, int, int]:
    wall = parse_wall(start)
    assert wall is not None
    plan = Plan(seed=3, first_day=wall // _DAY, clicks_per_day=clicks)
    begin = CLOCK.instant(wall)
    return Family(plan, 11, CLOCK), begin, begin + days * _DAY


@pytest.mark.parametrize("kind", EVENTS)
def test_any_cut_of_a_period_is_that_cut_of_its_whole_list(kind: str) -> None:
    family, begin, end = _family()
    whole = family.positions(kind, begin, end)
    assert family.count(kind, end) - family.count(kind, begin) == len(whole)
    for start, stop in [(0, 7), (3, 300), (len(whole) - 5, len(whole) + 5), (9, 9)]:
        assert family.slice(kind, begin, end, start, stop) == whole[start:stop]


@pytest.mark.parametrize("kind", EVENTS)
def test_counts_at_every_moment_are_the_events_before_it(kind: str) -> None:
    family, begin, end = _family(days=6)
    whole = family.positions(kind, begin, end)
    for moment in range(begin, end, 1777):
        expected = sum(position.instant < moment for position in whole)
        assert family.count(kind, moment) == expected


def test_events_of_a_mailing_fit_together() -> None:
    family, _, end = _family(days=40)
    family.sent(0, end)
    for mailing in family.mailings[:5]:
        sent = [mailing.instant("destinations", i) for i in range(mailing.counts["destinations"])]
        delivered = {
            mailing.destination("deliveries", i): mailing.instant("deliveries", i)
            for i in range(mailing.counts["deliveries"])
        }
        bounced = {mailing.destination("errors", i) for i in range(mailing.counts["errors"])}
        assert not bounced & delivered.keys()
        assert all(sent[i] <= moment for i, moment in delivered.items())
        for kind in ("impressions", "clicks", "unsubscribes", "abuses"):
            people = [mailing.destination(kind, i) for i in range(mailing.counts[kind])]
            assert set(people) <= delivered.keys()
            for happened in range(mailing.counts[kind] + 1):
                assert mailing.unique(kind, happened) == len(set(people[:happened]))


def test_several_clicks_share_a_second_and_days_differ() -> None:
    family, begin, end = _family(clicks=300)
    moments = [position.instant for position in family.positions("clicks", begin, end)]
    assert sum(a == b for a, b in pairwise(moments)) > 20
    per_day = [
        family.count("clicks", moment + _DAY) - family.count("clicks", moment)
        for moment in range(begin, end, _DAY)
    ]
    assert len(set(per_day)) > 10


@pytest.mark.parametrize("night", ["2026-03-29", "2025-10-26"])
def test_both_nights_on_which_the_clock_changes_have_rows(night: str) -> None:
    family, _, _ = _family(clicks=60, start="2025-10-20")
    wall = parse_wall(night)
    assert wall is not None
    hours = {
        CLOCK.wall(position.instant) // 3600 % 24
        for position in family.positions(
            "clicks", CLOCK.instant(wall), CLOCK.instant(wall + 5 * 3600)
        )
    }
    assert hours & {1, 2, 3}


def test_the_repeated_hour_has_rows_in_both_its_occurrences() -> None:
    family, _, _ = _family(clicks=60, start="2025-10-20")
    first = parse_instant("2025-10-26T00:00:00+00:00")
    assert family.positions("clicks", first, first + 3600)
    assert family.positions("clicks", first + 3600, first + 7200)


def test_ids_are_unique_and_grow_with_the_mailing() -> None:
    account = Account(Plan(seed=5, first_day=20_000, clicks_per_day=50), CLOCK)
    family = account.families["ms"]
    end = CLOCK.instant(20_030 * _DAY)
    positions = family.positions("clicks", CLOCK.instant(20_000 * _DAY), end)
    rows = [event(account, "ms", "clicks", position) for position in positions]
    numbers = [row["ID"] for row in rows]
    assert len(set(numbers)) == len(numbers)
    by_mailing = sorted((row["mailing"], row["ID"]) for row in rows)
    assert by_mailing == sorted(by_mailing, key=lambda pair: pair[1])
    for number, position in list(zip(numbers, positions, strict=True))[::97]:
        assert family.identify("clicks", number - 1) == position


def test_the_same_date_has_the_same_events_whatever_the_seed_of_time() -> None:
    one, begin, end = _family()
    other, _, _ = _family()
    assert one.positions("clicks", begin, end) == other.positions("clicks", begin, end)


def test_a_hundred_million_clicks_cost_no_memory() -> None:
    tracemalloc.start()
    begun = time.process_time()
    family, begin, end = _family(clicks=280_000, days=365, start="2025-01-01")
    size = family.count("clicks", end) - family.count("clicks", begin)
    assert size > 90_000_000
    assert len(family.slice("clicks", begin, end, size // 2, size // 2 + 1000)) == 1000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert time.process_time() - begun < 5

"""What ends in an error, what costs few calls, late rows, clocks that are off, and retention."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import run, truth
from tests.switches.accounts import START, account, assert_exact, covered, read


def test_a_total_of_the_whole_account_costs_at_most_200_calls_for_20_000_rows() -> None:
    with account(rows=20_000, total="account") as box:
        assert_exact(box, read(box, page_size=1000))
        assert sum(box.calls.values()) <= 200


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("total", ["exact", "absent", "account"])
@pytest.mark.parametrize("order", ["asc", "desc", "shuffled"])
def test_an_ignored_filter_is_an_error_and_no_row_from_outside_is_written(
    order: str, total: str, concurrency: int
) -> None:
    with account(filter_ignored=True, fields_ignored=True, order=order, total=total) as box:
        output = read(box, concurrency=concurrency)
        assert "ignores the filter" in str(output.error)
        assert set(output.ids()) == truth(box, *covered(output))


@pytest.mark.parametrize("bounds", ["texts", "instants"])
@pytest.mark.parametrize("order", ["asc", "shuffled"])
def test_clicks_are_asked_for_by_fields_where_begintime_is_ignored(order: str, bounds: str) -> None:
    with account(rows=300, filter_ignored=True, order=order, bounds=bounds) as box:
        assert_exact(box, read(box))
        with_fields = sum(any(name == "fields[]" for name, _ in pairs) for _, pairs in box.requests)
        assert with_fields >= len(box.requests) - 4  # the second form is remembered


@pytest.mark.parametrize("order", ["asc", "shuffled"])
@pytest.mark.parametrize("total", ["exact", "absent"])
def test_rows_that_show_up_late_within_lookback_are_all_read(order: str, total: str) -> None:
    now = datetime(2025, 10, 25, 12, 3, tzinfo=UTC)
    switches = {"order": order, "total": total, "late_fraction": 0.4, "late_minutes": 59}
    with Sandbox(seed=2, days=3, clicks_per_day=300, now=now.isoformat(), switches=switches) as box:
        seen: set[int] = set()
        state = None
        for _ in range(40):  # through the night on which the clock is set back
            output = run(
                box, state=state, start_date="2025-10-25", lookback_minutes=60, page_size=40
            )
            assert output.error is None
            seen.update(output.ids())
            state = output.state
            now += timedelta(minutes=47)
            box.now = now
        settled = (now - timedelta(hours=4)).isoformat()
        assert not truth(box, "2025-10-24T22:00:00+00:00", settled) - seen


@pytest.mark.parametrize("offset", [-7200, -1, 0])
def test_a_date_header_that_is_behind_moves_the_edge_back(offset: int) -> None:
    until = datetime(2025, 10, 30, 11, 55, tzinfo=UTC) + timedelta(seconds=offset)
    with account(rows=200, clock_offset_seconds=offset) as box:
        assert_exact(box, read(box), until=until.isoformat())


@pytest.mark.parametrize(("date_header", "offset"), [("on", 9000), ("off", 0), ("garbage", 0)])
def test_the_machines_clock_bounds_the_edge_where_the_apis_does_not(
    date_header: str, offset: int
) -> None:
    switches = {"date_header": date_header, "clock_offset_seconds": offset}
    with Sandbox(seed=5, days=3, clicks_per_day=200, switches=switches) as box:
        before = datetime.now(UTC) - timedelta(minutes=5, seconds=1)
        since = (before - timedelta(days=2)).replace(microsecond=0).isoformat()
        output = run(box, start_date=since, page_size=50)
        after = datetime.now(UTC) - timedelta(minutes=5)
        assert output.error is None
        edge = datetime.fromisoformat(output.bookmark)
        assert edge <= after
        # On the night of the change the edge waits before the odd hour.
        assert edge >= before - timedelta(hours=2, minutes=1)
        assert set(output.ids()) == truth(box, since, output.bookmark)


@pytest.mark.parametrize("total", ["exact", "account"])
def test_retention_takes_away_only_what_is_gone(total: str) -> None:
    with account(rows=400, retention_days=6, total=total) as box:
        assert_exact(box, read(box))
        assert len(truth(box, START, "2025-10-24T00:00:00+00:00")) == 0

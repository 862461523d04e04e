from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox.clock import WallClock, parse_instant, parse_wall, wall_text

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client

SECONDS = ["2026-05-10 09:59:59", "2026-05-10 10:00:00", "2026-05-10 11:00:00"]
BEFORE, AT_BEGIN, AT_END = SECONDS


def _add(client: Client, *times: str, **more: Any) -> list[str]:
    rows = [{"timestamp": time, **more} for time in times]
    return [str(number) for number in client.box.add("clicks", rows)]


def _times(client: Client, *pairs: tuple[str, str], **parameters: str) -> list[str]:
    return [row["timestamp"] for row in client.page("v2/ms/clicks", *pairs, **parameters)["data"]]


@pytest.mark.parametrize("bounds", ["texts", "instants"])
@pytest.mark.parametrize("begin", [True, False])
@pytest.mark.parametrize("end", [True, False])
def test_each_bound_is_inclusive_or_not(
    living: Client, bounds: str, *, begin: bool, end: bool
) -> None:
    living.box.switch(begin_inclusive=begin, end_inclusive=end, bounds=bounds)
    _add(living, BEFORE, AT_BEGIN, AT_END)
    found = _times(living, begintime=AT_BEGIN, endtime=AT_END)
    assert (AT_BEGIN in found) is begin
    assert (AT_END in found) is end
    assert BEFORE not in found


def test_a_plain_date_is_its_midnight(living: Client) -> None:
    _add(living, "2026-05-09 23:59:59", "2026-05-10 00:00:00", "2026-05-11 00:00:00")
    assert _times(living, begintime="2026-05-10", endtime="2026-05-11") == ["2026-05-10 00:00:00"]


@pytest.mark.parametrize("name", ["begintime", "BeginTime", "fromdate"])
def test_bounds_that_mean_nothing_are_ignored(living: Client, name: str) -> None:
    _add(living, *SECONDS)
    value = "soon" if name == "begintime" else AT_END
    assert _times(living, **{name: value}) == SECONDS


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("timestamp>=2026-05-10 10:00:00", [AT_BEGIN, AT_END]),
        ("timestamp>2026-05-10 10:00:00", [AT_END]),
        ("timestamp<2026-05-10 10:00:00", [BEFORE]),
        ("timestamp<=2026-05-10 10:00:00", [BEFORE, AT_BEGIN]),
        ("TimeStamp==2026-05-10 10:00:00", [AT_BEGIN]),
        ("timestamp!=2026-05-10 10:00:00", [BEFORE, AT_END]),
        ("timestamp=~%09:59%", [BEFORE]),
        ("timestamp >2026-05-10 10:00:00", SECONDS),
        ("timestamp>yesterday", SECONDS),
        ("mailing==12", SECONDS),
        ("timestamp", SECONDS),
    ],
)
def test_fields_filters_by_timestamp_and_ignores_the_rest(
    living: Client, expression: str, expected: list[str]
) -> None:
    _add(living, *SECONDS)
    assert _times(living, ("fields[]", expression)) == expected
    assert _times(living, ("fields[0]", expression)) == expected
    assert _times(living, ("fields", expression)) == SECONDS


def test_filters_can_be_ignored(living: Client) -> None:
    _add(living, *SECONDS)
    living.box.switch(filter_ignored=True)
    assert _times(living, begintime=AT_END) == SECONDS
    assert _times(living, ("fields[]", f"timestamp>={AT_END}")) == [AT_END]
    living.box.switch(fields_ignored=True)
    assert _times(living, ("fields[]", f"timestamp>={AT_END}")) == SECONDS


def test_bounds_in_the_repeated_hour_as_texts_and_as_instants(living: Client) -> None:
    living.box.now = "2026-11-01T00:00:00+00:00"
    night = ["2026-10-25 01:59:59", "2026-10-25 02:30:00", "2026-10-25 03:00:00"]
    _add(living, *night)
    _add(living, "2026-10-25 02:30:00", fold=1)
    window = {"begintime": "2026-10-25 02:00:00", "endtime": "2026-10-25 02:45:00"}
    assert _times(living, **window) == [night[1], night[1]]
    living.box.switch(bounds="instants")
    assert _times(living, **window) == [night[1]]


def test_a_bound_that_never_occurs_moves_forward_an_hour_as_an_instant(living: Client) -> None:
    night = ["2026-03-29 01:59:59", "2026-03-29 03:15:00", "2026-03-29 03:45:00"]
    _add(living, *night)
    assert _times(living, begintime="2026-03-29 02:30:00") == night[1:]
    living.box.switch(bounds="instants")
    assert _times(living, begintime="2026-03-29 02:30:00") == night[2:]


def test_retention_and_the_default_period_hide_what_is_old(client: Client) -> None:
    every = client.page("v2/ms/clicks")["total"]
    client.box.switch(retention_days=10)
    assert sum(1 for _ in client.box.rows("clicks")) == client.page("v2/ms/clicks")["total"]
    assert client.page("v2/ms/clicks")["total"] < every / 2
    client.box.switch(retention_days=0, default_period="month")
    client.box.now = "2026-06-11T12:00:00+00:00"
    assert _times(client)[0] > "2026-05-12"


def test_late_rows_show_up_when_their_delay_is_over(client: Client) -> None:
    whole = client.box.rows("clicks")
    count = sum(1 for _ in whole)
    client.box.switch(late_fraction=0.5, late_minutes=2880)
    visible = client.page("v2/ms/clicks")["total"]
    assert visible < count
    assert sum(1 for _ in client.box.rows("clicks")) == visible
    assert sum(1 for _ in client.box.rows("clicks", late=True)) == count
    old = client.page("v2/ms/clicks", endtime="2026-05-29")["total"]
    client.box.switch(late_fraction=0.0)
    assert client.page("v2/ms/clicks", endtime="2026-05-29")["total"] == old


def test_the_date_header_follows_the_accounts_clock(client: Client) -> None:
    date = parsedate_to_datetime(client.get("v2/identity").headers["date"])
    assert date == client.box.now
    client.box.switch(clock_offset_seconds=-90)
    date = parsedate_to_datetime(client.get("v2/identity").headers["date"])
    assert date == client.box.now - timedelta(seconds=90)
    client.box.switch(date_header="off")
    assert "date" not in client.get("v2/identity").headers
    client.box.switch(date_header="garbage")
    assert "yesterday" in client.get("v2/identity").headers["date"]


def test_the_account_goes_on_when_its_clock_moves(client: Client) -> None:
    before = client.page("v2/ms/clicks")["total"]
    client.box.now = "2026-06-08T12:00:00+00:00"
    assert client.page("v2/ms/clicks")["total"] > before + 400
    assert client.box.now == datetime(2026, 6, 8, 12, tzinfo=UTC)


def test_the_zone_of_the_account_can_be_another(client: Client) -> None:
    client.box.switch(zone="America/New_York")
    row = next(client.box.rows("clicks"))
    assert row["timestamp"] == (row["instant"] - timedelta(hours=4)).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    "zone",
    ["Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"],
)
def test_wall_time_and_instants_agree_through_every_change(zone: str) -> None:
    clock = WallClock(zone)
    begin = parse_instant("2026-01-01T00:00:00+00:00")
    for moment in range(begin, begin + 365 * 86_400, 1777):
        wall = clock.wall(moment)
        assert parse_wall(wall_text(wall)) == wall
        assert moment in {clock.instant(wall), clock.instant(wall, fold=1)}
        assert clock.instant(wall) <= moment
        found = clock.occurring(wall, wall + 1)
        assert (moment, moment + 1) in found
        assert len(found) == (1 if clock.instant(wall) == clock.instant(wall, fold=1) else 2)

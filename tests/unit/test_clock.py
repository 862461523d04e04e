from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_copernica.clock import SECOND, AccountClock, parse_wall, rfc3339, wall_text

AMSTERDAM = AccountClock("Europe/Amsterdam")
ZONES = ["Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
NIGHTS = {"autumn": datetime(2024, 10, 27), "spring": datetime(2024, 3, 31)}  # noqa: DTZ001
WALLS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)).map(  # noqa: DTZ001
    lambda wall: wall.replace(microsecond=0)
)


def test_the_documented_time_comes_out_in_utc() -> None:
    assert AMSTERDAM.utc_text("2014-10-14 11:33:22") == "2014-10-14T09:33:22+00:00"


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2024-10-27 01:59:59", "2024-10-26T23:59:59+00:00"),
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00+00:00"),  # twice: the first
        ("2024-10-27 03:00:00", "2024-10-27T02:00:00+00:00"),
        ("2024-03-31 02:00:00", "2024-03-31T01:00:00+00:00"),  # never: the jump
        ("2024-03-31 02:59:59", "2024-03-31T01:00:00+00:00"),
        ("2024-03-31 03:00:01", "2024-03-31T01:00:01+00:00"),
    ],
)
def test_repeated_and_missing_times(wall: str, utc: str) -> None:
    assert AMSTERDAM.utc_text(wall) == utc
    assert AMSTERDAM.utc_text(wall) == utc  # remembered or not


@pytest.mark.parametrize("night", NIGHTS)
def test_edges_of_both_nights_second_by_second(night: str) -> None:
    midnight, last = NIGHTS[night], ""
    before, after = midnight.replace(hour=2) - SECOND, midnight.replace(hour=3, second=1)
    for second in range(4 * 3600):
        wall = midnight + second * SECOND
        legal = not (midnight.replace(hour=2) <= wall <= midnight.replace(hour=3))
        assert AMSTERDAM.is_legal(wall) == legal
        assert AMSTERDAM.legal_before(wall) == (wall if legal else before)
        assert AMSTERDAM.legal_after(wall) == (wall if legal else after)
        text = AMSTERDAM.utc_text(wall_text(wall))
        assert text >= last
        last = text
        if legal:
            assert AMSTERDAM.wall(AMSTERDAM.instant(wall)) == wall


@pytest.mark.parametrize("zone", ZONES)
@given(wall=WALLS)
def test_conversion_round_trips_or_is_an_odd_hour(zone: str, wall: datetime) -> None:
    clock = AccountClock(zone)
    instant = clock.instant(wall)
    assert clock.utc_text(wall_text(wall)) == rfc3339(instant)
    assert clock.utc_texts([wall_text(wall)]) in (None, [rfc3339(instant)])
    if clock.is_legal(wall):
        assert clock.wall(instant) == wall
    edge = clock.legal_before(wall)
    assert edge <= wall
    assert clock.is_legal(edge)
    assert clock.is_legal(clock.legal_after(wall))
    assert clock.legal_after(wall) >= wall


@pytest.mark.parametrize("zone", ZONES)
@given(walls=st.lists(WALLS, min_size=2, max_size=2))
def test_order_survives_the_conversion(zone: str, walls: list[datetime]) -> None:
    clock = AccountClock(zone)
    first, second = sorted(walls)
    assert clock.instant(first) <= clock.instant(second)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2024-13-01 00:00:00", "2024-02-30", "2024-W10-6 08:15:09"]
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the promise
        AMSTERDAM.utc_text(text)


def test_settings_without_an_offset_are_wall_clock_time() -> None:
    assert AMSTERDAM.parse("2024-07-01") == datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert AMSTERDAM.parse("2024-07-01T12:00:00Z") == datetime(2024, 7, 1, 12, tzinfo=UTC)
    assert AMSTERDAM.parse("2024-07-01 12:00:00.5") == datetime(2024, 7, 1, 10, 0, 1, tzinfo=UTC)
    assert parse_wall("2024-07-01") + timedelta(hours=1) == parse_wall("2024-07-01 01:00:00")

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_copernica.clock import SECOND, AccountClock, now, parse_wall, rfc3339, wall_text

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


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
@pytest.mark.parametrize("inside", ["02:00:00", "02:00:01", "02:30:00", "02:59:59", "03:00:00"])
def test_an_odd_hour_has_an_edge_on_either_side(night: datetime, inside: str) -> None:
    before, after = night.replace(hour=2) - SECOND, night.replace(hour=3, second=1)
    wall = datetime.fromisoformat(f"{night.date()} {inside}")
    assert not AMSTERDAM.is_legal(wall)
    assert (AMSTERDAM.legal_before(wall), AMSTERDAM.legal_after(wall)) == (before, after)
    for edge in (before - SECOND, before, after, after + SECOND):
        assert AMSTERDAM.is_legal(edge)
        assert AMSTERDAM.legal_before(edge) == AMSTERDAM.legal_after(edge) == edge


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
    "text",
    [
        "",
        "yesterday",
        "0000-00-00 00:00:00",
        "2024-13-01 00:00:00",
        "2024-02-30",
        "2024-W10-6 08:15:09",
        "2024-07-01T12:00:00",
        "2024-07-01 12:00",
        "2024-07-01 12:00:60",
        "2024-07-01 12:00:00.5",
        "2024-07-01 12:00:00Z",
    ],
)
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the type is the promise
        AMSTERDAM.utc_text(text)


def test_settings_without_an_offset_are_wall_clock_time() -> None:
    assert AMSTERDAM.parse("2024-07-01") == datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert AMSTERDAM.parse("2024-07-01T12:00:00Z") == datetime(2024, 7, 1, 12, tzinfo=UTC)
    assert AMSTERDAM.parse("2024-07-01 12:00:00.5") == datetime(2024, 7, 1, 10, 0, 1, tzinfo=UTC)
    assert parse_wall("2024-07-01") + timedelta(hours=1) == parse_wall("2024-07-01 01:00:00")


def test_texts_are_written_in_whole_seconds() -> None:
    moment = datetime(2024, 7, 1, 12, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert rfc3339(moment) == "2024-07-01T10:00:00+00:00"
    assert wall_text(moment.replace(tzinfo=None)) == "2024-07-01 12:00:00"
    assert now().utcoffset() == timedelta(0)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="Mars"):
        AccountClock("Mars/Olympus")


def test_edges_are_whole_seconds() -> None:
    half = datetime(2024, 7, 1, 12, 0, 0, 500_000)  # noqa: DTZ001
    assert AMSTERDAM.legal_before(half) == half.replace(microsecond=0)
    assert AMSTERDAM.legal_after(half) == half.replace(microsecond=0) + SECOND
    assert AMSTERDAM.legal_after(half.replace(microsecond=0)) == half.replace(microsecond=0)


def test_an_edge_beside_a_long_odd_stretch_is_found() -> None:
    # Samoa left out a whole day: 30 December 2011.
    clock, day = AccountClock("Pacific/Apia"), datetime(2011, 12, 30)  # noqa: DTZ001
    for hour in (0, 1, 12, 23):
        inside = day.replace(hour=hour, minute=30)
        assert clock.legal_before(inside) == day - SECOND
        assert clock.legal_after(inside) == day + timedelta(days=1) + SECOND
        assert clock.instant(inside) == clock.instant(day)


def test_many_texts_are_what_each_is_alone() -> None:
    clock = AccountClock("Europe/Amsterdam")
    texts = ["2024-07-01 12:00:01", "2024-07-01 12:59:59", "2024-01-01 00:00:00"]
    expected = ["2024-07-01T10:00:01+00:00", "2024-07-01T10:59:59+00:00"]
    assert clock.utc_texts(texts) == [*expected, "2023-12-31T23:00:00+00:00"]
    assert clock.utc_texts(texts[:2]) == expected  # from memory
    assert clock.utc_texts([]) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-07-01",
        "2024-10-27 02:30:00",  # occurs twice
        "2024-03-31 02:30:00",  # never occurs
        "2024-07-01 12:00:60",
        "2024-07-01 12:0:0",
        "0000-00-00 00:00:00",
        None,
        5,
        {"date": "2024-07-01 12:00:00"},
        ["2024-07-01 12:00:00"],
    ],
)
def test_where_one_text_is_not_plain_each_needs_its_own_look(text: Any) -> None:
    clock = AccountClock("Europe/Amsterdam")
    assert clock.utc_texts(["2024-07-01 12:00:00", text]) is None
    assert clock.utc_texts(["2024-07-01 12:00:00"]) == ["2024-07-01T10:00:00+00:00"]


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia"])
def test_zones_off_by_parts_of_an_hour_are_right_text_by_text(zone: str) -> None:
    clock = AccountClock(zone)
    for text in ("1971-06-01 10:15:30", "2024-06-01 10:15:30", "2024-06-01 10:59:59"):
        expected = rfc3339(clock.instant(parse_wall(text)))
        assert clock.utc_text(text) == clock.utc_text(text) == expected
        assert clock.utc_texts([text]) in (None, [expected])


def test_hours_are_forgotten_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_copernica.clock._HOURS_KEPT", 3)
    clock = AccountClock("UTC")
    for _ in range(2):
        for hour in range(24):
            assert (
                clock.utc_text(f"2024-07-01 {hour:02}:00:00") == f"2024-07-01T{hour:02}:00:00+00:00"
            )
    assert len(clock._hours) <= 3


def test_nothing_hangs_on_this_machine_s_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert AMSTERDAM.utc_text("2024-10-27 02:30:00") == "2024-10-27T00:30:00+00:00"
        assert AMSTERDAM.utc_text("2024-03-31 02:30:00") == "2024-03-31T01:00:00+00:00"
        for text in ("2024-07-01T12:00:00Z", "2024-07-01 14:00:00"):
            assert AMSTERDAM.parse(text).isoformat() == "2024-07-01T12:00:00+00:00"
        assert now().isoformat().endswith("+00:00")
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("regular", "odd"),
    [
        # Labrador changed its clocks a minute after midnight.
        (("2010-03-14 00:00:30", "04:00:30"), ("2010-03-14 00:30:00", "04:01:00")),
        (("2010-11-07 00:30:00", "04:30:00"), ("2010-11-07 00:00:30", "03:00:30")),
    ],
)
def test_an_hour_that_is_odd_in_part_is_not_taken_for_a_plain_one(
    regular: tuple[str, str], odd: tuple[str, str]
) -> None:
    for texts in ((regular, odd), (odd, regular)):
        clock = AccountClock("America/Goose_Bay")
        for text, utc in texts:
            assert clock.utc_text(text) == f"{text[:10]}T{utc}+00:00"

"""One window of a stream: what is asked, which rows of the answers are its own, and when it is cut."""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica import clock
from tap_copernica.errors import IgnoredFilterError, UnreadableError
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.verdict import Trust
from tap_copernica.reading.window_reader import Result, WindowReader
from tap_copernica.reading.windows import Window
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.records.spill import Records
from tap_copernica.records.strict import StrictRows
from tap_copernica.streams.clicks import ClicksStream
from tap_copernica.tap import TapCopernica
from tests.support.clicks import START, Clicks, at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_copernica.records.rows import Record
    from tests.support.scripted import Answer, Asked, Scripted

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
WINDOW = Window(START, START + HOUR)


@pytest.fixture
def clicks(server: Scripted) -> Callable[..., ClicksStream]:
    def stream(**settings: Any) -> ClicksStream:
        config = {"access_token": "a-token", "start_date": "2024-01-01", "api_url": server.url}
        used = {"timezone": "UTC", "max_tries": 3, "page_size": 10, **settings}
        return ClicksStream(TapCopernica(config={**config, **used}, catalog={"streams": []}))

    return stream


@pytest.fixture
def read(server: Scripted, clicks: Callable[..., ClicksStream]) -> Callable[..., Result]:
    """Read the window, or another, from what the server has, with a reader of its own or a given one."""

    def result(what: Clicks, window: Window = WINDOW, **options: Any) -> Result:
        server.reply = what
        reader = options.pop("reader", None) or WindowReader(clicks(**options))
        found: Result = reader.read(window)
        return found

    return result


def ids(result: Result) -> list[int]:
    chunks = result.own_records(itemgetter("timestamp"))
    return [record["ID"] for chunk in chunks for record in chunk.records()]


# Which rows are its own


def test_a_row_at_the_start_is_the_windows_and_one_at_the_end_is_the_next_ones(
    read: Callable[..., Result],
) -> None:
    what = Clicks(-1, 0, 1, 3599, 3600)
    found = read(what)
    assert ids(found) == [2, 3, 4]
    # A bound may be exclusive: a second more is asked for.
    assert what.periods == [(at(-1), at(3600))]
    assert what.paths == ["/v2/ms/clicks"]
    nothing = read(Clicks(-1, 3600))
    assert (ids(nothing), nothing.parts) == ([], ())
    assert ids(read(Clicks())) == []


def test_of_a_page_that_begins_or_ends_beside_the_window_no_row_of_it_is_lost(
    read: Callable[..., Result],
) -> None:
    assert ids(read(Clicks(-1, 0))) == [2]
    assert ids(read(Clicks(3599, 3600))) == [1]
    assert ids(read(Clicks(3600, 5, -1, 7))) == [2, 4]


def test_start_and_end_date_cut_exactly(read: Callable[..., Result]) -> None:
    what = Clicks(4, 5, 10, 11)
    bounds = {"start_date": "2024-05-01T10:00:05Z", "end_date": "2024-05-01T10:00:11Z"}
    assert ids(read(what, **bounds)) == [2, 3]


def test_a_window_of_the_accounts_clock_holds_instants_in_utc(read: Callable[..., Result]) -> None:
    [chunk] = read(Clicks(5), timezone="Europe/Amsterdam").own_records(itemgetter("timestamp"))
    assert [one["timestamp"] for one in chunk.records()] == ["2024-05-01T08:00:05+00:00"]


def test_what_a_stream_always_asks_for_is_asked_for_with_each_window(
    read: Callable[..., Result],
) -> None:
    what = Clicks(5)
    read(what, Window(START - 10 * HOUR, START + 14 * HOUR), unique_clicks=True)
    assert what.asked == [
        {
            "begintime": "2024-04-30 23:59:59", "endtime": "2024-05-02 00:00:00",
            "unique": "true", "start": "0", "limit": "10",
        }
    ]  # fmt: skip


def test_the_list_of_a_parent_is_asked_for_the_same_period(
    server: Scripted, clicks: Callable[..., ClicksStream]
) -> None:
    reader, what = WindowReader(clicks()), Clicks(-1, 0, 5)
    server.reply = what
    question = reader.question(WINDOW, reader.filter, "/ms/emailing/7/clicks")
    outcome = reader.complete(question, divisible=False)
    assert what.paths == ["/v2/ms/emailing/7/clicks"]
    assert what.periods == [(at(-1), at(3600))]
    assert [one["ID"] for one in outcome.records.records()] == [2, 3]


# What shows that its rows are all


def test_what_was_read_comes_with_what_it_proves(read: Callable[..., Result]) -> None:
    before = clock.now()
    found = read(Clicks(*range(15)))
    assert found.window == WINDOW
    assert found.load == 1.5
    assert found.evidence == Evidence(15, 15, Proof.COUNTED, readings=1, calls=2)
    assert found.started is not None
    assert before <= found.started <= clock.now()
    assert (found.parts, found.until, found.key) == ((), None, None)


def test_rows_that_come_twice_are_written_once(read: Callable[..., Result]) -> None:
    second = Window(START, START + SECOND)  # which cannot be cut
    found = read(Clicks(*[0] * 12, repeats=True), second, max_tries=8)
    assert sorted(ids(found)) == list(range(1, 13))
    assert found.records.size > 12
    assert found.parts == ()


def test_a_window_that_stays_incomplete_says_what_was_written(read: Callable[..., Result]) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(Clicks(*[0] * 3, total=4), Window(START, START + SECOND), max_tries=1)
    assert str(caught.value).startswith(
        "clicks: the rows of 2024-05-01 10:00:00 to 2024-05-01 10:00:01 could not be read completely: "
    )
    assert (
        "in 1 readings, so rows may be missing. Nothing of this window was written; what came before it "
        "is in the state. Run again later"
    ) in str(caught.value)


def test_a_page_as_documented_is_read_on_the_fast_path_and_encoded_at_once(
    server: Scripted, clicks: Callable[..., ClicksStream]
) -> None:
    pages: list[Sequence[Record]] = []

    def encode(records: Sequence[Record]) -> PlainChunk:
        pages.append(records)
        return PlainChunk(list(records))

    server.reply = Clicks(*range(15))
    found = WindowReader(clicks(), encode).read(WINDOW)
    assert [len(page) for page in pages] == [10, 5]
    assert all(isinstance(page, StrictRows) for page in pages)
    assert ids(found) == list(range(1, 16))


# Filters that the API ignores


@pytest.mark.parametrize("second", [-3, 3602])
def test_where_the_api_ignores_a_filter_the_next_one_is_used_from_then_on(
    server: Scripted, clicks: Callable[..., ClicksStream], second: float
) -> None:
    what = Clicks(second, 5, ignores=("begintime",))
    server.reply = what
    reader = WindowReader(clicks())
    assert ids(reader.read(WINDOW)) == [2]
    assert ["begintime" in one for one in what.asked] == [True, False]
    assert ids(reader.read(WINDOW)) == [2]
    assert ["begintime" in one for one in what.asked] == [True, False, False]


@pytest.mark.parametrize("second", [-2, 3601])
def test_a_row_a_second_beside_what_was_asked_says_nothing_of_the_filter(
    read: Callable[..., Result], second: float
) -> None:
    what = Clicks(second, 5, ignores=("begintime",))
    assert ids(read(what)) == [2]
    assert len(what.asked) == 1


def test_where_every_filter_is_ignored_the_row_and_the_period_are_named(
    read: Callable[..., Result],
) -> None:
    for second, row in (
        (-86_400, "2024-04-30T10:00:00+00:00"),
        (3602, "2024-05-01T11:00:02+00:00"),
    ):
        with pytest.raises(IgnoredFilterError) as caught:
            read(Clicks(5, second, ignores=("begintime", "fields[]")))
        assert str(caught.value).startswith(
            "clicks: the API ignores the filter `fields[]=timestamp>=…`, `fields[]=timestamp<…`: asked "
            f"for 2024-05-01 09:59:59 to 2024-05-01 11:00:00, it gave a row of {row}. "
        )


# When a window is cut


def test_a_window_with_too_many_rows_is_cut_into_parts_that_know_its_total(
    read: Callable[..., Result],
) -> None:
    what = Clicks(*range(10), total=255)
    found = read(what)
    assert len(what.asked) == 1
    assert [part.width for part in found.parts] == [HOUR / 3] * 3
    assert [part.start for part in found.parts] == [START, START + HOUR / 3, START + HOUR * 2 / 3]
    assert [part.parent_total for part in found.parts] == [255] * 3
    assert ids(found) == []


def test_an_hour_that_occurs_twice_is_not_cut_in_its_middle(read: Callable[..., Result]) -> None:
    night = datetime(2024, 10, 27, 1)  # noqa: DTZ001
    what = Clicks(*[(night - START) / SECOND] * 10, total=1000)
    found = read(what, Window(night, night + 3 * HOUR), timezone="Europe/Amsterdam")
    assert [f"{part.start:%T} {part.end:%T}" for part in found.parts][3:6] == [
        "01:45:00 01:59:59", "01:59:59 03:15:00", "03:15:00 03:30:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("window", "settings"),
    [
        (Window(START, START + SECOND), {}),
        (Window(START - 10 * HOUR, START + 14 * HOUR), {"unique_clicks": True}),
    ],
)
def test_a_second_and_a_day_of_unique_clicks_are_read_whole_however_many_rows_they_hold(
    read: Callable[..., Result], window: Window, settings: dict[str, Any]
) -> None:
    what = Clicks(*[0] * 11)
    found = read(what, window, page_size=1, **settings)
    assert (ids(found), found.parts) == (list(range(1, 12)), ())


def test_once_rows_moved_between_pages_windows_stay_small(
    clicks: Callable[..., ClicksStream], read: Callable[..., Result]
) -> None:
    reader = WindowReader(clicks())
    small, moving = Clicks(*range(10), total=255), Clicks(*range(15), total=17, repeats=True)
    stable = []
    for what in (small, moving, small):
        assert read(what, reader=reader).parts
        stable.append(reader.trust.stable)
    assert stable == [True, False, False]


def test_a_day_of_unique_clicks_into_which_its_bounds_reach_is_asked_for_again_without_them(
    clicks: Callable[..., ClicksStream], read: Callable[..., Result]
) -> None:
    reader = WindowReader(clicks(unique_clicks=True))
    day = Window(START - 10 * HOUR, START + 14 * HOUR)
    what = Clicks(-10 * 3600 - 1, 5, 14 * 3600)
    blurred = read(what, day, reader=reader)
    assert (blurred.parts, ids(blurred)) == ([day], [])
    found = read(what, day, reader=reader)
    assert (ids(found), found.parts) == ([2], ())
    assert what.periods[-1] == ("2024-05-01 00:00:00", "2024-05-01 23:59:59")


# Totals that ignore the period


OTHER = Window(START + HOUR, START + 2 * HOUR)
PART = Window(START, START + HOUR, parent_total=200, sibling=OTHER)


@pytest.mark.parametrize(("total", "believed"), [(199, True), (200, False), (201, False)])
def test_a_total_as_large_for_another_part_as_for_the_whole_is_not_used_any_more(
    server: Scripted,
    clicks: Callable[..., ClicksStream],
    caplog: pytest.LogCaptureFixture,
    total: int,
    *,
    believed: bool,
) -> None:
    reader = WindowReader(clicks())
    what = Clicks(*range(10), 3605, total=200)

    def reply(asked: Asked) -> Answer:
        if len(what.asked) == 1:
            what.total = total
        return what(asked)

    server.reply = reply
    found = reader.read(PART)
    assert reader.trust == Trust(totals=believed, largest=10)
    assert bool(found.parts) is believed
    told = "not used any more in this run: it is the same for different periods. Pages"
    assert any(told in one for one in caplog.messages) is not believed
    assert what.asked[1] == {
        "begintime": at(3599), "endtime": at(7200), "start": "0", "limit": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    "part", [Window(START, START + HOUR, parent_total=200), Window(START, START + HOUR)]
)
def test_without_another_part_there_is_nothing_to_compare(
    read: Callable[..., Result], part: Window
) -> None:
    what = Clicks(*range(10), total=200)
    assert read(what, part).parts
    assert len(what.asked) == 1


def test_a_first_page_tells_how_many_pages_are_to_come(
    server: Scripted, clicks: Callable[..., ClicksStream]
) -> None:
    expected: list[float] = []
    server.reply = Clicks(*range(35))
    WindowReader(clicks()).read(WINDOW, expected.append)
    assert expected == [3.5]


# What of a result is written


def result(*pages: list[tuple[str, int]], **options: Any) -> Result:
    records = Records()
    for page in pages:
        records.add([{"time": time, "ID": number} for time, number in page])
    return Result(WINDOW, records, **options)


def written(found: Result) -> list[list[tuple[str, int]]]:
    return [
        [(one["time"], one["ID"]) for one in chunk.records()]
        for chunk in found.own_records(itemgetter("time"))
    ]


def test_all_records_of_a_window_are_written_where_none_may_come_twice() -> None:
    pages = [[("1", 1), ("2", 2)], [("3", 3), ("3", 3)]]
    assert written(result(*pages)) == pages


def test_what_lies_after_the_time_to_which_a_window_was_trimmed_is_not_written() -> None:
    found = result([("1", 1), ("3", 2), ("2", 3)], [("3", 4)], [("2", 5)], until="3")
    assert written(found) == [[("1", 1), ("2", 3)], [], [("2", 5)]]


def test_of_records_that_come_twice_the_last_of_a_page_is_written_and_none_of_a_later_page() -> (
    None
):
    pages = [[("1", 1), ("2", 2), ("3", 1)], [("4", 2), ("5", 3)], [("6", 3), ("7", 4), ("8", 1)]]
    found = result(*pages, key=itemgetter("ID"))
    assert written(found) == [[("3", 1), ("2", 2)], [("5", 3)], [("7", 4)]]
    listed = found.records.distinct(itemgetter("ID"))
    assert written(Result(WINDOW, listed)) == written(found)  # a whole list keeps the same copies
    trimmed = result(*pages, key=itemgetter("ID"), until="3")
    assert written(trimmed) == [[("1", 1), ("2", 2)], [], []]

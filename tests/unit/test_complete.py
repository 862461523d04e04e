"""The loop that reads a list until it is complete: what it asks, and what it has learned for the next."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_copernica.errors import ApiError, UnreadableError
from tap_copernica.http.question import Question
from tap_copernica.reading.complete import CompleteReader, ListOutcome, ListToRead
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.list_reader import ListReader
from tap_copernica.reading.verdict import Limits, Step, Trust
from tap_copernica.records.chunks import EncodedChunk
from tap_copernica.tap import TapCopernica
from tests.support.scripted import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_copernica.streams.base import Stream
    from tests.support.scripted import Asked

PATH = "/database/1/views"


class List:
    """A list of the API: its ids, and how it lies about them."""

    def __init__(self, ids: Sequence[int], **lies: Any) -> None:
        self.ids = list(ids)
        self.total = lies.get("total", len(self.ids))
        self.hides_at_seams = lies.get("hides", False)
        self.repeats_at_seams = lies.get("repeats", False)
        self.cap = lies.get("cap", 1000)
        self.endless = lies.get("endless", False)
        self.refuses_beyond = lies.get("refuses_beyond", False)
        self.asked: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Answer:
        query = dict(parse_qsl(urlsplit(asked.path).query))
        self.asked.append({key: query[key] for key in ("start", "limit", "total") if key in query})
        start, limit = int(query["start"]), min(int(query["limit"]), self.cap)
        ids = self.ids[start : start + limit]
        if self.refuses_beyond and start >= len(self.ids):
            return Answer(b'{"error":{"message":"Invalid data provided"}}', 400)
        if self.endless:
            ids = list(range(start + 1, start + limit + 1))
        if start and self.hides_at_seams:
            ids = self.ids[start + 1 : start + limit]
        if start and self.repeats_at_seams:
            ids = self.ids[start - 1 : start - 1 + limit] if start <= len(self.ids) else []
        body = {"start": start, "limit": limit, "count": len(ids), "total": self.total}
        if query.get("total") == "false" or self.total is None:
            del body["total"]
        return Answer(json.dumps({**body, "data": [{"ID": number} for number in ids]}).encode())

    @property
    def pages(self) -> list[tuple[str, str]]:
        return [(one["start"], one["limit"]) for one in self.asked]


@pytest.fixture
def views(server: Scripted) -> Callable[..., Stream]:
    def stream(**settings: Any) -> Stream:
        config = {"access_token": "a-token", "start_date": "2024-01-01", "api_url": server.url}
        optional = {"optional_streams": ["*"], "max_tries": 3, "page_size": 10, **settings}
        tap = TapCopernica(config={**config, **optional}, catalog={"streams": []})
        return next(one for one in tap.static_streams() if one.name == "views")

    return stream


def ids(listed: Any) -> list[int]:
    return [record["ID"] for record in listed.records.records()]


def read(reader: ListReader, server: Scripted, what: List, **options: Any) -> list[int]:
    server.reply = what
    listed = reader.read(PATH, list, **options)
    assert set(ids(listed)) == listed.ids
    return ids(listed)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if "`total`" in one.getMessage()]


def test_as_many_rows_as_the_total_promised_are_enough(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    reader = ListReader(views())
    for count, pages in ((0, [("0", "10")]), (9, [("0", "10")]), (13, [("0", "10"), ("10", "10")])):
        what = List(range(1, count + 1))
        assert read(reader, server, what) == what.ids
        assert what.pages == pages
        assert "total" not in what.asked[0]
    assert reader.rows(PATH, page_size=7) == [{"ID": number} for number in range(1, 14)]


def test_without_a_total_each_list_of_several_pages_is_read_again_with_another_size(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    reader = ListReader(views())
    first, second = List(range(25), total=None), List(range(40), total=None)
    assert read(reader, server, first) == first.ids
    assert first.pages[:4] == [("0", "10"), ("10", "10"), ("20", "10"), ("25", "10")]
    assert {limit for _, limit in first.pages[4:]} == {"8"}
    assert read(reader, server, second) == second.ids
    assert {limit for _, limit in second.pages} == {"10", "8"}
    third = List(range(7), total=None)  # a page that has room for more
    assert read(reader, server, third) == third.ids
    assert {limit for _, limit in third.pages} == {"10"}


def test_a_page_behind_all_promised_rows_may_be_refused(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    reader = ListReader(views())
    what = List(range(20), refuses_beyond=True)
    assert read(reader, server, what) == what.ids
    assert what.pages == [("0", "10"), ("10", "10"), ("20", "10")]
    for total in (None, 0, 21):  # what is not counted may have more rows
        with pytest.raises(ApiError, match="Invalid data provided"):
            read(reader, server, List(range(20), refuses_beyond=True, total=total))


def test_a_row_that_hides_at_a_seam_is_found_by_the_sizes_of_later_readings(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    what = List(range(1, 24), hides=True)
    assert sorted(read(ListReader(views(max_tries=8)), server, what)) == what.ids
    error = (
        r"^views: the list /database/1/views could not be .* promised 23 rows and gave 22 different"
    )
    with pytest.raises(UnreadableError, match=error):
        read(ListReader(views(max_tries=1)), server, List(range(1, 24), hides=True))


def test_rows_that_repeat_are_taken_once(server: Scripted, views: Callable[..., Stream]) -> None:
    what = List(range(1, 13), repeats=True)
    assert sorted(read(ListReader(views(max_tries=8)), server, what)) == what.ids


def test_totals_that_are_wrong_three_times_are_not_asked_for_any_more(
    server: Scripted, views: Callable[..., Stream], caplog: pytest.LogCaptureFixture
) -> None:
    reader = ListReader(views())
    read(reader, server, List(range(9)))  # shows that a page may hold nine
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            what = List(range(5), total=8)
            assert read(reader, server, what) == what.ids
            assert "total" not in what.asked[0], number
            assert len({limit for _, limit in what.pages}) == 2
            assert len(told(caplog)) == (1 if number < 2 else 2)
        what = List(range(5), total=8)
        assert read(reader, server, what) == what.ids
    assert what.asked[0] == {"start": "0", "limit": "10", "total": "false"}
    assert what.pages == [("0", "10"), ("5", "10")]  # one page with room for more, and an empty one
    wrong, distrusted = told(caplog)
    assert wrong.startswith("views: the API's `total` for the list /database/1/views is wrong")
    assert distrusted.startswith(
        "views: the API's `total` is not used any more in this run: it was "
    )


def test_pages_that_never_end_are_given_up(
    server: Scripted, views: Callable[..., Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_copernica.reading.verdict.MOST_UNPROMISED_PAGES", 3)
    with pytest.raises(
        UnreadableError, match="more pages follow after 3, and no total promises any"
    ):
        read(ListReader(views()), server, List([], total=None, endless=True))


def test_records_are_kept_in_the_form_that_is_asked_for(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    class Numbers:
        def encode(self, records: Sequence[dict[str, Any]]) -> bytes:
            return json.dumps([one["ID"] for one in records]).encode()

        def records(self, data: bytes) -> list[dict[str, Any]]:
            return [{"ID": number} for number in json.loads(data)]

        def only(self, data: bytes, places: Sequence[int]) -> bytes:
            return json.dumps([json.loads(data)[place] for place in places]).encode()

    form = Numbers()
    what = List(range(1, 13), repeats=True)
    found = read(
        ListReader(views(max_tries=8)), server, what,
        encode=lambda records: EncodedChunk(form.encode(records), len(records), form),
        page_size=5, params={"a": "b"},
    )  # fmt: skip
    assert sorted(found) == what.ids
    assert what.pages[0] == ("0", "5")
    assert "a=b" in server.asked[-1].path


def test_a_page_that_the_api_says_it_capped_is_a_full_one(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    what = List(range(10), cap=5)
    assert read(ListReader(views()), server, what) == what.ids
    assert [start for start, _ in what.pages] == ["0", "5", "10"]  # a row may lie behind the total


def test_the_evidence_of_several_lists_is_that_of_the_weakest(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    reader = ListReader(views())
    read(reader, server, List(range(13)))
    assert reader.evidence == Evidence(13, 13, Proof.COUNTED, readings=1, calls=2)
    read(reader, server, List(range(5), total=7))  # two rows fewer than promised, in any page size
    assert reader.evidence == Evidence(20, 18, Proof.CONFIRMED, readings=2, calls=7)
    read(reader, server, List(range(3)))
    assert reader.evidence == Evidence(23, 21, Proof.CONFIRMED, readings=2, calls=8)


# A window: what can be cut


def read_window(
    reader: CompleteReader, server: Scripted, what: List, limits: Limits, **options: Any
) -> ListOutcome:
    server.reply = what

    def take(rows: Sequence[Any], _: object) -> tuple[list[int], Sequence[dict[str, Any]]]:
        return [row["ID"] for row in rows], rows

    return reader.read(
        ListToRead(
            question=Question(path=PATH), page_size=10, take=take, limits=limits,
            what="a window", after_failure="Nothing was written.", **options,
        )
    )  # fmt: skip


WIDE = Limits(divisible=True)


def test_what_was_read_comes_with_the_verdict_and_what_shows_that_it_is_all(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    found = read_window(CompleteReader(views()), server, List(range(13)), WIDE)
    assert [one["ID"] for one in found.records.records()] == list(range(13))
    assert found.ids == set(range(13))
    assert found.verdict.step is Step.DONE
    assert found.evidence == Evidence(13, 13, Proof.COUNTED, readings=1, calls=2)
    assert found.reading.load == 1.3
    assert not found.has_repeats


def test_a_window_of_more_pages_than_calls_are_left_is_cut_after_its_first_page(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    what = List(range(59))
    found = read_window(CompleteReader(views(max_api_calls=4)), server, what, WIDE)
    assert (found.verdict.step, found.verdict.parts, what.pages) == (Step.SPLIT, 3, [("0", "10")])
    what = List(range(59))
    found = read_window(CompleteReader(views(max_api_calls=6)), server, what, WIDE)
    assert found.verdict.step is Step.DONE


def test_where_a_part_has_the_total_of_the_whole_another_part_is_looked_at_once(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    looked: list[str] = []
    part = Limits(divisible=True, parent_total=200)

    def compare() -> None:
        looked.append("another part")

    for total, times in ((200, 1), (201, 1), (199, 0), (13, 0)):
        what = List(range(13), total=total)
        reader = CompleteReader(views())
        found = read_window(reader, server, what, part, compare=compare)
        assert len(looked) == times, total
        assert found.verdict.step is (Step.DONE if total == 13 else Step.SPLIT)
        looked.clear()


def test_where_the_other_part_shows_that_totals_ignore_the_period_none_is_used(
    server: Scripted, views: Callable[..., Stream], caplog: pytest.LogCaptureFixture
) -> None:
    reader = CompleteReader(views())
    read_window(reader, server, List(range(9)), WIDE)  # shows that a page may hold nine
    what = List(range(4), total=200)
    found = read_window(
        reader, server, what, Limits(divisible=True, parent_total=200),
        compare=lambda: reader.distrust("it is the same for different periods"),
    )  # fmt: skip
    assert found.verdict.step is Step.DONE
    assert len(found.ids) == 4
    assert what.pages == [("0", "10"), ("4", "10")]
    assert reader.trust == Trust(totals=False, largest=9)
    [message] = told(caplog)
    assert message == (
        "views: the API's `total` is not used any more in this run: it is the same for different "
        "periods. Pages are read until an empty one instead."
    )


def test_the_first_page_of_the_first_reading_tells_how_many_there_are_if_more_are_to_come(
    server: Scripted, views: Callable[..., Stream]
) -> None:
    expected: list[tuple[float, int]] = []

    def expect(pages: float) -> None:
        expected.append((pages, len(what.asked)))

    for what, told_of in (
        (List(range(35)), [(3.5, 1)]),
        (List(range(9)), []),  # the first is the last
        (List(range(35), total=None), []),
        (List(range(35), total=38), [(3.8, 1)]),  # read again, which tells nothing new
    ):
        reader = CompleteReader(views())
        read_window(reader, server, what, WIDE, expect=expect)
        assert expected == told_of
        expected.clear()

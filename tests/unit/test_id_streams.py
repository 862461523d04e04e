"""Lists of ids by parent: what a list lacks looks deleted, so it is whole, or nothing of it is written."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_copernica.clock import rfc3339
from tap_copernica.errors import NotOfferedError, UnreadableError
from tap_copernica.http.bounds import MOST_MORE_IDS
from tap_copernica.streams.ids import IdStream
from tests.support.runs import stream_of
from tests.support.scripted import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.scripted import Asked

NO_LIST: dict[str, Any] = {"start": 0, "limit": 1000, "count": 0, "data": [], "total": 0}


def enveloped(rows: list[Any], **more: Any) -> dict[str, Any]:
    return {**NO_LIST, "count": len(rows), "data": rows, "total": len(rows), **more}


class Account:
    """Two databases, 11 and 12, with collections; its lists of ids, and what it says of their length.

    What stands in `ids` under a path is a list, or several: one for each call, the last for all that
    follow. The same for `totals`; where there is none, it is the length of the list.
    """

    def __init__(self, ids: dict[str, Any], **lies: Any) -> None:
        self.ids = {
            path: one if one and isinstance(one[0], list) else [one] for path, one in ids.items()
        }
        self.totals: dict[str, list[int | None]] = lies.get("totals", {})
        self.lists = {
            "/databases": [database(11, 701, 702), database(12, 703)],
            **lies.get("lists", {}),
        }
        self.refused: dict[str, str] = lies.get("refused", {})
        self.is_paged = lies.get("paged", True)
        self.calls: dict[str, list[tuple[int, int]]] = defaultdict(list)

    def __call__(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path.removeprefix("/v2")
        query = dict(parse_qsl(urlsplit(asked.path).query))
        start, limit = int(query["start"]), int(query["limit"])
        calls = self.calls[path]
        calls.append((start, limit))
        if path in self.refused:
            return Answer(json.dumps({"error": {"message": self.refused[path]}}).encode(), 400)
        if path in self.lists:
            return Answer(json.dumps(enveloped(self.lists[path])).encode())
        if path in self.ids:
            ids = self.ids[path][min(len(calls), len(self.ids[path])) - 1]
            return Answer(json.dumps(ids[start : start + limit] if self.is_paged else ids).encode())
        totals = self.totals.get(path) or [len(self.ids[f"{path[:-1]}ids"][0])]
        total = totals[min(len(calls), len(totals)) - 1]
        return Answer(json.dumps(enveloped([{"ID": 1}], total=total)).encode())


def database(number: int, *collections: int) -> dict[str, Any]:
    parts = [{"ID": one, "name": f"c{one}", "fields": NO_LIST} for one in collections]
    none = {"fields": NO_LIST, "interests": NO_LIST}
    return {"ID": number, "name": f"d{number}", **none, "collections": enveloped(parts)}


IDS, TOTAL = "/database/11/profileids", "/database/11/profiles"


@pytest.fixture
def stream(server: Scripted) -> Callable[..., IdStream]:
    def made(account: Account, name: str = "profile_ids", **settings: Any) -> IdStream:
        server.reply = account
        config = {"access_token": "a-token", "start_date": "2024-01-01", "api_url": server.url}
        used = {"optional_streams": ["*"], "max_tries": 3, "page_size": 4, "databases": ["11"]}
        found = stream_of(name, **{**config, **used, **settings})
        assert isinstance(found, IdStream)
        return found

    return made


def pairs(stream: IdStream) -> list[tuple[int, int]]:
    return [(record[stream.parent], record["ID"]) for record in stream.read()]


def ids(stream: IdStream) -> list[int]:
    return [number for _, number in pairs(stream)]


# One list, page by page


@pytest.mark.parametrize(
    ("count", "totals", "pages"),
    [
        (6, [6], [(0, 4), (3, 4)]),
        (6, [None], [(0, 4), (3, 4), (5, 4)]),  # until no new one comes
        (4, [4], [(0, 4)]),
        (0, [0], [(0, 4)]),
        (0, [None], [(0, 4)]),
    ],
)
def test_each_page_begins_with_the_last_id_of_the_one_before(
    stream: Callable[..., IdStream], count: int, totals: list[int | None], pages: list[Any]
) -> None:
    account = Account({IDS: [*range(1, count + 1)]}, totals={TOTAL: totals})
    assert ids(stream(account)) == [*range(1, count + 1)]
    assert account.calls[IDS] == pages
    assert account.calls[TOTAL] == [(0, 1)]


def test_a_page_holds_an_id_that_is_known_and_one_that_may_be_new(
    stream: Callable[..., IdStream],
) -> None:
    account = Account({IDS: [5, 6, 7]})
    assert ids(stream(account, page_size=1)) == [5, 6, 7]
    assert account.calls[IDS] == [(0, 2), (1, 2)]


@pytest.mark.parametrize(("total", "calls"), [(6, 1), (None, 2)])
def test_a_list_that_comes_whole_is_asked_for_twice_at_most(
    stream: Callable[..., IdStream], total: int | None, calls: int
) -> None:
    account = Account({IDS: [1, 2, 3, 4, 5, 6]}, totals={TOTAL: [total]}, paged=False)
    assert ids(stream(account)) == [1, 2, 3, 4, 5, 6]
    assert len(account.calls[IDS]) == calls


@pytest.mark.parametrize(
    ("first", "later", "totals"),
    [
        ([1, 2, 3, 4, 5, 6], [3, 4, 5, 6, 7, 8], [6]),  # 5 has moved to where nobody looks
        ([1, 2, 3, 4], [7, 8, 9, 2], [None]),  # nothing new, and not the same either
        ([1, 2, 3, 4], [1, 2, 9, 5, 6, 7, 8], [None, 7]),  # as many as are known, and others
        ([1, 2, 3, 4], [5, 6, 7], [None]),
    ],
)
def test_a_list_that_changed_between_two_pages_is_read_again(
    stream: Callable[..., IdStream], first: list[int], later: list[int], totals: list[int | None]
) -> None:
    account = Account({IDS: [first, later]}, totals={TOTAL: totals})
    assert ids(stream(account)) == later


@pytest.mark.parametrize("total", [6, None])
def test_a_list_that_always_changes_is_not_written(
    stream: Callable[..., IdStream], total: int | None
) -> None:
    lists = [[*range(n, n + 6)] for n in range(0, 600, 100)]
    account = Account({IDS: lists}, totals={TOTAL: [total]})
    with pytest.raises(UnreadableError) as caught:
        ids(stream(account))
    assert str(caught.value).startswith(
        f"profile_ids: /database/11/profileids changes while it is read, its database {total} rows. "
        "Nothing of it was written"
    )
    assert len(account.calls[IDS]) == 6  # two calls in each of three tries


def test_ids_that_never_cease_to_come_are_given_up(stream: Callable[..., IdStream]) -> None:
    most = 2 * 3 + MOST_MORE_IDS
    account = Account({IDS: [*range(most + 1)]}, totals={TOTAL: [3]}, paged=False)
    with pytest.raises(UnreadableError) as caught:
        ids(stream(account))
    assert str(caught.value) == (
        f"profile_ids: /database/11/profileids has no end: it gave more than {most} ids, twice as many "
        "as its database has rows. Nothing of it was written."
    )
    account = Account({IDS: [*range(most)]}, totals={TOTAL: [3, most]}, paged=False)
    assert len(ids(stream(account))) == most


def test_an_id_that_is_no_number_is_no_id(stream: Callable[..., IdStream]) -> None:
    assert ids(stream(Account({IDS: ["7", 8]}))) == [7, 8]
    with pytest.raises(
        UnreadableError, match=r"^profile_ids: the API sent an id of type str that is "
    ):
        ids(stream(Account({IDS: [7, "x"]})))


# How many there should be


@pytest.mark.parametrize(
    ("before", "count", "after"),
    [
        (6, 5, 5),
        (6, 5, 4),
        (5, 6, 6),
        (5, 6, 7),
        (6, 5, None),  # which says nothing against it
    ],
)
def test_a_count_between_the_totals_before_and_after_is_right(
    stream: Callable[..., IdStream], before: int, count: int, after: int | None
) -> None:
    account = Account({IDS: [*range(count)]}, totals={TOTAL: [before, after]}, paged=False)
    assert ids(stream(account)) == [*range(count)]
    assert account.calls[TOTAL] == [(0, 1)] * 2
    assert len(account.calls[IDS]) == 2  # it comes whole, and is not read again


@pytest.mark.parametrize("count", [4, 7])
def test_a_list_with_too_few_or_too_many_ids_is_read_again_and_then_not_written(
    stream: Callable[..., IdStream], count: int
) -> None:
    totals = {TOTAL: [5, 6]}
    account = Account({IDS: [[*range(count)], [*range(6)]]}, totals=totals, paged=False)
    assert ids(stream(account)) == [*range(6)]
    account = Account({IDS: [*range(count)]}, totals=totals, paged=False)
    written = []
    with pytest.raises(UnreadableError) as caught:
        written += ids(stream(account))
    assert written == []
    assert str(caught.value) == (
        f"profile_ids: /database/11/profileids has {count} ids, its database 6 rows. Nothing of it was "
        "written, since what it lacks would look deleted. Run again later; please report it if it "
        "stays so."
    )
    assert len(account.calls[TOTAL]) == 4  # before the first of three tries, and after each


# Several lists


def both(**lies: Any) -> Account:
    return Account({IDS: [1, 2, 3], "/database/12/profileids": [4, 5]}, **lies)


def test_each_record_says_when_it_was_seen_and_how_long_its_list_is(
    stream: Callable[..., IdStream],
) -> None:
    profiles = stream(both(), databases=["11", "12"])
    seen = rfc3339(profiles.run.began)
    expected = [(11, 1, 3), (11, 2, 3), (11, 3, 3), (12, 4, 2), (12, 5, 2)]
    assert list(profiles.read()) == [
        {"database": database, "ID": number, "seen_at": seen, "list_size": size}
        for database, number, size in expected
    ]
    long = [*range(4001)]
    assert ids(stream(Account({IDS: long}, paged=False))) == long


def test_a_list_that_cannot_be_read_leaves_the_others_and_all_of_them_are_named(
    stream: Callable[..., IdStream],
) -> None:
    totals = {TOTAL: [9]}
    profiles, written = stream(both(totals=totals), databases=["11", "12"]), list[Any]()
    with pytest.raises(UnreadableError, match="database/11/profileids has 3 ids"):
        written.extend(profiles.read())  # a list that fails is told after the others were written
    totals["/database/12/profiles"] = [9]
    with pytest.raises(
        UnreadableError, match=r"11/profileids has 3 .* so\. profile_ids: .*12/profileids"
    ):
        list(stream(both(totals=totals), databases=["11", "12"]).read())


@pytest.mark.parametrize(
    ("said", "lacks_some"), [("No database with supplied ID", False), ("Not now", True)]
)
def test_old_rows_of_a_list_that_was_refused_stay_unless_it_is_gone(
    stream: Callable[..., IdStream],
    caplog: pytest.LogCaptureFixture,
    said: str,
    *,
    lacks_some: bool,
) -> None:
    profiles = stream(both(refused={IDS: said}), databases=["11", "12"])
    assert pairs(profiles) == [(12, 4), (12, 5)]
    assert profiles.lacks_rows is lacks_some
    assert caplog.messages[-1].startswith("profile_ids: the API ")
    assert " 11 " in caplog.messages[-1]


def test_an_api_without_such_lists_does_not_offer_them(stream: Callable[..., IdStream]) -> None:
    with pytest.raises(NotOfferedError):
        ids(stream(both(refused={IDS: "Invalid method"})))


PARENTS: dict[str, Any] = {
    "/database/11/views": [
        {"ID": 90, "has_children": True}, {"ID": 91, "has_children": False},
    ],
    "/view/90/views": [{"ID": 92, "has_children": False}],
    "/collection/701/miniviews": [{"ID": 93}],
    "/collection/702/miniviews": [{"ID": 94}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path", "parents"),
    [
        ("profile_ids", "/database/{}/profileids", [11]),
        ("subprofile_ids", "/collection/{}/subprofileids", [701, 702]),
        ("view_profile_ids", "/view/{}/profileids", [90, 91, 92]),
        ("miniview_subprofile_ids", "/miniview/{}/subprofileids", [93, 94]),
    ],
)
def test_the_lists_of_the_chosen_databases_are_read_and_no_others(
    stream: Callable[..., IdStream], name: str, path: str, parents: list[int]
) -> None:
    account = Account({path.format(one): [one + 1000] for one in parents}, lists=PARENTS)
    read = stream(account, name)
    assert pairs(read) == [(one, one + 1000) for one in parents]
    assert not read.lacks_rows


@pytest.mark.parametrize(
    ("name", "refused", "path", "known"),
    [
        ("view_profile_ids", "/view/90/views", "/view/{}/profileids", [90, 91]),
        (
            "miniview_subprofile_ids",
            "/collection/701/miniviews",
            "/miniview/{}/subprofileids",
            [94],
        ),
    ],
)
def test_where_a_list_of_selections_was_refused_old_rows_stay(
    stream: Callable[..., IdStream], name: str, refused: str, path: str, known: list[int]
) -> None:
    lists = {path.format(one): [one + 1000] for one in known}
    read = stream(Account(lists, lists=PARENTS, refused={refused: "Not now"}), name)
    assert pairs(read) == [(one, one + 1000) for one in known]
    assert read.lacks_rows

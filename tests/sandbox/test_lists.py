from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


def test_a_list_comes_in_the_documented_envelope(client: Client) -> None:
    page = client.page("v2/ms/clicks")
    assert list(page) == ["start", "limit", "count", "data", "total"]
    assert (page["start"], page["limit"], page["count"]) == (0, 100, 100)
    assert page["total"] == sum(1 for _ in client.box.rows("clicks"))


def test_every_row_is_read_once_in_order_of_time(client: Client) -> None:
    rows = client.every("v2/ms/clicks", size=777)
    truth = [str(row["ID"]) for row in client.box.rows("clicks")]
    assert [row["ID"] for row in rows] == truth
    assert len(set(truth)) == len(truth)


def test_rows_say_what_the_truth_says(client: Client) -> None:
    truth = {row["ID"]: row for row in client.box.rows("clicks")}
    for row in client.every("v2/ms/clicks"):
        expected = truth[int(row["ID"])]
        for name, value in row.items():
            known = expected[name]
            assert value == (str(known) if isinstance(known, int) else known)


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_only_v2_names_the_profile_of_a_click(client: Client, version: str) -> None:
    row = client.page(f"{version}/ms/clicks")["data"][0]
    common = ["ID", "mailing", "link", "timestamp", "ip", "useragent", "destination"]
    assert list(row) == [*common, "profile", "subprofile"] if version == "v2" else common


@pytest.mark.parametrize(
    ("parameters", "start", "limit", "count"),
    [
        ({"limit": "1000"}, 0, 1000, 1000),
        ({"limit": "5000"}, 0, 1000, 1000),
        ({"limit": "0"}, 0, 0, 0),
        ({"limit": "-3"}, 0, -3, 0),
        ({"start": "-1"}, -1, 100, 0),
        ({"limit": "text"}, 0, 0, 0),
        ({"limit": "12abc"}, 0, 12, 12),
        ({"limit": "true"}, 0, 0, 0),
        ({"limit[]": "9"}, 0, 1, 1),
        ({"start": ""}, 0, 100, 100),
        ({"Limit": "5", "count": "5", "offset": "9"}, 0, 100, 100),
        ({"start": "100000"}, 100000, 100, 0),
    ],
)
def test_start_and_limit_are_cast_as_php_does(
    client: Client, parameters: dict[str, str], start: int, limit: int, count: int
) -> None:
    page = client.page("v2/ms/clicks", **parameters)
    assert (page["start"], page["limit"], page["count"]) == (start, limit, count)
    assert len(page["data"]) == count
    assert page["total"] > 2000


@pytest.mark.parametrize(
    ("value", "counted"),
    [
        ("false", False),
        ("thisisfalse", False),
        ("0", False),
        ("0.5", False),
        ("", False),
        ("true", True),
        ("YES", True),
        ("1", True),
        ("-2", True),
    ],
)
def test_total_is_left_out_for_what_php_takes_as_false(
    client: Client, value: str, *, counted: bool
) -> None:
    assert ("total" in client.page("v2/ms/clicks", total=value)) is counted


def test_json_is_written_as_php_writes_it(client: Client) -> None:
    answer = client.get("v2/ms/clicks", limit=1000)
    assert answer.headers["content-type"] == "application/json"
    assert answer.content.isascii()
    assert b"https:\\/\\/" in answer.content
    assert b"caf\\u00e9" in answer.content


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("v2/ms/clix", "Invalid method"),
        ("v2/MS/clicks", "Invalid method"),
        ("v2/draganddrop/clicks", "Invalid method"),
        ("v9/ms/clicks", "Invalid method"),
        ("v3/ms/clix", "Copernica REST API Error 400: Invalid method"),
    ],
)
def test_errors_are_400_with_a_message(client: Client, path: str, message: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": message}}


def test_a_trailing_slash_and_surplus_parts_of_a_list_are_ignored(client: Client) -> None:
    for path in ("v2/ms/clicks/", "v2/ms/clicks/12"):
        assert client.page(path, limit=1)["count"] == 1


def test_identity_differs_by_version(client: Client) -> None:
    assert set(client.page("v2/identity")) == {"id", "name", "description", "company"}
    assert client.page("v3/identity")["usedBy"] == []


@pytest.mark.parametrize(
    ("switches", "limit", "expected"),
    [
        ({"page_cap": 250}, 1000, (250, 250)),
        ({"page_cap": 250, "cap_echoed": False}, 1000, (1000, 250)),
    ],
)
def test_the_cap_can_be_lower_and_hidden(
    client: Client, switches: dict[str, Any], limit: int, expected: tuple[int, int]
) -> None:
    client.box.switch(**switches)
    page = client.page("v2/ms/clicks", limit=limit)
    assert (page["limit"], page["count"]) == expected


@pytest.mark.parametrize("order", ["asc", "desc", "shuffled"])
def test_every_order_has_the_same_rows_at_every_call(client: Client, order: str) -> None:
    client.box.switch(order=order)
    truth = [str(row["ID"]) for row in client.box.rows("clicks")]
    numbers = [row["ID"] for row in client.every("v2/ms/clicks", size=999)]
    assert sorted(numbers) == sorted(truth)
    assert numbers == [row["ID"] for row in client.every("v2/ms/clicks", size=450)]
    times = [row["timestamp"] for row in client.every("v2/ms/clicks")]
    assert (times == sorted(times)) is (order == "asc")
    assert (times == sorted(times, reverse=True)) is (order == "desc")


def test_totals_can_be_wrong(client: Client) -> None:
    window: dict[str, Any] = {"begintime": "2026-05-10", "endtime": "2026-05-11"}
    right = client.page("v2/ms/clicks", **window)["total"]
    every = client.page("v2/ms/clicks")["total"]
    expected = {"string": str(right), "account": every, "three_high": right + 3, "zero": 0}
    for form, total in expected.items():
        client.box.switch(total=form)
        assert client.page("v2/ms/clicks", **window)["total"] == total
    client.box.switch(total="absent")
    assert "total" not in client.page("v2/ms/clicks", **window)


def test_seams_repeat_or_hide_a_row(client: Client) -> None:
    window: dict[str, Any] = {"begintime": "2026-05-10", "endtime": "2026-05-17"}
    truth = [row["ID"] for row in client.every("v2/ms/clicks", **window)]
    pages = -(-len(truth) // 50)
    client.box.switch(seam="repeat")
    repeated = [row["ID"] for row in client.every("v2/ms/clicks", size=50, **window)]
    assert repeated[49] == repeated[50]
    assert repeated[99] == repeated[100]
    assert set(repeated) == set(truth)
    client.box.switch(seam="hide")
    shown = [row["ID"] for row in client.every("v2/ms/clicks", size=50, **window)]
    assert truth[50] not in shown
    assert len(truth) - pages <= len(shown) < len(truth)


def test_nextid_comes_on_full_pages_only(client: Client) -> None:
    client.box.switch(nextid=True)
    page = client.page("v2/ms/clicks", limit=2)
    assert list(page) == ["start", "limit", "count", "data", "nextid", "total"]
    window: dict[str, Any] = {"begintime": "2026-05-10 09:00:00", "endtime": "2026-05-10 12:00:00"}
    assert "nextid" not in client.page("v2/ms/clicks", limit=1000, **window)


def test_values_can_be_noisy(client: Client) -> None:
    client.box.switch(id_type="mixed")
    kinds = {type(row["ID"]) for row in client.page("v2/ms/clicks")["data"]}
    assert kinds == {str, int}
    client.box.switch(id_type="number", key_case="upper", extra_fields=True, marker=" MARK")
    row = client.page("v2/ms/clicks")["data"][0]
    assert isinstance(row["MAILING"], int)
    assert row["LINK"].endswith(" MARK")
    assert "sandbox_extra" in row
    client.box.switch(key_case="lower", nothing="mixed")
    missing = {repr(row["profile"]) for row in client.every("v2/ms/clicks")}
    assert {"None", "'0'", "False", "''"} <= missing


def test_moved_lists_answer_301_with_the_token(client: Client) -> None:
    for form in ("slash", "path"):
        client.box.switch(moved=form)
        answer = client.get("v2/ms/clicks", limit=1)
        assert answer.json()["count"] == 1
        assert [step.status_code for step in answer.history] == [301]
        assert client.box.token in answer.history[0].headers["location"]

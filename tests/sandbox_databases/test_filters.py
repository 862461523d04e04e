"""The fields[] parameter, order and dataonly, as observed on the real API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox_databases.conftest import NASTY, ORDERS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox_databases.conftest import Client

PROFILES = f"database/{PLAIN}/profiles"


def truth(
    client: Client, meets: Callable[[dict[str, Any]], bool], database: int = PLAIN
) -> list[int]:
    return [row["ID"] for row in client.box.profiles(database) if meets(row)]


def city(row: dict[str, Any]) -> str:
    text: str = row["fields"]["City"].lower()
    return text


@pytest.mark.parametrize(
    ("condition", "meets"),
    [
        ("id>500", lambda row: row["ID"] > 500),
        ("id>=500", lambda row: row["ID"] >= 500),
        ("id<500", lambda row: row["ID"] < 500),
        ("id<=500.5", lambda row: row["ID"] <= 500),
        ("ID==77", lambda row: row["ID"] == 77),
        ("id!=77", lambda row: row["ID"] != 77),
        ("id<>77", lambda row: row["ID"] != 77),
        ("id=~7%", lambda row: str(row["ID"]).startswith("7")),
        ("id> 500", lambda row: row["ID"] > 500),
        ("modified>=2025-06-01", lambda row: row["modified"] >= "2025-06-01"),
        ("Modified<2025-06-01 12:00:00", lambda row: row["modified"] < "2025-06-01 12:00:00"),
        ("modified=~2025-06-__ %", lambda row: row["modified"].startswith("2025-06")),
        ("City==utrecht", lambda row: city(row) == "utrecht"),
        ("CITY!=UTRECHT", lambda row: city(row) != "utrecht"),
        ("city=~%a_", lambda row: city(row)[-2:-1] == "a"),
        ("city!~%A%", lambda row: "a" not in city(row)),
        ("city==", lambda row: city(row) == ""),
        ("city== utrecht", lambda row: city(row) == " utrecht"),
        ("city=~100%", lambda row: city(row).startswith("100")),
        ("Orders>=900", lambda row: int(row["fields"]["Orders"]) >= 900),
        ("Orders==", lambda row: int(row["fields"]["Orders"]) == 0),
        ("orders<-20", lambda row: int(row["fields"]["Orders"]) < -20),
        ("Spent<1000.5", lambda row: float(row["fields"]["Spent"]) < 1000.5),
        ("Birthday>2000-01-01", lambda row: row["fields"]["Birthday"] > "2000-01-01"),
        ("code=~a%", lambda row: row["secret"].startswith("a")),
    ],
)
def test_a_condition_selects(
    client: Client, condition: str, meets: Callable[[dict[str, Any]], bool]
) -> None:
    page = client.json(PROFILES, condition, limit=1000)
    expected = truth(client, meets)
    assert [int(row["ID"]) for row in page["data"]] == expected
    assert page["total"] == len(expected)


@pytest.mark.parametrize(
    "condition",
    [
        "unknown==1",
        "id >500",
        "city ==utrecht",
        "id=500",
        "id",
        "",
        ">500",
        "modified>=yesterday",
        "created>2025-01-01",
        "removed==1",
        "database==99",
        "interests==chess",
        "secret==x",
    ],
)
def test_a_condition_that_is_not_understood_is_ignored(client: Client, condition: str) -> None:
    assert client.json(PROFILES, condition)["total"] == 900


@pytest.mark.parametrize("name", ["fields", "Fields[]", "field[]"])
def test_fields_that_are_no_list_under_this_name_are_ignored(client: Client, name: str) -> None:
    assert client.json(PROFILES, **{name: "id==1"})["total"] == 900


@pytest.mark.parametrize("name", ["fields[]", "fields[0]", "fields[a]"])
def test_every_spelling_of_a_list_works(client: Client, name: str) -> None:
    assert client.json(PROFILES, **{name: "id==1"})["total"] == 1


def test_several_conditions_must_all_hold(client: Client) -> None:
    found = client.ids(PROFILES, "id>100", "id<=300", "modified>=2025-01-01", "city=~%e%")
    assert found == truth(
        client,
        lambda row: 100 < row["ID"] <= 300 and row["modified"] >= "2025-01-01" and "e" in city(row),
    )


def test_the_switch_for_an_ignored_filter_covers_profiles(client: Client) -> None:
    client.box.switch(fields_ignored=True)
    assert client.json(PROFILES, "id==1")["total"] == 900


def test_a_field_of_the_account_shadows_the_special_name_in_filters_only(client: Client) -> None:
    path = f"database/{NASTY}/profiles"
    last = max(truth(client, lambda _row: True, NASTY))
    by_id = truth(client, lambda row: int(row["fields"]["ID"]) > 900, NASTY)
    assert client.ids(path, "id>900") == by_id
    newest = truth(client, lambda row: row["fields"]["modified"] >= "2000-01-01", NASTY)
    assert client.ids(path, "modified>=2000-01-01") == newest
    assert client.ids(path, orderby="id", order="desc")[0] == last
    ordered = sorted(client.box.profiles(NASTY), key=lambda row: row["modified"])
    assert client.ids(path, orderby="modified") == [row["ID"] for row in ordered]


def test_a_field_added_later_shadows_from_then_on(client: Client) -> None:
    assert client.json(PROFILES, "modified>=2025-06-01")["total"] < 900
    client.box.add_field(PLAIN, "Modified", "datetime")
    assert client.json(PROFILES, "modified>=2025-06-01")["total"] == 0
    row = client.json(PROFILES, limit=1)["data"][0]
    assert row["fields"]["Modified"] == "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("orderby", "key"),
    [
        ("id", lambda row: row["ID"]),
        ("ID", lambda row: row["ID"]),
        ("modified", lambda row: row["modified"]),
        ("Modified", lambda row: row["modified"]),
        ("city", lambda row: row["fields"]["City"].lower()),
        ("3", lambda row: row["fields"]["City"].lower()),
        ("Orders", lambda row: int(row["fields"]["Orders"])),
        ("unknown", lambda row: row["ID"]),
    ],
)
@pytest.mark.parametrize("order", ["asc", "desc", "descending", "upward"])
def test_order(
    client: Client, orderby: str, key: Callable[[dict[str, Any]], Any], order: str
) -> None:
    rows = {row["ID"]: key(row) for row in client.box.profiles(PLAIN)}
    found = [rows[number] for number in client.ids(PROFILES, orderby=orderby, order=order)]
    assert found == sorted(rows.values(), reverse=order.startswith("desc"))


def test_random_order_differs_between_calls(client: Client) -> None:
    first, second = (client.ids(PROFILES, orderby="random") for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_dataonly_leaves_what_the_documentation_says(client: Client) -> None:
    row = client.json(PROFILES, dataonly="true")["data"][0]
    assert list(row) == ["ID", "fields", "interests", "modified"]
    row = client.json(f"collection/{ORDERS}/subprofiles", dataonly="true")["data"][0]
    assert list(row) == ["ID", "fields", "profile", "collection", "modified"]
    assert "secret" in client.json(PROFILES, dataonly="whatever")["data"][0]


def test_times_are_compared_as_the_account_shows_them(client: Client) -> None:
    for moment in ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"):
        client.box.now = moment
        number = 1 if moment.endswith("00:30:00+00:00") else 2
        client.box.change_profiles(PLAIN, [number])
    # Both were changed at half past two of the hour that the clock shows twice.
    assert client.ids(PROFILES, "modified==2026-10-25 02:30:00") == [1, 2]
    assert client.ids(PROFILES, "modified>=2026-10-25 02:00:00") == [1, 2]
    assert client.ids(PROFILES, "modified>=2026-10-25 02:30:01") == []

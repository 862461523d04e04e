"""What databases there are, and the envelopes, errors and shapes of their lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from copernica_sandbox.databases.catalogue import RECORDS
from copernica_sandbox.databases.shape import FIELD_TYPES
from tests.sandbox_databases.conftest import EMPTY, NASTY, NOW, ORDERS, PLAIN, Client

if TYPE_CHECKING:
    from copernica_sandbox.databases.catalogue import Record

PROFILES = f"database/{PLAIN}/profiles"


def test_the_account_has_a_plain_a_nasty_and_an_empty_database(client: Client) -> None:
    page = client.json("databases")
    assert [int(one["ID"]) for one in page["data"]] == [PLAIN, NASTY, EMPTY]
    assert [one["ID"] for one in client.box.databases] == [PLAIN, NASTY, EMPTY]
    assert page["data"][2]["archived"] is True
    assert client.json(f"database/{EMPTY}/profiles")["total"] == 0
    assert client.json(f"database/{EMPTY}/profileids") == []


def test_the_plain_database_has_a_field_of_every_type(client: Client) -> None:
    kinds = {field["type"] for field in client.json(f"database/{PLAIN}/fields")["data"]}
    assert kinds == set(FIELD_TYPES)


def test_the_nasty_database_has_names_that_shadow_and_collide(client: Client) -> None:
    names = [field["name"] for field in client.json(f"database/{NASTY}/fields")["data"]]
    assert {"modified", "ID", "E-mail", "e_mail", "2e adres", "select", "Prénom"} <= set(names)
    row = client.json(f"database/{NASTY}/profiles", limit=1)["data"][0]
    assert list(row["fields"]) == names
    collections = [one["name"] for one in client.json(f"database/{NASTY}/collections")["data"]]
    assert collections[:2] == ["Bestellingen (NL)", "bestellingen nl"]


def test_lists_and_embedded_lists_say_the_same(client: Client) -> None:
    for base in client.json("databases")["data"]:
        assert client.json(f"database/{base['ID']}") == base
        for part in ("fields", "interests", "collections"):
            assert client.json(f"database/{base['ID']}/{part}")["data"] == base[part]["data"]
        for one in base["collections"]["data"]:
            assert client.json(f"collection/{one['ID']}") == one
            assert client.json(f"collection/{one['ID']}/fields")["data"] == one["fields"]["data"]


def test_embedded_lists_are_cut_at_their_own_caps(client: Client) -> None:
    client.box.switch(embedded_cap=4, embedded_fields_cap=2)
    base = client.json(f"database/{PLAIN}")
    envelope = base["fields"]
    assert (envelope["limit"], envelope["count"], envelope["total"]) == (4, 4, 15)
    inner = base["collections"]["data"][0]["fields"]
    assert (inner["limit"], inner["count"], inner["total"]) == (2, 2, 6)
    assert client.json(f"collection/{ORDERS}/fields")["count"] == 6


def test_many_databases_fields_and_collections() -> None:
    with Sandbox(databases=50, hard_names=True, fields=100, collections=100, now=NOW) as box:
        page = Client(box).json("databases")
        assert page["count"] == 50
        for base in page["data"]:
            assert (base["fields"]["total"], base["collections"]["total"]) == (100, 100)
        assert sum(box.calls.values()) == 1


def test_a_layout_describes_the_databases_itself() -> None:
    layout = [
        {"name": "One", "profiles": 3, "fields": [("modified", "datetime"), ("Age", "integer")]},
        {"name": "one!", "profiles": 0, "collections": [{"name": "C", "fields": []}]},
    ]
    with Sandbox(layout=layout, now=NOW) as box:
        client = Client(box)
        assert [one["name"] for one in box.databases] == ["One", "one!"]
        assert client.json("database/ONE/profiles")["total"] == 3
        assert client.json("database/one%21/fields")["data"][0]["type"] == "email"


@pytest.mark.parametrize("name", ["Customers", "customers", "CUSTOMERS", str(PLAIN)])
def test_a_database_is_found_by_name_or_id(client: Client, name: str) -> None:
    assert client.json(f"database/{name}")["ID"] == str(PLAIN)
    assert client.json(f"database/{name}/profiles")["total"] == 900


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("database/9", "No database with supplied ID"),
        ("database/9/nothing", "No database with supplied ID"),
        ("database/nobody/profiles", "No database with supplied ID"),
        ("collection/9", "No collection with given ID"),
        ("collection/orders/subprofiles", "No collection with given ID"),
        ("profile/999999", "No entity with supplied ID"),
        ("subprofile/x", "No subprofile with supplied ID"),
        ("database/11/nothing", "Invalid method"),
        ("profile/1/nothing", "Invalid method"),
        ("Database/11", "Invalid method"),
        ("database", "Invalid request, element 1 is missing in 'directory' path"),
        ("profile/1/subprofiles/9", "No collection with given ID"),
    ],
)
def test_what_does_not_exist_is_a_400_with_the_api_s_own_words(
    client: Client, path: str, message: str
) -> None:
    assert client.error(path) == message


@pytest.mark.parametrize("path", [f"{PROFILES}/", f"{PROFILES}/surplus/parts"])
def test_what_follows_a_list_is_ignored(client: Client, path: str) -> None:
    assert client.json(path)["total"] == 900


def test_rows_say_what_the_truth_says(client: Client) -> None:
    for database in (PLAIN, NASTY):
        shown = client.json(f"database/{database}/profiles", limit=1000)["data"]
        for row, known in zip(shown, client.box.profiles(database), strict=True):
            assert row == {
                "ID": str(known["ID"]),
                "fields": known["fields"],
                "interests": known["interests"],
                "database": str(database),
                "secret": known["secret"],
                "created": known["created"],
                "modified": known["modified"],
                "removed": False,
            }
    shown = client.json(f"collection/{ORDERS}/subprofiles", limit=1000)["data"]
    known_profiles = {row["ID"] for row in client.box.profiles(PLAIN)}
    for row, known in zip(shown, client.box.subprofiles(ORDERS), strict=False):
        assert (int(row["ID"]), int(row["profile"])) == (known["ID"], known["profile"])
        assert known["profile"] in known_profiles
        assert row["collection"] == str(ORDERS)


def test_ids_are_one_range_of_numbers_over_all_databases(client: Client) -> None:
    profiles = [row["ID"] for base in (PLAIN, NASTY) for row in client.box.profiles(base)]
    assert profiles == sorted(set(profiles))
    parts = [one["ID"] for base in client.box.databases for one in base["collections"]]
    subprofiles = [row["ID"] for part in parts for row in client.box.subprofiles(part)]
    assert len(subprofiles) == len(set(subprofiles))


def test_pages_by_offset_give_every_row_once(client: Client) -> None:
    found: list[int] = []
    while page := client.ids(PROFILES, start=len(found), limit=250):
        found += page
    assert found == [row["ID"] for row in client.box.profiles(PLAIN)]


def test_total_is_left_out_on_request(client: Client) -> None:
    assert "total" not in client.json(PROFILES, total="false")
    assert list(client.json(PROFILES)) == ["start", "limit", "count", "data", "total"]


def test_nextid_is_on_full_pages_sorted_by_id_only(client: Client) -> None:
    client.box.switch(nextid=True)
    page = client.json(PROFILES, limit=60)
    assert list(page) == ["start", "limit", "count", "data", "nextid", "total"]
    assert page["nextid"] == client.ids(PROFILES, start=60, limit=1)[0]
    assert "nextid" not in client.json(PROFILES, start=890, limit=60)
    assert "nextid" not in client.json(PROFILES, limit=60, orderby="modified")
    assert "nextid" not in client.json("databases", limit=1)


def test_id_lists_are_bare_and_whole_or_paged(client: Client) -> None:
    every = [str(row["ID"]) for row in client.box.profiles(PLAIN)]
    path = f"database/{PLAIN}/profileids"
    assert client.json(path, limit=3) == every
    client.box.switch(id_lists="paged")
    assert client.json(path) == every[:100]
    assert client.json(path, start=890, limit=1000) == every[890:]
    client.box.switch(id_lists="whole", id_list_cut=500)
    assert client.json(path) == every[:500]


def test_views_are_nested_and_hold_part_of_their_parent(client: Client) -> None:
    tops = client.json(f"database/{PLAIN}/views")["data"]
    assert [view["name"] for view in tops] == ["Subscribers", "Newcomers"]
    assert tops[0]["has-children"] is True
    assert tops[1]["has-children"] is False
    children = client.json(f"view/{tops[0]['ID']}/views")["data"]
    assert [(v["parent-type"], v["parent-id"]) for v in children] == [("view", tops[0]["ID"])]
    assert "intentions" not in children[0]
    outer = client.json(f"view/{tops[0]['ID']}/profileids")
    inner = client.json(f"view/{children[0]['ID']}/profileids")
    assert set(inner) < set(outer)
    assert client.ids(f"view/{children[0]['ID']}/profiles") == [int(number) for number in inner]
    found = client.ids(f"view/{tops[0]['ID']}/profiles", "modified>=2025-06-01")
    everyone = client.ids(PROFILES, "modified>=2025-06-01")
    assert found == [number for number in everyone if str(number) in set(outer)]
    never = client.json(f"database/{NASTY}/views")["data"][0]
    assert never["last-built"] == "0000-00-00 00:00:00"


def test_miniviews_hold_part_of_a_collection(client: Client) -> None:
    miniviews = client.json(f"collection/{ORDERS}/miniviews")["data"]
    assert [one["name"] for one in miniviews] == ["Unpaid", "Large"]
    path = f"miniview/{miniviews[0]['ID']}"
    assert client.json(path) == miniviews[0]
    ids = client.json(f"{path}/subprofileids")
    assert client.ids(f"{path}/subprofiles") == [int(number) for number in ids][:1000]
    assert set(ids) < set(client.json(f"collection/{ORDERS}/subprofileids"))
    assert client.json(f"{path}/views")["data"] == []


def test_a_single_profile_its_fields_interests_and_subprofiles(client: Client) -> None:
    row = client.json(PROFILES, limit=3)["data"][2]
    path = f"profile/{row['ID']}"
    assert client.json(path) == row
    assert client.json(f"{path}/fields") == row["fields"]
    assert client.json(f"{path}/interests") == row["interests"]
    objects = client.json(f"{path}/interests", **{"return": "objects"})
    assert [one["name"] for one in objects] == row["interests"]
    found = client.json(f"{path}/subprofiles/{ORDERS}")["data"]
    known = [one for one in client.box.subprofiles(ORDERS) if str(one["profile"]) == row["ID"]]
    assert [int(one["ID"]) for one in found] == [one["ID"] for one in known]
    assert client.json(f"subprofile/{found[0]['ID']}") == found[0]


def test_values_mean_what_the_truth_says(client: Client) -> None:
    row = next(iter(client.box.profiles(PLAIN)))
    assert row["values"]["Orders"] == int(row["fields"]["Orders"])
    found = {
        name: {type(one["values"][name]) for one in client.box.profiles(PLAIN)}
        for name in ("Orders", "Spent", "Birthday", "Referrer")
    }
    assert found == {
        "Orders": {int},
        "Spent": {float},
        "Birthday": {str, type(None)},
        "Referrer": {int, type(None)},
    }


def test_type_noise(client: Client) -> None:
    client.box.switch(field_values="typed")
    row = client.json(PROFILES, limit=1)["data"][0]
    assert isinstance(row["fields"]["Orders"], int)
    assert isinstance(row["fields"]["Spent"], float)
    client.box.switch(field_values="mixed", id_type="mixed", empty_object="list")
    rows = client.json(PROFILES, limit=100)["data"]
    assert {type(row["fields"]["Orders"]) for row in rows} == {int, str}
    assert {type(row["ID"]) for row in rows} == {int, str}
    assert client.json(f"database/{NASTY}/unsubscribe") == {"behavior": "remove", "fields": []}
    client.box.switch(empty_object="object")
    assert client.json(f"database/{NASTY}/unsubscribe") == {"behavior": "remove", "fields": {}}
    assert client.json(f"database/{PLAIN}/unsubscribe")["fields"] != {}


def test_the_marker_is_in_every_text(client: Client) -> None:
    client.box.switch(marker="MARK")
    row = client.json(PROFILES, limit=1)["data"][0]
    assert row["fields"]["Email"].endswith("MARK")
    assert row["secret"].endswith("MARK")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_every_record_has_the_documented_fields(client: Client, record: Record) -> None:
    ids = {"database": PLAIN, "collection": ORDERS, "view": 90, "miniview": 950, "rule": 901}
    ids["minirule"] = 9501
    names = [field.name for field in record.fields]
    for pattern in record.paths:
        head = pattern.partition("/")[0]
        second = {"view": 901, "miniview": 9501}.get(head, ORDERS)
        path = pattern.format(ids.get(head, 1), second)
        answer: Any = client.json(path)
        for row in answer.get("data", [answer]):
            assert list(row) == names


def test_intentions_can_be_left_out(client: Client) -> None:
    client.box.switch(intentions=False)
    assert "intentions" not in client.json(f"database/{PLAIN}")

"""What happens to rows while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox_databases.conftest import NASTY, NOW, ORDERS, PLAIN

if TYPE_CHECKING:
    from tests.sandbox_databases.conftest import Client

PROFILES = f"database/{PLAIN}/profiles"
NOW_TEXT = "2026-06-01 14:00:00"


def test_a_change_moves_modified_only_when_a_value_changes(client: Client) -> None:
    before = client.json("profile/7")
    client.box.change_profiles(PLAIN, [7], fields={"City": before["fields"]["City"]})
    assert client.json("profile/7") == before
    client.box.change_profiles(PLAIN, [7], secret="abc")
    assert client.json("profile/7")["modified"] == before["modified"]
    client.box.change_profiles(PLAIN, [7], fields={"City": "Assen"}, interests=["chess"])
    after = client.json("profile/7")
    assert after["fields"] == {**before["fields"], "City": "Assen"}
    assert (after["modified"], after["secret"], after["interests"]) == (NOW_TEXT, "abc", ["chess"])
    assert client.ids(PROFILES, f"modified>={NOW_TEXT}") == [7]
    assert client.ids(PROFILES, "city==assen") == [7]
    assert client.json(PROFILES)["total"] == 900


def test_a_removal_keeps_modified_and_takes_the_row_out_of_every_list(client: Client) -> None:
    before = client.json("profile/7")
    children = client.json(f"profile/7/subprofiles/{ORDERS}")["data"]
    client.box.remove_profiles(PLAIN, [7])
    after = client.json("profile/7")
    assert after["removed"] == NOW_TEXT
    assert set(after["fields"].values()) == {""}
    assert list(after["fields"]) == list(before["fields"])
    for name in ("created", "modified", "secret"):
        assert after[name] == before[name]
    assert 7 not in client.ids(PROFILES)
    assert client.json(PROFILES)["total"] == 899
    assert "7" not in client.json(f"database/{PLAIN}/profileids")
    assert children
    remaining = client.json(f"collection/{ORDERS}/subprofileids")
    for child in children:
        assert child["ID"] not in remaining
        assert client.json(f"subprofile/{child['ID']}")["removed"] == NOW_TEXT
    with pytest.raises(ValueError, match="no row 7 to remove"):
        client.box.remove_profiles(PLAIN, [7])


def test_a_removed_row_that_is_changed_stays_removed_and_empty(client: Client) -> None:
    client.box.remove_profiles(PLAIN, [7])
    for number in (7, 50):
        before = client.json(f"profile/{number}")
        client.box.change_profiles(PLAIN, [number], fields={"City": "x"})
        assert client.json(f"profile/{number}") == {**before, "modified": NOW_TEXT}
    assert not {7, 50} & set(client.ids(PROFILES))
    assert client.json(PROFILES)["total"] == 899
    assert client.box.databases[0]["profiles"] == 899


def test_ids_in_the_gaps_were_removed_long_ago(client: Client) -> None:
    assert 50 not in client.ids(PROFILES)
    assert client.json("profile/50")["removed"] is not False


def test_added_rows_come_last_with_their_defaults(client: Client) -> None:
    highest = max(row["ID"] for row in client.box.profiles(NASTY))
    first, second = client.box.add_profiles(PLAIN, [{"City": "Assen"}, {}])
    assert highest < first < second
    row = client.json(f"profile/{first}")
    assert row["fields"]["City"] == "Assen"
    assert row["fields"]["Orders"] == "0"
    assert row["fields"]["Birthday"] == "0000-00-00"
    assert row["fields"]["Anniversary"] == ""
    assert row["fields"]["Gender"] == "unknown"
    assert (row["created"], row["modified"]) == (NOW_TEXT, NOW_TEXT)
    assert client.ids(PROFILES)[-2:] == [first, second]
    assert client.json(PROFILES)["total"] == 902
    (third,) = client.box.add_subprofiles(ORDERS, [{"profile": 3, "fields": {"Product": "x"}}])
    shown = client.json(f"profile/3/subprofiles/{ORDERS}")["data"]
    assert (shown[-1]["ID"], shown[-1]["fields"]["Product"]) == (str(third), "x")


def test_a_change_after_n_calls_shows_from_the_next_call_on(client: Client) -> None:
    client.box.remove_profiles(PLAIN, [1], after_calls=2)
    added = client.box.add_profiles(PLAIN, after_calls=3)
    totals = [client.json(PROFILES)["total"] for _ in range(4)]
    assert totals == [900, 900, 899, 900]
    assert len(added) == 1


def test_on_call_runs_anything(client: Client) -> None:
    seen: list[int] = []
    client.box.on_call(1, lambda: seen.append(sum(client.box.calls.values())))
    client.json("databases")
    client.json("databases")
    assert seen == [1]


def test_a_change_at_a_moment_waits_for_the_account_s_clock(client: Client) -> None:
    client.box.change_profiles(PLAIN, [5], fields={"City": "x"}, at="2026-06-01T12:30:00+00:00")
    assert client.json("profile/5")["fields"]["City"] != "x"
    client.box.now = "2026-06-01T13:00:00+00:00"
    after = client.json("profile/5")
    assert (after["fields"]["City"], after["modified"]) == ("x", "2026-06-01 14:30:00")
    client.box.now = NOW


def test_a_new_field_holds_a_zero_in_old_rows(client: Client) -> None:
    client.box.add_field(PLAIN, "New date", "empty_date")
    client.box.add_field(PLAIN, "New number", "integer")
    client.box.add_field(PLAIN, "New text")
    row = client.json(PROFILES, limit=1)["data"][0]
    assert list(row["fields"].items())[-3:] == [
        ("New date", "0000-00-00"),
        ("New number", "0"),
        ("New text", ""),
    ]
    kinds = [field["type"] for field in client.json(f"database/{PLAIN}/fields")["data"]]
    assert kinds[-3:] == ["empty_date", "integer", "text"]
    with pytest.raises(ValueError, match="already"):
        client.box.add_field(PLAIN, "NEW TEXT")


def test_what_cannot_be_changed_is_said(client: Client) -> None:
    with pytest.raises(ValueError, match="no field Nothing"):
        client.box.change_profiles(PLAIN, [1], fields={"Nothing": 1})
    with pytest.raises(ValueError, match="no row 999999"):
        client.box.change_profiles(PLAIN, [999_999])
    with pytest.raises(ValueError, match="no profiles under 99"):
        client.box.remove_profiles(99, [1])


def test_another_process_changes_rows_over_http(client: Client) -> None:
    url = f"{client.box.url}/sandbox/databases"
    post = client.session.post
    body = {"database": PLAIN, "change": [1], "fields": {"City": "y"}, "add": 2, "remove": [2]}
    answer = post(url, json=body, timeout=30).json()
    assert len(answer["ids"]) == 2
    assert client.json(PROFILES)["total"] == 901
    assert client.json("profile/1")["fields"]["City"] == "y"
    post(url, json={"collection": ORDERS, "add_field": ["Extra", "float"]}, timeout=30)
    assert client.json(f"collection/{ORDERS}/fields")["total"] == 7
    lines = client.session.get(f"{client.box.url}/sandbox/profiles/{PLAIN}", timeout=30).text
    assert len(lines.splitlines()) == 901
    assert post(url, json={"database": 99, "add": 1}, timeout=30).status_code == 400
    listed = client.session.get(url, timeout=30).json()
    assert [one["profiles"] for one in listed] == [901, 300, 0]


def test_restoring_brings_back_rows_and_fields(client: Client) -> None:
    before = client.json("database/11")
    client.box.remove_profiles(PLAIN, [1])
    client.box.add_field(PLAIN, "Extra")
    client.box.remove_profiles(PLAIN, [3], after_calls=5)
    client.box.restore()
    assert client.json("database/11") == before
    for _ in range(6):
        assert client.json(PROFILES)["total"] == 900

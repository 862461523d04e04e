"""Writes of databases, collections, fields and interests; statuses of each version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copernica_sandbox import Sandbox
from tests.conformance.account import COLLECTION, DATABASE, OPTIONS, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = "the documentation's pages of POST, PUT and DELETE"
RM = "rmuit/copernica-api"


@pytest.fixture(params=["v2", "v3", "v4"])
def call(request: pytest.FixtureRequest) -> Iterator[Caller]:
    with Sandbox(**OPTIONS) as box:
        call = Caller(box, request.param)
        yield call
        call.close()


@pytest.mark.sure("observed", f"{RM} (v2); product update of 2021-12-08 (v3)")
def test_put_and_delete_are_answered_as_each_version_does(call: Caller) -> None:
    path = f"database/{DATABASE}/profiles"
    answer = call("POST", path)
    assert answer.status == 201
    one = f"profile/{answer.created}"
    changed, removed = call("PUT", one, {"fields": {"Email": "x"}}), call("DELETE", one)
    if call.version == "v2":
        assert (changed.status, removed.status) == (303, 200)
        assert changed.headers["Location"].partition("?")[0] == f"{call.box.url}/{one}"
        assert removed.headers["X-deleted"] == f"profile {answer.created}"
    else:
        assert (changed.status, removed.status) == (204, 204)
        assert (changed.text, removed.text) == ("", "")
        nobody = ("fields[]", "LastName==Nobody"), ("create", "true")
        assert call("PUT", path, {"fields": {}}, *nobody).status == 201


@pytest.mark.sure("documented", DOCS)
def test_a_database_is_made_copied_changed_and_removed(call: Caller) -> None:
    number = call("POST", "databases", {"name": "Second", "description": "more"}).created
    row = call.get(f"database/{number}")
    assert (row["name"], row["description"], row["fields"]["total"]) == ("Second", "more", 0)
    call("PUT", f"database/{number}", {"name": "Other", "archived": True})
    assert call.get("database/other")["archived"] is True
    copied = call("POST", f"database/{DATABASE}/copy", {"name": "Copy"}).created
    fields = [field["name"] for field in call.get(f"database/{copied}/fields")["data"]]
    assert fields == ["Email", "LastName", "Birthdate", "ANumber"]
    assert call.get(f"database/{copied}/collections")["total"] == 1
    assert call.get(f"database/{copied}/profiles")["total"] == 0
    call("DELETE", f"database/{number}")
    assert call("GET", f"database/{number}").status == 400
    assert [row["name"] for row in call.get("databases")["data"]] == ["Test", "Copy"]


@pytest.mark.sure("inferred", "the message of data that cannot be used")
@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": "TEST"}, {"name": "12"}])
def test_a_name_must_be_new_and_no_number(call: Caller, given: dict[str, str]) -> None:
    for path in ("databases", f"database/{DATABASE}/collections"):
        answer = call("POST", path, given)
        assert answer.status == 400
        assert answer.message.endswith("Invalid data provided")


@pytest.mark.sure("observed", f"{RM}: existing rows hold a zero, new ones the default")
def test_a_field_of_a_database_that_is_filled(call: Caller) -> None:
    before = call("POST", f"database/{DATABASE}/profiles").created
    for kind, zero in {
        "integer": "0", "empty_date": "0000-00-00", "empty_datetime": "0000-00-00 00:00:00",
        "text": "",
    }.items():  # fmt: skip
        call("POST", f"database/{DATABASE}/fields", {"name": kind, "type": kind, "value": ""})
        assert call.get(f"profile/{before}/fields")[kind] == zero
    after = call("POST", f"database/{DATABASE}/profiles").created
    assert call.get(f"profile/{after}/fields")["empty_date"] == ""


@pytest.mark.sure("documented", DOCS)
@pytest.mark.parametrize("owner", [f"database/{DATABASE}", f"collection/{COLLECTION}"])
def test_a_field_is_made_changed_and_removed(call: Caller, owner: str) -> None:
    given = {"name": "Points", "type": "integer", "value": "7"}
    number = call("POST", f"{owner}/fields", given).created
    field = call.get(f"{owner}/fields")["data"][-1]
    assert (field["ID"], field["name"], field["value"]) == (str(number), "Points", "7")
    call("PUT", f"{owner}/field/{number}", {"name": "Score2", "value": "8"})
    assert call.get(f"{owner}/fields")["data"][-1]["name"] == "Score2"
    call("DELETE", f"{owner}/field/{number}")
    assert "Score2" not in str(call.get(f"{owner}/fields"))


@pytest.mark.sure("inferred", "values are the field's, whatever its name")
def test_values_stay_when_a_field_gets_another_name(call: Caller) -> None:
    path = f"database/{DATABASE}/profiles"
    one = call("POST", path, {"fields": {"LastName": "Muit"}}).created
    call("PUT", f"database/{DATABASE}/field/LastName", {"name": "Surname"})
    assert call.get(f"profile/{one}/fields")["Surname"] == "Muit"


@pytest.mark.sure("documented", DOCS)
def test_interests_are_made_set_and_removed(call: Caller) -> None:
    number = call("POST", f"database/{DATABASE}/interests", {"name": "go"}).created
    path = f"database/{DATABASE}/profiles"
    one = call("POST", path, {"interests": ["chess", "go", "nothing"]}).created
    assert call.get(f"profile/{one}")["interests"] == ["chess", "go"]
    call("POST", f"profile/{one}/interests", {"interests": ["cycling"]})
    assert call.get(f"profile/{one}/interests") == ["cycling", "chess", "go"]
    call("PUT", f"profile/{one}", {"interests": {"cycling": 0, "chess": 1}})
    assert call.get(f"profile/{one}")["interests"] == ["chess"]
    call("PUT", f"profile/{one}/interests", {"interests": ["go"]})
    call("PUT", f"interest/{number}", {"name": "Go"})
    assert call.get(f"profile/{one}")["interests"] == ["Go"]
    call("DELETE", f"interest/{number}")
    assert call.get(f"profile/{one}")["interests"] == []
    names = [row["name"] for row in call.get(f"database/{DATABASE}/interests")["data"]]
    assert names == ["cycling", "chess"]


@pytest.mark.sure("documented", DOCS)
@pytest.mark.parametrize("owner", [f"database/{DATABASE}", f"collection/{COLLECTION}"])
def test_intentions_and_what_an_unsubscribe_does(call: Caller, owner: str) -> None:
    call("PUT", f"{owner}/intentions", {"email": False, "sms": True})
    assert call.get(owner)["intentions"] == {
        "email": False, "sms": True, "fax": False, "pdf": False,
    }  # fmt: skip
    call("PUT", f"{owner}/unsubscribe", {"behavior": "update", "fields": {"Email": ""}})
    assert call.get(f"{owner}/unsubscribe") == {"behavior": "update", "fields": {"Email": ""}}


@pytest.mark.sure("documented", DOCS)
def test_a_collection_is_made_changed_and_removed(call: Caller) -> None:
    path = f"database/{DATABASE}/collections"
    number = call("POST", path, {"name": "Orders"}).created
    call("POST", f"collection/{number}/fields", {"name": "Amount", "type": "float"})
    one = call("POST", f"database/{DATABASE}/profiles").created
    below = call("POST", f"profile/{one}/subprofiles/orders", {"Amount": 2.5}).created
    assert call.get(f"subprofile/{below}/fields") == {"Amount": "2.5"}
    call("PUT", f"collection/{number}", {"name": "Sales"})
    assert call.get(f"collection/{number}")["name"] == "Sales"
    call("DELETE", f"collection/{number}")
    assert call("GET", f"collection/{number}").status == 400
    assert call("GET", f"subprofile/{below}").status == 400


@pytest.mark.sure("documented", "rest-post-profile-datarequest; the one documented 404")
def test_a_request_for_data_is_there_a_minute_later(call: Caller) -> None:
    one = call("POST", f"database/{DATABASE}/profiles").created
    number = call("POST", f"profile/{one}/datarequest").created
    assert call.get(f"datarequest/{number}/status")["status"] == "pending"
    assert call("GET", f"datarequest/{number}/data").status == 404
    call.box.now = "2024-06-01T12:02:00+00:00"
    assert call.get(f"datarequest/{number}/status")["status"] == "available"
    assert call.get(f"datarequest/{number}/data")["info"] == {"type": "profile", "id": str(one)}
    assert call.get("datarequest/99/status") == {"status": "not available"}


@pytest.mark.sure("observed", f"{RM}: one range of ids for all profiles, one for all subprofiles")
def test_ids_are_one_range_over_all_databases(call: Caller) -> None:
    second = call("POST", "databases", {"name": "Second"}).created
    ids = [call("POST", f"database/{of}/profiles").created for of in (DATABASE, second) * 3]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)


@pytest.mark.sure("documented", "the parameter completely; that its id is unknown then is inferred")
def test_a_profile_that_is_removed_completely_is_unknown(call: Caller) -> None:
    one = call("POST", f"database/{DATABASE}/profiles").created
    below = call("POST", f"profile/{one}/subprofiles/{COLLECTION}").created
    call("DELETE", f"profile/{one}", None, ("completely", "true"))
    assert call("GET", f"profile/{one}").message.endswith("No entity with supplied ID")
    assert call("GET", f"subprofile/{below}").status == 400
    assert call.get(f"database/{DATABASE}/profileids") == []


@pytest.mark.sure("inferred", "an account's data are its own, and a restart forgets them")
def test_what_was_written_is_forgotten_by_a_restore(call: Caller) -> None:
    call("POST", f"database/{DATABASE}/profiles")
    call("POST", "databases", {"name": "Second"})
    call.box.restore()
    assert call.get("databases")["total"] == 1
    assert call.get(f"database/{DATABASE}/profiles")["total"] == 0

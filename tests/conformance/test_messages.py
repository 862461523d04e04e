"""Each message, with its status, that was seen on the real API (v2), on every path that gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from copernica_sandbox import Sandbox
from tests.conformance.account import COLLECTION, DATABASE, OPTIONS, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

RM = "rmuit/copernica-api, ApiBehaviorTest"
NO_ID = 99984
ENTITIES = {
    "database": "No database with supplied ID",
    "collection": "No collection with given ID",
    "profile": "No entity with supplied ID",
    "subprofile": "No subprofile with supplied ID",
}
PARTS = {
    "database": "collections copy field fields intentions interests profileids profiles views",
    "collection": "field fields intentions miniviews subprofileids subprofiles unsubscribe",
    "profile": "datarequest fields files interests ms/destinations publisher/emailings subprofiles",
    "subprofile": "datarequest fields ms/destinations ms/emailings publisher/destinations",
}
METHODS = ("GET", "POST", "PUT", "DELETE")
# What an existing entity does not have, by method.
WRONG = {
    ("GET", "database"): "copy field/1 intentions 0",
    ("POST", "database"): "profileids profile subprofiles 0",
    ("PUT", "database"): "profileids profile subprofiles 0",
    ("DELETE", "database"): "copy fields interests profileids profiles unsubscribe views",
    ("GET", "collection"): "field intentions 0",
    ("POST", "collection"): "subprofileids subprofiles 0",
    ("PUT", "collection"): "subprofileids subprofiles 0",
    ("DELETE", "collection"): "fields intentions miniviews subprofileids subprofiles unsubscribe",
    ("GET", "profile"): "datarequest subprofile 0 /0",
    ("POST", "profile"): "files ms publisher 0",
    ("PUT", "profile"): "files ms publisher 0",
    ("DELETE", "profile"): "datarequest fields files interests ms publisher subprofiles",
    ("GET", "subprofile"): "datarequest 0",
    ("POST", "subprofile"): "ms publisher 0",
    ("PUT", "subprofile"): "ms publisher 0",
    ("DELETE", "subprofile"): "datarequest fields ms publisher",
}


class People(NamedTuple):
    """One of each, to have an existing id."""

    call: Caller
    ids: dict[str, int]


@pytest.fixture(scope="module")
def people() -> Iterator[People]:
    with Sandbox(**OPTIONS) as box:
        call = Caller(box)
        profile = call("POST", f"database/{DATABASE}/profiles").created
        subprofile = call("POST", f"profile/{profile}/subprofiles/{COLLECTION}").created
        ids = {"database": DATABASE, "collection": COLLECTION, "profile": profile}
        yield People(call, {**ids, "subprofile": subprofile})
        call.close()


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("slashes", ["", "/", "//"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_path_that_ends_before_its_id(
    people: People, entity: str, method: str, slashes: str
) -> None:
    answer = people.call(method, f"{entity}{slashes}")
    assert answer.status == 400
    assert answer.message == "Invalid request, element 1 is missing in 'directory' path"


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_subprofiles_of_a_profile_need_their_collection(people: People, method: str) -> None:
    answer = people.call(method, f"profile/{people.ids['profile']}/subprofiles")
    assert answer.status == 400
    assert answer.message == "Invalid request, element 3 is missing in 'directory' path"


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("entity", ENTITIES)
def test_an_id_is_checked_before_the_rest_of_the_path(
    people: People, entity: str, method: str
) -> None:
    rests = [str(NO_ID), "-1", "bogus/path", "/bogus", f"/{people.ids[entity]}"]
    for part in PARTS[entity].split():
        rests += [f"0/{part}", f"/{part}", part]
    for rest in rests:
        answer = people.call(method, f"{entity}/{rest}")
        assert (answer.status, answer.message) == (400, ENTITIES[entity]), rest


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize(("method", "entity"), WRONG)
def test_a_part_that_an_entity_does_not_have(people: People, method: str, entity: str) -> None:
    for part in WRONG[method, entity].split():
        answer = people.call(method, f"{entity}/{people.ids[entity]}/{part}")
        assert (answer.status, answer.message) == (400, "Invalid method"), part


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("path", ["PROFILE/1", "nothing", "", "minicondition/1"])
def test_an_unknown_path_and_one_in_another_case(people: People, path: str) -> None:
    answer = people.call("GET", path)
    assert (answer.status, answer.message) == (400, "Invalid method")


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("fields", [True, 0, "blah"])
@pytest.mark.parametrize("rest", ["", "/bogus", "//1"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_fields_of_many_must_be_an_object(
    people: People, method: str, rest: str, fields: object
) -> None:
    answer = people.call(method, f"database/{DATABASE}/profiles{rest}", {"fields": fields})
    assert (answer.status, answer.message) == (400, "Invalid data provided")


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("rest", [str(NO_ID), "-1", "bogus/path", "/bogus"])
def test_a_subprofile_in_no_collection(people: People, rest: str) -> None:
    answer = people.call("POST", f"profile/{people.ids['profile']}/subprofiles/{rest}")
    assert (answer.status, answer.message) == (400, "Subprofile could not be created")


@pytest.mark.sure("observed", "rmuit/copernica-api, TestApi")
def test_many_profiles_are_changed_by_conditions_only(people: People) -> None:
    answer = people.call("PUT", f"database/{DATABASE}/profiles", {"fields": {"LastName": "x"}})
    assert (answer.status, answer.message) == (400, "URL parameter fields is required")


@pytest.mark.sure("observed", "rmuit/copernica-api, TestApi")
@pytest.mark.parametrize("owner", [f"database/{DATABASE}", f"collection/{COLLECTION}"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_field_has_messages_of_its_own(people: People, owner: str, method: str) -> None:
    answer = people.call(method, f"{owner}/field")
    assert (answer.status, answer.message) == (400, "No field id supplied for the field")
    answer = people.call(method, f"{owner}/field/{NO_ID}")
    assert (answer.status, answer.message) == (400, "Failed to get the field")


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("method", METHODS)
def test_a_token_that_is_none(people: People, method: str) -> None:
    wrong = Caller(people.call.box)
    wrong.box = type("Other", (), {"url": people.call.box.url, "token": "other"})()
    answer = wrong(method, "databases")
    assert (answer.status, answer.message) == (400, "Invalid access token")
    wrong.close()


@pytest.mark.sure("observed", "123lens/copernica-rest-api-client, a live call (v3)")
def test_messages_of_v3_have_a_prefix(people: People) -> None:
    call = Caller(people.call.box, "v3")
    answer = call("GET", "database/99984")
    prefix = "Copernica REST API Error 400: "
    assert answer.message == f"{prefix}No database with supplied ID"
    call.close()

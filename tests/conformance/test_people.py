"""What writing profiles and subprofiles does, as it was seen on the real API (v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.conformance.account import COLLECTION, DATABASE, OPTIONS, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

RM = "rmuit/copernica-api, ApiBehaviorTest"
pytestmark = pytest.mark.sure("observed", RM)
NOW, LATER = "2024-06-01 14:00:00", "2024-06-01 15:00:00"
PROFILES = f"database/{DATABASE}/profiles"
SUBPROFILES = f"collection/{COLLECTION}/subprofiles"
EMPTY = {"Email": "", "LastName": "", "Birthdate": "", "ANumber": "-1"}
MUIT = {**EMPTY, "LastName": "Muit", "Birthdate": "1974-04-27"}
GIVEN = {
    "wonky": 3, "Email": "rm@example.org", "email": "", "laSTNAme": "Muiii", "LaSTNAme": "Muit",
    "Birthdate": "1974-04-27",
}  # fmt: skip


@pytest.fixture
def call() -> Iterator[Caller]:
    with Sandbox(**OPTIONS) as box:
        call = Caller(box)
        yield call
        call.close()


@pytest.fixture
def profiles(call: Caller) -> list[int]:
    """Make four profiles: two of them the same, two of them empty."""
    data = {"tonky": {"nothing": "not"}, "secret": "secret!", "fields": GIVEN}
    return [
        call("POST", PROFILES, data).created,
        call("POST", "database/tEst/profiles/1", data).created,
        call("POST", f"{PROFILES}//bogus/").created,
        call("POST", PROFILES, {"FIELDS": GIVEN}).created,
    ]


def later(call: Caller) -> None:
    """Let an hour go by."""
    call.box.now = "2024-06-01T13:00:00+00:00"


def found(call: Caller, path: str, *pairs: tuple[str, str]) -> list[int]:
    return [int(row["ID"]) for row in call.get(path, *pairs)["data"]]


def put(call: Caller, path: str, body: Any, *pairs: tuple[str, str]) -> str:
    """Change something; give the path that the answer names, without its query."""
    answer = call("PUT", path, body, *pairs)
    assert answer.status == 303, answer.text
    url: str = answer.headers["Location"]
    assert f"access_token={call.box.token}" in url
    return url.partition("?")[0].removeprefix(f"{call.box.url}/")


def test_the_location_after_a_put_has_the_query_unless_location_query_is_off(
    call: Caller, profiles: list[int]
) -> None:
    path = f"profile/{profiles[0]}/fields"
    assert "?" in call("PUT", path, GIVEN).headers["Location"]
    call.box.switch(location_query=False)
    assert "?" not in call("PUT", path, EMPTY).headers["Location"]


def test_unknown_fields_and_names_in_another_case_are_no_error(
    call: Caller, profiles: list[int]
) -> None:
    rows = call.get(PROFILES)["data"]
    assert [row["fields"] for row in rows] == [MUIT, MUIT, EMPTY, EMPTY]
    assert [int(row["ID"]) for row in rows] == profiles
    assert list(rows[0]) == [
        "ID", "fields", "interests", "database", "secret", "created", "modified", "removed",
    ]  # fmt: skip
    assert {(row["created"], row["modified"], row["removed"]) for row in rows} == {
        (NOW, NOW, False)
    }
    assert len({row["secret"] for row in rows}) == 4
    assert all(len(row["secret"]) == 28 for row in rows)


def test_the_envelope_of_an_unfiltered_list(call: Caller, profiles: list[int]) -> None:
    page = call.get(PROFILES)
    assert (page["start"], page["limit"], page["count"], page["total"]) == (0, 100, 4, 4)
    assert len(profiles) == 4


@pytest.mark.parametrize(
    ("pairs", "places"),
    [
        ([("fields", ""), ("bogus", "345"), ("total", "TRue")], [0, 1, 2, 3]),
        ([("fields", "nothing")], [0, 1, 2, 3]),
        ([("FIELds[]", "LastName==Muit"), ("LIMIT", "1"), ("starT", "2")], [0, 1, 2, 3]),
        ([("fields[]", "LastName ==Muit"), ("order[]", "desc")], [0, 1, 2, 3]),
        ([("fields[]", "LastName== Muit")], []),
        ([("fields[]", " LASTNAME==mUIT "), ("fields[]", "ANumber>=-1")], [0, 1]),
        ([("fields[]", "LASTNAME=="), ("fields[]", "ANumber== -1 ")], [2, 3]),
        ([("fields[]", "LastName==Muit"), ("order", "descENDING")], [1, 0]),
        ([("order", "descendin")], [0, 1, 2, 3]),
        ([("limit[]", "evaluate-to-one")], [0]),
        ([("start", "-2")], []),
        ([("limit", "-2")], []),
    ],
)
def test_what_a_list_makes_of_its_parameters(
    call: Caller, profiles: list[int], pairs: list[tuple[str, str]], places: list[int]
) -> None:
    assert found(call, PROFILES, *pairs) == [profiles[place] for place in places]


@pytest.mark.parametrize("text", ["thisisfalse", "false", "0", "no", "0.5"])
def test_a_total_that_is_not_wanted(call: Caller, text: str) -> None:
    assert "total" not in call.get(PROFILES, ("total", text))


@pytest.mark.parametrize("text", ["true", "YES", "1", "-7", "2.5"])
def test_a_total_that_is_wanted(call: Caller, text: str) -> None:
    assert call.get(PROFILES, ("total", text))["total"] == 0


def test_surplus_parts_after_a_list_and_after_fields_are_ignored(
    call: Caller, profiles: list[int]
) -> None:
    one = profiles[0]
    assert found(call, f"{PROFILES}/{one}/bogus") == profiles
    for rest in ("", "/1", "/bogus/path", "//bogus"):
        assert call.get(f"profile/{one}/fields{rest}") == MUIT
    assert call.get(f"profile/{one}") == call.get(PROFILES)["data"][0]


def test_a_secret_is_kept_in_ascii_and_moves_no_modified(call: Caller, profiles: list[int]) -> None:
    one, before = profiles[2], call.get(f"profile/{profiles[2]}")
    later(call)
    secret = "s`~\"{}'üCE"
    assert put(call, f"profile/{one}/", {"fields": "bogus", "secret": secret}) == f"profile/{one}"
    assert call.get(f"profile/{one}") == {**before, "secret": "s`~\"{}'?CE"}


def test_modified_moves_only_with_a_value(call: Caller, profiles: list[int]) -> None:
    one = f"profile/{profiles[2]}"
    before = call.get(one)
    later(call)
    unchanged = {"fields": {"ANumber": -1.9, "notafield": 100}, "create": True}
    assert put(call, one, unchanged) == one
    assert put(call, f"{one}/fields", {"ANumber": -1.2}) == one
    assert call.get(one) == before
    assert put(call, f"{one}/fields/", {"lastNAME": "x"}) == one
    fields = {**before["fields"], "LastName": "x"}
    assert call.get(one) == {**before, "fields": fields, "modified": LATER}


def test_a_value_that_is_emptied_is_the_type_s_zero_not_the_default(
    call: Caller, profiles: list[int]
) -> None:
    one = f"profile/{profiles[0]}"
    given = {"lastName": "ignored", "lastNAME": "", "ANumber": None}
    put(call, one, {"fields": given, "secret": ""})
    row = call.get(one)
    assert row["fields"] == {**MUIT, "LastName": "", "ANumber": "0"}
    assert row["secret"] == ""
    assert found(call, PROFILES, ("fields[]", "LASTNAME=="), ("fields[]", "ANumber==")) == [
        profiles[0]
    ]


def test_a_removed_profile_stays_without_its_values(call: Caller, profiles: list[int]) -> None:
    one = f"profile/{profiles[1]}"
    before = call.get(one)
    later(call)
    answer = call("DELETE", one)
    assert (answer.status, answer.headers["X-deleted"]) == (200, f"profile {profiles[1]}")
    gone = {**before, "fields": dict.fromkeys(MUIT, ""), "removed": LATER}
    assert call.get(one) == gone
    assert profiles[1] not in found(call, PROFILES)
    for path in (one, f"{one}/bogus"):
        answer = call("DELETE", path)
        assert (answer.status, answer.message) == (400, "This profile has already been removed")


def test_writing_to_a_removed_profile_succeeds_and_moves_modified(
    call: Caller, profiles: list[int]
) -> None:
    one = f"profile/{profiles[1]}"
    call("DELETE", one)
    gone = call.get(one)
    later(call)
    put(call, one, {"secret": "deleted", "fields": []})
    assert call.get(one) == {**gone, "secret": "deleted"}
    put(call, one, {"fields": {"ANumber": -1}})
    assert call.get(one) == {**gone, "secret": "deleted", "modified": LATER}
    assert call("POST", f"{one}/subprofiles/{COLLECTION}").created


@pytest.mark.parametrize("collection", [str(COLLECTION), "tESt", f"{COLLECTION}/bogus/path"])
def test_a_subprofile_is_made_below_its_profile(
    call: Caller, profiles: list[int], collection: str
) -> None:
    given = {"wonky": "yes", "Score": 3, "score": 6, "actIONTime": "2020-04-27 14:15:34"}
    path = f"profile/{profiles[0]}/subprofiles"
    number = call("POST", f"{path}/{collection}", given).created
    row = call.get(f"subprofile/{number}")
    assert row["fields"] == {"Score": "6", "ActionTime": "2020-04-27 14:15:34"}
    assert list(row) == [
        "ID", "secret", "fields", "profile", "collection", "created", "modified", "removed",
    ]  # fmt: skip
    assert (row["profile"], row["collection"]) == (str(profiles[0]), str(COLLECTION))
    assert call.get(SUBPROFILES)["data"] == [row]
    assert call.get(f"{path}/{COLLECTION}")["data"] == [row]


def test_conditions_on_numbers_and_times_take_blanks(call: Caller, profiles: list[int]) -> None:
    path = f"profile/{profiles[0]}/subprofiles/{COLLECTION}"
    six = call("POST", path, {"Score": 6, "ActionTime": "2020-04-27 14:15:34"}).created
    call("POST", path)
    conditions = (" Score== 6 ", "ActionTime<= 2020-04-27 14:15:34")
    assert found(call, SUBPROFILES, *(("fields[]", one) for one in conditions)) == [six]


def test_a_subprofile_is_changed_and_removed_as_a_profile_is(
    call: Caller, profiles: list[int]
) -> None:
    number = call("POST", f"profile/{profiles[0]}/subprofiles/{COLLECTION}").created
    one = f"subprofile/{number}"
    before = call.get(one)
    assert before["fields"] == {"Score": "-1", "ActionTime": ""}
    later(call)
    put(call, one, {"fields": {"Score": -1.9}, "secret": "x"})
    assert call.get(one) == {**before, "secret": "x"}
    assert put(call, f"{one}/fields", {"Score": 7}) == one
    assert call.get(one)["modified"] == LATER
    assert call("DELETE", one).status == 200
    assert call.get(one)["removed"] == LATER
    answer = call("DELETE", f"{one}/bogus")
    assert (answer.status, answer.message) == (400, "This subprofile has already been removed")


def test_a_profile_takes_its_subprofiles_with_it(call: Caller, profiles: list[int]) -> None:
    mine, other = (
        call("POST", f"profile/{profiles[at]}/subprofiles/{COLLECTION}").created for at in (0, 1)
    )
    call("DELETE", f"profile/{profiles[0]}")
    assert found(call, SUBPROFILES) == [other]
    assert call.get(f"subprofile/{mine}")["removed"] == NOW


@pytest.mark.parametrize("path", [f"database/{DATABASE}", f"collection/{COLLECTION}"])
def test_a_post_where_only_put_is_documented_does_what_put_does(call: Caller, path: str) -> None:
    answer = call("POST", path)
    assert answer.status == 200
    assert "X-Created" not in answer.headers


def test_a_post_to_a_profile_changes_it(call: Caller, profiles: list[int]) -> None:
    answer = call("POST", f"profile/{profiles[2]}", {"fields": {"LastName": "Jansen"}})
    assert answer.status == 200
    assert call.get(f"profile/{profiles[2]}")["fields"]["LastName"] == "Jansen"


def test_all_that_meet_the_conditions_are_changed(call: Caller, profiles: list[int]) -> None:
    muit = ("fields[]", "LastName==Muit")
    put(call, PROFILES, {"fields": {"Email": "all@example.org"}}, muit)
    rows = call.get(PROFILES)["data"]
    assert [row["fields"]["Email"] for row in rows] == ["all@example.org"] * 2 + [""] * 2
    put(call, PROFILES, {"fields": {"Email": "x"}}, ("fields[]", "nothing==1"))
    assert {row["fields"]["Email"] for row in call.get(PROFILES)["data"]} == {"x"}
    assert len(profiles) == 4


def test_subprofiles_are_changed_by_conditions_that_must_be_a_list(
    call: Caller, profiles: list[int]
) -> None:
    path = f"profile/{profiles[0]}/subprofiles/{COLLECTION}"
    one, other = call("POST", path, {"Score": 6}).created, call("POST", path).created
    elsewhere = call(
        "POST", f"profile/{profiles[1]}/subprofiles/{COLLECTION}", {"Score": 6}
    ).created
    put(call, path, {"Score": 7}, ("fields[]", "Score==6"))
    scores = [call.get(f"subprofile/{n}/fields")["Score"] for n in (one, other, elsewhere)]
    assert scores == ["7", "-1", "6"]
    for pairs in ([], [("fields", "Score==6")]):
        answer = call("PUT", path, {"Score": 8}, *pairs)
        assert (answer.status, answer.message) == (400, "URL parameter fields is required")


def test_a_select_is_compared_with_its_case(call: Caller) -> None:
    given = {"name": "Kind", "type": "select", "value": "a\r\nB"}
    call("POST", f"database/{DATABASE}/fields", given)
    one = call("POST", PROFILES, {"fields": {"Kind": "B", "LastName": "B"}}).created
    assert found(call, PROFILES, ("fields[]", "Kind==B")) == [one]
    assert found(call, PROFILES, ("fields[]", "Kind==b")) == []
    assert found(call, PROFILES, ("fields[]", "LastName==b")) == [one]


def test_none_that_meets_the_conditions_is_made_where_that_is_asked(call: Caller) -> None:
    nobody = ("fields[]", "LastName==Nobody")
    given = {"fields": {"LastName": "Nobody"}}
    assert put(call, PROFILES, given, nobody) == PROFILES
    assert call.get(PROFILES)["total"] == 0
    where = put(call, PROFILES, given, nobody, ("create", "true"))
    assert call.get(where)["fields"]["LastName"] == "Nobody"
    put(call, PROFILES, given, nobody, ("create", "true"))
    assert call.get(PROFILES)["total"] == 1

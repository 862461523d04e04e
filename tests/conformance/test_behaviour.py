"""What is known of the API besides single paths: envelopes, paging, errors, tokens, versions, hosts."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from tests.conformance.account import Answer, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RM = "rmuit/copernica-api"
L1 = "123lens/copernica-rest-api-client, recordings"
DOCS = "the documentation"
ROWS = "database/11/profiles"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(days=60, profiles=1200, now="2024-06-01T12:00:00+00:00") as box:
        yield box


@pytest.fixture
def call(box: Sandbox) -> Iterator[Callable[[str], Caller]]:
    made: list[Caller] = []

    def start(version: str) -> Caller:
        made.append(Caller(box, version))
        return made[-1]

    yield start
    for caller in made:
        caller.close()
    box.switch(nextid=False, moved="no", names="both", expired_jwt="400json", v4_only=False)
    box.switch(cap_echoed=True, bulk="streams", failed_exchange="400json", retention_days=0)
    box.clear_faults()


def raw(box: Sandbox, method: str, path: str, **more: Any) -> Answer:
    answer = requests.request(method, f"{box.url}{path}", timeout=30, allow_redirects=False, **more)
    return Answer(answer.status_code, answer.headers, answer.text)


# Envelopes and paging


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("path", ["databases", ROWS, "ms/clicks", "publisher/emailings"])
def test_a_list_comes_in_its_envelope_in_this_order(
    call: Callable[[str], Caller], path: str
) -> None:
    page = call("v2").get(path)
    assert list(page) == ["start", "limit", "count", "data", "total"]
    assert page["count"] == len(page["data"])
    assert all(type(page[name]) is int for name in ("start", "limit", "count", "total"))


@pytest.mark.sure("observed", L1)
def test_nextid_stands_before_the_total_on_a_full_page_only(
    box: Sandbox, call: Callable[[str], Caller]
) -> None:
    box.switch(nextid=True)
    page = call("v3").get(ROWS, ("limit", "2"))
    assert list(page) == ["start", "limit", "count", "data", "nextid", "total"]
    assert page["nextid"] == int(page["data"][-1]["ID"]) + 1
    rest = call("v3").get(ROWS, ("start", "1199"), ("limit", "2"))
    assert "nextid" not in rest


@pytest.mark.sure("documented", DOCS)
@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_a_page_has_100_rows_and_1000_at_most(call: Callable[[str], Caller], version: str) -> None:
    assert call(version).get(ROWS)["count"] == 100
    assert call(version).get(ROWS, ("limit", "5000"))["count"] == 1000


@pytest.mark.sure("documented", "the Dutch paging page")
def test_the_host_for_large_lists_streams_more(box: Sandbox) -> None:
    url = f"/bulk/v2/{ROWS}?access_token={box.token}&limit=5000"
    answer = raw(box, "GET", url)
    assert answer.json["count"] == 1200
    assert "Content-Length" not in answer.headers


@pytest.mark.sure("documented", DOCS)
def test_start_is_an_offset_and_a_page_behind_the_end_is_empty(
    call: Callable[[str], Caller],
) -> None:
    rows = call("v2").get(ROWS, ("limit", "10"))["data"]
    assert call("v2").get(ROWS, ("start", "5"), ("limit", "5"))["data"] == rows[5:]
    assert call("v2").get(ROWS, ("start", "99999"))["data"] == []


@pytest.mark.sure("observed", RM)
def test_names_of_parameters_have_their_case(call: Callable[[str], Caller]) -> None:
    assert call("v2").get(ROWS, ("LIMIT", "5"), ("Total", "false"))["total"] == 1200


@pytest.mark.sure("observed", L1)
def test_lists_of_ids_are_bare_texts(call: Callable[[str], Caller]) -> None:
    ids = call("v3").get("database/11/profileids")
    assert isinstance(ids, list)
    assert all(isinstance(one, str) for one in ids)


@pytest.mark.sure("observed", L1)
def test_embedded_lists_have_an_envelope_of_their_own(call: Callable[[str], Caller]) -> None:
    base = call("v3").get("database/11")
    for name in ("fields", "interests", "collections"):
        assert list(base[name]) == ["start", "limit", "count", "data", "total"]
    assert base["collections"]["data"][0]["fields"]["limit"] == 100


# Errors


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("status", ["503", "504"])
def test_overload_is_a_page_of_html(box: Sandbox, status: str, call: Callable[..., Any]) -> None:
    del call  # it clears the fault
    box.fault(status, times=1)
    answer = raw(box, "GET", f"/v2/databases?access_token={box.token}")
    assert str(answer.status) == status
    assert "text/html" in answer.headers["Content-Type"]
    assert "too many requests to handle" in answer.text


@pytest.mark.sure("observed", RM)
def test_json_is_what_good_answers_and_errors_call_themselves(box: Sandbox) -> None:
    for path in ("databases", "nothing"):
        answer = raw(box, "GET", f"/v2/{path}?access_token={box.token}")
        assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.sure("inferred", "PHP's json_encode")
def test_slashes_and_all_beyond_ascii_are_escaped(box: Sandbox) -> None:
    text = raw(box, "GET", f"/v2/{ROWS}?access_token={box.token}").text
    assert text.isascii()
    assert "\\u00fc" in text


# Tokens


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("query", ["", "?access_token=", "?access_token=other"])
def test_v2_without_the_token_is_a_400(box: Sandbox, query: str) -> None:
    answer = raw(box, "GET", f"/v2/databases{query}")
    assert (answer.status, answer.message) == (400, "Invalid access token")


@pytest.mark.sure("observed", L1)
def test_v3_without_the_token_says_so_with_a_prefix(box: Sandbox) -> None:
    answer = raw(box, "GET", "/v3/databases?access_token=")
    assert answer.status == 400
    assert answer.message == "Copernica REST API Error 400: Invalid access token"


@pytest.mark.sure("observed", "advanced-form-integration and a TypeScript client (v4)")
def test_the_exchange_answers_with_the_bare_text_of_a_jwt(box: Sandbox) -> None:
    answer = raw(box, "POST", "/", data={"access_token": box.token})
    head, payload, _signature = answer.text.strip().split(".")
    assert answer.status == 200
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "JWT"
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert 86_300 < claims["exp"] - claims["iat"] <= 86_400
    bearer = {"Authorization": f"Bearer {answer.text.strip()}"}
    assert raw(box, "GET", "/v4/identity", headers=bearer).status == 200


@pytest.mark.sure("inferred", "by the family of the errors of v2")
@pytest.mark.parametrize("bearer", ["", "Bearer x.y.z", "Basic abc"])
def test_v4_without_a_jwt_is_refused(box: Sandbox, bearer: str) -> None:
    answer = raw(box, "GET", "/v4/databases", headers={"Authorization": bearer})
    assert (answer.status, answer.message) == (400, "Invalid access token")


@pytest.mark.sure("observed", "123lens/laravel-copernica-rest-client gave it up for the exchange")
def test_the_api_token_itself_is_no_bearer(box: Sandbox) -> None:
    bearer = {"Authorization": f"Bearer {box.token}"}
    assert raw(box, "GET", "/v4/databases", headers=bearer).status == 400


# Versions, names and hosts


@pytest.mark.sure("observed", "add-ons for Gravity Forms and Magento")
def test_a_path_without_a_version_is_v1(box: Sandbox) -> None:
    assert raw(box, "GET", f"/databases?access_token={box.token}").status == 200


@pytest.mark.sure("documented", "the live pages of v4")
@pytest.mark.parametrize(("names", "old", "new"), [("new", 400, 200), ("old", 200, 400)])
def test_v4_has_names_of_its_own(
    box: Sandbox, call: Callable[[str], Caller], names: str, old: int, new: int
) -> None:
    box.switch(names=names)
    for first, second in (
        ("ms/clicks", "draganddrop/clicks"),
        ("publisher/clicks", "html/clicks"),
        ("profile/1/ms/destinations", "profile/1/draganddrop/destinations"),
    ):
        assert call("v4")("GET", first).status == old
        assert call("v4")("GET", second).status == new
        assert call("v3")("GET", first).status == 200


@pytest.mark.sure("documented", DOCS)
def test_a_path_that_moved_says_where_to(box: Sandbox, call: Callable[[str], Caller]) -> None:
    box.switch(moved="path")
    answer = call("v2")("GET", "ms/clicks")
    assert answer.status == 301
    assert answer.headers["Location"].startswith(f"{box.url}/v2/moved/ms/clicks?")


@pytest.mark.sure("observed", RM)
@pytest.mark.parametrize("slashes", ["/", "//", "/bogus", "/bogus/path"])
def test_slashes_and_surplus_parts_after_a_list_are_ignored(
    call: Callable[[str], Caller], slashes: str
) -> None:
    assert call("v2").get(f"{ROWS}{slashes}") == call("v2").get(ROWS)


# People and values


@pytest.mark.sure("observed", RM)
def test_ids_and_all_values_are_texts(call: Callable[[str], Caller]) -> None:
    for row in call("v2").get(ROWS)["data"]:
        assert isinstance(row["ID"], str)
        assert all(isinstance(value, str) for value in row["fields"].values())
        assert isinstance(row["interests"], list)


@pytest.mark.sure("observed", RM)
def test_what_dataonly_leaves(call: Callable[[str], Caller]) -> None:
    row = call("v2").get(ROWS, ("dataonly", "true"))["data"][0]
    assert set(row) == {"ID", "fields", "interests", "modified"}
    row = call("v2").get("collection/701/subprofiles", ("dataonly", "true"))["data"][0]
    assert set(row) == {"ID", "fields", "profile", "collection", "modified"}


@pytest.mark.sure("observed", L1)
def test_an_empty_map_may_be_a_list(call: Callable[[str], Caller]) -> None:
    assert call("v3").get("collection/701/unsubscribe")["fields"] == []


@pytest.mark.sure("documented", "product update of 2023-02-08")
def test_events_outlive_their_profile_without_it(call: Callable[[str], Caller]) -> None:
    rows = call("v2").get("ms/clicks", ("limit", "1000"))["data"]
    assert any(row["profile"] is None for row in rows)


@pytest.mark.sure("documented", DOCS)
@pytest.mark.parametrize(("version", "there"), [("v2", True), ("v3", False), ("v4", False)])
def test_only_v2_names_the_profile_of_an_event(
    call: Callable[[str], Caller], version: str, *, there: bool
) -> None:
    row = call(version).get("ms/clicks", ("limit", "1"))["data"][0]
    assert ("profile" in row) is there


@pytest.mark.sure("documented", DOCS)
def test_v4_gives_sent_mailings_unless_asked(call: Callable[[str], Caller]) -> None:
    sent = call("v4").get("draganddrop/emailings")["total"]
    every = call("v4").get("draganddrop/emailings", ("status", "all"))["total"]
    assert every > sent


@pytest.mark.sure("inferred", "a PHP DateTime that leaked, and a client that compared with live")
def test_times_are_on_the_clock_of_amsterdam(call: Callable[[str], Caller]) -> None:
    rows = call("v2").get("ms/clicks", ("endtime", "2024-06-01 14:00:00"), ("limit", "1"))
    assert rows["total"] == call("v2").get("ms/clicks", ("limit", "1"))["total"]


@pytest.mark.sure("documented", "an account's own setting")
def test_events_vanish_after_their_retention(box: Sandbox, call: Callable[[str], Caller]) -> None:
    before = call("v2").get("ms/clicks")["total"]
    box.switch(retention_days=7)
    assert 0 < call("v2").get("ms/clicks")["total"] < before

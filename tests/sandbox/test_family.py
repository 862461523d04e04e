"""The events, mailings and destinations of one account fit together, in every version."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox.catalogue import BY_STREAM, ENDPOINTS

if TYPE_CHECKING:
    from copernica_sandbox.endpoint import Endpoint
    from tests.sandbox.conftest import Client

KINDS = ["deliveries", "impressions", "clicks", "errors", "unsubscribes", "abuses"]
LISTS = [endpoint for endpoint in ENDPOINTS if "*" not in endpoint.path and not endpoint.single]
CASES = [(endpoint, version) for endpoint in LISTS for version in endpoint.versions]
TYPES: dict[str, tuple[type, ...]] = {
    "id": (str,),
    "idnumber": (int,),
    "hash": (str,),
    "number": (int,),
    "digits": (str,),
    "text": (str,),
    "time": (str,),
    "flag": (bool,),
    "person": (dict,),
    "object": (dict, list),
    "list": (list,),
    "address": (str,),
    "archived": (int,),
    "totals": (dict,),
    "digittotals": (dict,),
}


def _path(endpoint: Endpoint, version: int, number: int | str = "") -> str:
    path = endpoint.path.replace("*", str(number))
    if version == 4:
        path = path.replace("ms/", "draganddrop/").replace("publisher/", "html/")
    return f"v{version}/{path}"


def _get(account: Client, endpoint: Endpoint, version: int, **more: Any) -> dict[str, Any]:
    number = more.pop("number", "")
    if version == 4:
        answer = account.bearer(_path(endpoint, version, number), account.jwt(), **more)
    else:
        answer = account.get(_path(endpoint, version, number), **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("endpoint", "version"), CASES, ids=lambda case: getattr(case, "path", case)
)
def test_every_list_has_the_documented_fields_and_types(
    account: Client, endpoint: Endpoint, version: int
) -> None:
    page = _get(account, endpoint, version, limit=200)
    assert page["data"]
    named = endpoint.named(version)
    for row in page["data"]:
        assert list(row) == [field.name for field in named]
        for field in named:
            value = row[field.name]
            assert value is None or isinstance(value, TYPES[field.kind])
    assert all(row[endpoint.key] for row in page["data"])


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.stream)
def test_every_list_has_the_rows_of_the_truth_in_order(account: Client, endpoint: Endpoint) -> None:
    version = max(endpoint.versions)
    more = {"status": "all"} if endpoint.stream == "emailings" else {}
    truth = [str(row[endpoint.key]) for row in account.box.rows(endpoint.stream)]
    found: list[str] = []
    while len(found) < len(truth):
        page = _get(account, endpoint, version, limit=1000, start=len(found), **more)
        assert page["total"] == len(truth)
        found += [str(row[endpoint.key]) for row in page["data"]]
    assert found == truth
    assert len(set(truth)) == len(truth)


@pytest.mark.parametrize("family", ["", "publisher_"])
def test_events_join_to_mailings_and_destinations(account: Client, family: str) -> None:
    join = "internal" if family else "id"
    mailings = {row["id"] for row in account.box.rows(f"{family}emailings")}
    people = {row[join]: row for row in account.box.rows(f"{family}destinations")}
    for kind in KINDS:
        for event in account.box.rows(f"{family}{kind}"):
            destination = people[event["destination"]]
            mailing = event["emailing" if family else "mailing"]
            assert mailing in mailings
            assert destination["mailing"] == mailing
            assert destination["profile"] == event["profile"]
            assert destination["subprofile"] == event["subprofile"]
            assert destination["instant"] <= event["instant"]


def test_publisher_counters_are_the_counts_of_the_events(account: Client) -> None:
    counted = {
        kind: Counter(row["emailing"] for row in account.box.rows(f"publisher_{kind}"))
        for kind in KINDS
    }
    sent = Counter(row["mailing"] for row in account.box.rows("publisher_destinations"))
    for row in account.every("v2/publisher/emailings"):
        number = int(row["id"])
        for kind in ("clicks", "impressions", "errors", "unsubscribes", "abuses"):
            assert int(row[kind]) == counted[kind][number]
        assert int(row["destinations"]) == sent[number] or row["timestamp"] > "2026-06-01 13:4"


@pytest.mark.parametrize("family", ["", "publisher_"])
@pytest.mark.parametrize("disturbed", [False, True])
def test_statistics_are_the_counts_of_the_events(
    account: Client, family: str, *, disturbed: bool
) -> None:
    if disturbed:
        gone = [row["ID"] for row in account.box.rows(f"{family}clicks")][:40]
        account.box.remove(f"{family}clicks", gone)
    parent = "emailing" if family else "mailing"
    events = {kind: list(account.box.rows(f"{family}{kind}")) for kind in KINDS}
    statistics = BY_STREAM[f"{family}emailing_statistics"]
    for mailing in list(account.box.rows(f"{family}emailings"))[:6]:
        number = mailing["id"]
        body = _get(account, statistics, 3, number=number)
        for kind in KINDS:
            mine = [row["destination"] for row in events[kind] if row[parent] == number]
            assert body[kind]["total"] == len(mine)
            assert body[kind].get("unique", len(set(mine))) == len(set(mine))
        strongest = body["dominant_results"]
        assert strongest["destinations"] == body["destinations"]
        results = sum(strongest[kind] for kind in KINDS) + body["unknown"]["total"]
        assert results == body["destinations"]


def test_statistics_differ_by_version_as_documented(account: Client) -> None:
    number = next(account.box.rows("emailings"))["id"]
    old = _get(account, BY_STREAM["emailing_statistics"], 2, number=number)
    new = _get(account, BY_STREAM["emailing_statistics"], 4, number=number)
    assert isinstance(old["destinations"], str)
    assert isinstance(new["destinations"], int)
    assert set(old) <= set(new)
    assert set(new) - set(old) == {"unknown", "dominant_results"}


@pytest.mark.parametrize("kind", [*KINDS, "destinations"])
@pytest.mark.parametrize("family", ["", "publisher_"])
def test_the_list_of_one_mailing_is_its_part_of_the_whole(
    account: Client, family: str, kind: str
) -> None:
    endpoint = BY_STREAM[f"{family}emailing_{kind}"]
    account_wide = BY_STREAM[f"{family}{kind}"]
    number = list(account.box.rows(f"{family}emailings"))[3]["id"]
    parent = "mailing" if not family or kind == "destinations" else "emailing"
    expected = [
        str(row[account_wide.key])
        for row in account.box.rows(f"{family}{kind}")
        if row[parent] == number
    ]
    page = _get(account, endpoint, 3, number=number, limit=1000)
    assert [row[endpoint.key] for row in page["data"]] == expected


def test_one_emailing_is_what_the_list_says_with_tags(account: Client) -> None:
    for stream, single in (
        ("emailings", "emailing"),
        ("publisher_emailings", "publisher_emailing"),
    ):
        listed = _get(account, BY_STREAM[stream], 2)["data"][2]
        one = _get(account, BY_STREAM[single], 2, number=listed["id"])
        assert all(one[name] == listed[name] for name in one.keys() & listed.keys())
    account.box.switch(wrapped=True)
    assert _get(account, BY_STREAM["emailing"], 2, number=1002)["data"]["tags"] is not None


@pytest.mark.parametrize("path", ["ms/emailing/99999", "ms/emailing/x/statistics"])
def test_an_unknown_mailing_is_an_error_and_so_is_one_that_was_removed(
    account: Client, path: str
) -> None:
    assert account.get(f"v2/{path}").json() == {"error": {"message": "No entity with supplied ID"}}
    assert account.get("v2/ms/emailing/1001").status_code == 200
    account.box.remove("emailings", [1001])
    assert account.get("v2/ms/emailing/1001").status_code == 400
    assert account.get("v2/ms/emailing/1002/surplus").json()["error"]["message"] == "Invalid method"


def test_versions_lack_what_they_are_not_documented_to_have(account: Client) -> None:
    for path in ("v2/ms/unsubscribes", "v2/publisher/destinations"):
        assert account.get(path).json() == {"error": {"message": "Invalid method"}}


def test_v4_lists_sent_mailings_unless_asked_for_others(account: Client) -> None:
    emailings = BY_STREAM["emailings"]
    every = _get(account, emailings, 3)["total"]
    assert _get(account, emailings, 4, status="all")["total"] == every
    sent = _get(account, emailings, 4)["total"]
    assert sent < every
    rest = [_get(account, emailings, 4, status=name)["total"] for name in ("failed", "cancelled")]
    assert sent + sum(rest) == every


def test_emailings_can_be_chosen(account: Client) -> None:
    emailings = BY_STREAM["publisher_emailings"]
    every = _get(account, emailings, 2, limit=1000)["data"]

    def total(**parameters: Any) -> int:
        return int(_get(account, emailings, 2, **parameters)["total"])

    assert total(type="mass") + total(type="individual") == len(every)
    assert total(followups="yes") + total(followups="no") == total(followups="both")
    assert total(test="yes") + total(test="no") == len(every)
    large = [row for row in every if int(row["destinations"]) > 150]
    assert total(mindestinations=151) == len(large)
    day = [row for row in every if row["timestamp"].startswith("2026-05-12")]
    assert total(fromdate="2026-05-12", todate="2026-05-13 00:00:00") == len(day)


@pytest.mark.parametrize(("inclusive", "days"), [(True, 2), (False, 1)])
def test_destinations_are_asked_in_whole_days(
    account: Client, days: int, *, inclusive: bool
) -> None:
    account.box.switch(to_inclusive=inclusive)
    asked = {"from": "2026-05-12", "to": "2026-05-13"}
    wanted = ("2026-05-12", "2026-05-13")[:days]
    for family in ("", "publisher_"):
        endpoint = BY_STREAM[f"{family}destinations"]
        times = [row["timestampsent"] for row in account.box.rows(endpoint.stream)]
        expected = sum(time.startswith(wanted) for time in times)
        assert _get(account, endpoint, 3, **asked)["total"] == expected > 0


def test_destinations_say_who_unsubscribed(account: Client) -> None:
    left = {row["destination"] for row in account.box.rows("unsubscribes")}
    endpoint = BY_STREAM["destinations"]
    page = _get(account, endpoint, 2, Unsubscribed="true", limit=1000)
    assert {int(row["id"]) for row in page["data"]} == left
    assert page["total"] == len(left) > 0


def test_publisher_deliveries_and_impressions_can_be_asked_by_id(account: Client) -> None:
    for kind in ("deliveries", "impressions"):
        numbers = sorted(row["ID"] for row in account.box.rows(f"publisher_{kind}"))
        path = f"v2/publisher/{kind}"
        asked = account.page(path, ("fields[]", f"id>{numbers[-4]}"))
        assert sorted(int(row["ID"]) for row in asked["data"]) == numbers[-3:]
    ignored = account.page("v2/publisher/clicks", ("fields[]", "id>5"))
    assert ignored["total"] == account.page("v2/publisher/clicks")["total"]
    assert account.page("v2/publisher/clicks", begintime="2026-05-20")["total"] == ignored["total"]


def test_types_can_be_noisy(account: Client) -> None:
    account.box.switch(
        number_type="mixed",
        flag_type="mixed",
        time_type="mixed",
        person_type="mixed",
        empty_object="object",
    )
    rows = account.every("v2/publisher/emailings")
    assert {type(row["clicks"]) for row in rows} == {int, str}
    assert {type(row["timestamp"]) for row in rows} == {str, dict}
    assert {type(row["from_address"]) for row in rows} == {dict, str}
    flags = account.every("v2/publisher/unsubscribes")
    assert {type(row["success"]) for row in flags} == {bool, int, str}
    assert {} in [row["report"] for row in account.every("v2/ms/abuses")]


def test_added_events_and_mailings_are_found_in_every_list(account: Client) -> None:
    time = "2026-05-20 10:00:00"
    (number,) = account.box.add("publisher_errors", [{"timestamp": time, "emailing": 5003}])
    (mailing,) = account.box.add("emailings", [{"timestamp": time, "subject": "Hello"}])
    errors = account.every("v2/publisher/emailing/5003/errors")
    assert str(number) in {row["ID"] for row in errors}
    (row,) = [row for row in account.every("v2/ms/emailings") if row["id"] == str(mailing)]
    assert row["subject"] == "Hello"
    digest = "ab" * 16
    account.box.add("publisher_destinations", [{"timestampsent": time, "id": digest}])
    asked = account.page("v3/publisher/destinations", ("from", "2026-05-20"), limit=1000)["data"]
    assert digest in {row["id"] for row in asked}


def test_a_large_account_answers_deep_pages_quickly(account: Client) -> None:
    for endpoint in LISTS:
        total = _get(account, endpoint, 3, limit=1)["total"]
        assert _get(account, endpoint, 3, start=total - 1)["count"] == 1

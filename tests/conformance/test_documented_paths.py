"""Every documented GET path answers in each of its versions, with its documented fields."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.conformance.documented import Ids, cases, entries, named, record_fields
from tests.sandbox.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    Case = tuple[dict[str, Any], str]

pytestmark = pytest.mark.sure("documented", "the documentation's pages, read into endpoints-*.yaml")
PERIOD = {"begin": "2024-05-01", "end": "2024-05-31"}
# The lists of these have no page of their own for one row.
SINGLES = {
    "databases": "database",
    "ms/emailings": "ms/emailing",
    "ms/templates": "ms/template",
    "ms/scheduledemailings": "ms/scheduledemailing",
    "publisher/emailings": "publisher/emailing",
    "publisher/templates": "publisher/template",
    "publisher/documents": "publisher/document",
    "publisher/scheduledemailings": "publisher/scheduledemailing",
    "database/11/profiles": "profile",
    "database/11/views": "view",
    "database/11/collections": "collection",
    "collection/701/subprofiles": "subprofile",
    "collection/701/miniviews": "miniview",
    "view/90/rules": "rule",
    "publisher/emailing/5001/destinations": "publisher/destination",
    "ms/emailing/1001/destinations": "ms/destination",
    "couponcampaigns": "couponcampaign",
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Sandbox(days=40, now="2024-06-01T12:00:00+00:00") as box:
        client = Client(box)
        yield client
        client.close()


@pytest.fixture(scope="module")
def ids(client: Client) -> Ids:
    return Ids(client)


def asked(client: Client, path: str, version: str, **parameters: Any) -> requests.Response:
    if version == "v4":
        return client.bearer(path, client.jwt(), **parameters)
    return client.get(path, **parameters)


def test_the_files_name_all_documented_paths() -> None:
    assert len(entries()) == 173


@pytest.mark.parametrize("case", cases(), ids=named)
def test_a_documented_path_answers_with_its_fields(client: Client, ids: Ids, case: Case) -> None:
    entry, version = case
    path = ids.path(entry, version)
    parameters: dict[str, Any] = dict(PERIOD) if entry["id"] == "consumption" else {}
    if entry["id"] == "logfiles_names":
        parameters = {"type": "cdm-click"}
    answer = asked(client, path, version, **parameters)
    assert answer.status_code == 200, (path, answer.text)
    kind = entry["returns"].split()[0]
    if kind in {"text", "binary"}:
        assert answer.content
        return
    record = body = answer.json()
    if kind == "list":
        rows = body["data"]
        assert isinstance(rows, list)
        if not rows:
            assert_may_be_empty(entry)
            return
        record = rows[0]
    elif kind == "list-unwrapped":
        assert body
        record = body[0]
    if isinstance(record, dict) and kind != "map":
        lacking = [name for name in record_fields(entry, version) if name not in record]
        assert lacking == [], (path, json.dumps(record))


def assert_may_be_empty(entry: dict[str, Any]) -> None:
    """Make sure that a list without rows is one of a single recipient or group, who did little."""
    assert entry["path"].startswith(
        ("/ms/destination/", "/publisher/destination/", "/publisher/testgroup/", "/ms/emailing/")
    ) or entry["id"].endswith(("errors", "abuses", "unsubscribes", "imageblocks", "miniview_views"))


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in cases()
        if case[1] == "v4" and re.search("/(ms|publisher)/", case[0]["path"])
    ],
    ids=named,
)
def test_v4_answers_under_both_families_of_names(client: Client, ids: Ids, case: Case) -> None:
    entry, version = case
    old, new = (ids.path(entry, version, new_names=new) for new in (False, True))
    parameters = PERIOD if entry["id"] == "consumption" else {}
    first, second = (asked(client, path, version, **parameters) for path in (old, new))
    assert (first.status_code, first.content) == (200, second.content)


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
@pytest.mark.parametrize("path", SINGLES)
def test_a_row_of_a_list_can_be_asked_for_and_is_the_same(
    client: Client, version: str, path: str
) -> None:
    if path == "couponcampaigns" and version == "v2":
        pytest.skip("not in v2")
    rows = asked(client, f"{version}/{path}", version).json()["data"]
    assert rows
    for row in (rows[0], rows[-1]):
        number = row.get("id", row.get("ID"))
        one = asked(client, f"{version}/{SINGLES[path]}/{number}", version).json()
        shared = [name for name in row if name in one]
        assert len(shared) >= len(row) - 3
        assert {name: one[name] for name in shared} == {name: row[name] for name in shared}


def test_what_a_recipient_did_is_what_the_lists_say(client: Client) -> None:
    for family, mailing in (("ms", "mailing"), ("publisher", "emailing")):
        event = next(row for row in client.every(f"v3/{family}/clicks"))
        recipient = f"v3/{family}/destination/{event['destination']}"
        clicks = client.every(f"{recipient}/clicks")
        whole = client.every(f"v3/{family}/emailing/{event[mailing]}/clicks")
        mine = [row for row in whole if row["destination"] == event["destination"]]
        assert clicks == mine
        statistics = client.page(f"{recipient}/statistics")
        assert statistics["clicks"]["total"] == len(mine)
        one = client.page(recipient)
        assert one["mailing"] == event[mailing]
        hashed = one["messageID"] if family == "ms" else one["ID"]
        assert client.page(f"v3/{family}/destination/{hashed}") == one


def test_what_a_profile_was_sent_is_what_the_lists_say(client: Client) -> None:
    for family in ("ms", "publisher"):
        every = client.every(f"v3/{family}/destinations")
        for number in sorted({row["profile"] for row in every if row["profile"]}, key=int)[:5]:
            mine = client.every(f"v3/profile/{number}/{family}/destinations")
            assert [row["ID"] for row in mine] == [
                row["id"] for row in every if row["profile"] == number
            ]
            assert {row["profile"] for row in mine} == {number}
            mailings = client.every(
                f"v3/profile/{number}/{family}/emailings", include_subprofiles="true"
            )
            assert {row["id"] for row in mailings} == {row["mailing"] for row in mine}
        subprofile = next(row["subprofile"] for row in every if row["subprofile"])
        below = client.every(f"v3/subprofile/{subprofile}/{family}/destinations")
        assert {row["subprofile"] for row in below} == {subprofile}
        assert [row["ID"] for row in below] == [
            row["id"] for row in every if row["subprofile"] == subprofile
        ]


def test_groups_have_the_events_of_their_recipients_alone(client: Client) -> None:
    mailing = next(row for row in client.every("v3/publisher/emailings") if row["testgroups"])
    groups = client.every(f"v3/publisher/emailing/{mailing['id']}/testgroups")
    whole = {
        row["ID"] for row in client.every(f"v3/publisher/emailing/{mailing['id']}/impressions")
    }
    parts = [
        [row["ID"] for row in client.every(f"v3/publisher/testgroup/{one['ID']}/impressions")]
        for one in groups
    ]
    assert all(parts)
    assert not set(parts[0]) & set(parts[1])
    assert set(parts[0] + parts[1]) < whole
    for one, part in zip(groups, parts, strict=True):
        counted = client.page(f"v3/publisher/testgroup/{one['ID']}/statistics")
        assert int(counted["impressions"]["total"]) == len(part)

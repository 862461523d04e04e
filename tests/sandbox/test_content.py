"""Templates, documents, groups, coupons, consumption: what is asked per parent or as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from copernica_sandbox import logs
from copernica_sandbox.catalogue import BY_STREAM
from copernica_sandbox.catalogue_content import CONTENT

if TYPE_CHECKING:
    from copernica_sandbox.endpoint import Endpoint
    from tests.sandbox.conftest import Client

KINDS = ["impressions", "clicks", "errors", "unsubscribes", "abuses"]
PARENTED = [endpoint for endpoint in CONTENT if endpoint.parent]


def body_of(account: Client, path: str, **more: Any) -> Any:
    answer = account.get(path, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("endpoint", PARENTED, ids=lambda endpoint: endpoint.stream)
def test_what_hangs_on_a_parent_is_the_truth_with_the_documented_fields(
    account: Client, endpoint: Endpoint
) -> None:
    if "link" not in endpoint.stream:
        by_parent = Counter(row[endpoint.parent] for row in account.box.rows(endpoint.stream))
        parent, count = by_parent.most_common(1)[0]
    else:
        parent, count = next(account.box.rows("emailings"))["id"] + 3, None
        parent += 4000 * (endpoint.family == "publisher")
    body = body_of(account, f"v3/{endpoint.path.replace('*', str(parent))}", limit=1000)
    rows = [body] if endpoint.single else body["data"]
    assert rows
    assert len(rows) == min(count or len(rows), 1000)
    for row in rows:
        assert list(row) == [field.name for field in endpoint.named(3)]


@pytest.mark.parametrize("endpoint", PARENTED, ids=lambda endpoint: endpoint.stream)
def test_an_unknown_parent_is_an_error(account: Client, endpoint: Endpoint) -> None:
    answer = account.get(f"v3/{endpoint.path.replace('*', '77777777')}")
    assert answer.status_code == 400
    assert "No entity with supplied ID" in answer.json()["error"]["message"]


def test_statistics_of_documents_and_templates_add_up_their_mailings(account: Client) -> None:
    for family, parent, content in (
        ("", "mailing", "template"),
        ("publisher_", "emailing", "document"),
    ):
        mailings = {row["id"]: row[content] for row in account.box.rows(f"{family}emailings")}
        counted = {
            kind: Counter(mailings[row[parent]] for row in account.box.rows(f"{family}{kind}"))
            for kind in KINDS
        }
        name = "template_statistics" if not family else "publisher_document_statistics"
        rows = list(account.box.rows(name))
        assert rows
        for row in rows:
            for kind in KINDS:
                assert row[kind]["total"] == counted[kind][row[content]]


def test_the_groups_of_a_mailing_share_its_destinations_and_events(account: Client) -> None:
    emailings = {row["id"]: row for row in account.box.rows("publisher_emailings")}
    groups = list(account.box.rows("publisher_test_groups"))
    final = {row["emailing"]: row for row in account.box.rows("publisher_final_groups")}
    assert groups
    assert set(final) == {row["emailing"] for row in groups}
    assert set(final) == {number for number, row in emailings.items() if row["testgroups"]}
    people = {
        row["internal"]: row["mailing-group"] for row in account.box.rows("publisher_destinations")
    }
    clicks = Counter(people[row["destination"]] for row in account.box.rows("publisher_clicks"))
    for row in account.box.rows("publisher_test_group_statistics"):
        assert row["clicks"]["total"] == clicks[row["testgroup"]]
    for number, row in final.items():
        shares = [group["destinations"] for group in groups if group["emailing"] == number]
        assert sum(shares) + row["destinations"] == emailings[number]["destinations"]


def test_documents_leave_their_source_out_when_asked(account: Client) -> None:
    assert all(row["source"] for row in body_of(account, "v2/publisher/documents")["data"])
    short = body_of(account, "v2/publisher/documents", source="false")["data"]
    assert [row["source"] for row in short] == [None] * len(short)


@pytest.mark.parametrize("inclusive", [True, False])
def test_consumption_counts_the_destinations_of_its_days(
    account: Client, *, inclusive: bool
) -> None:
    account.box.switch(consumption_end_inclusive=inclusive)
    days = Counter(
        row["timestampsent"][:10]
        for family in ("", "publisher_")
        for row in account.box.rows(f"{family}destinations")
    )
    one = body_of(account, "v2/consumption", begin="2026-05-12", end="2026-05-12")
    two = body_of(account, "v2/consumption", begin="2026-05-12", end="2026-05-13")
    expected = days["2026-05-12"], days["2026-05-12"] + days["2026-05-13"]
    assert (one["emails"], two["emails"]) == (expected if inclusive else (0, expected[0]))
    assert (one["apicalls"] > 0) == inclusive


def test_coupons_count_as_their_campaign_says(account: Client) -> None:
    counted = Counter((row["couponcampaign"], row["status"]) for row in account.box.rows("coupons"))
    for campaign in account.box.rows("coupon_campaigns"):
        for status in ("available", "sent", "redeemed"):
            assert campaign[status] == counted[campaign["ID"], status]
    page = account.page("v3/couponcampaign/2/coupons", ("fields[]", "status==sent"))
    assert page["total"] == counted[2, "sent"]


def test_what_was_removed_is_gone_with_what_hangs_on_it(account: Client) -> None:
    account.box.remove("templates", [3])
    assert "3" not in [row["id"] for row in body_of(account, "v2/ms/templates")["data"]]
    assert account.get("v2/ms/template/3/statistics").status_code == 400
    assert account.get("v2/ms/template/4/statistics").status_code == 200


def test_versions_lack_coupons_and_snapshots_before_v3(account: Client) -> None:
    for path in ("couponcampaigns", "ms/emailing/1003/snapshot"):
        assert account.get(f"v2/{path}").json() == {"error": {"message": "Invalid method"}}
        assert account.get(f"v3/{path}").status_code == 200
    assert BY_STREAM["emailing_hyperlinks"].versions == (3, 4)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam"])
def test_log_files_hold_the_events_of_their_day(account: Client, zone: str) -> None:
    account.box.switch(log_zone=zone)
    assert body_of(account, "v2/logfiles")[-1] == "2026-06-01"
    assert len(body_of(account, "v2/logfiles", date="2026-05-20")) == len(logs.TYPES) == 18
    kinds = {
        "cdm-attempts": "destinations",
        "cdm-click": "clicks",
        "pom-deliveries": "publisher_deliveries",
        "cdm-unsubscribe": "unsubscribes",
    }
    for kind, stream in kinds.items():
        (name,) = body_of(account, "v2/logfiles", date="2026-05-20", type=kind)
        rows = body_of(account, f"v2/logfile/{name}/json")
        day = [
            row["instant"].astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
            for row in account.box.rows(stream)
        ]
        assert sorted(row["time"] for row in rows) == sorted(
            t for t in day if t[:10] == "2026-05-20"
        )
    clicks = [
        len(body_of(account, f"v2/logfile/pom-{name}.2026-05-20.log/json"))
        for name in ("clicks", "clicks-old")
    ]
    assert all(clicks)


def test_an_unknown_log_file_is_an_error(account: Client) -> None:
    for name in ("cdm-click.2031-01-01.log", "cdm-none.2026-05-20.log", "x"):
        assert account.get(f"v2/logfile/{name}/json").status_code == 400

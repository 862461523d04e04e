"""The dbt package on two warehouses that real loaders fill: its models are the account, however built."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from copernica_sandbox import Sandbox
from tests_examples.package.project import DuckDB, Postgres, Project, Warehouse, columns
from tests_examples.warehouse import truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import PostgresServer

# The account lives through the night to summer time.
NOON = datetime(2024, 4, 2, 12, tzinfo=UTC)
EVENING = datetime(2024, 4, 2, 18, tzinfo=UTC)
VARIABLES = {
    "copernica_sources": [
        {"name": "a", "schema": "copernica_a"},
        {"name": "b", "schema": "copernica_b"},
    ],
    "copernica_profile_pass_through_columns": [{"name": "fields__city", "alias": "city"}],
}


class Built(NamedTuple):
    """A warehouse after two loads, with the tables that increments made and those of a full rebuild."""

    warehouse: Warehouse
    project: Project
    first: str
    second: str
    increments: dict[str, list[str]]
    rebuilt: dict[str, list[str]]


@pytest.fixture(scope="module")
def boxes() -> Iterator[dict[str, Sandbox]]:
    """Two accounts: one read in v3, one in v2, which lists no drag-and-drop unsubscriptions."""
    now = NOON.isoformat()
    with (
        Sandbox(
            seed=3, start="2024-03-26", clicks_per_day=40, databases=1, varied=True, now=now
        ) as a,
        Sandbox(seed=4, start="2024-03-30", clicks_per_day=20, databases=1, now=now) as b,
    ):
        # It was sent, and nothing has happened since.
        a.add("publisher_emailings", [{"timestamp": "2024-04-02 13:59:00", "destinations": 0}])
        yield {"a": a, "b": b}


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
    boxes: dict[str, Sandbox],
) -> Built:
    folder = tmp_path_factory.mktemp(request.param)
    warehouse: Warehouse
    warehouse = (
        DuckDB(folder) if request.param == "duckdb" else Postgres(folder, postgres.database())
    )
    versions = {"a": "v3", "b": "v2"}
    for box in boxes.values():
        box.now = NOON
    for name, box in boxes.items():
        warehouse.load(box, f"copernica_{name}", api_version=versions[name])
    for stream in ("emailing_statistics", "publisher_emailing_statistics"):
        # The account's clock stands in the past, and the machine's does not.
        warehouse.sql(f"UPDATE copernica_a.{stream} SET _sdc_extracted_at = '{NOON:%F %T}'")  # noqa: S608
    project = warehouse.project(VARIABLES)
    first = project.run("build")
    change(boxes["a"])
    for box in boxes.values():
        box.now = EVENING
    for name, box in boxes.items():
        warehouse.load(box, f"copernica_{name}", api_version=versions[name])
    second = project.run("build")
    increments = warehouse.everything()
    project.run("build", "--full-refresh")
    return Built(warehouse, project, first, second, increments, warehouse.everything())


def change(box: Sandbox) -> None:
    """Let events come late, and a profile be removed."""
    late = {"timestamp": "2024-04-02 13:40:00", "visible_from": "2024-04-02T13:00:00+00:00"}
    for stream, mailing in {"clicks": "mailing", "publisher_impressions": "emailing"}.items():
        newest = list(box.rows(stream))[-1]
        box.add(
            stream, [{name: newest[name] for name in (mailing, "destination", "profile")} | late]
        )


def test_what_increments_made_equals_a_full_rebuild_in_every_column(built: Built) -> None:
    assert built.increments.keys() == built.rebuilt.keys()
    assert {"copernica__events", "copernica__mailings", "copernica__links"} <= built.rebuilt.keys()
    for table, rows in built.rebuilt.items():
        assert built.increments[table] == rows, table
        assert rows or table in {"copernica__calls", "copernica_detached"}, table


def test_an_increment_writes_what_is_new_and_no_more(built: Built) -> None:
    mailings = built.warehouse.sql("SELECT changed_at FROM analytics.copernica__mailings")
    assert len({row["changed_at"] for row in mailings}) > 1


def test_mailings_are_the_accounts(built: Built, boxes: dict[str, Sandbox]) -> None:
    rows = built.warehouse.sql("SELECT * FROM analytics.copernica__mailings")
    expected: dict[str, dict[str, Any]] = {}
    for name, box in boxes.items():
        for key, mailing in truth.mailing_performance(box).items():
            expected[f"{name}-{key}"] = mailing
    for mailing in expected.values():
        mailing["sent_at"] = mailing["sent_at"].replace(tzinfo=None)
    for key, mailing in expected.items():
        if key.startswith("b-marketing_suite"):
            mailing["unsubscribes"] = None  # v2 does not list them
    names = set(next(iter(expected.values())))
    assert columns(rows, "mailing_key", names) == expected
    for row in rows:
        for rate, (part, whole) in truth.RATES.items():
            share = row[part] / row[whole] if row[whole] and row[part] is not None else None
            assert row[rate] == (None if share is None else pytest.approx(share, rel=1e-12)), row


def test_events_are_the_accounts_each_once(built: Built, boxes: dict[str, Sandbox]) -> None:
    found = {
        (row["source_relation"], row["editor"], row["kind"], row["event_id"], row["occurred_at"])
        for row in built.warehouse.sql("SELECT * FROM analytics.copernica__events")
    }
    expected = {
        (
            name,
            editor,
            kind,
            row["ID"] if "ID" in row else row["id"],
            row["instant"].replace(tzinfo=None),
        )
        for name, box in boxes.items()
        for editor, kind, _, row in truth.events(box)
        if not (name == "b" and editor == "marketing_suite" and kind == "unsubscribes")
    }
    assert found == expected


def test_profiles_carry_what_they_did_and_the_fields_that_were_asked_for(built: Built) -> None:
    (row,) = built.warehouse.sql(
        "SELECT count(*) AS profiles, count(city) AS cities, count(created_at) AS created,"
        " sum(unique_clicks) AS clicks FROM analytics.copernica__profiles"
    )
    assert row["profiles"] >= row["created"] > 0
    assert row["cities"] > 0
    (counted,) = built.warehouse.sql(
        "SELECT count(DISTINCT recipient_key) AS clicks FROM analytics.copernica__events AS events"
        " LEFT JOIN analytics.copernica__recipients AS recipients USING (recipient_key)"
        " WHERE kind = 'clicks' AND coalesce(events.profile_id, recipients.profile_id) IS NOT NULL"
    )
    assert row["clicks"] == counted["clicks"]


def test_consent_is_a_history_without_gaps(built: Built) -> None:
    rows = built.warehouse.sql(
        "SELECT * FROM analytics.copernica__consent_history ORDER BY profile_key, valid_from, change_key"
    )
    assert {row["what"] for row in rows} == {"created", "unsubscribed", "complained"}
    for row, following in pairwise(rows):
        if row["profile_key"] == following["profile_key"]:
            assert row["valid_until"] == following["valid_from"]
            assert not row["is_current"]
        else:
            assert row["valid_until"] is None
            assert row["is_current"]
    assert all(row["may_be_mailed"] == (row["what"] == "created") for row in rows)


def test_lost_rows_are_named_with_mailing_kind_and_both_numbers(built: Built) -> None:
    warehouse = built.warehouse
    (readings,) = warehouse.sql(f"""
        SELECT count(DISTINCT kind) AS kinds FROM analytics.copernica__counter_readings
        WHERE read_at = '{NOON:%F %T}' AND events IS NOT NULL
    """)  # noqa: S608 - a moment of this file
    assert readings["kinds"] == len(truth.KINDS)
    assert warehouse.sql("SELECT * FROM analytics.copernica__counter_differences") == []
    (lost,) = warehouse.sql(
        "SELECT event_key, mailing_key FROM analytics.copernica__events WHERE kind = 'clicks'"
        " AND source_relation = 'a' ORDER BY occurred_at LIMIT 1"
    )
    where = f"analytics.copernica__events WHERE event_key = '{lost['event_key']}'"
    warehouse.sql(f"CREATE TABLE analytics.lost AS SELECT * FROM {where}")  # noqa: S608
    warehouse.sql(f"DELETE FROM {where}")  # noqa: S608
    status, output = built.project.attempt("test", "--select", "events_match_counters")
    assert status != 0
    assert "Got 1 result" in output
    (difference,) = warehouse.sql("SELECT * FROM analytics.copernica__counter_differences")
    assert (difference["mailing_key"], difference["kind"]) == (lost["mailing_key"], "clicks")
    assert difference["copernica_events"] > difference["events_at_most"]
    windows = warehouse.sql("SELECT * FROM analytics.copernica__window_differences")
    assert windows
    assert {window["stream"] for window in windows} <= {"clicks", "publisher_clicks"}
    assert {window["rows_written"] - window["rows_loaded"] for window in windows} == {1}
    warehouse.sql("INSERT INTO analytics.copernica__events SELECT * FROM analytics.lost")
    warehouse.sql("DROP TABLE analytics.lost")


def test_a_denied_profile_vanishes_and_mailings_keep_their_counts(built: Built) -> None:
    warehouse = built.warehouse
    (person,) = warehouse.sql(
        "SELECT profile_id FROM analytics.copernica__profiles WHERE source_relation = 'a'"
        " AND unique_clicks > 0 ORDER BY profile_id LIMIT 1"
    )
    before = warehouse.sql("SELECT * FROM analytics.copernica__mailings ORDER BY mailing_key")
    warehouse.sql(
        "CREATE TABLE analytics.copernica_denied_people AS"
        f" SELECT 'a' AS source_relation, CAST({person['profile_id']} AS bigint) AS profile_id"
    )
    built.project.run("run", "--full-refresh")
    for table in ("copernica__events", "copernica__recipients", "copernica__profiles"):
        rows = warehouse.sql(
            f"SELECT * FROM analytics.{table} WHERE source_relation = 'a'"  # noqa: S608
            f" AND profile_id = {person['profile_id']}"
        )
        assert rows == []
    after = warehouse.sql("SELECT * FROM analytics.copernica__mailings ORDER BY mailing_key")
    assert after == before
    warehouse.sql("DELETE FROM analytics.copernica_denied_people")

"""What an increment of the dbt package works out: what is new, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests_examples.package.project import DuckDB, Postgres, Project, Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import PostgresServer

TABLES = {
    "emailings": '"id" bigint, "timestamp" timestamp, "destinations" bigint',
    "destinations": '"id" bigint, "mailing" bigint, "profile" bigint, "timestampsent" timestamp',
    "deliveries": '"id" bigint, "mailing" bigint, "destination" bigint, "profile" bigint,'
    ' "timestamp" timestamp',
    "clicks": '"id" bigint, "mailing" bigint, "destination" bigint, "profile" bigint,'
    ' "timestamp" timestamp, "link" varchar(99)',
}
OLD, LAST, NEW = "2024-03-01 06:00:00", "2024-03-02 06:00:00", "2024-03-20 06:00:00"
WRONG = -1
COUNTED = {
    "mailings": ("clicks", "mailing_key"),
    "links": ("clicks", "link"),
    "daily": ("events", "day"),
    "engagement": ("unique_clicks", "profile_id"),
}


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer
) -> Warehouse:
    """A warehouse into which a loader has brought two mailings of three people, weeks ago."""
    made: Warehouse = (
        DuckDB(tmp_path) if request.param == "duckdb" else Postgres(tmp_path, postgres.database())
    )
    made.sql("CREATE SCHEMA copernica")
    for table, columns in TABLES.items():
        made.sql(f"CREATE TABLE copernica.{table} ({columns}, _sdc_batched_at timestamp)")
    for mailing in (1, 2):
        day = f"2024-02-0{mailing} 12:00:00"
        _load(made, "emailings", [mailing, day, 3], OLD)
        for person in (1, 2, 3):
            message = mailing * 10 + person
            _load(made, "destinations", [message, mailing, person, day], OLD)
            _load(made, "deliveries", [message, mailing, message, person, day], OLD)
            _load(made, "clicks", [message, mailing, message, person, day, f"/{mailing}"], OLD)
    # The last load, of which an increment looks for late rows within copernica_overlap_minutes.
    day = "2024-02-09 12:00:00"
    _load(made, "emailings", [3, day, 1], LAST)
    _load(made, "destinations", [39, 3, 9, day], LAST)
    _load(made, "deliveries", [39, 3, 39, 9, day], LAST)
    _load(made, "clicks", [39, 3, 39, 9, day, "/3"], LAST)
    return made


def _load(warehouse: Warehouse, table: str, values: list[Any], loaded: str) -> None:
    written = ", ".join("NULL" if value is None else repr(value) for value in [*values, loaded])
    warehouse.sql(f"INSERT INTO copernica.{table} VALUES ({written})")  # noqa: S608 - of this file


def _counts(warehouse: Warehouse) -> dict[str, dict[str, int]]:
    found = {}
    for model, (count, key) in COUNTED.items():
        rows = warehouse.sql(
            f"SELECT {key} AS key, sum({count}) AS n FROM analytics.copernica__{model} GROUP BY 1"  # noqa: S608
        )
        found[model] = {str(row["key"]): int(row["n"]) for row in rows}
    return found


def test_an_increment_works_out_what_is_new_and_nothing_else(warehouse: Warehouse) -> None:
    project = warehouse.project({})
    project.run("run")
    right = _counts(warehouse)
    for model, (count, _) in COUNTED.items():
        # Whatever is worked out anew will be right again; the rest stays wrong.
        warehouse.sql(f"UPDATE analytics.copernica__{model} SET {count} = {WRONG}")  # noqa: S608
    # A second click of the first person, in the second mailing, by night: of the next day in Amsterdam.
    _load(warehouse, "clicks", [99, 2, 21, 1, "2024-02-02 23:30:00", "/2"], NEW)
    project.run("run")
    found = _counts(warehouse)
    assert found["mailings"] == {
        "marketing_suite-1": WRONG,
        "marketing_suite-2": 4,
        "marketing_suite-3": WRONG,
    }
    assert found["links"] == {"/1": WRONG, "/2": 4, "/3": WRONG}
    assert found["engagement"] == {"1": 2, "2": WRONG, "3": WRONG, "9": WRONG}
    assert found["daily"] == {
        "2024-02-01": 2 * WRONG,
        "2024-02-02": 2 * WRONG,
        "2024-02-03": 1,
        "2024-02-09": 2 * WRONG,
    }
    project.run("run", "--full-refresh")
    assert right["mailings"] == {
        f"marketing_suite-{n}": clicks for n, clicks in ((1, 3), (2, 3), (3, 1))
    }
    right["mailings"]["marketing_suite-2"] = right["links"]["/2"] = 4
    right["daily"]["2024-02-03"] = 1
    assert _counts(warehouse) == right


def test_increments_equal_a_rebuild_when_events_change_whose_they_are(warehouse: Warehouse) -> None:
    project = warehouse.project({})
    project.run("run")
    # The first person was removed: read again, neither their click nor their message names them.
    _load(warehouse, "clicks", [11, 1, 11, None, "2024-02-01 12:00:00", "/1"], NEW)
    _load(warehouse, "destinations", [11, 1, None, "2024-02-01 12:00:00"], NEW)
    # A click that names nobody, and only a day later the message that says whose it is.
    _load(warehouse, "clicks", [98, 2, 29, None, "2024-02-02 12:00:00", "/2"], NEW)
    project.run("run")
    assert _counts(warehouse)["engagement"] == {"1": 1, "2": 2, "3": 2, "9": 1}
    _load(warehouse, "destinations", [29, 2, 4, "2024-02-02 12:00:00"], NEW.replace("20 ", "21 "))
    # One that an earlier load brings, which was overtaken by the last.
    _load(
        warehouse, "clicks", [97, 1, 13, 3, "2024-01-01 12:00:00", "/late"], NEW.replace("06", "05")
    )
    # The mailing itself was loaded anew, earlier than its events.
    _load(warehouse, "emailings", [1, "2024-02-01 12:00:00", 7], "2024-03-10 06:00:00")
    project.run("run")
    increments = warehouse.everything()
    project.run("run", "--full-refresh")
    rebuilt = warehouse.everything()
    assert increments == rebuilt
    assert _counts(warehouse)["engagement"] == {"1": 1, "2": 2, "3": 2, "4": 1, "9": 1}
    assert _counts(warehouse)["links"] == {"/1": 3, "/2": 4, "/3": 1, "/late": 1}


def test_a_model_that_was_made_alone_or_failed_catches_up(warehouse: Warehouse) -> None:
    project = warehouse.project({})
    project.run("run")
    _load(warehouse, "clicks", [99, 2, 21, 1, "2024-02-02 12:30:00", "/2"], NEW)
    project.run("run", "--select", "copernica__events")  # what a run leaves that was killed
    _load(
        warehouse, "clicks", [100, 1, 12, 2, "2024-02-05 12:30:00", "/1"], NEW.replace("20 ", "29 ")
    )
    project.run("run")
    # Rows that are gone from the loaded tables leave the models with the events' full refresh.
    warehouse.sql('DELETE FROM copernica.clicks WHERE "id" = 13')
    project.run("run", "--full-refresh", "--select", "copernica__events")
    project.run("run")
    increments = warehouse.everything()
    project.run("run", "--full-refresh")
    assert increments == warehouse.everything()
    assert _counts(warehouse)["links"] == {"/1": 3, "/2": 4, "/3": 1}


def test_what_models_have_seen_does_not_grow(warehouse: Warehouse) -> None:
    project: Project = warehouse.project({})
    sizes = []
    for _ in range(4):
        project.run("run")
        (row,) = warehouse.sql("SELECT count(*) AS n FROM analytics.copernica_progress")
        sizes.append(row["n"])
    assert sizes[2] == sizes[3]

"""`dbt run-operation erase`: what was erased stays away, whatever loads and rebuilds follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from copernica_sandbox import Sandbox
from tests.support.people import found_in, texts_of_these_alone
from tests_examples.package.project import DuckDB, Postgres, Project, Warehouse
from tests_examples.warehouse import truth

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

NOON = datetime(2024, 4, 2, 12, tzinfo=UTC)
MANY = 200
HOURS_OF_A_DAY = 24
COUNTS = (
    *("recipients", "deliveries", "opens", "unique_opens", "clicks", "unique_clicks"),
    *("bounces", "complaints"),
)
VARIABLES = {
    "copernica_profile_pass_through_columns": [{"name": "fields__email", "alias": "email"}]
}
SETTINGS: dict[str, Any] = {
    "optional_streams": ["*"],
    "optional_fields": ["*"],
    "start_date": "2024-03-28",
}


class Erased(NamedTuple):
    """A warehouse after the erasure, two further runs and a full refresh of tap and models."""

    warehouse: Warehouse
    project: Project
    profiles: list[int]
    texts: set[str]
    account: dict[str, dict[str, Any]]
    after: dict[str, dict[str, str]]


def contents(warehouse: Warehouse) -> dict[str, str]:
    """Give every table and view of every schema as one text."""
    found = warehouse.sql(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_schema IN ('copernica', 'analytics')"
    )
    names = [f'{row["table_schema"]}."{row["table_name"]}"' for row in found]
    return {name: repr(warehouse.sql(f"SELECT * FROM {name}")) for name in names}  # noqa: S608


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def erased(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres: PostgresServer,
) -> Erased:
    folder = tmp_path_factory.mktemp(f"erase-{request.param}")
    # Events of v2 name the profile; of v3 only the message, whose recipient comes when its day is over.
    settings = {**SETTINGS, "api_version": "v2" if request.param == "duckdb" else "v3"}
    warehouse: Warehouse = (
        DuckDB(folder) if request.param == "duckdb" else Postgres(folder, postgres.database())
    )
    with Sandbox(
        seed=5, start="2024-03-28", clicks_per_day=20, profiles=600, now=NOON.isoformat()
    ) as box:
        warehouse.load(box, "copernica", **settings)
        project = warehouse.project(VARIABLES)
        project.run("run")
        profiles = sorted({one["ID"] for one in box.profiles(box.databases[0]["ID"])})[::3][:MANY]
        texts = texts_of_these_alone(box, set(profiles))
        held = "".join(contents(warehouse).values())
        assert sum(one in held for one in texts) > MANY
        project.run("run-operation", "erase", "--args", f"{{profiles: {profiles}}}")
        after = {"erasure": contents(warehouse)} if settings["api_version"] == "v2" else {}
        for hours in (6, 30):
            box.now = NOON + timedelta(hours=hours)
            warehouse.load(box, "copernica", **settings)
            project.run("run")
            if settings["api_version"] == "v2" or hours > HOURS_OF_A_DAY:
                after[f"{hours} hours later"] = contents(warehouse)
        warehouse.forget("copernica")
        warehouse.load(box, "copernica", **settings)
        project.run("run", "--full-refresh")
        after["full refresh"] = contents(warehouse)
        # An address of the simulated account may have become somebody else's too.
        texts &= texts_of_these_alone(box, set(profiles))
        assert len(texts) > MANY
        account = truth.mailing_performance(box)
    return Erased(warehouse, project, profiles, texts, account, after)


def test_no_value_of_an_erased_person_is_in_any_table(erased: Erased) -> None:
    for when, tables in erased.after.items():
        found = {
            name: left for name, text in tables.items() if (left := found_in(erased.texts, text))
        }
        assert found == {}, when


def test_mailings_count_what_the_account_says_that_happened(erased: Erased) -> None:
    rows = erased.warehouse.sql("SELECT * FROM analytics.copernica__mailings")
    found = {row["mailing_key"]: {name: row[name] for name in COUNTS} for row in rows}
    assert len(found) > 3
    assert found == {
        key: {name: mailing[name] for name in COUNTS} for key, mailing in erased.account.items()
    }


def test_nothing_leads_to_an_erased_person(erased: Erased) -> None:
    ids = ", ".join(map(str, erased.profiles))
    for table in ("events", "recipients", "profiles", "consent_history"):
        rows = erased.warehouse.sql(
            f"SELECT * FROM analytics.copernica__{table} WHERE profile_id IN ({ids})"  # noqa: S608
        )
        assert rows == [], table


def test_the_ledger_says_what_was_done_without_saying_to_whom(erased: Erased) -> None:
    rows = erased.warehouse.sql("SELECT * FROM analytics.copernica_erasures ORDER BY erased_at")
    done = {(row["relation"], row["what"]) for row in rows}
    assert ("copernica_denied_people", "denied") in done
    assert ("copernica.clicks", "blanked") in done
    assert any(table.startswith("copernica.profiles_") for table, what in done if what == "deleted")
    assert all(row["row_count"] > 0 for row in rows)
    assert len({row["erased_at"] for row in rows}) > 1  # erased again, after loads
    denied = erased.warehouse.sql("SELECT profile_id FROM analytics.copernica_denied_people")
    assert sorted(row["profile_id"] for row in denied) == erased.profiles


def test_parquet_files_of_the_tables_have_none_of_their_values(erased: Erased) -> None:
    if not isinstance(erased.warehouse, DuckDB):
        pytest.skip("PostgreSQL writes no Parquet files")
    folder = erased.warehouse.folder / "exported"
    erased.warehouse.sql(f"EXPORT DATABASE '{folder}' (FORMAT parquet, COMPRESSION uncompressed)")
    files = sorted(folder.glob("*.parquet"))
    assert len(files) > 30
    held = b"".join(file.read_bytes() for file in files).decode("utf-8", "replace")
    assert found_in(erased.texts, held) == set()


def test_a_mistake_erases_nothing(erased: Erased) -> None:
    before = erased.warehouse.sql("SELECT count(*) AS n FROM analytics.copernica_erasures")
    for given in ("{profiles: []}", "{profiles: [x]}", "{profiles: [1], account: other}"):
        status, output = erased.project.attempt("run-operation", "erase", "--args", given)
        assert status != 0
        assert "erase: " in output
    assert erased.warehouse.sql("SELECT count(*) AS n FROM analytics.copernica_erasures") == before

"""A field that an account gets is a column after the next run, without anything to do for it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import duckdb
import pytest

from copernica_sandbox import Sandbox
from tests.support.meltano import ROOT, meltano, settings_for
from tests.support.postgres import postgres
from tests.support.profiles import PLAIN

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.support.postgres import PostgresServer

__all__ = ["postgres"]

README = (ROOT / "README.md").read_text("utf-8")


def load(box: Sandbox, folder: Path, *rules: str) -> None:
    """Run the command that the README gives, against a sandbox and into a folder."""
    line = re.findall(r"/meltano (run tap-copernica target-duckdb) ", README)[0]
    settings = {
        **settings_for(box, folder, "2026-05-01"),
        "TAP_COPERNICA__SELECT": json.dumps(rules),
        "TARGET_DUCKDB_PATH": str(folder / "warehouse.duckdb"),
    }
    meltano(*line.split(), env=settings)


def query(folder: Path, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_a_field_that_is_added_is_a_column_after_the_next_run_and_one_that_a_rule_leaves_out_is_none(
    tmp_path: Path,
) -> None:
    page = (ROOT / "docs/targets.md").read_text("utf-8")
    (rules,) = map(json.loads, re.findall(r"`select: (\[.*?\])`", page))
    now = "2026-06-01T12:00:00+00:00"
    with Sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=now) as box:
        load(box, tmp_path, *rules)
        assert query(tmp_path, "SELECT count(*) FROM profiles_customers") == [(30,)]
        columns = {name for name, *_ in query(tmp_path, "DESCRIBE profiles_customers")}
        assert "fields__city" in columns
        assert "fields__email" not in columns
        box.now = "2026-06-02T12:00:00+00:00"
        box.add_field(PLAIN, "Points", "integer")
        box.change_profiles(PLAIN, [3, 17], fields={"Points": "41"})
        load(box, tmp_path, *rules)
        found = query(
            tmp_path,
            "SELECT id, fields__points, typeof(fields__points) FROM profiles_customers ORDER BY id",
        )
        # All profiles are read again: those that nobody changed hold the API's empty number.
        assert found == [(n, 41 if n in {3, 17} else 0, "BIGINT") for n in range(1, 31)]
        assert query(tmp_path, "SELECT count(*) FROM profiles_customers") == [(30,)]


@pytest.mark.soak
def test_a_full_refresh_fills_a_column_that_was_dropped(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    database = postgres.database()
    now = "2026-06-01T12:00:00+00:00"
    with Sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=now) as box:
        settings = {
            **settings_for(box, tmp_path, "2026-05-01"),
            "TAP_COPERNICA__SELECT": '["profiles_*.*"]',
            "TARGET_POSTGRES_HOST": database.host,
            "TARGET_POSTGRES_PORT": str(database.port),
            "TARGET_POSTGRES_USER": database.user,
            "TARGET_POSTGRES_PASSWORD": database.password,
            "TARGET_POSTGRES_DATABASE": database.name,
        }
        run = ("run", "tap-copernica", "target-postgres")
        meltano(*run, env=settings)
        cities = 'SELECT "ID", "fields__City" FROM copernica.profiles_customers ORDER BY 1'
        before = database.query(cities)
        database.query('ALTER TABLE copernica.profiles_customers DROP COLUMN "fields__City"')
        meltano(run[0], "--full-refresh", *run[1:], env=settings)
        assert database.query(cities) == before
        assert any(city for _, city in before)

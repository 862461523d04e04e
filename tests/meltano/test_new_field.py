"""A field that an account gets is a column after the next run, without anything to do for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from copernica_sandbox import Sandbox
from tests.support.meltano import ROOT, meltano, settings_for
from tests.support.profiles import PLAIN

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

README = (ROOT / "README.md").read_text("utf-8")


def load(box: Sandbox, folder: Path) -> None:
    """Run the command that the README gives, against a sandbox and into a folder."""
    line = re.findall(r"/meltano (run tap-copernica target-duckdb) ", README)[0]
    settings = {
        **settings_for(box, folder, "2026-05-01"),
        "TAP_COPERNICA__SELECT": '["profiles_*.*"]',
        "TARGET_DUCKDB_PATH": str(folder / "warehouse.duckdb"),
    }
    meltano(*line.split(), env=settings)


def query(folder: Path, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_a_field_added_to_a_database_is_a_column_after_the_next_run(tmp_path: Path) -> None:
    now = "2026-06-01T12:00:00+00:00"
    with Sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=now) as box:
        load(box, tmp_path)
        assert query(tmp_path, "SELECT count(*) FROM profiles_customers") == [(30,)]
        box.now = "2026-06-02T12:00:00+00:00"
        box.add_field(PLAIN, "Points", "integer")
        box.change_profiles(PLAIN, [3, 17], fields={"Points": "41"})
        load(box, tmp_path)
        found = query(
            tmp_path,
            "SELECT id, fields__points, typeof(fields__points) FROM profiles_customers ORDER BY id",
        )
        # All profiles are read again: those that nobody changed hold the API's empty number.
        assert found == [(n, 41 if n in {3, 17} else 0, "BIGINT") for n in range(1, 31)]
        assert query(tmp_path, "SELECT count(*) FROM profiles_customers") == [(30,)]

"""The documentation's view of removed profiles, in PostgreSQL: names are not folded there as in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox import Sandbox
from tests.docs.pages import blocks
from tests.support.profiles import CUSTOMERS, PLAIN, discovered, read
from tests.targets.loaders import SCHEMA

if TYPE_CHECKING:
    from tests.targets.loaders import TargetPostgres

FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}


def test_the_view_gives_exactly_those_that_were_removed(target_postgres: TargetPostgres) -> None:
    database = target_postgres.database
    now = "2026-06-01T12:00:00+00:00"
    with Sandbox(seed=7, databases=1, profiles=60, clicks_per_day=0, now=now) as box:
        first = read(box, CUSTOMERS, "profile_ids", catalog=discovered(box), **FLAT)
        target_postgres.load(first.messages)
        (view,) = blocks("sql", "deletions.md")
        with database.connect() as connection:
            connection.execute(f"SET search_path TO {SCHEMA}".encode())
            connection.execute(view.text.encode())
        gone = f'SELECT "ID" FROM {SCHEMA}.{CUSTOMERS}_gone ORDER BY 1'  # noqa: S608
        assert database.query(gone) == []
        removed = sorted(row["ID"] for row in box.profiles(PLAIN))[3:33:5]
        box.now = "2026-06-02T12:00:00+00:00"
        box.remove_profiles(PLAIN, removed)
        catalog = discovered(box)
        second = read(box, CUSTOMERS, "profile_ids", catalog=catalog, state=first.state, **FLAT)
        target_postgres.load(second.messages)
    assert database.query(gone) == [(number,) for number in removed]

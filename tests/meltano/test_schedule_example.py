"""The project of `examples/schedule/` on empty machines: PostgreSQL has the rows and the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from copernica_sandbox import Sandbox
from tests.docs.pages import blocks
from tests.support.meltano import BIN, ROOT, meltano
from tests.support.postgres import postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Database, PostgresServer

LOADER = ROOT / ".meltano" / "loaders" / "target-postgres" / "venv" / "bin" / "target-postgres"

__all__ = ["postgres"]


def run(box: Sandbox, machine: Path, warehouse: Database, own: Database) -> str:
    """Run the example in an empty folder, with the plugins that `make` has installed; give its log."""
    machine.mkdir()
    project = yaml.safe_load((ROOT / "examples/schedule/meltano.yml").read_text("utf-8"))
    (tap,), (target,) = project["plugins"]["extractors"], project["plugins"]["loaders"]
    tap |= {"executable": str(BIN / "tap-copernica"), "select": ["clicks.*", "sync_windows.*"]}
    target["executable"] = str(LOADER)
    (machine / "meltano.yml").write_text(yaml.safe_dump(project))
    settings = {
        "TAP_COPERNICA_SOURCE": "",
        "TAP_COPERNICA_API_URL": box.url,
        "TAP_COPERNICA_ACCESS_TOKEN": box.token,
        "TAP_COPERNICA_START_DATE": "2026-05-25",
        "TARGET_POSTGRES_SQLALCHEMY_URL": with_driver(warehouse),
        "MELTANO_DATABASE_URI": with_driver(own),
    }
    pipeline = ("run", "--no-install", "tap-copernica", "target-postgres")
    done = meltano(*pipeline, env=settings, cwd=machine, timeout=300)
    return done.stdout + done.stderr


def with_driver(database: Database) -> str:
    return database.url.replace("postgresql://", "postgresql+psycopg://")


def test_a_second_machine_reads_only_what_is_new_and_the_rows_add_up(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    warehouse, own = postgres.database(), postgres.database()
    with Sandbox(seed=7, days=10, clicks_per_day=200, now="2026-06-01T12:00:00+00:00") as box:
        run(box, tmp_path / "one", warehouse, own)
        first = box.calls.total()
        box.reset_calls()
        box.now = "2026-06-01T18:00:00+00:00"
        log = run(box, tmp_path / "two", warehouse, own)
        assert box.calls.total() < first
        rows = box.rows("clicks")
    assert box.token not in log
    (loaded,) = warehouse.query('SELECT count(*), count(DISTINCT "ID") FROM copernica.clicks')
    since = [row for row in rows if str(row["timestamp"]) >= "2026-05-25"]
    assert 1_000 < loaded[0] <= len(since)
    assert loaded[0] == loaded[1]
    (newest,) = warehouse.query("SELECT max(timestamp) FROM copernica.clicks")
    assert newest[0].hour >= 12
    (fresh,) = blocks("sql", "running.md")
    assert [stream for stream, _ in warehouse.query(fresh.text)] == ["clicks"]

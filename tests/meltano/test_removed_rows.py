"""`emit_activate_version_messages` is on in `meltano.yml`: what each of its loaders makes of it.

PostgreSQL's marks rows that are gone; DuckDB's and that of JSON lines keep all. None loses a row, also
where a run is killed in the middle of a list.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from copernica_sandbox import Sandbox
from tests.support.meltano import BIN, ROOT, meltano, settings_for
from tests.support.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.support.postgres import PostgresServer

__all__ = ["postgres"]

LISTS = ("templates", "publisher_templates")
Ids = dict[str, list[int]]
"""The ids in each table, or in each file."""


def duckdb_loader(folder: Path, _: PostgresServer) -> tuple[dict[str, str], Callable[[], Ids]]:
    path = folder / "warehouse.duckdb"

    def ids(connection: duckdb.DuckDBPyConnection, name: str) -> list[int]:
        rows = connection.execute(f"SELECT id FROM {name} ORDER BY 1").fetchall()  # noqa: S608 (a constant)
        return [number for (number,) in rows]

    def read() -> Ids:
        with duckdb.connect(str(path), read_only=True) as connection:
            return {name: ids(connection, name) for name in LISTS}

    return {"TARGET_DUCKDB_PATH": str(path)}, read


def jsonl_loader(folder: Path, _: PostgresServer) -> tuple[dict[str, str], Callable[[], Ids]]:
    def read() -> Ids:
        return {
            name: [
                json.loads(line)["id"]
                for line in (folder / f"{name}.jsonl").read_text().splitlines()
            ]
            for name in LISTS
        }

    return {"TARGET_JSONL_DESTINATION_PATH": str(folder)}, read


def postgres_loader(_: Path, server: PostgresServer) -> tuple[dict[str, str], Callable[[], Ids]]:
    database = server.database()

    def read() -> Ids:
        query = "SELECT id FROM copernica.{} WHERE _sdc_deleted_at IS NULL ORDER BY 1"
        return {name: [n for (n,) in database.query(query.format(name))] for name in LISTS}

    variables = {
        "HOST": database.host, "PORT": str(database.port), "USER": database.user,
        "PASSWORD": database.password, "DATABASE": database.name,
    }  # fmt: skip
    return {f"TARGET_POSTGRES_{name}": value for name, value in variables.items()}, read


LOADERS = {
    "target-duckdb": duckdb_loader,
    "target-jsonl": jsonl_loader,
    "target-postgres": postgres_loader,
}


def kill_at(box: Sandbox, path: str, command: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Run Meltano and kill all of its processes when a second page is asked for, which never comes."""
    box.reset_calls()
    with subprocess.Popen(
        [BIN / "meltano", *command],
        cwd=ROOT, env={**os.environ, **env}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        until = time.monotonic() + 120
        while box.calls[path] < 2:
            assert process.poll() is None, "the run ended"
            assert time.monotonic() < until
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)


# That the other two keep every row is tested without Meltano too, in tests/targets/test_limits.py.
@pytest.mark.parametrize(
    "loader",
    [
        "target-postgres",
        pytest.param("target-duckdb", marks=pytest.mark.soak),
        pytest.param("target-jsonl", marks=pytest.mark.soak),
    ],
)
def test_rows_that_are_gone_are_marked_where_the_loader_can_and_no_other_is_lost(
    tmp_path: Path, postgres: PostgresServer, loader: str
) -> None:
    own, read = LOADERS[loader](tmp_path, postgres)
    command = ("run", "--force", "tap-copernica", loader)
    with Sandbox(seed=7, days=20, clicks_per_day=5, now="2026-06-01T12:00:00+00:00") as box:
        env = {
            **settings_for(box, tmp_path, "2026-05-20"),
            **own,
            "TAP_COPERNICA__SELECT": json.dumps([f"{name}.*" for name in LISTS]),
            "TAP_COPERNICA_PAGE_SIZE": "3",
        }
        meltano(*command, env=env)
        first = read()
        assert {name: sorted(ids) for name, ids in first.items()} == truth(box)

        gone = min(first["templates"])
        box.now = "2026-06-02T12:00:00+00:00"
        box.remove("templates", [gone])
        box.remove("publisher_templates", first["publisher_templates"])
        box.fault("hang", path="/ms/templates", calls=[2], seconds=100)
        kill_at(box, "/v2/ms/templates", command, env)
        box.clear_faults()
        assert all(set(ids) >= set(first[name]) for name, ids in read().items())

        meltano(*command, env=env)
        second, left = read(), truth(box)
        if loader == "target-postgres":
            assert second == left
        else:
            assert {name: set(ids) for name, ids in second.items()} == {
                name: set(ids) for name, ids in first.items()
            }
        assert second["templates"].count(gone) == first["templates"].count(gone) * (
            loader != "target-postgres"
        )


def truth(box: Sandbox) -> dict[str, Any]:
    return {name: sorted(row["id"] for row in box.rows(name)) for name in LISTS}

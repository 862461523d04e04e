"""A real consumer: Meltano and target-duckdb, killed again and again, end with the whole account."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from copernica_sandbox import Sandbox
from copernica_sandbox.catalogue import BY_STREAM
from tests.support.meltano import run_or_kill, settings_for
from tests.support.tally import TALLIES

if TYPE_CHECKING:
    from copernica_sandbox.endpoint import Endpoint

ROOT = Path(__file__).parents[2]
KILLS = 20
# The account's one database: target-duckdb cannot make columns of all names that the sandbox's second has.
ACCOUNT: dict[str, Any] = {
    "seed": 3,
    "start": "2024-03-25",
    "clicks_per_day": 150,
    "databases": 1,
    "profiles": 400,
    "now": "2024-04-02T12:00:00+00:00",
}
LAG = "2024-04-02T11:55:00+00:00"

# Its rows tell of the runs that read, with their times and windows: those of killed runs are others.
OF_RUNS = "sync_windows"

Tables = dict[str, list[tuple[Any, ...]]]


class Pipeline:
    """`meltano run` of the streams that `meltano.yml` selects, with bookmarks and a database of its own."""

    def __init__(self, box: Sandbox, folder: Path) -> None:
        self._folder = folder
        self._database = folder / "account.duckdb"
        self._environment = {
            **settings_for(box, folder, "2024-03-20"),
            "MELTANO_CLI_LOG_FORMAT": "uncolored",
            "TAP_COPERNICA_API_VERSION": "v3",  # which has every stream
            "TARGET_DUCKDB_PATH": str(self._database),
        }

    def run(self, kill_after: float | None = None) -> int:
        """Run it to its end, or kill all of its processes after so many seconds; give the status."""
        pipeline = ("tap-copernica", "target-duckdb")
        return run_or_kill(pipeline, self._environment, self._folder / "log", kill_after)

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def tables(self) -> Tables:
        """Give every table's rows, without the loader's own columns, in order.

        What it loads it copies from tables of its own, which it leaves behind when it is killed.
        """
        with duckdb.connect(str(self._database), read_only=True) as connection:
            names = [name for (name,) in connection.sql("SHOW TABLES").fetchall()]
            names = [name for name in names if not name.startswith("tmp_")]
            return {
                name: connection.sql(f"FROM \"{name}\" SELECT COLUMNS(c -> c NOT LIKE '_sdc%')")
                .order("ALL")
                .fetchall()
                for name in names
            }

    def ids(self, table: str, key: str) -> set[str]:
        with duckdb.connect(str(self._database), read_only=True) as connection:
            return {str(one) for (one,) in connection.table(table).select(key).fetchall()}


def ids_of(box: Sandbox, endpoint: Endpoint) -> set[str]:
    """Give the ids that the account shows by now, but for what is younger than the lag or a day."""
    end = "2024-04-01T22:00:00+00:00" if endpoint.whole_days else LAG
    return {
        str(row[endpoint.key])
        for row in box.rows(endpoint.stream)
        if row["instant"] is None or row["instant"].isoformat() < end
    }


@pytest.mark.soak
def test_soak_of_a_warehouse_whose_pipeline_is_killed_twenty_times(tmp_path: Path) -> None:
    dice = random.Random("a pipeline is killed")
    tally = TALLIES["Meltano"]
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    with Sandbox(**ACCOUNT) as box:
        whole, killed = Pipeline(box, tmp_path / "whole"), Pipeline(box, tmp_path / "killed")
        began = time.monotonic()
        assert whole.run() == 0, whole.log
        seconds = time.monotonic() - began
        while tally.kills < KILLS:
            tally.runs += 1
            tally.kills += killed.run(kill_after=dice.uniform(0, seconds)) == -signal.SIGKILL
        assert killed.run() == 0, killed.log
        assert box.token not in killed.log
        right, tables = whole.tables(), killed.tables()
        compared = [
            (name, BY_STREAM[name].key, ids_of(box, BY_STREAM[name]))
            for name in tables
            if name in BY_STREAM and not BY_STREAM[name].single
        ]
    assert tables.keys() == right.keys()
    assert len(right.pop(OF_RUNS)) > 0
    for name, rows in right.items():
        tally.duplicated += max(0, len(tables[name]) - len(rows))
        tally.lost += max(0, len(rows) - len(tables[name]))
        tally.compared += len(rows)
        assert tables[name] == rows, name
    assert {"clicks", "publisher_emailings", "templates"} <= {name for name, _, _ in compared}
    for name, key, ids in compared:
        assert killed.ids(name, key) == ids, name

"""How long the dbt package takes on many events in DuckDB: the first build, and an hourly increment.

    python -m benchmarks.models --dbt path/to/dbt --events 50000000

The events are made by SQL, in the shape in which target-duckdb leaves them, as if a first load had
taken six hours. Two increments follow, of an hour's events each, a tenth of them of older mailings.
At the end, a rebuild is compared with what the increments made.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
# Of a hundred events so many are of each kind, as in an account that sends a lot.
SHARES = {"deliveries": 52, "impressions": 33, "clicks": 12, "errors": 2, "unsubscribes": 1}
PER_MAILING = 20_000
HOUR = 3600
# Over so many of the newest mailings the late events of an hour are spread.
LATE = 200
MODELS = [
    "events",
    "recipients",
    "mailings",
    "links",
    "bounces",
    "daily",
    "engagement",
    "streams",
    "profiles",
    "consent_history",
]
OWN = {
    "clicks": ", 'https://shop.example/' || i % 40 AS link, i % 9 = 0 AS is_machine",
    "impressions": ", 'desktop' AS device, i % 5 = 0 AS is_machine",
    "errors": ", '5.1.1' AS errorcode, 'mailerror' AS errortype",
}
PROJECT = """
name: benchmark
version: "1.0"
profile: copernica
flags: {send_anonymous_usage_stats: false, use_colors: false}
"""
PROFILE = """
copernica:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: PATH
      schema: analytics
      threads: 1
      settings: {memory_limit: 6GB, threads: 2, preserve_insertion_order: false}
      config_options: {autoinstall_known_extensions: false}
"""


def main() -> None:
    """Make the events, build, add an hour, build again, rebuild, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--hour", type=int, default=60_000, help="events of the increment")
    parser.add_argument("--dbt", type=Path, default=ROOT / ".examples" / "package" / "bin" / "dbt")
    parser.add_argument("--top", type=int, default=5, help="print so many of the slowest models")
    parser.add_argument("--no-rebuild", action="store_true", help="do not compare with a rebuild")
    parser.add_argument("--keep", type=Path, help="a new folder for the database, kept at the end")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True)
        measure(options, options.keep)
        return
    with tempfile.TemporaryDirectory() as name:
        measure(options, Path(name))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Load and build in this folder, and print what each build took; see `main` for the options."""
    database = folder / "events.duckdb"
    (folder / "dbt_project.yml").write_text(PROJECT, "utf-8")
    (folder / "profiles.yml").write_text(PROFILE.replace("PATH", str(database)), "utf-8")
    (folder / "packages.yml").write_text(f"packages:\n  - local: {ROOT / 'dbt'}\n", "utf-8")
    run(options.dbt, folder, "deps")
    mailings = max(1, options.events // PER_MAILING)
    load(database, Load(options.events, 1, mailings, "2026-01-01 00:00:00", seconds=6 * HOUR))
    report("first build", run(options.dbt, folder, "run"), options.top, folder)
    late, ids = options.hour // 10, options.events
    for number in range(1, 3):
        hour = f"2026-01-01 {6 + number:02d}:00:00"
        new = Load(options.hour - late, mailings + number, 1, hour, ids)
        old = Load(late, max(1, mailings - LATE), min(LATE, mailings), hour, ids + options.hour)
        for one in (new, old):
            load(database, one)
        ids += 2 * options.hour
        what = f"increment {number}, of {options.hour:,} events"
        report(what, run(options.dbt, folder, "run"), options.top, folder)
    if not options.no_rebuild:
        before = sums(database)
        report("rebuild", run(options.dbt, folder, "run", "--full-refresh"), 0, folder)
        after = sums(database)
        differing = [model for model in MODELS if before[model] != after[model]]
        print("increments equal rebuild" if not differing else f"DIFFERS: {differing}")


@dataclass(frozen=True)
class Load:
    """What a loader brings: how many events, of which mailings, when, and the first id."""

    events: int
    first_mailing: int
    mailings: int
    loaded: str
    first_id: int = 0
    seconds: int = 0


def load(database: Path, new: Load) -> None:
    """Add events, spread evenly over their mailings, over the year's end, and over the time of loading."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS copernica")
        for kind, share in SHARES.items():
            put(connection, kind, _events(kind, new.events * share // 100, new))
        rows = new.events * SHARES["deliveries"] // 100
        put(
            connection,
            "destinations",
            f"""SELECT {new.first_id} + i AS id, {_mailing(rows, new)} AS mailing, i % 400000 AS profile,
                NULL::BIGINT AS subprofile, {_sent(rows, new)} AS timestampsent, {_loaded(rows, new)}
                FROM range({rows}) t(i)""",  # noqa: S608 - numbers and names of this file
        )
        put(
            connection,
            "emailings",
            f"""SELECT i AS id, TIMESTAMP '2025-01-01' + INTERVAL (i) HOUR AS timestamp, 'News' AS subject,
                'mass' AS type, 1 AS template, {PER_MAILING} AS destinations, {_loaded(new.mailings, new)}
                FROM range({new.first_mailing}, {new.first_mailing + new.mailings}) t(i)""",  # noqa: S608
        )


def _events(kind: str, rows: int, new: Load) -> str:
    return f"""
        SELECT {new.first_id} + i AS id, {_mailing(rows, new)} AS mailing,
            {new.first_id} + i AS destination, i % 400000 AS profile,
            {_sent(rows, new)} AS timestamp, {_loaded(rows, new)} {OWN.get(kind, "")}
        FROM range({rows}) t(i)"""  # noqa: S608 - numbers and names of this file


def _mailing(rows: int, new: Load) -> str:
    return f"{new.first_mailing} + i * {new.mailings} // {rows}"


def _sent(rows: int, new: Load) -> str:
    """Give the time of an event: the first load's in the year before, a later one's in its hour."""
    if new.seconds:
        return f"TIMESTAMP '2025-01-01' + INTERVAL (i * 31536000 // {rows}) SECOND"
    return f"TIMESTAMP '{new.loaded}' - INTERVAL (i * {HOUR} // {rows}) SECOND"


def _loaded(rows: int, new: Load) -> str:
    moment = f"TIMESTAMP '{new.loaded}' + INTERVAL (i * {new.seconds} // {max(1, rows)}) SECOND"
    return f"{moment} AS _sdc_batched_at, {moment} AS _sdc_extracted_at"


def put(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Make a table of a query, or append to it."""
    made = f"CREATE TABLE IF NOT EXISTS copernica.{table} AS FROM ({query}) LIMIT 0"
    connection.execute(made)
    connection.execute(f"INSERT INTO copernica.{table} {query}")


def run(dbt: Path, folder: Path, *arguments: str) -> tuple[float, float, float]:
    """Run dbt; return seconds, CPU seconds, and the most memory that any command took so far in GiB."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(dbt), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return time.monotonic() - begun, cpu, after.ru_maxrss / (1 << 20)


def report(what: str, took: tuple[float, float, float], top: int, folder: Path) -> None:
    """Print one measurement, and the models that took longest."""
    seconds, cpu, peak = took
    load = os.getloadavg()[0]
    print(
        f"{what}: {seconds:.0f} s, {cpu:.0f} s of CPU, at most {peak:.1f} GiB (load average {load:.1f})",
        flush=True,
    )
    results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))["results"]
    for one in sorted(results, key=lambda one: -one["execution_time"])[:top]:
        print(f"    {one['execution_time']:.1f} s {one['unique_id'].split('.')[-1]}", flush=True)


def sums(database: Path) -> dict[str, object]:
    """Give a checksum of each model over all rows and columns, whatever their order."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            model: connection.execute(
                f"SELECT count(*), bit_xor(hash(m)) FROM analytics.copernica__{model} AS m"  # noqa: S608
            ).fetchone()
            for model in MODELS
        }


if __name__ == "__main__":
    main()

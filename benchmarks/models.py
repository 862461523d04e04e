"""How long the dbt package takes on many events in DuckDB: the first build, and an hourly increment.

    python -m benchmarks.models --dbt path/to/dbt --events 50000000

The events are made by SQL, in the shape in which target-duckdb leaves them. The increment holds an
hour's events, a tenth of them of older mailings. At the end, a rebuild is compared with what the
increment made.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
# Of a hundred events so many are of each kind, as in an account that sends a lot.
SHARES = {"deliveries": 52, "impressions": 33, "clicks": 12, "errors": 2, "unsubscribes": 1}
PER_MAILING = 20_000
MODELS = [
    "events",
    "recipients",
    "mailings",
    "links",
    "bounces",
    "daily",
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
    parser.add_argument("--no-rebuild", action="store_true", help="do not compare with a rebuild")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = folder / "events.duckdb"
        (folder / "dbt_project.yml").write_text(PROJECT, "utf-8")
        (folder / "profiles.yml").write_text(PROFILE.replace("PATH", str(database)), "utf-8")
        (folder / "packages.yml").write_text(f"packages:\n  - local: {ROOT / 'dbt'}\n", "utf-8")
        run(options.dbt, folder, "deps")
        mailings = max(1, options.events // PER_MAILING)
        add(database, options.events, 0, mailings, "2026-01-01 00:00:00")
        report("first build", *run(options.dbt, folder, "run"))
        late = options.hour // 10
        add(database, options.hour - late, options.events, mailings + 1, "2026-06-01 00:00:00")
        add(database, late, options.events + options.hour, mailings, "2026-06-01 00:00:00")
        report(f"increment of {options.hour:,} events", *run(options.dbt, folder, "run"))
        if not options.no_rebuild:
            before = sums(database)
            report("rebuild", *run(options.dbt, folder, "run", "--full-refresh"))
            after = sums(database)
            differing = [model for model in MODELS if before[model] != after[model]]
            print("increment equals rebuild" if not differing else f"DIFFERS: {differing}")


def add(database: Path, events: int, first: int, mailings: int, loaded: str) -> None:
    """Add events, with ids from ``first`` on, to the newest of so many mailings, or to all of them."""
    only_newest = first > 0
    mailing = str(mailings) if only_newest else f"1 + i * {mailings} // {{rows}}"
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS copernica")
        stamp = (
            f"TIMESTAMP '{loaded}' AS _sdc_batched_at, TIMESTAMP '{loaded}' AS _sdc_extracted_at"
        )
        for kind, share in SHARES.items():
            rows = events * share // 100
            query = f"""
                SELECT {first} + i AS id, {mailing.format(rows=rows)} AS mailing,
                    {first} + i AS destination, i % 400000 AS profile,
                    TIMESTAMP '2025-01-01' + INTERVAL (i * 31536000 // {rows}) SECOND AS timestamp,
                    {stamp} {OWN.get(kind, "")}
                FROM range({rows}) t(i)"""  # noqa: S608 - numbers and names of this file
            put(connection, kind, query)
        rows = events * SHARES["deliveries"] // 100
        put(
            connection,
            "destinations",
            f"""SELECT {first} + i AS id, {mailing.format(rows=rows)} AS mailing, i % 400000 AS profile,
                NULL::BIGINT AS subprofile, TIMESTAMP '2025-01-01' AS timestampsent, {stamp}
                FROM range({rows}) t(i)""",  # noqa: S608 - as above
        )
        known = "" if not only_newest else f"WHERE i = {mailings}"
        put(
            connection,
            "emailings",
            f"""SELECT i AS id, TIMESTAMP '2025-01-01' + INTERVAL (i) HOUR AS timestamp, 'News' AS subject,
                'mass' AS type, 1 AS template, {PER_MAILING} AS destinations, {stamp}
                FROM range(1, {mailings} + 1) t(i) {known}""",  # noqa: S608 - as above
        )


def put(connection: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Make a table of a query, or append to it."""
    made = f"CREATE TABLE IF NOT EXISTS copernica.{table} AS FROM ({query}) LIMIT 0"
    connection.execute(made)
    connection.execute(f"INSERT INTO copernica.{table} {query}")


def run(dbt: Path, folder: Path, *arguments: str) -> tuple[float, float]:
    """Run dbt; return seconds, and the most memory that any command took so far in GiB."""
    begun = time.monotonic()
    command = [str(dbt), *arguments]
    done = subprocess.run(
        command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout[-3000:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 << 20)
    return time.monotonic() - begun, peak


def report(what: str, seconds: float, peak: float) -> None:
    """Print one measurement."""
    print(f"{what}: {seconds:.0f} s, at most {peak:.1f} GiB", flush=True)


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

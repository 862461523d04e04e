"""A backfill of twelve months through Dagster, one of its workers killed, against one serial run.

`python -m tests_examples.dagster.backfill --clicks-per-day 1770` is five million events.
"""

# ruff: noqa: T201 - it tells a person what it took

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import DagsterRunStatus

from copernica_pipeline.plan import GROUPS
from copernica_pipeline.tap import Tap
from tests_examples.dagster import engine
from tests_examples.dagster.workplace import TAP, difference, workplace

if TYPE_CHECKING:
    from tests_examples.dagster.engine import Engine
    from tests_examples.dagster.workplace import Workplace

GROUP = "marketing_suite_events"
# Read again, and killed on the way the first time.
MONTH = "2024-02-01"
STREAMS = ("clicks", "deliveries", "impressions", "errors", "abuses")


def main() -> None:
    """Run it once and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks-per-day", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prove(Path(folder), options.clicks_per_day, until="2025-01-01", prerender=True)


def prove(folder: Path, clicks_per_day: int, *, until: str, prerender: bool) -> None:
    """Raise AssertionError unless the months add up to the serial run, in spite of the kill."""
    options = ["--start", "2024-01-01", "--now", f"{until}T12:00:00+00:00"]
    options += ["--clicks-per-day", str(clicks_per_day)]
    for stream in STREAMS if prerender else ():
        options += ["--prerender", f"v2/{stream}"]
    with workplace(folder, *options) as place:
        rows = _serial(place, until)
        dagster = engine.Engine(place, COPERNICA_BACKFILL_END=until)
        begun = time.monotonic()
        with dagster.daemon():
            dagster.command("job", "backfill", "--noprompt", "--all", "-j", f"backfill_{GROUP}")
            _kill_one(dagster, place)
            dagster.wait(dagster.is_done, 300 + rows / 1000)
        print(f"backfill: {time.monotonic() - begun:.1f} s, {place.calls():,} calls in all")
        assert dagster.statuses() == {DagsterRunStatus.SUCCESS}
        assert dagster.retries() == 1
        _compare(place)
        _again(dagster, place)
        _compare(place)


def _serial(place: Workplace, until: str) -> int:
    """Read the year with one tap that makes one call at a time; give the number of rows."""
    begun = time.monotonic()
    settings = {"start_date": "2024-01-01", "end_date": until, "concurrency": 1}
    (place.folder / "serial").mkdir()
    tap = Tap(TAP, place.config, place.catalog)
    reading = tap.read(GROUPS[GROUP], place.folder / "serial", settings, tell=lambda _line: None)
    rows = reading.total("rows")
    print(f"serial run: {rows:,} rows, {time.monotonic() - begun:.1f} s")
    return rows


def _kill_one(dagster: Engine, place: Workplace) -> None:
    """Kill the worker that reads the month, once its tap runs."""
    found: list[int] = []

    def is_there() -> bool:
        found[:] = engine.workers(place, f"{GROUP}/{MONTH}.")
        return bool(found)

    dagster.wait(is_there, 600)
    engine.kill(found[0])


def _again(dagster: Engine, place: Workplace) -> None:
    """Read the month once more; its files are others then."""
    month = place.files / "tables" / GROUP / MONTH
    before = month.resolve()
    where = ["--module-name", "copernica_pipeline.definitions", "--working-directory", "."]
    dagster.command("asset", "materialize", *where, "--select", GROUP, "--partition", MONTH)
    assert month.resolve() != before
    assert not before.exists()


def _compare(place: Workplace) -> None:
    """Compare all rows of all streams, every column, as often as each occurs."""
    for stream in STREAMS:
        months = place.files / "tables" / GROUP / "*" / stream / "*.parquet"
        serial = place.folder / "serial" / stream / "*.parquet"
        assert difference(months, serial) == (0, 0), stream


if __name__ == "__main__":
    main()

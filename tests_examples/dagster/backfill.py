"""A backfill of twelve months through Dagster, one of its workers killed, against one serial run.

`python -m tests_examples.dagster.backfill --clicks-per-day 1770` is five million events.
"""

# ruff: noqa: T201 - it tells a person what it took

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from copernica_pipeline.plan import GROUPS
from copernica_pipeline.tap import Tap
from tests_examples.dagster import engine
from tests_examples.dagster.workplace import TAP, difference, workplace

if TYPE_CHECKING:
    from tests_examples.dagster.engine import Engine
    from tests_examples.dagster.workplace import Workplace

GROUP = "marketing_suite_events"
STREAMS = ("clicks", "deliveries", "impressions", "errors", "abuses")


def main() -> None:
    """Run it once and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks-per-day", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prove(Path(folder), options.clicks_per_day, months=12, prerender=True)


def prove(folder: Path, clicks_per_day: int, *, months: int, prerender: bool) -> None:
    """Raise AssertionError unless the months add up to the serial run, in spite of the kill."""
    until = "2025-01-01" if months == 12 else f"2024-{months + 1:02}-01"
    options = ["--start", "2024-01-01", "--now", f"{until}T12:00:00+00:00"]
    options += ["--clicks-per-day", str(clicks_per_day)]
    for stream in STREAMS if prerender else ():
        options += ["--prerender", f"v2/{stream}"]
    with workplace(folder, *options) as place:
        rows = _serial(place, until)
        dagster = engine.Engine(place, COPERNICA_BACKFILL_END=until)
        _let_one_hang(place)
        begun = time.monotonic()
        with dagster.daemon():
            dagster.command("job", "backfill", "--noprompt", "--all", "-j", f"backfill_{GROUP}")
            month = _kill_it(dagster, place)
            dagster.wait(lambda: dagster.is_done(GROUP, months), 300 + rows / 1000)
        print(f"backfill: {time.monotonic() - begun:.1f} s, {place.calls():,} calls in all")
        assert dagster.retries() == 1
        _compare(place)
        _again(dagster, place, month)
        _compare(place)
        print(f"every row as in the serial run, also after {month} was read again")


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


def _let_one_hang(place: Workplace) -> None:
    """Let the first tap that reaches the impressions wait there: half of its month is read by then."""
    place.ask("reset", {})
    place.ask("faults", {"kind": "hang", "path": "impressions", "times": 1, "seconds": 600})


def _kill_it(dagster: Engine, place: Workplace) -> str:
    """Kill the worker whose tap hangs; give its month."""
    hanging: list[dict[str, str]] = []

    def hangs() -> bool:
        calls = place.ask("requests")
        hanging[:] = [dict(asked) for path, asked in calls if path.endswith("/impressions")]
        return bool(hanging)

    dagster.wait(hangs, 600)
    asked_from = datetime.fromisoformat(hanging[0]["begintime"])
    month = str((asked_from + timedelta(seconds=1)).date())
    # Files are finished a moment after their rows were read.
    dagster.wait(lambda: any(place.files.glob(f"parts/{GROUP}/{month}.*/deliveries/*.parquet")), 60)
    (worker,) = engine.workers(place, f"{GROUP}/{month}.")
    engine.kill(worker)
    return month


def _again(dagster: Engine, place: Workplace, month: str) -> None:
    """Read a month once more; its files are others then."""
    link = place.files / "tables" / GROUP / month
    before = link.resolve()
    where = ["--module-name", "copernica_pipeline.definitions", "--working-directory", "."]
    dagster.command("asset", "materialize", *where, "--select", GROUP, "--partition", month)
    assert link.resolve() != before
    assert not before.exists()


def _compare(place: Workplace) -> None:
    """Compare all rows of all streams, every column, as often as each occurs."""
    for stream in STREAMS:
        months = place.files / "tables" / GROUP / "*" / stream / "*.parquet"
        serial = place.folder / "serial" / stream / "*.parquet"
        assert difference(months, serial) == (0, 0), stream


if __name__ == "__main__":
    main()

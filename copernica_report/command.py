"""What `copernica-report` does with its command line."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from copernica_report import figures, page, tables

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str] | None = None) -> int:
    """Write the report and say where it is, or why there is none; returns the exit status."""
    options = parse(arguments)
    try:
        path = make(options)
    except (ValueError, duckdb.Error, OSError) as error:
        sys.stderr.write(f"copernica-report: {error}\n")
        return 1
    sys.stdout.write(f"Report: {path}\n")
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="copernica-report",
        description="Make one HTML file of what the tap has loaded into DuckDB: rates of each mailing"
        " and how they compare with what is usual, events, list growth, links, bounces, freshness, calls.",
    )
    add = parser.add_argument
    add("--database", type=Path, required=True, help="the DuckDB file")
    add(
        "--output",
        type=Path,
        default=Path("report.html"),
        help="the file to write (default report.html)",
    )
    add("--schema", default="main", help="schema of the tables (default main)")
    add(
        "--from-models",
        action="store_true",
        help="read the models of the dbt package in that schema, not the streams as they were loaded",
    )
    add(
        "--table",
        action="append",
        default=[],
        type=_table,
        metavar="NAME=TABLE",
        help="another table for mailings, events, profiles, streams or calls of the models; repeatable",
    )
    add(
        "--zone",
        type=_zone,
        default="Europe/Amsterdam",
        help="the account's zone (default Europe/Amsterdam)",
    )
    add("--days", type=int, default=90, help="how far back the report goes (default 90)")
    add("--until", type=_instant, help="the instant at which it ends, in UTC (default now)")
    add("--title", default="Copernica", help="the page's heading (default Copernica)")
    add("--run-calls", type=int, help="API calls of the newest run, if somebody counted them")
    return parser.parse_args(arguments)


def make(options: argparse.Namespace) -> Path:
    """Count and write; return the file."""
    if not options.database.exists():
        msg = f"There is no file {options.database}."
        raise ValueError(msg)
    until = options.until or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    period = figures.Period(until - timedelta(days=options.days), until, options.zone)
    layout = (
        tables.models(options.schema, dict(options.table))
        if options.from_models
        else tables.raw(options.schema)
    )
    connected = tables.connect(options.database, layout, period.since, period.until)
    try:
        counted = figures.count(connected, period, options.run_calls)
    finally:
        connected.close()
    try:
        page.write(counted, options.output, options.title)
    except OSError as error:
        msg = f"{options.output} cannot be written ({error.strerror}); give another file with --output."
        raise ValueError(msg) from None
    return Path(options.output)


def _table(text: str) -> tuple[str, str]:
    name, sign, table = text.partition("=")
    if not sign or name not in tables.MODELS:
        msg = f"{text!r}: give NAME=TABLE with one of the names {', '.join(tables.MODELS)}"
        raise argparse.ArgumentTypeError(msg)
    return name, table.lower()


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{text!r} is no IANA time zone"
        raise argparse.ArgumentTypeError(msg) from error


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant

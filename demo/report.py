"""What the demo prints about the clicks in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

SPAN = "SELECT count(*), min(timestamp), max(timestamp) FROM clicks"

DAYS = """
WITH days AS (SELECT timestamp::DATE AS day, count(*) AS clicks FROM clicks GROUP BY day)
SELECT day, clicks, bar(clicks, 0, max(clicks) OVER (), 50) FROM days
QUALIFY row_number() OVER (ORDER BY day DESC) <= 31 ORDER BY day
"""

LINKS = (
    "SELECT link, count(*) AS clicks FROM clicks GROUP BY link ORDER BY clicks DESC, link LIMIT 10"
)


def count_clicks(database: Path) -> int | None:
    """Return the number of different click IDs in the database, None if nothing was loaded yet."""
    if not database.exists():
        return None
    with duckdb.connect(str(database), read_only=True) as connection:
        try:
            row = connection.execute("SELECT count(DISTINCT id) FROM clicks").fetchone()
        except duckdb.CatalogException:  # a first run that broke off early
            return None
    return int(row[0]) if row else None


def show(database: Path, known: int | None, calls: int) -> None:
    """Print rows, period, calls, clicks per day and the most clicked links.

    ``known`` is the number of IDs before this run, None if it was the first.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        rows, first, last = connection.execute(SPAN).fetchall()[0]
        days = connection.execute(DAYS).fetchall()
        links = connection.execute(LINKS).fetchall()
    news = "first run" if known is None else f"{rows - known:,} IDs are new since the run before"
    print(f"\nIn {database}, table clicks:\n")
    print(f"  rows         {rows:,} ({news})")
    print(f"  first click  {first} UTC")
    print(f"  last click   {last} UTC")
    print(f"  API calls    {calls} in this run")
    print("\nClicks per day (UTC, the last 31 days)\n")
    for day, clicks, bar in days:
        print(f"  {day}  {clicks:>7,}  {bar.rstrip()}")
    print("\nThe ten most clicked links\n")
    for link, clicks in links:
        print(f"  {clicks:>7,}  {link}")

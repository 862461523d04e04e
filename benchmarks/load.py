"""Brings clicks from the tap into a DuckDB table, from start to committed: `load.py CONFIG`.

CONFIG is JSON: `tap` (a command), `database`, and either `format` (`parquet`, `jsonl`), to load
the bulk files that BATCH messages name, or `target` (a command), to pipe records into.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROWS_OF = {"parquet": "SELECT * FROM read_parquet(?)", "jsonl": "SELECT * FROM read_json(?)"}


def main() -> None:
    """Load in one of the two ways."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    status = _by_target(config) if "target" in config else _by_files(config)
    sys.exit(status)


def _by_files(config: dict[str, Any]) -> int:
    """Load each file as soon as its BATCH message comes; commit all of them at the end.

    JSON lines do not say what type a column is that is null in all rows of a file, so DuckDB looks at all
    files at once.
    """
    with subprocess.Popen(config["tap"], stdout=subprocess.PIPE) as tap:
        # While the tap starts. The way by a target needs none of it.
        import duckdb  # noqa: PLC0415

        files: list[str] = []
        waits = config["format"] == "jsonl"
        rows, table = _ROWS_OF[config["format"]], "CREATE TABLE clicks AS"
        with duckdb.connect(config["database"]) as connection:
            connection.begin()
            for line in tap.stdout or ():
                urls = json.loads(line).get("manifest", [])
                files += [url.removeprefix("file://") for url in urls]
                if files and not waits:
                    connection.execute(f"{table} {rows}", [files])
                    table, files = "INSERT INTO clicks", []
            if waits:
                connection.execute(f"{table} {rows}", [files])
            connection.commit()
    return tap.returncode


def _by_target(config: dict[str, Any]) -> int:
    with subprocess.Popen(config["tap"], stdout=subprocess.PIPE) as tap:
        target = subprocess.run(config["target"], stdin=tap.stdout, check=False)
    return tap.returncode or target.returncode


if __name__ == "__main__":
    main()

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

_ROWS_OF = {
    "parquet": "SELECT * FROM read_parquet($files)",
    "jsonl": "SELECT * FROM read_json($files, format = 'newline_delimited', columns = {columns})",
}
_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


def main() -> None:
    """Load in one of the two ways."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    status = _by_target(config) if "target" in config else _by_files(config)
    sys.exit(status)


def _by_files(config: dict[str, Any]) -> int:
    """Load and commit each file as soon as its BATCH message comes; types are those of the SCHEMA message."""
    with subprocess.Popen(config["tap"], stdout=subprocess.PIPE) as tap:
        # While the tap starts. The way by a target needs none of it.
        import duckdb  # noqa: PLC0415

        rows, table = _ROWS_OF[config["format"]], "CREATE TABLE clicks AS"
        with duckdb.connect(config["database"]) as connection:
            for line in tap.stdout or ():
                message = json.loads(line)
                if message["type"] == "SCHEMA":
                    rows = rows.replace("{columns}", str(_columns(message["schema"])))
                if message["type"] == "BATCH":
                    files = [url.removeprefix("file://") for url in message["manifest"]]
                    connection.execute(f"{table} {rows}", {"files": files})
                    table = "INSERT INTO clicks"
    return tap.returncode


def _columns(schema: dict[str, Any]) -> dict[str, str]:
    """Give the types of the table's columns, for a schema of plain fields."""
    columns = {}
    for name, one in schema["properties"].items():
        kinds = [one["type"]] if isinstance(one["type"], str) else one["type"]
        kind = next(kind for kind in kinds if kind != "null")
        columns[name] = "TIMESTAMPTZ" if one.get("format") == "date-time" else _TYPES[kind]
    return columns


def _by_target(config: dict[str, Any]) -> int:
    with subprocess.Popen(config["tap"], stdout=subprocess.PIPE) as tap:
        target = subprocess.run(config["target"], stdin=tap.stdout, check=False)
    return tap.returncode or target.returncode


if __name__ == "__main__":
    main()

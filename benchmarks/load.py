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

_TABLE_OF = {
    "parquet": "CREATE TABLE clicks AS SELECT * FROM read_parquet(?)",
    "jsonl": "CREATE TABLE clicks AS SELECT * FROM read_json(?)",
}


def main() -> None:
    """Load in one of the two ways."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    status = _by_target(config) if "target" in config else _by_files(config)
    sys.exit(status)


def _by_files(config: dict[str, Any]) -> int:
    """Load the files that come before the last STATE, once the tap is done."""
    done = subprocess.run(config["tap"], stdout=subprocess.PIPE, check=False)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [message["type"] for message in messages]
    last = len(kinds) - kinds[::-1].index("STATE")
    files = [url for message in messages[:last] for url in message.get("manifest", [])]
    # The way by a target needs none of it: its package is another environment's.
    import duckdb  # noqa: PLC0415

    with duckdb.connect(config["database"]) as connection:
        connection.execute(
            _TABLE_OF[config["format"]], [[url.removeprefix("file://") for url in files]]
        )
    return done.returncode


def _by_target(config: dict[str, Any]) -> int:
    with subprocess.Popen(config["tap"], stdout=subprocess.PIPE) as tap:
        target = subprocess.run(config["target"], stdin=tap.stdout, check=False)
    return tap.returncode or target.returncode


if __name__ == "__main__":
    main()

"""Which rows a contender delivered: `python -m benchmarks.ids FILE...` prints their count and digest.

A process of its own, so that a million ids do not weigh on the one that measures.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def digest(ids: Iterable[int]) -> str:
    """Return what stands for a set of ids, whatever their order and however often each occurs."""
    return hashlib.sha256(array("Q", sorted(set(ids))).tobytes()).hexdigest()


def delivered(files: Iterable[Path]) -> Iterator[int]:
    """Yield the id of each click in these files of messages or rows, one JSON value a line."""
    for file in files:
        if file.suffix == ".duckdb":
            yield from _of_table(file)
            continue
        packed = file.suffix == ".gz"
        with gzip.open(file) if packed else file.open("rb") as lines:
            for line in lines:
                yield from _ids(line)


def _of_table(database: Path) -> Iterator[int]:
    """Yield the id of each row of the table `clicks`, in whatever schema it is."""
    import duckdb  # noqa: PLC0415 - only one mode has tables

    where = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'clicks'"
    with duckdb.connect(str(database), read_only=True) as connection:
        ((schema,),) = connection.execute(where).fetchall()
        found = connection.execute(f'SELECT ID FROM "{schema}".clicks')  # noqa: S608 - from DuckDB
        yield from (int(number) for (number,) in found.fetchall())


def _ids(line: bytes) -> Iterator[int]:
    value: Any = orjson.loads(line)
    rows = value if isinstance(value, list) else [value]
    if "type" in rows[0]:  # Singer and Airbyte wrap rows in messages
        rows = [row.get("data", row) for row in [rows[0].get("record")] if row]
    for row in rows:
        yield int(row["ID"] if "ID" in row else row["id"])


if __name__ == "__main__":
    found = array("Q", delivered(Path(name) for name in sys.argv[1:]))
    sys.stdout.write(json.dumps({"rows": len(found), "ids": digest(found)}))

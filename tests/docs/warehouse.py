"""Tables in DuckDB, as a target would make and fill them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

KINDS = {"integer": "BIGINT", "boolean": "BOOLEAN", "object": "JSON", "array": "JSON"}


def load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    stream: str,
    schema: dict[str, Any],
    rows: Iterable[dict[str, Any]],
) -> None:
    """Make a table of a stream's schema, with a column for the time of loading, and fill it."""
    columns = {name: KINDS.get(_kind(field), "VARCHAR") for name, field in schema.items()}
    columns["_sdc_extracted_at"] = "VARCHAR"
    path = folder / f"{stream}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    connection.execute(
        f"CREATE OR REPLACE TABLE {stream} AS FROM read_json('{path}', columns={columns}, "
        "format='newline_delimited')"
    )


def _kind(schema: dict[str, Any]) -> str:
    kind = schema["type"]
    return str(kind if isinstance(kind, str) else kind[0])

"""A consumer of bulk files: reads what BATCH messages name, as a loader would."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = dict[str, Any]

ENCODINGS: dict[str, dict[str, str]] = {
    "jsonl": {"format": "jsonl", "compression": "gzip"},
    "parquet": {"format": "parquet", "compression": "zstd"},
}


def batch_config(folder: Path, encoding: str, **more: Any) -> dict[str, Any]:
    """Give the setting for files of an encoding in a folder."""
    return {"encoding": ENCODINGS[encoding], "storage": {"root": str(folder)}, **more}


def files_of(message: dict[str, Any]) -> list[Path]:
    """Give the files that a BATCH message names."""
    return [Path(urlsplit(url).path) for url in message["manifest"]]


def rows_of(message: dict[str, Any]) -> list[Record]:
    """Read the files that a BATCH message names; times become texts, as they are in records."""
    rows: list[Record] = []
    encoding = message["encoding"]
    for file in files_of(message):
        if encoding["format"] == "parquet":
            rows += [_plain(row) for row in pq.read_table(file).to_pylist()]
        else:
            opened = gzip.open if encoding["compression"] == "gzip" else open
            with opened(file, "rb") as lines:
                rows += [json.loads(line) for line in lines]
    return rows


def loaded(messages: Iterable[dict[str, Any]]) -> dict[str, list[Record]]:
    """Read all files that messages name, by stream."""
    found: dict[str, list[Record]] = defaultdict(list)
    for message in messages:
        if message["type"] == "BATCH":
            found[message["stream"]] += rows_of(message)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value

"""The files of an attempt: where the tap is to put them, where they belong, and what is in them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pyarrow import parquet

if TYPE_CHECKING:
    from collections.abc import Iterable


def wanted(folder: Path) -> dict[str, Any]:
    """Give the setting that lets the tap write Parquet files into a folder."""
    return {"encoding": {"format": "parquet"}, "storage": {"root": str(folder)}}


def sort(messages: Iterable[str], folder: Path) -> dict[str, Any] | None:
    """Read the tap's messages, put each file that is ready into its stream's folder, give the last STATE."""
    state = None
    for line in messages:
        message = json.loads(line)
        if message["type"] == "STATE":
            state = message["value"]
        elif message["type"] == "BATCH":
            place = folder / message["stream"]
            place.mkdir(exist_ok=True)
            for url in message["manifest"]:
                file = Path(unquote(urlsplit(url).path))
                file.rename(place / file.name)
    return state


def rows(folder: Path) -> dict[str, int]:
    """Count the rows of each stream that has some, as the ends of its files tell."""
    found: Counter[str] = Counter()
    for file in folder.glob("*/*.parquet"):
        found[file.parent.name] += parquet.read_metadata(file).num_rows
    return dict(found)

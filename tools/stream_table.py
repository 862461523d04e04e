"""Writes the README's table of streams from the code: `python -m tools.stream_table`.

`make docs` runs it; a test fails when the table in the README is another one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tap_copernica.http.path_names import PathNames
from tap_copernica.records import fields as f
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams import STREAMS
from tap_copernica.streams.profiles import BaseProfilesStream, ProfilesStream, SubprofilesStream
from tap_copernica.streams.windowed import WindowedStream
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

_OWN = ((ProfilesStream, "<database>"), (SubprofilesStream, "<database>_<collection>"))
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- streams: begin (make docs) -->", "<!-- streams: end -->"
HEAD = "| stream | endpoint in v2, v3 | in v4 | key | replication | asked by | optional | calls |"


def table() -> str:
    """Give the table as Markdown; streams that differ in their name alone share a row."""
    kinds: dict[str, list[str]] = {}
    for stream in sorted(all_streams(), key=lambda stream: stream.name):
        kinds.setdefault(_cells(stream), []).append(_titled(stream))
    rows = [f"| {', '.join(names)} | {cells} |" for cells, names in kinds.items()]
    return "\n".join([HEAD, "|---" * HEAD.count(" | ") + "|---|", *rows])


def all_streams() -> list[Stream]:
    """Give every stream, those of the account's own databases once."""
    everything = {"optional_streams": ["*"], "optional_fields": ["*"]}
    tap = TapCopernica(config=everything, validate_config=False, setup_mapper=False)
    fields = f.mapping("The fields that the account has defined.")
    return [stream(tap) for stream in STREAMS] + [
        kind(tap, f"{kind.prefix}{owner}", kind.schema_with(fields), None) for kind, owner in _OWN
    ]


def _titled(stream: Stream) -> str:
    if set(stream.api_versions) == set(API_VERSIONS):
        return f"`{stream.name}`"
    return f"`{stream.name}` ({', '.join(stream.api_versions)})"


def _cells(stream: Stream) -> str:
    new = PathNames("v4").spelled(stream.path)
    windowed = isinstance(stream, WindowedStream)
    cells = [
        f"`{stream.path}`",
        "the same" if new == stream.path else f"`{new}`",
        ", ".join(f"`{key}`" for key in stream.key_fields),
        f"incremental by `{stream.time_field}`" if stream.time_field else "full table",
        _asked_by(stream),
        _optional(stream),
        stream.cost or ("1 per 1000 rows, at least 1" if windowed else "1"),
    ]
    return " | ".join(cells)


def _optional(stream: Stream) -> str:
    if set(stream.optional_in) == set(API_VERSIONS):
        return "yes"
    return f"in {', '.join(stream.optional_in)}" if stream.optional_in else "no"


def _asked_by(stream: Stream) -> str:
    if isinstance(stream, BaseProfilesStream):
        return "`fields[]=modified>=…`, `fields[]=id>…`"
    return stream.filters[0].described if isinstance(stream, WindowedStream) else "-"


def updated(text: str) -> str:
    """Give the README's text with the table of today."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text()))

"""Writes the README's table of the families of streams from the code: `python -m tools.stream_table`.

`make docs` runs it; a test fails when the table in the README is another one.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from tap_copernica.records import fields as f
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams import STREAMS
from tap_copernica.streams.profiles import ProfilesStream, SubprofilesStream
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

_OWN = ((ProfilesStream, "<database>"), (SubprofilesStream, "<database>_<collection>"))
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- streams: begin (make docs) -->", "<!-- streams: end -->"


def table() -> str:
    """Give the table as Markdown: a family's streams, how many of them are optional, some names."""
    from tools.families import families  # noqa: PLC0415  (it needs `all_streams`)

    rows = ["| family | streams | of these optional | for example |", "|---|---|---|---|"]
    for family, streams in families():
        optional = sum(set(one.optional_in) == set(API_VERSIONS) for one in streams)
        names = ", ".join(f"`{name}`" for name in family.examples)
        anchor = family.title.lower().replace(" ", "-")
        rows.append(
            f"| [{family.title}](docs/streams.md#{anchor}) | {len(streams)} | {optional} "
            f"| {names} |"
        )
    return "\n".join(rows)


def all_streams() -> list[Stream]:
    """Give every stream, those of the account's own databases once."""
    everything = {"optional_streams": ["*"], "optional_fields": ["*"]}
    logging.disable()  # that settings are missing means nothing here
    tap = TapCopernica(config=everything, validate_config=False, setup_mapper=False)
    logging.disable(logging.NOTSET)
    fields = f.mapping("The fields that the account has defined.")
    return [stream(tap) for stream in STREAMS] + [
        kind(tap, f"{kind.prefix}{owner}", kind.schema_with(fields), None) for kind, owner in _OWN
    ]


def updated(text: str) -> str:
    """Give the README's text with the table of today."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(updated(README.read_text("utf-8")), "utf-8")

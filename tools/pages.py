"""Writes the pages of `docs/` that come from the code: `python -m tools.pages`, part of `make docs`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_copernica.http.path_names import PathNames
from tap_copernica.records.fields import Personal
from tap_copernica.records.personal import class_of
from tap_copernica.settings import API_VERSIONS, CONFIG_JSONSCHEMA
from tap_copernica.streams.profiles import BaseProfilesStream
from tap_copernica.streams.windowed import WindowedStream
from tools.stream_table import all_streams

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.streams.base import Stream

DOCS = Path(__file__).parents[1] / "docs"
WRITTEN_BY = "<!-- Written by `make docs` from the code. -->\n"

EXAMPLES: dict[str, Any] = {
    "access_token": "the token, as the dashboard shows it",
    "api_version": "v4",
    "start_date": "2024-01-01",
    "end_date": "2024-07-01T00:00:00+02:00",
    "backfill_order": "oldest_first",
    "reread": "2025-03",
    "timezone": "America/New_York",
    "lookback_minutes": 11520,
    "lag_minutes": 15,
    "unique_clicks": True,
    "databases": ["Customers", 12],
    "optional_streams": ["emailing_statistics", "log_*"],
    "optional_fields": ["*.secret", "publisher_documents.source"],
    "full_table_frequency": "always",
    "statistics_window_days": 60,
    "page_size": 500,
    "concurrency": 1,
    "max_api_calls": 2000,
    "max_api_calls_per_month": 30000,
    "request_timeout": 60,
    "max_tries": 12,
    "backoff_seconds": 0.5,
    "api_url": "http://127.0.0.1:8080",
    "auth_url": "http://127.0.0.1:8080",
    "bulk_url": "",
    "user_agent": "my-pipeline/1.0",
    "emit_activate_version_messages": True,
    "personal_data": "drop",
    "hash_key": "a long random text, from your secret store",
    "personal_data_overrides": {"clicks.ip": "drop"},
    "plain_fields": ["Language"],
    "batch_config": {
        "encoding": {"format": "parquet", "compression": "zstd"},
        "storage": {"root": "/data/copernica"},
    },
}

SETTINGS_HEAD = """# Settings

A setting is a key of the file given to `--config`, a key under `config` in `meltano.yml`, or an
environment variable (`--config=ENV`; always with Meltano). Only `access_token` and `start_date` are
required. A mistake is one line that names the setting, before any call is made. A name in a file that
is no setting gets a warning.

In the environment an empty variable is a setting that is not given. The exception is
`bulk_url`: empty, it turns the bulk host off. A variable that begins with `TAP_COPERNICA_` and is close to
the name of a setting, such as `TAP_COPERNICA_STARTDATE`, gets a warning. Others are ignored without a word,
since Meltano exports some of its own, and your pipeline may too.

Flags are `true`, `false`, `yes`, `no`, `on`, `off`, `1` or `0`; lists are JSON (`["Customers", 12]`) or
entries with commas between them (`Customers, 12`); objects are JSON. Meltano reads some kinds itself
before the tap does: a whole number or an object that is none ends Meltano with its own message, and a
flag that is none counts as false there. A date reaches the tap as it was written.

A date-time without an offset is wall-clock time in `timezone`, a plain date its midnight. `tap-copernica
--about` lists these settings and those of the SDK: `stream_maps`, `flattening_enabled` and so on
([privacy.md](privacy.md) shows stream maps).
"""

FIELDS_HEAD = """# Fields

Every stream with its fields, their types and what they mean. [streams.md](streams.md) has the families,
how they hang together, and what each stream costs. All times are UTC. All fields but the key may be null.
A field that an API version does not send is null. Names are those of the API, hyphens written as
underscores.

The column `personal` says whether a field can identify a person, and how: [privacy.md](privacy.md) says what
the classes mean, and what `personal_data` does with each.
"""


def settings_page() -> str:
    """Give `docs/settings.md`."""
    required = CONFIG_JSONSCHEMA["required"]
    parts = [SETTINGS_HEAD]
    for name, example in EXAMPLES.items():
        schema = CONFIG_JSONSCHEMA["properties"][name]
        facts = [_kind(schema)]
        if name in required:
            facts.append("required")
        if schema.get("secret"):
            facts.append("secret")
        if "default" in schema:
            facts.append(f"default `{json.dumps(schema['default'])}`")
        text = f"## `{name}`\n\n{schema['description']}\n\n{facts[0][0].upper()}{', '.join(facts)[1:]}."
        parts.append(
            f"{text} As an environment variable: `TAP_COPERNICA_{name.upper()}`.\n\n"
            f"```json\n{json.dumps({name: example})}\n```\n"
        )
    return WRITTEN_BY + "\n".join(parts)


def fields_page() -> str:
    """Give `docs/fields.md`."""
    streams = sorted(all_streams(), key=lambda stream: stream.name)
    return WRITTEN_BY + "\n".join([FIELDS_HEAD, *map(_stream, streams)])


def references(stream: Stream) -> Iterator[tuple[str, str, str]]:
    """Give the stream's fields that name a row of another stream: field, that stream, its field."""
    for field, schema in stream.own_schema["properties"].items():
        for name, key in re.findall(r"\(`(\w+)\.(\w+)`\)", schema.get("description", "")):
            yield field, name, key


def _stream(stream: Stream) -> str:
    about = (type(stream).__doc__ or "").strip().split("\n")[0]
    facts = [
        f"Key: {', '.join(f'`{key}`' for key in stream.key_fields)}.",
        f"Incremental by `{stream.time_field}`." if stream.time_field else "A list without a time.",
    ]
    if stream.path:
        new = PathNames("v4").spelled(stream.path)
        facts.append(
            f"Endpoint: `{stream.path}`{'' if new == stream.path else f', in v4 `{new}`'}."
        )
    if asked_by := _asked_by(stream):
        facts.append(f"Asked by {asked_by}.")
    if set(stream.api_versions) != set(API_VERSIONS):
        facts.append(f"In {', '.join(stream.api_versions)} only.")
    if stream.optional_in:
        everywhere = set(stream.optional_in) == set(API_VERSIONS)
        versions = "" if everywhere else f" in {', '.join(stream.optional_in)}"
        facts.append(f"[Optional](settings.md#optional_streams){versions}.")
    rows = [
        f"| `{name}` | {_kind(schema)} | {_personal(stream, name)} | {schema.get('description', '')} |"
        for name, schema in stream.own_schema["properties"].items()
    ]
    return "\n".join(
        [
            f"## `{stream.name}`\n",
            f"{about} {' '.join(facts)}\n",
            "| field | type | personal | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _asked_by(stream: Stream) -> str:
    if isinstance(stream, BaseProfilesStream):
        return "`fields[]=modified>=…`, `fields[]=id>…`"
    return stream.filters[0].described if isinstance(stream, WindowedStream) else ""


def _personal(stream: Stream, name: str) -> str:
    """Give the class of a field; the account's own fields have classes by their types."""
    if isinstance(stream, BaseProfilesStream) and name == "fields":
        return "[by type](privacy.md#which-columns-are-personal-data)"
    kind = class_of(stream.own_schema["properties"][name])
    return "" if kind is Personal.NONE else kind.value


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(one for one in types if one != "null")
    return str(schema.get("format", kind))


PAGES = {"settings.md": settings_page, "fields.md": fields_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")

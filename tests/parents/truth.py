"""What records of the sandbox's rows must be: worked out without the tap's own casts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from copernica_sandbox.catalogue import BY_STREAM
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Iterable

NOON = "2026-06-01T12:00:00+00:00"
VERSIONS = ["v2", "v3", "v4"]
DOCUMENTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "documented_fields.json").read_text()
)
# Fields that the catalogue of the API has under another name, and those that only prose names.
RENAMED = {("coupon_campaigns", "code"): "name"}


def offered(version: str, *streams: str) -> list[str]:
    """Give those of the streams that a version has."""
    return [stream for stream in streams if version in DOCUMENTED[stream]["versions"]]


def utc(wall: str | None) -> str | None:
    """Turn the account's wall-clock text into the record's."""
    if not wall:
        return None
    moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
    return moment.astimezone(UTC).isoformat()


def value_of(value: Any, field: dict[str, Any]) -> Any:
    """Give what a record must hold for a value of the sandbox."""
    kind = field["type"][0] if isinstance(field["type"], list) else field["type"]
    if field.get("format") == "date-time":
        return utc(value)
    if kind == "object" and value is not None:
        inner = field.get("properties", {})
        if not inner:
            return value
        return {name: value_of(value.get(name), one) for name, one in inner.items()}
    if kind == "array" and value is not None:
        return [value_of(one, field["items"]) for one in value]
    if kind == "integer" and value is not None:
        return int(value)
    return value


def expected(
    rows: Iterable[dict[str, Any]], stream: str, version: str, **injected: str
) -> list[dict[str, Any]]:
    """Give the records that a stream must have of the sandbox's rows.

    Args:
        injected: what a record calls a field of the sandbox's row, where that is another name.
    """
    properties, documented = properties_of(stream), fields_of(stream, version)
    records = []
    for row in rows:
        record = {}
        for name, field in properties.items():
            source = injected.get(name, name)
            shown = name in injected or name in documented
            value = row.get(source) if shown else None
            record[name] = value_of(value, field)
        records.append(record)
    return records


def properties_of(stream: str) -> dict[str, Any]:
    """Give the properties of a stream's schema."""
    config = {"api_version": "v4", "optional_streams": ["*"], "optional_fields": ["*"]}
    tap = TapCopernica(config=config, validate_config=False, setup_mapper=False)
    properties: dict[str, Any] = tap.streams[stream].schema["properties"]
    return properties


def fields_of(stream: str, version: str) -> set[str]:
    """Give the fields that the sandbox's endpoint has in a version, in the names of the tap."""
    named = BY_STREAM[stream].named(int(version[1:]))
    return {RENAMED.get((stream, field.name), field.name) for field in named}

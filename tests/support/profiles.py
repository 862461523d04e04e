"""Reads profiles as a warehouse does: upserts by key, and compares with the account."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_copernica.tap import TapCopernica
from tests.support.runs import Output, config, run

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PLAIN, NASTY, EMPTY = 11, 12, 13
ORDERS = 701
CUSTOMERS = "profiles_customers"
SUBPROFILES = "subprofiles_customers_orders"
_TIMES = {"datetime", "empty_datetime"}


def discovered(box: Sandbox, **settings: Any) -> dict[str, Any]:
    """Give the catalog that discovery makes, with nothing selected."""
    tap = TapCopernica(
        config=config(box, start_date="2026-05-01", **{"optional_streams": ["*"], **settings}),
        validate_config=False,
        setup_mapper=False,
    )
    return select(tap.catalog_dict)


def select(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """Give a copy of a catalog with only these streams selected."""
    copied: dict[str, Any] = json.loads(json.dumps(catalog))
    for stream in copied["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return copied


def read(box: Sandbox, *streams: str, state: Any = None, **settings: Any) -> Output:
    """Discover, forget the calls of that, and read some streams with the catalog."""
    catalog = settings.pop("catalog", None) or discovered(box)
    box.reset_calls()
    settings = {"bulk_url": "", "start_date": "2026-05-01", **settings}
    return run(box, state=state, catalog=select(catalog, *streams), **settings)


def truth(box: Sandbox, database: int) -> dict[int, dict[str, Any]]:
    """Give the records of a database's profiles by id."""
    owner = next(one for one in box.databases if one["ID"] == database)
    kinds = {field["name"]: field["type"] for field in owner["fields"]}
    return {row["ID"]: _record(row, kinds, database=database) for row in box.profiles(database)}


def subtruth(box: Sandbox, collection: int) -> dict[int, dict[str, Any]]:
    """Give the records of a collection's subprofiles by id."""
    parts = [part for one in box.databases for part in one["collections"]]
    owner = next(part for part in parts if part["ID"] == collection)
    kinds = {field["name"]: field["type"] for field in owner["fields"]}
    rows = box.subprofiles(collection)
    return {row["ID"]: _record(row, kinds, collection=collection) for row in rows}


def upserted(*outputs: Output, stream: str = CUSTOMERS) -> dict[int, dict[str, Any]]:
    """Give what a warehouse holds after these runs."""
    return {record["ID"]: record for output in outputs for record in output.records(stream)}


def passed(output: Output, stream: str = CUSTOMERS) -> Any:
    """Give the pass that the last state of a run holds."""
    return output.state["bookmarks"][stream].get("pass")


def utc(wall: str) -> str:
    """Give a wall-clock time as the tap does: its first occurrence, or the end of its gap."""
    local = datetime.fromisoformat(wall).replace(tzinfo=AMSTERDAM)
    instant = local.astimezone(UTC)
    if instant.astimezone(AMSTERDAM).replace(tzinfo=None) != local.replace(tzinfo=None):
        instant = instant.replace(minute=0, second=0)
    return instant.isoformat()


def _record(row: dict[str, Any], kinds: dict[str, str], **parent: int) -> dict[str, Any]:
    values = {
        name: utc(value) if value and kinds[name] in _TIMES else value
        for name, value in row["values"].items()
    }
    record = {
        "ID": row["ID"],
        "fields": values,
        **parent,
        "created": utc(row["created"]),
        "modified": utc(row["modified"]),
        "removed": None,
    }
    if "profile" in row:
        return {**record, "profile": row["profile"]}
    return {**record, "interests": row["interests"]}

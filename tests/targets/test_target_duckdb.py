"""The pinned DuckDB loader writes exactly what it is given.

A loader that loses rows without a word makes every promise of the tap worthless. With other
releases of DuckDB this one does: from 1.3 on it drops the first row of every batch that has a time with
an offset, because COPY takes it for a header.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.targets.loaders import TargetDuckDB

INTEGER = {"type": ["integer", "null"], "minimum": -(2**63), "maximum": 2**63 - 1}
TEXT = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}

CLICK = {
    "ID": {**INTEGER, "type": "integer"},
    "mailing": INTEGER,
    "link": TEXT,
    "timestamp": TIME,
    "ip": TEXT,
    "useragent": TEXT,
    "destination": INTEGER,
    "profile": INTEGER,
    "subprofile": INTEGER,
}

# Texts that a guess at a CSV file's dialect can trip over.
AWKWARD = [
    "https://shop.example/{$profile.code}?a=1,2;3|4",
    "'quoted' first",
    '"double" and, comma',
    "two\nlines\r\nand more",
    "# no comment",
    "\ttab \\ backslash",
    "NULL",
    "2014-10-14 11:33:22",
    "Zoë 日本 🙂",
    "'",
    "C:\\directory\\\nand a line",
]


def click(number: int) -> dict[str, Any]:
    """Return a click as the tap writes it; every other one is without a profile."""
    moment = datetime(2024, 3, 30, tzinfo=UTC) + timedelta(seconds=37 * number)
    return {
        "ID": number,
        "mailing": number % 7,
        "link": AWKWARD[number % len(AWKWARD)],
        "timestamp": moment.isoformat(),
        "ip": f"2001:db8::{number % 65_536:x}",
        "useragent": AWKWARD[number * 3 % len(AWKWARD)],
        "destination": 2**40 + number,
        "profile": number if number % 2 else None,
        "subprofile": None,
    }


def schema(stream: str, properties: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a SCHEMA message."""
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"type": "object", "properties": properties},
        "key_properties": [key],
    }


def record(stream: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return a RECORD message."""
    extracted = "2024-06-01T00:00:00+00:00"
    return {"type": "RECORD", "stream": stream, "record": row, "time_extracted": extracted}


def state(**bookmarks: str) -> dict[str, Any]:
    """Return a STATE message with a bookmark per stream."""
    values = {stream: {"replication_key_value": value} for stream, value in bookmarks.items()}
    return {"type": "STATE", "value": {"bookmarks": values}}


def clicks(numbers: range, stream: str = "clicks") -> list[dict[str, Any]]:
    """Return the messages of a whole stream of clicks."""
    return [schema(stream, CLICK, "ID"), *(record(stream, click(number)) for number in numbers)]


def as_stored(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return a row as DuckDB gives it back: by lower-case name, times in UTC without a zone."""
    values = {name.lower(): value for name, value in row.items()}
    if values.get("timestamp"):
        values["timestamp"] = datetime.fromisoformat(values["timestamp"]).replace(tzinfo=None)
    return tuple(values[name] for name in sorted(values))


@pytest.mark.parametrize("count", [1, 2, 100, 25_000])
def test_every_click_arrives_unchanged(target_duckdb: TargetDuckDB, count: int) -> None:
    numbers = range(1, count + 1)
    loaded = target_duckdb.loaded(clicks(numbers))
    assert set(loaded.tables["clicks"]) == {as_stored(click(number)) for number in numbers}
    assert len(loaded.tables["clicks"]) == count


def test_columns_have_types_that_hold_the_values(target_duckdb: TargetDuckDB) -> None:
    types = target_duckdb.loaded(clicks(range(1, 3))).types["clicks"]
    assert types["id"] == types["destination"] == types["subprofile"] == "BIGINT"
    assert types["timestamp"] == "TIMESTAMP"
    assert types["link"] == types["ip"] == "VARCHAR"


@pytest.mark.parametrize("columns", [["name"], ["name", "a", "b"]])
@pytest.mark.parametrize("count", [1, 50])
def test_a_table_of_text_only_arrives_whole(
    target_duckdb: TargetDuckDB, count: int, columns: list[str]
) -> None:
    rows = [
        {column: f"{AWKWARD[number % len(AWKWARD)]} {number} {column}" for column in columns}
        for number in range(count)
    ]
    properties = dict.fromkeys(columns, TEXT)
    messages = [schema("texts", properties, "name"), *(record("texts", row) for row in rows)]
    loaded = target_duckdb.loaded(messages)
    assert sorted(loaded.tables["texts"]) == sorted(map(as_stored, rows))


def test_two_streams_arrive_whole_and_states_come_back(target_duckdb: TargetDuckDB) -> None:
    messages = [
        *clicks(range(1, 101)),
        state(clicks="2024-03-31"),
        *clicks(range(1, 71), "opens"),
        state(clicks="2024-03-31", opens="2024-03-30"),
    ]
    loaded = target_duckdb.loaded(messages)
    assert len(loaded.tables["clicks"]) == 100
    assert set(loaded.tables["opens"]) == {as_stored(click(number)) for number in range(1, 71)}
    assert loaded.states[-1] == messages[-1]["value"]


def test_a_row_read_again_replaces_the_one_before(target_duckdb: TargetDuckDB) -> None:
    target_duckdb.load(clicks(range(1, 101)))
    changed = click(100) | {"link": "https://shop.example/changed"}
    again = [*clicks(range(51, 100)), record("clicks", changed), *clicks(range(101, 121))[1:]]
    rows = target_duckdb.loaded(again).tables["clicks"]
    expected = [click(number) for number in range(1, 121) if number != 100] + [changed]
    assert sorted(rows, key=str) == sorted(map(as_stored, expected), key=str)

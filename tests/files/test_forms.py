"""Chunks of records in each form, and the setting."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson
import pytest

from tap_copernica import settings
from tap_copernica.errors import EndOfRun
from tap_copernica.output.files.jsonl import JsonLines
from tap_copernica.output.files.parquet import Columns
from tap_copernica.reading.window_reader import Result
from tap_copernica.reading.windows import Window
from tap_copernica.records import fields as f
from tap_copernica.records import spill
from tap_copernica.records.chunks import EncodedChunk
from tap_copernica.records.spill import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.records.chunks import Form

SCHEMA = f.record(
    id=f.key(f.integer("", f.NONE)),
    at=f.moment(""),
    day=f.day(""),
    share=f.number(""),
    is_on=f.flag(""),
    name=f.text("", f.NONE),
    sender=f.mapping("", name=f.text("", f.NONE), at=f.moment("")),
    names=f.listing("", f.text("", f.NONE)),
    anything=f.mapping(""),
)
FORMS: dict[str, Form] = {
    "lines": JsonLines("none"),
    "packed lines": JsonLines("gzip"),
    "columns": Columns("clicks", SCHEMA, "zstd"),
}
"""Forms of files; that of RECORD messages is tested wherever the tap runs."""


ANY_WINDOW = Window(datetime(2024, 1, 1), datetime(2024, 1, 2))  # noqa: DTZ001 - wall-clock time


def record(number: int, second: int = 0) -> dict[str, Any]:
    return {"id": number, "at": f"2024-01-01T00:00:{second:02}+00:00"}


def chunks(form: Form, *pages: Sequence[dict[str, Any]]) -> Records:
    records = Records(lambda page: EncodedChunk(form.encode(page), len(page), form))
    for page in pages:
        records.add(page)
    return records


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("most_in_memory", [0, 20_000])
def test_a_window_gives_each_key_once_and_nothing_after_its_end(
    name: str, most_in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spill, "MOST_IN_MEMORY", most_in_memory)
    pages = [[record(1), record(2), record(1)], [record(2), record(3, 30)], [record(4, 31)]]
    records = chunks(FORMS[name], *pages)
    result = Result(ANY_WINDOW, records, until="2024-01-01T00:00:31+00:00", key=itemgetter("id"))
    found = [
        row["id"]
        for chunk in result.own_records(itemgetter("at"))
        for row in (chunk.records() if chunk.size else ())
    ]
    assert sorted(found) == [1, 2, 3]


ODD: list[dict[str, Any]] = [
    {
        "id": 2**63 - 1,
        "at": "0999-01-01T00:00:00+00:00",
        "day": "2024-02-29",
        "share": 0.1,
        "is_on": False,
        "name": "two\nlines, \u2028 and \U0001f642",
        "sender": {"name": None, "at": "2024-01-01T00:00:00+00:00"},
        "names": ["a", None],
        "anything": {"deep": [1, {"er": None}]},
    },
    dict.fromkeys(SCHEMA["properties"]) | {"id": 1},
    {"id": 2, "names": [], "anything": []},
]


@pytest.mark.parametrize("name", FORMS)
def test_what_is_odd_comes_back(name: str) -> None:
    form = FORMS[name]
    rows = EncodedChunk(form.encode(ODD), len(ODD), form).records()
    if name == "columns":
        texts = [None if one.get("anything") is None else one["anything"] for one in ODD]
        assert [
            None if row["anything"] is None else orjson.loads(row["anything"]) for row in rows
        ] == texts
        rows = [{**row, "anything": text} for row, text in zip(rows, texts, strict=True)]
        assert rows[0]["sender"].pop("at") == datetime(2024, 1, 1, tzinfo=UTC)
        rows[0]["sender"]["at"] = ODD[0]["sender"]["at"]
    missing = dict.fromkeys(SCHEMA["properties"])
    assert [{**missing, **row} for row in rows] == [{**missing, **one} for one in ODD]


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", "twelve"), ("id", 2**63), ("at", "soon"), ("day", 20240101), ("sender", "Bob")],
)
def test_a_value_that_a_column_cannot_hold_ends_the_run_and_is_not_told(
    field: str, value: Any
) -> None:
    with pytest.raises(EndOfRun) as caught:
        FORMS["columns"].encode([{"id": 1, field: value}])
    message = str(caught.value)
    assert message.startswith(f"clicks.{field}: ")
    assert str(value) not in message


def test_each_kind_of_field_has_a_column_of_its_type() -> None:
    assert {one.name: str(one.type) for one in Columns("clicks", SCHEMA, "zstd").schema} == {
        "id": "int64",
        "at": "timestamp[us, tz=UTC]",
        "day": "date32[day]",
        "share": "double",
        "is_on": "bool",
        "name": "string",
        "sender": "struct<name: string, at: timestamp[us, tz=UTC]>",
        "names": "list<item: string>",
        "anything": "string",
    }


def test_a_text_column_takes_what_a_stream_map_makes_of_it() -> None:
    rows = Columns("clicks", SCHEMA, "none").records(
        FORMS["columns"].encode([{"id": 1, "name": 12}, {"id": 2, "name": "12"}, {"id": 3}])
    )
    assert [row["name"] for row in rows] == ["12", "12", None]


GOOD: dict[str, Any] = {
    "access_token": "a-token",
    "start_date": "2024-01-01",
}


def batch(**more: Any) -> dict[str, Any]:
    return {"encoding": {"format": "jsonl"}, "storage": {"root": "/data"}, **more}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (batch(encoding={}), "batch_config.encoding.format"),
        (batch(encoding={"format": "csv"}), "batch_config.encoding.format"),
        (batch(encoding="jsonl"), "batch_config.encoding"),
        (
            batch(encoding={"format": "jsonl", "compression": "zstd"}),
            "batch_config.encoding.compression",
        ),
        (
            batch(encoding={"format": "parquet", "compression": "lzo"}),
            "batch_config.encoding.compression",
        ),
        (batch(storage={}), "batch_config.storage.root"),
        (batch(storage={"root": "s3://bucket/folder"}), "batch_config.storage.root"),
        (batch(storage={"root": "file://host/folder"}), "batch_config.storage.root"),
        (batch(storage={"root": "/data", "prefix": "a/b"}), "batch_config.storage.prefix"),
        (batch(storage={"root": "/data", "params": {}}), "batch_config.storage.params"),
        (batch(batch_size=0), "batch_config.batch_size"),
        (batch(rows=1), "batch_config.rows"),
    ],
)
def test_each_mistake_in_batch_config_is_one_line(given: Any, named: str) -> None:
    read, problems = settings.read({**GOOD, "batch_config": given})
    assert read.batches is None
    assert any(line.startswith(f"`{named}` ") for line in problems)
    assert len(problems) <= 3  # what is missing beside it


def test_parquet_without_pyarrow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    given = batch(encoding={"format": "parquet"})
    (line,) = settings.read({**GOOD, "batch_config": given})[1]
    assert "pip install pyarrow" in line
    assert "[parquet]" in line
    assert "`pip_url`" in line


def test_a_folder_may_be_a_path_or_a_url_of_this_machine() -> None:
    for root in ("/data/bulk files", "file:///data/bulk%20files"):
        read, problems = settings.read({**GOOD, "batch_config": batch(storage={"root": root})})
        assert not problems
        assert read.batches is not None
        assert read.batches.folder == Path("/data/bulk files")
        assert read.batches.encoding == {"format": "jsonl", "compression": "gzip"}
        assert read.batches.rows == 100_000


@pytest.mark.parametrize("name", ["a?b", "a#b", "a?b#c"])
def test_a_url_of_this_machine_has_no_query(name: str) -> None:
    """Of `file:///data/a?b` only `/data/a` was taken, so that files went to another folder."""
    for root in (f"file:///data/{name}", f"file://localhost/data/{quote(name)}"):
        read, problems = settings.read({**GOOD, "batch_config": batch(storage={"root": root})})
        assert not problems
        assert read.batches is not None
        assert read.batches.folder == Path("/data") / name

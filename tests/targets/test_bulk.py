"""Bulk files and the targets: what docs/bulk-files.md says of them."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import CUSTOMERS, read
from tests.targets.loaders import TargetPostgres, environment_with
from tests.targets.test_target_duckdb import INTEGER, TEXT, schema

if TYPE_CHECKING:
    from pathlib import Path

    from copernica_sandbox import Sandbox
    from tests.support.postgres import PostgresServer
    from tests.targets.loaders import TargetDuckDB

FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
STREAMS = (CUSTOMERS, "clicks", "publisher_emailings")


def files(folder: Path, form: str = "jsonl") -> dict[str, Any]:
    compression = "gzip" if form == "jsonl" else "zstd"
    encoding = {"format": form, "compression": compression}
    return {"batch_config": {"encoding": encoding, "storage": {"root": str(folder)}}}


@pytest.fixture
def box(sandbox: Any) -> Sandbox:
    box: Sandbox = sandbox(
        seed=7, days=10, clicks_per_day=20, profiles=40, now="2026-06-01T12:00:00+00:00"
    )
    return box


@pytest.mark.parametrize("flattening", [FLAT, {}], ids=["flattened", "not flattened"])
def test_target_postgres_loads_json_lines_with_every_value(
    box: Sandbox, target_postgres: TargetPostgres, tmp_path: Path, flattening: dict[str, Any]
) -> None:
    records = read(box, *STREAMS, **flattening).messages
    bulk = read(box, *STREAMS, **flattening, **files(tmp_path / "files")).messages
    assert not [m for m in bulk if m["type"] == "RECORD"]
    target_postgres.load(bulk)
    assert target_postgres.check(records) > 1_000
    extracted = target_postgres.query(
        "SELECT count(_sdc_extracted_at) AS known FROM copernica.clicks"
    )
    assert extracted == [{"known": 0}]


def test_target_postgres_forgets_the_version_of_a_file_s_rows(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    loader = TargetPostgres(tmp_path, postgres.database(), hard_delete=True)
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"ID": 1, "name": "kept?"}) + "\n")
    properties = {"ID": {**INTEGER, "type": "integer"}, "name": TEXT}
    encoding = {"format": "jsonl", "compression": "none"}
    batch = {"type": "BATCH", "stream": "things", "encoding": encoding, "manifest": [file.as_uri()]}
    loader.load([schema("things", properties, "ID"), batch])
    assert len(loader.rows("things")) == 1
    loader.load([
        schema("things", properties, "ID"), batch,
        {"type": "ACTIVATE_VERSION", "stream": "things", "version": 2},
    ])  # fmt: skip
    assert loader.rows("things") == []


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_target_duckdb_and_target_jsonl_stop_at_a_batch_message(
    box: Sandbox, target_duckdb: TargetDuckDB, target_jsonl: Path, tmp_path: Path, form: str
) -> None:
    messages = read(box, "clicks", **files(tmp_path / "files", form)).messages
    stopped = target_duckdb.run(messages)
    assert stopped.returncode != 0
    assert "Unknown message type BATCH" in stopped.stderr
    config = tmp_path / "target.json"
    config.write_text(json.dumps({"destination_path": str(tmp_path)}))
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    run = subprocess.run(
        [target_jsonl, "--config", config],
        input=lines, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert run.returncode != 0
    assert "AttributeError" in run.stderr


@pytest.mark.skipif(not os.environ.get("TEST_TARGETS"), reason="make test-targets")
def test_target_postgres_with_pyarrow_loads_flattened_parquet_and_stops_at_objects_with_dates(
    box: Sandbox, target_postgres: TargetPostgres, tmp_path: Path
) -> None:
    packages = ("meltanolabs-target-postgres==0.8.1", "pyarrow")
    target_postgres.executable = environment_with(tmp_path / "venv", *packages) / "target-postgres"
    records = read(box, *STREAMS, **FLAT).messages
    bulk = read(box, *STREAMS, **FLAT, **files(tmp_path / "flat", "parquet")).messages
    target_postgres.load(bulk)
    assert target_postgres.check(records) > 1_000
    objects = read(box, CUSTOMERS, **files(tmp_path / "objects", "parquet")).messages
    run = target_postgres.run(objects)
    assert run.returncode != 0
    assert "Object of type date is not JSON serializable" in run.stderr


def test_parquet_files_with_objects_are_warned_of_unless_records_are_flattened(
    box: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read(box, CUSTOMERS, **FLAT, **files(tmp_path, "parquet"))
    assert "flattening_enabled" not in caplog.text
    read(box, CUSTOMERS, **files(tmp_path, "parquet"))
    assert "targets of the Meltano SDK stop at a date" in caplog.text

"""Who is measured: how each is started, and where what it reads ends up."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.account import BEGIN, END, TOKEN
from benchmarks.environments import PEERS, ROOT, python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = list[str | Path]

_PARAMS = {
    "access_token": TOKEN,
    "begintime": f"{BEGIN} 00:00:00",
    "endtime": f"{END} 00:00:00",
}


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to read the clicks.

    ``command`` takes the sandbox's URL and an empty folder for what the run needs and leaves. Rows
    go to standard output, or to files in the folder that match ``files``.
    """

    name: str
    title: str
    environment: str
    command: Callable[[str, Path], Command]
    files: str = "stdout"
    variables: dict[str, str] = field(default_factory=dict)


def _written(folder: Path, name: str, value: Any) -> Path:
    file = folder / name
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


def _tap(**settings: Any) -> Callable[[str, Path], Command]:
    def command(url: str, folder: Path) -> Command:
        period = {"start_date": BEGIN, "end_date": END}
        config = {"access_token": TOKEN, "api_url": url, **period, **settings}
        given = _written(folder, "config.json", config)
        tap = python("tap").with_name("tap-copernica")
        return [tap, "--config", given, "--catalog", _clicks_alone(tap, given, folder)]

    return command


def _loaded(encoding: str, compression: str) -> Callable[[str, Path], Command]:
    """Write bulk files and let DuckDB read them."""

    def command(url: str, folder: Path) -> Command:
        files = {
            "encoding": {"format": encoding, "compression": compression},
            "storage": {"root": str(folder / "files")},
        }
        load = {
            "tap": _as_texts(_tap(batch_config=files)(url, folder)),
            "database": str(folder / _DATABASE),
            "format": encoding,
        }
        return [python("tap"), ROOT / "benchmarks" / "load.py", _written(folder, "load.json", load)]

    return command


def _piped(url: str, folder: Path) -> Command:
    """Pipe records into the loader of `meltano.yml`, with its settings."""
    target = python("target_duckdb").with_name("target-duckdb")
    settings = {"path": str(folder / _DATABASE), **_TARGET}
    given = _written(folder, "target.json", settings)
    load = {
        "tap": _as_texts(_tap()(url, folder)),
        "target": _as_texts([target, "--config", given]),
    }
    return [python("tap"), ROOT / "benchmarks" / "load.py", _written(folder, "load.json", load)]


def _as_texts(command: Command) -> list[str]:
    return [str(part) for part in command]


def _clicks_alone(tap: Path, config: Path, folder: Path) -> Path:
    """Write the tap's catalog with no other stream selected."""
    found = subprocess.run(
        [tap, "--config", config, "--discover"], check=True, capture_output=True, text=True
    )
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == "clicks"
    return _written(folder, "catalog.json", catalog)


def _bare(url: str, folder: Path) -> Command:
    config = _written(folder, "config.json", {"url": url, "params": _PARAMS})
    return [python("bare"), PEERS / "bare" / "loop.py", config]


def _by_hand(url: str, folder: Path) -> Command:
    given = {"url": url, "params": _PARAMS, "database": str(folder / _DATABASE)}
    return [
        python("by_hand"),
        PEERS / "by_hand" / "table.py",
        _written(folder, "config.json", given),
    ]


def _plain_sdk(url: str, folder: Path) -> Command:
    config = _written(folder, "config.json", {"url": url, "params": _PARAMS})
    return [python("plain_sdk"), PEERS / "plain_sdk" / "tap.py", "--config", config]


# What Airbyte's platform hands a source: the stream to read, and how. The manifest has the columns.
_AIRBYTE_CATALOG = {
    "streams": [
        {
            "stream": {
                "name": "clicks",
                "json_schema": {"type": "object"},
                "supported_sync_modes": ["full_refresh"],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
    ]
}


def _airbyte(manifest: str, concurrency: int = 1) -> Callable[[str, Path], Command]:
    def command(url: str, folder: Path) -> Command:
        config = {"url": url, "params": _PARAMS, "concurrency": concurrency}
        given: Command = ["--config", _written(folder, "config.json", config)]
        given += ["--catalog", _written(folder, "catalog.json", _AIRBYTE_CATALOG)]
        given += ["--manifest-path", PEERS / "airbyte" / manifest]
        return [python("airbyte").with_name("source-declarative-manifest"), "read", *given]

    return command


def _dlt(load: str = "", **more: str) -> Callable[[str, Path], Command]:
    """Extract, or go on to where `load` says: `files` or `table`."""

    def command(url: str, folder: Path) -> Command:
        config = {"url": url, "params": _PARAMS, "folder": str(folder), "load": load, **more}
        return [
            python("dlt"),
            PEERS / "dlt" / "pipeline.py",
            _written(folder, "config.json", config),
        ]

    return command


_EXTRACTED = "pipelines/clicks/normalize/extracted/*/new_jobs/clicks.*"
_LOADED = "files/*/clicks/*"
# Sending usage statistics is no part of the work. dlt compresses its files unless told otherwise.
_DLT = {"RUNTIME__DLTHUB_TELEMETRY": "false"}
_DLT_PLAIN = {**_DLT, "DATA_WRITER__DISABLE_COMPRESSION": "true"}

_DATABASE = "clicks.duckdb"
_TARGET = {
    "default_target_schema": "main",
    "flush_all_streams": True,
    "add_metadata_columns": True,
    "batch_size_rows": 100_000,
}

CONTENDERS = (
    Contender("tap", "tap-copernica", "tap", _tap()),
    Contender("tap-1", "tap-copernica, concurrency 1", "tap", _tap(concurrency=1)),
    Contender("tap-8", "tap-copernica, concurrency 8", "tap", _tap(concurrency=8)),
    Contender(
        "tap-files", "Parquet files, then DuckDB", "tap", _loaded("parquet", "zstd"), _DATABASE
    ),
    Contender("load-lines", "JSON lines, then DuckDB", "tap", _loaded("jsonl", "none"), _DATABASE),
    Contender("by-hand", "by hand: pages to a file, then DuckDB", "by_hand", _by_hand, _DATABASE),
    Contender("dlt-table", "dlt rest_api, to DuckDB", "dlt", _dlt("table"), _DATABASE, _DLT),
    Contender(
        "dlt-table-parquet",
        "dlt rest_api, to DuckDB by Parquet",
        "dlt",
        _dlt("table", format="parquet"),
        _DATABASE,
        _DLT,
    ),
    Contender("load-records", "records, target-duckdb", "target_duckdb", _piped, _DATABASE),
    Contender("bare", "bare loop", "bare", _bare),
    Contender("sdk", "plain SDK tap", "plain_sdk", _plain_sdk),
    Contender("airbyte", "Airbyte declarative CDK", "airbyte", _airbyte("manifest.yaml")),
    Contender(
        "airbyte-8",
        "Airbyte CDK, ten-day slices, concurrency 8",
        "airbyte",
        _airbyte("manifest_slices.yaml", 8),
    ),
    Contender("dlt", "dlt rest_api, extract", "dlt", _dlt(), _EXTRACTED, _DLT),
    Contender(
        "dlt-plain",
        "dlt rest_api, extract, uncompressed",
        "dlt",
        _dlt(),
        _EXTRACTED,
        _DLT_PLAIN,
    ),
    Contender("dlt-load", "dlt rest_api, load to files", "dlt", _dlt("files"), _LOADED, _DLT),
)
BY_NAME = {contender.name: contender for contender in CONTENDERS}

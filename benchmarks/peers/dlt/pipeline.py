"""dlt's `rest_api` source: extract alone, or extract, normalize and load, to files or to DuckDB."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import dlt
from dlt.destinations import duckdb, filesystem
from dlt.sources.rest_api import RESTAPIConfig, rest_api_source


def source_config(url: str, params: dict[str, str]) -> RESTAPIConfig:
    """Return the clicks of a period, paged by offset until a page is empty."""
    return {
        "client": {
            "base_url": f"{url}/v2/",
            "paginator": {
                "type": "offset",
                "limit": 1000,
                "offset_param": "start",
                "limit_param": "limit",
                "total_path": None,
                "stop_after_empty_page": True,
            },
        },
        "resources": [
            {
                "name": "clicks",
                "primary_key": "ID",
                "endpoint": {
                    "path": "ms/clicks",
                    "params": {**params, "total": "false"},
                    "data_selector": "data",
                },
            }
        ],
    }


def _files(folder: Path) -> filesystem:
    return filesystem(bucket_url=str(folder / "files"))


def _table(folder: Path) -> duckdb:
    return duckdb(str(folder / "clicks.duckdb"))


_DESTINATIONS = {"files": _files, "table": _table}


def main() -> None:
    """Run what the config file asks for: its `load` says whether, and where, to go on after extract."""
    config = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(config["folder"])
    pipeline = dlt.pipeline(
        pipeline_name="clicks",
        pipelines_dir=str(folder / "pipelines"),
        destination=_DESTINATIONS.get(config["load"], _files)(folder),
        dataset_name="copernica",
    )
    source = rest_api_source(source_config(config["url"], config["params"]))
    if config["load"]:
        pipeline.run(source, loader_file_format=config.get("format"))
    else:
        pipeline.extract(source)


if __name__ == "__main__":
    main()

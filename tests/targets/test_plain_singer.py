"""The tap piped into a target without Meltano, as the README shows it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from copernica_sandbox import Sandbox

TAP = Path(sys.executable).parent / "tap-copernica"
NOW = datetime(2024, 4, 2, 12, tzinfo=UTC)
LAG = timedelta(minutes=5)
CLOCK_GRAIN = timedelta(seconds=2)  # the API tells its time in whole seconds


def write(path: Path, content: object) -> Path:
    """Write a JSON file and return its path."""
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def without_ip(catalog: dict[str, Any]) -> dict[str, Any]:
    """Return the catalog with the column `ip` of clicks deselected."""
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if stream["tap_stream_id"] == "clicks" and entry["breadcrumb"] == ["properties", "ip"]:
                entry["metadata"]["selected"] = False
    return catalog


def test_tap_into_target_jsonl_with_a_column_deselected(target_jsonl: Path, tmp_path: Path) -> None:
    config = {"access_token": "sandbox-token", "start_date": "2024-03-25"}
    with Sandbox(start="2024-03-25", clicks_per_day=200, now=NOW.isoformat()) as box:
        settings = write(tmp_path / "config.json", config | {"api_url": box.url})
        discovered = subprocess.run(
            [TAP, "--config", settings, "--discover"], capture_output=True, check=True, timeout=300
        )
        catalog = write(tmp_path / "catalog.json", without_ip(json.loads(discovered.stdout)))
        target = write(
            tmp_path / "target.json",
            {"destination_path": str(tmp_path), "do_timestamp_file": False},
        )
        messages = subprocess.run(
            [TAP, "--config", settings, "--catalog", catalog],
            capture_output=True,
            check=True,
            timeout=300,
        ).stdout
        rows = {row["ID"]: row for row in box.rows("clicks")}
    loaded = subprocess.run(
        [target_jsonl, "--config", target],
        input=messages,
        capture_output=True,
        check=True,
        timeout=300,
    )
    state = json.loads(loaded.stdout.splitlines()[-1])
    edge = datetime.fromisoformat(state["bookmarks"]["clicks"]["replication_key_value"])
    assert timedelta(0) <= NOW - LAG - edge <= CLOCK_GRAIN
    expected = {number: row for number, row in rows.items() if row["instant"] < edge}
    lines = (tmp_path / "clicks.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert {record["ID"] for record in records} == set(expected)
    assert len(records) == len(expected)
    assert all("ip" not in record for record in records)
    assert all(record["link"] == expected[record["ID"]]["link"] for record in records)

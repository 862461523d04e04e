"""Reads a large database of profiles, with and without the bulk host: calls, time and memory.

`python -m benchmarks.profiles [--profiles 1000000]`. A line for each host, from a run of the command.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tap_copernica.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
NOW = "2026-06-01T12:00:00+00:00"
STREAM = "profiles_customers"
FIELDS = [
    ("Email", "email"),
    ("Firstname", "text"),
    ("City", "text"),
    ("Orders", "integer"),
    ("Spent", "float"),
    ("Birthday", "date"),
    ("Lastlogin", "datetime"),
]
TAP = [sys.executable, "-m", "tap_copernica"]


def main() -> None:
    """Measure both ways and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profiles", type=int, default=1_000_000)
    profiles = parser.parse_args().profiles
    layout = [{"name": "Customers", "profiles": profiles, "fields": FIELDS}]
    print(
        "| host | profiles | API calls | seconds | CPU seconds | memory, MB |\n|---|---|---|---|---|---|"
    )
    with Sandbox(seed=7, layout=layout, clicks_per_day=0, now=NOW) as box:
        for host, bulk_url in (("bulk", box.bulk_url), ("API", "")):
            measure(box, host, {"bulk_url": bulk_url})


def measure(box: Sandbox, host: str, settings: dict[str, Any]) -> None:
    """Read all profiles once and print what it took."""
    given = {"access_token": box.token, "api_url": box.url, "start_date": "2026-05-01", **settings}
    with tempfile.TemporaryDirectory() as folder:
        config, catalog, out = (
            Path(folder, name) for name in ("config.json", "catalog.json", "out")
        )
        config.write_text(json.dumps(given))
        catalog.write_text(json.dumps(_only_profiles(config)))
        box.reset_calls()
        begin = time.monotonic()
        with out.open("wb") as output:
            tap = subprocess.Popen(
                [*TAP, "--config", config, "--catalog", catalog],
                stdout=output,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
            )
            _, status, usage = os.wait4(tap.pid, 0)
        seconds = time.monotonic() - begin
        with out.open("rb") as lines:
            rows = sum(b'"type":"RECORD"' in line for line in lines)
    if status:
        sys.exit(f"The run failed (exit status {os.waitstatus_to_exitcode(status)}).")
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    print(
        f"| {host} | {rows:,} | {box.calls.total():,} | {seconds:.0f} | {cpu:.0f} | {memory:.0f} |"
    )


def _only_profiles(config: Path) -> dict[str, Any]:
    done = subprocess.run(
        [*TAP, "--config", config, "--discover"], check=True, capture_output=True, cwd=ROOT
    )
    catalog: dict[str, Any] = json.loads(done.stdout)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] == STREAM
    return catalog


if __name__ == "__main__":
    main()

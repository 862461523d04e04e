"""How well the doctor's minutes fit: what it says of a first read, beside what the tap then takes.

The ratio is forecast to measured: 1 is exact, 2 says that the read took half as long as told.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from copernica_sandbox import Sandbox

BIN = Path(sys.executable).parent
NOW = "2026-06-10T12:00:00+00:00"
LATENCY_MS = 50
ACCOUNTS: dict[str, tuple[dict[str, Any], str]] = {
    "a month": ({"days": 30, "clicks_per_day": 1_000, "profiles": 2_000}, "2026-05-11"),
    "ten quiet years": ({"days": 3650, "clicks_per_day": 2, "profiles": 200}, "2016-06-12"),
}


def compare(repeats: int) -> dict[str, Any]:
    """Measure each account several times over; give medians, and the ratio of forecast to measured."""
    print(f"\nDoctor: its forecast of minutes at {LATENCY_MS} ms a call.", flush=True)
    cases = []
    for name, (account, start) in ACCOUNTS.items():
        with Sandbox(seed=7, now=NOW, latency_ms=LATENCY_MS, **account) as box:
            runs = [_once(box, start) for _ in range(repeats)]
        told, took = (median(run[key] for run in runs) for key in ("minutes_told", "minutes"))
        cases.append(
            {
                "account": name,
                "calls_told": runs[0]["calls_told"],
                "calls": runs[0]["calls"],
                "minutes_told": told,
                "minutes": round(took, 2),
                "ratio": round(told / took, 2),
                "runs": runs,
            }
        )
    return {"mode": "doctor", "latency_ms": LATENCY_MS, "cases": cases}


def _once(box: Sandbox, start: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config, report = folder / "config.json", folder / "report.json"
        settings = {"access_token": box.token, "api_url": box.url, "bulk_url": box.bulk_url}
        config.write_text(json.dumps({**settings, "start_date": start}), "utf-8")
        command = [str(BIN / "copernica-doctor"), "--config", str(config), "--json", str(report)]
        # Its exit status is about the settings.
        subprocess.run(command, check=False, capture_output=True)
        findings = json.loads(report.read_text("utf-8"))["findings"]
        told = findings["size.all"]["evidence"]
        box.reset_calls()
        command = [str(BIN / "tap-copernica"), "--config", str(config)]
        begun = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return {
            "calls_told": told["calls_of_first_read"],
            "calls": box.calls.total(),
            "minutes_told": told["minutes_of_first_read"],
            "minutes": (time.monotonic() - begun) / 60,
            "call_ms": findings["speed"]["answer"],
        }

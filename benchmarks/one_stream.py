"""A run of the command that reads one stream of a sandbox, and what it took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[1]
TAP = [sys.executable, "-m", "tap_copernica"]


@dataclass(frozen=True, slots=True)
class Took:
    """What a run took.

    Attributes:
        rows: records written.
        calls: API calls.
        seconds: from the start of the process to its end.
        cpu: seconds of the processor.
        memory: the peak, in MB.
        states: bytes of all STATE messages.
    """

    rows: int
    calls: int
    seconds: float
    cpu: float
    memory: float
    states: int


def measure(box: Sandbox, stream: str, **settings: Any) -> Took:
    """Run the tap once, for one stream of its catalog.

    Raises:
        SystemExit: if the run fails.
    """
    given = {
        "access_token": box.token,
        "api_url": box.url,
        "start_date": "2026-05-01",
        "optional_streams": ["*"],
        **settings,
    }
    with tempfile.TemporaryDirectory() as folder:
        config, catalog, out = (
            Path(folder, name) for name in ("config.json", "catalog.json", "out")
        )
        config.write_text(json.dumps(given))
        catalog.write_text(json.dumps(_only(stream, config)))
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
        if status:
            sys.exit(f"The run failed (exit status {os.waitstatus_to_exitcode(status)}).")
        rows = states = 0
        with out.open("rb") as lines:
            for line in lines:
                rows += line.startswith(b'{"type":"RECORD"')
                states += len(line) if line.startswith(b'{"type":"STATE"') else 0
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    return Took(rows, box.calls.total(), seconds, cpu, memory, states)


def _only(stream: str, config: Path) -> dict[str, Any]:
    done = subprocess.run(
        [*TAP, "--config", config, "--discover"], check=True, capture_output=True, cwd=ROOT
    )
    catalog: dict[str, Any] = json.loads(done.stdout)
    for one in catalog["streams"]:
        for entry in one["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = one["tap_stream_id"] == stream
    return catalog

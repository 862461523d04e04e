"""`meltano invoke tap-copernica:doctor` examines the account, by the settings that Meltano has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def test_the_command_of_meltano_examines_the_account(tmp_path: Path) -> None:
    with Sandbox(seed=3, days=3, clicks_per_day=40, now="2026-06-10T12:00:00+00:00") as box:
        settings = {
            "TAP_COPERNICA_API_URL": box.url,
            "TAP_COPERNICA_BULK_URL": box.bulk_url,
            "TAP_COPERNICA_ACCESS_TOKEN": box.token,
            "TAP_COPERNICA_START_DATE": "2026-06-08",
            "TAP_COPERNICA_API_VERSION": "v3",
            "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
        }
        found = tmp_path / "report.json"
        command = ("invoke", "tap-copernica:doctor", "--calls", "60", "--json", str(found))
        done = subprocess.run(
            [BIN / "meltano", *command],
            cwd=ROOT,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        asked = box.calls.total()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("# What the Copernica API answered")
    told = json.loads(found.read_text("utf-8"))
    assert told["findings"]["access.v3"]["answer"] == "works"
    assert told["findings"]["zone"]["evidence"]["timezone"] == "Europe/Amsterdam"
    assert asked <= told["calls"] <= 60
    assert box.token not in done.stdout + done.stderr

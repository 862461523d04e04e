"""Runs on machines where no disk lasts: only a state backend is shared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(box: Sandbox, state: Path, machine: Path) -> list[str]:
    """Run the pipeline with nothing of its own but an empty folder; give the lines that were loaded."""
    machine.mkdir()
    settings = {
        "MELTANO_DATABASE_URI": f"sqlite:///{machine}/meltano.db",
        "MELTANO_STATE_BACKEND_URI": state.as_uri(),
        "TAP_COPERNICA_API_URL": box.url,
        "TAP_COPERNICA_ACCESS_TOKEN": box.token,
        "TAP_COPERNICA_START_DATE": "2026-05-25",
        "TAP_COPERNICA__SELECT": '["clicks.*"]',
        "TARGET_JSONL_DESTINATION_PATH": str(machine),
    }
    done = subprocess.run(
        [BIN / "meltano", "run", "tap-copernica", "target-jsonl"],
        cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return (machine / "clicks.jsonl").read_text(encoding="utf-8").splitlines()


def test_a_second_machine_with_the_same_state_backend_reads_only_what_is_new(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    with Sandbox(seed=7, days=10, clicks_per_day=200, now="2026-06-01T12:00:00+00:00") as box:
        first = run(box, state, tmp_path / "one")
        box.now = "2026-06-01T18:00:00+00:00"
        second = run(box, state, tmp_path / "two")
    assert len(first) > 1_000
    assert 0 < len(second) < len(first) / 4

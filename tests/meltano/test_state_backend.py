"""Runs on machines where no disk lasts: only a state backend is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox import Sandbox
from tests.support.meltano import meltano, settings_for

if TYPE_CHECKING:
    from pathlib import Path


def run(box: Sandbox, state: Path, machine: Path) -> list[str]:
    """Run the pipeline with nothing of its own but an empty folder; give the lines that were loaded."""
    machine.mkdir()
    settings = {
        **settings_for(box, machine, "2026-05-25"),
        "MELTANO_STATE_BACKEND_URI": state.as_uri(),
        "TAP_COPERNICA__SELECT": '["clicks.*"]',
        "TARGET_JSONL_DESTINATION_PATH": str(machine),
    }
    meltano("run", "tap-copernica", "target-jsonl", env=settings, timeout=300)
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

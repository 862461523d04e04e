"""Runs on machines where no disk lasts: what only a state backend gives, and what it does not."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.machines import (
    EVENING,
    START,
    Machine,
    account,
    check_two_machines,
    ids_between,
)

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from copernica_sandbox import Sandbox

SECONDS_TO_BEGIN = 120


def folder_of_states(path: Path) -> dict[str, str]:
    path.mkdir(exist_ok=True)
    return {"MELTANO_STATE_BACKEND_URI": path.as_uri()}


def database_of(folder: Path) -> dict[str, str]:
    return {"MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db"}


def test_a_second_machine_with_the_same_state_backend_reads_only_what_is_new(
    tmp_path: Path,
) -> None:
    check_two_machines(tmp_path, folder_of_states(tmp_path / "states"))


def begin_and(end_with: signal.Signals, machine: Machine, box: Sandbox) -> subprocess.Popen[bytes]:
    """Start a pipeline, and send it a signal when it waits for its first page of clicks."""
    box.fault("hang", path="clicks", times=1, seconds=20)
    process = machine.start()
    end = time.monotonic() + SECONDS_TO_BEGIN
    while not box.faults_injected and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(process.pid, end_with)
    assert box.faults_injected == 1, machine.log.read_text()
    return process


@pytest.mark.soak
@pytest.mark.parametrize("shared", ["a state backend", "Meltano's database"])
def test_a_second_run_is_refused_only_where_meltano_s_database_is_shared(
    tmp_path: Path, shared: str
) -> None:
    alone = shared == "a state backend"
    place = folder_of_states(tmp_path / "states") if alone else database_of(tmp_path)
    with account() as box:
        slow = Machine(box, tmp_path / "slow", place)
        with begin_and(signal.SIGSTOP, slow, box) as process:
            try:
                box.now = EVENING
                second = Machine(box, tmp_path / "second", place)
                status = second.run()
            finally:
                os.killpg(process.pid, signal.SIGCONT)
            assert process.wait(timeout=300) == 0, slow.log.read_text()
        if not alone:
            assert status != 0
            assert "already running" in second.log.read_text()
            return
        # Both have read all of it, and the one that ended last has left its state.
        assert status == 0, second.log.read_text()
        assert second.ids() == ids_between(box, START, second.covered_to())
        assert slow.ids() == ids_between(box, START, slow.covered_to())
        assert slow.bookmark() == slow.covered_to()


@pytest.mark.soak
def test_after_a_killed_run_the_next_one_needs_force(tmp_path: Path) -> None:
    place = database_of(tmp_path)
    with account() as box:
        with begin_and(signal.SIGKILL, Machine(box, tmp_path / "killed", place), box) as process:
            assert process.wait(timeout=300) < 0
        second = Machine(box, tmp_path / "second", place)
        assert second.run() != 0
        assert "already running" in second.log.read_text()
        assert second.run("--force") == 0, second.log.read_text()
        assert second.ids() == ids_between(box, START, second.covered_to())

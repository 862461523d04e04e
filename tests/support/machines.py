"""Machines that keep nothing: Meltano in an empty folder each time, with its state somewhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from copernica_sandbox import Sandbox
from tests.support.meltano import BIN, ROOT, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

START = datetime(2026, 5, 24, 22, tzinfo=UTC)  # 2026-05-25 in Amsterdam
LOOKBACK = timedelta(minutes=180)
NOON, EVENING = "2026-06-01T12:00:00+00:00", "2026-06-01T18:00:00+00:00"
# Discovery, which Meltano asks for, and what is new: one page of one window.
CALLS_OF_THE_SECOND = {"/v2/databases": 1, "/v2/ms/clicks": 1}
STATE_ID = "dev:tap-copernica-to-target-jsonl"


def account() -> Sandbox:
    """Make an account with a week of clicks, whose time is noon."""
    return Sandbox(seed=7, days=10, clicks_per_day=200, now=NOON)


class Machine:
    """A folder that is made for a run, from which Meltano reads the clicks of an account into a file."""

    def __init__(
        self, box: Sandbox, folder: Path, backend: Mapping[str, str], programs: Path = BIN
    ) -> None:
        """Make the folder, which must not be there yet.

        Args:
            box: the account.
            folder: all that the machine has of its own.
            backend: variables that tell Meltano where its state is.
            programs: the folder of the command `meltano`.
        """
        folder.mkdir()
        self._meltano, self._folder, self.log = str(programs / "meltano"), folder, folder / "log"
        self._settings = {
            **settings_for(box, folder, START.isoformat()),
            "TAP_COPERNICA__SELECT": '["clicks.*"]',
            "TARGET_JSONL_DESTINATION_PATH": str(folder),
            **backend,
        }

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start the pipeline, in a group of processes of its own."""
        command = [self._meltano, "run", *more, "tap-copernica", "target-jsonl"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self._settings,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, *more: str) -> int:
        """Run the pipeline to its end and give the status."""
        with self.start(*more) as process:
            return process.wait(timeout=300)

    def covered_to(self) -> datetime:
        """Tell how far the last run has brought the clicks, as its last line says."""
        (line,) = re.findall(r'\{"run": .*', self.log.read_text("utf-8"))[-1:]
        return datetime.fromisoformat(json.loads(line)["streams"]["clicks"]["covered_to"])

    def bookmark(self) -> datetime:
        """Tell how far the clicks are complete by the state that Meltano has."""
        done = subprocess.run(
            [self._meltano, "state", "get", STATE_ID],
            cwd=ROOT,
            env=os.environ | self._settings,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        state = json.loads(done.stdout)["singer_state"]
        return datetime.fromisoformat(state["bookmarks"]["clicks"]["replication_key_value"])

    def ids(self) -> list[int]:
        """Give the ids of the clicks that were loaded here, in order."""
        lines = (self._folder / "clicks.jsonl").read_text("utf-8").splitlines()
        return sorted(json.loads(line)["ID"] for line in lines)


def ids_between(box: Sandbox, begin: datetime, end: datetime) -> list[int]:
    """Give the ids of an account's clicks from one instant up to another, in order."""
    rows: Iterator[int] = (row["ID"] for row in box.rows("clicks") if begin <= row["instant"] < end)
    return sorted(rows)


def check_two_machines(folder: Path, backend: Mapping[str, str], programs: Path = BIN) -> None:
    """Run twice, each time from an empty folder, and hold both against the account.

    Args:
        folder: where the machines' folders are made.
        backend: variables that tell Meltano where its state is; all that the machines share.
        programs: the folder of the command `meltano`.
    """
    with account() as box:
        one = Machine(box, folder / "one", backend, programs)
        assert one.run() == 0, one.log.read_text()
        noon = one.covered_to()
        assert one.ids() == ids_between(box, START, noon)
        assert len(one.ids()) > 1_000
        box.reset_calls()
        box.now = EVENING
        two = Machine(box, folder / "two", backend, programs)
        assert two.run() == 0, two.log.read_text()
        assert box.calls == CALLS_OF_THE_SECOND, box.calls
        assert two.ids() == ids_between(box, noon - LOOKBACK, two.covered_to())
        assert two.covered_to() - noon == timedelta(hours=6)

"""Dagster as a user runs it: its daemon, its queue, and commands; in a home that starts empty."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dagster import AssetKey, DagsterEventType, DagsterInstance

from tests_examples.dagster.workplace import EXAMPLE, TAP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests_examples.dagster.workplace import Workplace

BIN = Path(sys.executable).parent


class Engine:
    """A running instance.

    Attributes:
        environment: what its processes are told.
        instance: its storage.
    """

    def __init__(self, place: Workplace, **variables: str) -> None:
        home = place.folder / "home"
        shutil.copytree(EXAMPLE / "home", home, ignore=shutil.ignore_patterns("storage", "logs"))
        self.environment = os.environ | {
            "DAGSTER_HOME": str(home),
            "COPERNICA_TAP": TAP,
            "COPERNICA_CONFIG": str(place.config),
            "COPERNICA_CATALOG": str(place.catalog),
            "COPERNICA_FILES": str(place.files),
            "COPERNICA_RETRY_SECONDS": "0.1",
            "DAGSTER_GRPC_TIMEOUT_SECONDS": "600",  # on a machine that does a lot else, too
            **variables,
        }
        self.instance = DagsterInstance.from_config(str(home))
        self._log = place.folder / "dagster.log"

    def command(self, *words: str) -> None:
        """Run a command of Dagster to its end."""
        with self._log.open("a") as log:
            subprocess.run(
                [BIN / "dagster", *words],
                cwd=EXAMPLE,
                env=self.environment,
                stdout=log,
                stderr=log,
                check=True,
            )

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Launch what is in the queue, beside the block."""
        with self._log.open("a") as log:
            process = subprocess.Popen(
                [BIN / "dagster-daemon", "run"],
                cwd=EXAMPLE,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Wait until something is so."""
        last = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < last, self._log.read_text()[-4000:]
            time.sleep(0.05)

    def is_done(self, asset: str, partitions: int) -> bool:
        """Tell whether so many partitions are there and nothing runs any more."""
        there = self.instance.get_materialized_partitions(AssetKey(asset))
        ended = all(run.is_finished for run in self.instance.get_runs())
        return len(there) == partitions and ended

    def retries(self) -> int:
        """Count the steps that were begun again."""
        again = DagsterEventType.STEP_UP_FOR_RETRY
        return sum(
            len(self.instance.all_logs(run.run_id, of_type=again))
            for run in self.instance.get_runs()
        )


def workers(place: Workplace, part: str) -> list[int]:
    """Give the processes that read into folders of this name: the parents of their taps."""
    listed = subprocess.run(
        ["ps", "-axwwo", "ppid,args"],  # noqa: S607 - wherever a system has it
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    wanted = str(place.files / "parts" / part)
    return [int(line.split()[0]) for line in listed.splitlines()[1:] if wanted in line]


def kill(process: int) -> None:
    """End a process as the kernel does when memory runs out."""
    os.kill(process, signal.SIGKILL)

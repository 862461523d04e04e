"""One run of one contender: time, processor time, memory, calls, and whether every row arrived."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.environments import ROOT, WORK, python

if TYPE_CHECKING:
    import resource
    from pathlib import Path

    from benchmarks.contenders import Contender
    from benchmarks.sandbox import Facts

# What a user's shell does not have; unbuffered output would cost the bare loop a system call a row.
_NOISE = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, start to end of the process."""

    seconds: float
    cpu_seconds: float  # user and system, with all processes that it started
    peak_mb: float  # resident memory of its largest process
    calls: int


class DeliveryError(Exception):
    """A contender failed, or did not deliver exactly the account's rows."""


def run(contender: Contender, facts: Facts, *, verify: bool) -> Run:
    """Run a contender once against a running sandbox; ``verify`` compares the ids it delivered.

    Raises DeliveryError with what went wrong.
    """
    folder = WORK / "runs" / contender.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    command = contender.command(facts.url, folder)
    facts.forget()
    seconds, usage, status = _timed([str(part) for part in command], folder, contender)
    if status:
        msg = f"{contender.title} ended with {status}: {_last_line(folder)}"
        raise DeliveryError(msg)
    if verify:
        _check(contender, facts, folder)
    shutil.rmtree(folder)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, usage.ru_maxrss / 1024, facts.calls())


def _timed(
    command: list[str], folder: Path, contender: Contender
) -> tuple[float, resource.struct_rusage, int]:
    """Return seconds, resources and exit status; output goes to files in the folder."""
    env = {name: value for name, value in os.environ.items() if name not in _NOISE}
    env |= contender.variables
    with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=folder, env=env)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, usage, process.returncode


def _check(contender: Contender, facts: Facts, folder: Path) -> None:
    files = sorted(str(file) for file in folder.glob(contender.files))
    # An older DuckDB cannot read what the newest one has written.
    command = [str(python("tap")), "-m", "benchmarks.ids", *files]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    if (found["rows"], found["ids"]) != (facts.rows, facts.ids):
        msg = (
            f"{contender.title} delivered {found['rows']:,} rows; the account has {facts.rows:,},"
            f" and the ids are {'the same' if found['ids'] == facts.ids else 'others'}"
        )
        raise DeliveryError(msg)


def _last_line(folder: Path) -> str:
    lines = (folder / "stderr").read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "it wrote no error"

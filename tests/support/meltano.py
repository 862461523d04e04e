"""Meltano as users run it, with the project's plugins, and nothing that two tests at once would share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def meltano(
    *arguments: str,
    env: Mapping[str, str] = MappingProxyType({}),
    cwd: Path = ROOT,
    timeout: float = 300,
) -> subprocess.CompletedProcess[str]:
    """Run a command of Meltano that has to succeed.

    Args:
        arguments: after `meltano`.
        env: variables beside those of this process.
        cwd: the folder of the Meltano project.
        timeout: in seconds.
    """
    done = subprocess.run(
        [BIN / "meltano", *arguments],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def settings_for(box: Sandbox, folder: Path, start_date: str) -> dict[str, str]:
    """Give the variables that let Meltano read a sandbox, and keep in a folder what it keeps."""
    return {
        "TAP_COPERNICA_API_URL": box.url,
        "TAP_COPERNICA_ACCESS_TOKEN": box.token,
        "TAP_COPERNICA_START_DATE": start_date,
        "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
        "MELTANO_SYS_DIR_ROOT": str(own_plugins(folder / ".meltano")),
    }


def own_plugins(folder: Path) -> Path:
    """Make a folder for Meltano's own files, with the plugins that are installed for the project.

    In the project's own it keeps one catalog, which two runs at once would write and read.
    """
    folder.mkdir(exist_ok=True)
    for kind in ("extractors", "loaders"):
        if not (folder / kind).exists():
            (folder / kind).symlink_to(ROOT / ".meltano" / kind)
    return folder


def run_or_kill(
    pipeline: Sequence[str],
    env: Mapping[str, str],
    log: Path,
    kill_after: float | None,
    victims: Sequence[str] = (),
) -> int:
    """Run plugins of the demo's environment to their end, or kill processes; give Meltano's status.

    Args:
        pipeline: names of plugins.
        env: variables beside those of this process.
        log: the file to which their output is added.
        kill_after: in seconds.
        victims: the plugins to kill, so that Meltano has to see to it; all processes if none is named.
    """
    # --force: a run that was killed cannot say that it is over, and Meltano would wait for it.
    command = [str(BIN / "meltano"), "--environment=demo", "run", "--force", *pipeline]
    with (
        log.open("ab") as file,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=file,
            stderr=file,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.wait(timeout=kill_after)
        except subprocess.TimeoutExpired:
            if not victims:
                os.killpg(process.pid, signal.SIGKILL)
            for number in _processes_of(process.pid, victims):
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    os.kill(number, signal.SIGKILL)
            return process.wait(timeout=300)


def _processes_of(group: int, names: Sequence[str]) -> list[int]:
    """Find the processes of a group that run one of these programs."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # gone meanwhile
                words = (entry / "cmdline").read_bytes().split(b"\0")
                ours = os.getpgid(int(entry.name)) == group and b"--config" in words
                if ours and any(Path(word.decode()).name in names for word in words if word):
                    found.append(int(entry.name))
    return found

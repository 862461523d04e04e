"""Runs commands of the tap in forks of one process that has imported it: see `fork_server`."""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.fork_server import LARGEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]


class Forks:
    """A running fork server, and the way to it."""

    def __init__(self) -> None:
        """Start it; the first command waits until it has imported the tap."""
        self._channel, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with far:
            # Its outputs are pipes, as those of the commands are: Python chooses by that how to buffer.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.fork_server", str(far.fileno())],
                cwd=ROOT, pass_fds=[far.fileno()], stdout=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        atexit.register(self.stop)

    def run(
        self, arguments: Sequence[str], env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Args:
            arguments: after `tap-copernica`.
            env: all of its environment.
            timeout: in seconds, after which it is killed and `subprocess.TimeoutExpired` raised.
        """
        request = {"arguments": arguments, "env": {**env}, "folder": str(Path.cwd())}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            files = [out.fileno(), err.fileno()]
            socket.send_fds(self._channel, [json.dumps(request).encode()], files)
            self._channel.settimeout(timeout)
            forked = int(self._channel.recv(LARGEST))
            try:
                status = int(self._channel.recv(LARGEST))
            except TimeoutError:
                os.kill(forked, signal.SIGKILL)
                self._channel.recv(LARGEST)
                raise subprocess.TimeoutExpired([*arguments], timeout) from None
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), *texts)

    def stop(self) -> None:
        """Let it end."""
        self._channel.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@functools.cache
def forks() -> Forks:
    """Give the fork server of this process, started when it is first asked for."""
    return Forks()

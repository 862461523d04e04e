"""A process that has imported the tap, and forks itself into each command that it is asked to run.

Importing takes half a second, far longer than what most commands of the tests do. A fork has arguments, an
environment, a folder, outputs and an end of its own, as any process; only its imports are not its own.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import socket
import sys

import tap_copernica.tap  # noqa: F401 - what is not to be imported again and again

LARGEST = 150_000  # bytes of a request: the socket takes it as one message


def serve(channel: socket.socket) -> list[str]:
    """Fork for each request; in the forked process give its arguments, in this one never return.

    A request is a JSON object with the arguments, the environment and the folder; the two outputs come with
    it. Two answers follow: the number of the process, and how it ended, as `os.waitpid` says it.
    """
    while True:
        request, outputs, _, _ = socket.recv_fds(channel, LARGEST, 2)
        if not request:
            raise SystemExit
        forked = os.fork()
        if not forked:
            channel.close()
            return become(json.loads(request), outputs)
        for output in outputs:
            os.close(output)
        channel.send(str(forked).encode())
        channel.send(str(os.waitpid(forked, 0)[1]).encode())


def become(request: dict[str, dict[str, str] | list[str] | str], outputs: list[int]) -> list[str]:
    """Take over what a request says of the process; give its arguments."""
    for number, output in enumerate(outputs, start=1):
        os.dup2(output, number)
        os.close(output)
    arguments, environment, folder = request["arguments"], request["env"], request["folder"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    assert isinstance(folder, str)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    return arguments


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # or the first collection in each fork would touch, and so copy, every page of memory
    sys.argv[1:] = serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("tap_copernica", run_name="__main__", alter_sys=True)

"""The host that streams large lists, and the ways in which it disappoints.

The documentation calls it rest.copernica.com: the same API, but some lists accept limits over 1000
and come chunked, without Content-Length. Here it is the same server under ``/bulk``.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from copernica_sandbox.faults import Fault

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply
    from copernica_sandbox.switches import Switches

_PREFIX = "/bulk/"


def trouble(switches: Switches, path: str) -> Fault | None:
    """Return the fault that the switches give a call to the bulk host; None: it is answered."""
    if not path.startswith(_PREFIX):
        return None
    kind = {"missing": "404", "refuses": "reset", "hangs": "hang"}.get(switches.bulk)
    if kind is not None:
        return Fault(kind)
    if switches.bulk_cut_bytes:
        return Fault("chunk_cut", options={"bytes": switches.bulk_cut_bytes})
    return None


def whole(reply: Reply) -> Reply:
    """Return a streamed reply with its body in one piece, to be spoilt on the wire."""
    if reply.chunks is not None:
        reply.body, reply.chunks = reply.body + b"".join(reply.chunks), None
    return reply


class DeadHost:
    """An address on 127.0.0.1 that refuses connections, or lets them wait for ever."""

    def __init__(self, *, hangs: bool) -> None:
        """Take a free port and hold it; with ``hangs`` connections are neither taken nor refused."""
        self._sockets = [socket.socket()]
        host = self._sockets[0]
        host.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{host.getsockname()[1]}"
        if hangs:
            # Once its queue of one is full, the system drops whoever comes next without a word.
            host.listen(0)
            for _ in range(2):
                waiting = socket.socket()
                waiting.setblocking(False)  # noqa: FBT003  (its only form)
                waiting.connect_ex(host.getsockname())
                self._sockets.append(waiting)

    def close(self) -> None:
        """Give the port back."""
        for one in self._sockets:
            one.close()

"""The HTTP service: counting, faults and delays around `api.answer`.

A uvicorn server on 127.0.0.1 runs it in a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import uvicorn
from typing_extensions import override

from copernica_sandbox import api, php, wire
from copernica_sandbox.control import application
from copernica_sandbox.databases.bulk import trouble, whole
from copernica_sandbox.http import Reply, Request

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from copernica_sandbox.core import Core
    from copernica_sandbox.faults import Fault
    from copernica_sandbox.wire import Receive, Send

_CONTROL = "/sandbox/"
_BROKEN = {"empty", "reset", "truncated", "chunk_cut", "hang"}
_WAIT = 10


class Service:
    """The ASGI application of one sandbox."""

    def __init__(self, core: Core, connections: wire.Connections) -> None:
        """Take the state to serve and the connections it comes over."""
        self._core = core
        self._connections = connections
        self._control = application(core)
        self._closing = asyncio.Event()

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Receive, sender: Send
    ) -> None:
        """Answer one request."""
        if scope["path"].startswith(_CONTROL):
            await self._control(scope, receive, sender)
            return
        request = await _read(scope, receive)
        core = self._core
        core.record(request.path, request.pairs, request.host)
        fault = core.faults.pick(request.path) or trouble(core.switches, request.path)
        await self._delay(request)
        if fault is None:
            reply = self._reply(request)
            core.timetable.answered()
            await wire.send(reply, sender)
        else:
            await self._fail(fault, request, scope, receive, sender)

    def close(self) -> None:
        """Let hanging calls go, since the server stops."""
        self._closing.set()

    async def _delay(self, request: Request) -> None:
        options = self._core.options
        seconds = options.latency_ms / 1000
        if options.offset_ms_per_thousand:
            start = php.integer(dict(request.pairs).get("start"), 0)
            seconds += max(0, start) * options.offset_ms_per_thousand / 1e6
        if seconds:
            await asyncio.sleep(seconds)

    async def _fail(
        self,
        fault: Fault,
        request: Request,
        scope: MutableMapping[str, Any],
        receive: Receive,
        sender: Send,
    ) -> None:
        seconds = float(fault.options.get("seconds", 30 if fault.kind == "hang" else 5))
        if fault.kind == "hang":
            await self._hang(seconds, receive)
        reply = self._spoilt(fault, request)
        self._core.timetable.answered()
        reply = whole(reply)
        if fault.kind in _BROKEN:
            transport = self._connections.of(scope)
            if transport is not None:
                after = fault.options.get("bytes")
                await wire.break_off(fault.kind, reply, transport, receive, after=after)
            return
        await wire.send(reply, sender, over=seconds if fault.kind == "drip" else 0)

    def _spoilt(self, fault: Fault, request: Request) -> Reply:
        """Return the reply that a fault gives, or the right one for the wire to spoil."""
        core = self._core
        reply = wire.instead(fault, request.host, request.path, request.query)
        if reply is not None:
            return wire.stamped(reply, core.switches, core.now())
        reply = self._reply(request)
        if fault.kind == "invalid_json":
            reply.body = reply.body[: max(1, len(reply.body) // 2)]
        return reply

    async def _hang(self, seconds: float, receive: Receive) -> None:
        """Wait until the time is over, the client has gone, or the server stops."""
        waits = [asyncio.ensure_future(receive()), asyncio.ensure_future(self._closing.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    def _reply(self, request: Request) -> Reply:
        core = self._core
        with core.lock:
            reply = api.answer(core, request)
            for part, alter in core.alterations:
                if part in request.path:
                    reply = alter(request, whole(reply))
            return wire.stamped(reply, core.switches, core.now())


async def _read(scope: MutableMapping[str, Any], receive: Receive) -> Request:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True)
    host = headers.get("host", "")
    return Request(scope["method"], scope["path"], query, pairs, headers, body, host)


class _PromptServer(uvicorn.Server):
    """A uvicorn server that stops at once.

    uvicorn's own looks ten times a second whether it is to stop, and then waits as long, also where nobody is
    connected: a fifth of a second for each of the many sandboxes that tests start.
    """

    _loop: asyncio.AbstractEventLoop | None = None
    _ended: asyncio.Event

    @override
    async def main_loop(self) -> None:
        """Serve until `end`."""
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        await self.on_tick(0)  # once, since it sends no time of its own
        if not self.should_exit:
            await self._ended.wait()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is being answered end within the time that is given for it; close everything."""
        for closed in [*self.servers, *(sockets or ())]:
            closed.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        deadline = time.monotonic() + (self.config.timeout_graceful_shutdown or 0)
        while (state.connections or state.tasks) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.002)  # uvicorn does not tell when the last one is gone
        for task in state.tasks:
            task.cancel()

    def end(self) -> None:
        """Stop soon; to be called from another thread."""
        self.should_exit = True
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._ended.set)


class Server:
    """A running HTTP server for one sandbox, in a thread of its own."""

    def __init__(self, core: Core, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on an address (port 0: a free one); raises OSError when the port is taken."""
        # asyncio turns Nagle's delay off only where the protocol is named.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((host, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        connections = wire.Connections()
        self._service = Service(core, connections)
        config = uvicorn.Config(
            self._service,
            http=connections.protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=3600,
            timeout_graceful_shutdown=1,
            backlog=512,
        )
        self._server = _PromptServer(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="copernica-sandbox", daemon=True
        )

    def start(self) -> None:
        """Start serving; returns when calls are accepted."""
        self._thread.start()
        deadline = time.monotonic() + _WAIT
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                msg = f"the sandbox's server did not start on port {self.port}"
                raise RuntimeError(msg)
            time.sleep(0.002)

    def stop(self) -> None:
        """Stop serving; running calls end within a second."""
        self._service.close()
        self._server.end()
        self._thread.join(_WAIT)
        self._socket.close()

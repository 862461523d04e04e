"""Replies and failures on the wire.

A server library cannot break its own protocol, so failures below HTTP (no bytes, a reset, a body
cut short) are written to the connection itself: `Connections` keeps uvicorn's open transports by
the client's address, which the request's scope names.
"""

from __future__ import annotations

import asyncio
import codecs
import socket
import struct
from email.utils import formatdate
from itertools import chain
from typing import TYPE_CHECKING, Any

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from copernica_sandbox.http import Reply, error_reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from copernica_sandbox.faults import Fault
    from copernica_sandbox.switches import Switches

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

_CLOSE_AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER with no time: the peer sees a reset
_DRIPS = 50
_OK, _JSON = 200, "application/json"
_PAGE = "<html><head><title>{title}</title></head><body><h1>{heading}</h1></body></html>\n"
_OVERLOAD = _PAGE.format(title="Loadbalancer Error", heading="too many requests to handle")
_GATEWAY = _PAGE.format(title="502 Server Error", heading="502 Bad Gateway")
_UNKNOWN = _PAGE.format(title="404 Not Found", heading="Not Found")
_LOGIN = _PAGE.format(title="Copernica", heading="Maintenance")


class Connections:
    """The open connections of one server."""

    def __init__(self) -> None:
        """Begin with none open."""
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[H11Protocol]:
        """Return uvicorn's HTTP/1.1 protocol, made to note its transports here."""
        transports = self._open

        class NotingProtocol(H11Protocol):
            @override
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            @override
            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                if self.client is not None:
                    transports.pop(self.client, None)

        return NotingProtocol

    def of(self, scope: MutableMapping[str, Any]) -> asyncio.Transport | None:
        """Return the transport over which a request came, unless the client has gone."""
        return self._open.get(scope["client"])


def stamped(reply: Reply, switches: Switches, now: int) -> Reply:
    """Return the reply with its Date header, which follows the account's clock, and its form."""
    if reply.status == _OK and reply.content_type == _JSON:
        if switches.content_type == "html":
            reply.content_type = "text/html; charset=UTF-8"
        if switches.mark and reply.chunks is None:
            reply.body = codecs.BOM_UTF8 + reply.body
        elif switches.mark:
            reply.chunks = chain([codecs.BOM_UTF8], reply.chunks or ())
    if switches.date_header == "on":
        date = formatdate(now + switches.clock_offset_seconds, usegmt=True)
        reply.headers.append(("Date", date))
    elif switches.date_header == "garbage":
        reply.headers.append(("Date", "yesterday, probably"))
    return reply


def instead(fault: Fault, host: str, path: str, query: str) -> Reply | None:
    """Return the reply that a fault gives in place of the right one.

    None means that the fault lies below HTTP or spoils the right reply.
    """
    options = fault.options
    if fault.kind.startswith("redirect"):
        if fault.kind == "redirect_other":
            host = f"{options.get('host', 'localhost')}:{host.rpartition(':')[2]}"
        location = f"http://{host}{path}" + (f"?{query}" if query else "")
        return Reply(302, b"", "text/html", [("Location", location)])
    if fault.kind == "429":
        after = options.get("retry_after")
        headers = [] if after is None else [("Retry-After", str(after))]
        return Reply(429, b"Too Many Requests", "text/plain", headers)
    replies = {
        "400": error_reply(400, options.get("message", "Invalid data provided")),
        "500": error_reply(500, "Internal error"),
        "404": Reply(404, _UNKNOWN.encode(), "text/html"),
        "502": Reply(502, _GATEWAY.encode(), "text/html"),
        "503": Reply(503, _OVERLOAD.encode(), "text/html"),
        "504": Reply(504, _OVERLOAD.encode(), "text/html"),
        "html": Reply(200, _LOGIN.encode(), "text/html"),
    }
    return replies.get(fault.kind)


async def send(reply: Reply, sender: Send, *, over: float = 0) -> None:
    """Send a reply, its body spread over some seconds where ``over`` is given."""
    headers = [("Content-Type", reply.content_type), *reply.headers]
    if reply.chunks is None:
        headers.append(("Content-Length", str(len(reply.body))))
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await sender({"type": "http.response.start", "status": reply.status, "headers": raw})
    for chunk in reply.chunks or ():
        await sender({"type": "http.response.body", "body": chunk, "more_body": True})
    body = reply.body
    if over:
        step = max(1, len(body) // _DRIPS)
        while len(body) > step:
            await sender({"type": "http.response.body", "body": body[:step], "more_body": True})
            body = body[step:]
            await asyncio.sleep(over / _DRIPS)
    await sender({"type": "http.response.body", "body": body})


async def break_off(
    kind: str,
    reply: Reply,
    transport: asyncio.Transport,
    receive: Receive,
    *,
    after: int | None = None,
) -> None:
    """End the connection in the way of a fault.

    ``empty``, ``reset``, ``truncated`` or ``chunk_cut``; ``after`` is how many bytes of the body
    arrive (default: two thirds).
    """
    part = reply.body[: max(1, len(reply.body) * 2 // 3) if after is None else after]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {reply.content_type}\r\n"
    if kind == "truncated":
        transport.write(f"{head}Content-Length: {len(reply.body)}\r\n\r\n".encode() + part)
    elif kind == "chunk_cut":
        size = f"{len(reply.body):x}\r\n"
        transport.write(f"{head}Transfer-Encoding: chunked\r\n\r\n{size}".encode() + part)
    if kind == "reset":
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CLOSE_AT_ONCE)
        transport.abort()
    else:
        transport.close()
    # uvicorn reports an unanswered call as an error unless it has seen the connection end.
    while (await receive())["type"] != "http.disconnect":
        pass

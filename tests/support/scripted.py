"""A server with prepared answers, for what the sandbox never says. It notes what it was asked."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable


class Answer(NamedTuple):
    body: bytes = b'{"data":[]}'
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """Gives its answers one after the other, the last one for ever; or what `reply` says."""

    answers: list[Answer] = field(default_factory=lambda: [Answer()])
    context: ssl.SSLContext | None = None
    asked: list[Asked] = field(default_factory=list)
    reply: Callable[[Asked], Answer] | None = None

    def __enter__(self) -> Self:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                number = min(len(script.asked), len(script.answers) - 1)
                asked = Asked(self.command, self.path, headers, body)
                script.asked.append(asked)
                answer = script.answers[number] if script.reply is None else script.reply(asked)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_CONNECT = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: Any) -> None:
                pass

        class Server(HTTPServer):
            def handle_error(self, *_: Any) -> None:
                """Take it that a client hangs up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if self.context is not None:
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

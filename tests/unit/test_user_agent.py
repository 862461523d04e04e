"""Every call says who makes it, that for a JWT included."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica import settings
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Iterator


class Handler(BaseHTTPRequestHandler):
    seen: list[str | None]

    def do_GET(self) -> None:
        self.seen.append(self.headers["User-Agent"])
        body = b"a.b.c" if self.command == "POST" else b'{"id": "1"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library's name

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.seen = []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("given", [None, "my-pipeline/1.0"])
@pytest.mark.parametrize(("version", "calls"), [("v2", 1), ("v4", 2)])
def test_each_call_says_who_makes_it(
    server: HTTPServer, given: str | None, version: str, calls: int
) -> None:
    config = {
        "access_token": "token",
        "start_date": "2024-01-01",
        "api_version": version,
        "api_url": f"http://127.0.0.1:{server.server_port}",
        "user_agent": given,
    }
    streams = {
        stream.name: stream
        for stream in TapCopernica(config=config, catalog={"streams": []}).static_streams()
    }
    streams["account"].probe()
    assert Handler.seen == [given or f"tap-copernica/{metadata.version('tap-copernica')}"] * calls


@pytest.mark.parametrize("given", ["", " ", "a\nb", "é", 5])
def test_what_cannot_be_a_header_is_a_users_mistake(given: Any) -> None:
    _, problems = settings.read(
        {"access_token": "t", "start_date": "2024-01-01", "user_agent": given}
    )
    assert [line.partition(" ")[0] for line in problems] == ["`user_agent`"]

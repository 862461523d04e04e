"""Whatever the environment holds: one line that says what to check, at once, and no secret."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import certifi
import pytest

from tap_copernica.errors import RunError
from tests.support.runs import Output, run
from tests.support.scripted import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOON = "2026-06-01T12:00:00+00:00"
PASSWORD = "p4ssw0rd"
# 192.0.2.0/24 is for examples: nobody is there, and nobody is asked.
ELSEWHERE = "http://192.0.2.1"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.delenv(spelling, raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def box(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox(days=3, clicks_per_day=20, now=NOON)


def read(box: Sandbox, **settings: object) -> Output:
    plain = {"start_date": "2026-05-30", "streams": ("clicks", "emailings")}
    # Back-off that would be felt: what cannot pass is not tried again.
    return run(box, **{**plain, "backoff_seconds": 60, "max_tries": 8, **settings})  # type: ignore[arg-type]


ADDRESSES = [
    f"http://user:{PASSWORD}@[::1",
    f"http://user:{PASSWORD}@::1]",
    f"http://user:{PASSWORD}@[",
    f"http://user:{PASSWORD}@]",
    f"http://user:{PASSWORD}@",
    f"http://user:{PASSWORD}@/",
    f"http://user:{PASSWORD}@proxy:",
    f"http://user:{PASSWORD}@proxy:port",
    f"http://user:{PASSWORD}@proxy:99999",
    f"http://user:{PASSWORD}@pro xy:1",
    f"http://user:{PASSWORD}[@proxy:1x",
    f"user:{PASSWORD}@proxy:x",
    f"ftp://user:{PASSWORD}@proxy:1",
    "[",
    "]",
    "http://",
    ":",
    "http://:8080",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
def test_an_address_of_a_proxy_that_is_none_is_one_line_without_its_password(
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    address: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(name.lower(), address)
    output = read(box)
    assert isinstance(output.error, RunError)
    assert "proxy" in output.error.message
    assert "HTTP_PROXY" in output.error.message
    assert "\n" not in output.error.message
    assert PASSWORD not in caplog.text + output.error.message
    assert box.calls.total() == 0


def test_a_proxy_that_is_not_used_for_the_host_may_be_anything(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "[")
    assert read(box).error is None
    monkeypatch.setenv("http_proxy", "[")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert read(box).error is None


def test_a_socks_proxy_without_its_package_is_one_line(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"socks5h://user:{PASSWORD}@127.0.0.1:1080")
    output = read(box)
    assert isinstance(output.error, RunError)
    assert "PySocks" in output.error.message
    assert PASSWORD not in output.error.message


@pytest.mark.parametrize("version", ["v2", "v4"])
def test_a_proxy_that_asks_for_a_login_is_named(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    with Scripted([Answer(b"<h1>Login</h1>", 407)]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        output = read(box, api_version=version)
        assert len(proxy.asked) == 1
    assert isinstance(output.error, RunError)
    assert "HTTP 407" in output.error.message
    assert "asks for a login" in output.error.message


@pytest.mark.parametrize("status", [407, 403])
def test_a_proxy_that_refuses_a_tunnel_is_named(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with Scripted([Answer(b"", status)]) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        output = read(box, api_url="https://api.copernica.invalid")
        assert len(proxy.asked) == 1
    assert isinstance(output.error, RunError)
    assert f"The proxy refused the call (HTTP {status})" in output.error.message


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_missing_or_none_are_one_line(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    no_pem = tmp_path / "ca.pem"
    no_pem.write_bytes(b"no certificate \xff")
    empty = tmp_path / "empty.pem"
    empty.write_bytes(b"")
    for path, what in (
        (tmp_path / "missing.pem", "is missing"),
        (no_pem, "no certificates"),
        (empty, "no cert"),
    ):
        monkeypatch.setenv(name, str(path))
        output = read(box)
        assert isinstance(output.error, RunError), path
        assert what in output.error.message
        assert name in output.error.message
        assert box.calls.total() == 0
    monkeypatch.setenv(name, certifi.where())
    assert read(box).error is None

"""Over TLS the token goes only to a host whose certificate is trusted."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from tap_copernica.errors import RunError
from tap_copernica.tap import TapCopernica
from tests.support.scripted import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Scripted]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with Scripted([Answer(b'{"id": "1"}')], context=context) as server:
        yield server


def trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))


def ask(host: str, port: int) -> None:
    config = {
        "access_token": "a-token",
        "start_date": "2024-01-01",
        "api_url": f"https://{host}:{port}",
        "max_tries": 1,
    }
    streams = TapCopernica(config=config, catalog={"streams": []}).static_streams()
    next(stream for stream in streams if stream.name == "account").probe()


def test_a_certificate_that_is_not_trusted_is_one_clear_line_and_no_call(server: Scripted) -> None:
    with pytest.raises(RunError, match=r"certificate of the API's host is not trusted\. Check"):
        ask("127.0.0.1", server.port)
    assert server.asked == []


def test_a_certificate_of_another_host_is_not_trusted(
    server: Scripted, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority, tmp_path, monkeypatch)
    with pytest.raises(RunError, match="certificate of the API's host is not trusted"):
        ask("localhost", server.port)
    assert server.asked == []


def test_an_authority_of_ones_own_is_trusted_where_the_environment_names_it(
    server: Scripted, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(authority, tmp_path, monkeypatch)
    ask("127.0.0.1", server.port)
    assert [one.path for one in server.asked] == ["/v2/identity?access_token=a-token"]

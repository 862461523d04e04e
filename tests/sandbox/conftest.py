from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-06-01T12:00:00+00:00"


class Client:
    """Asks a sandbox over HTTP, as any program would."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.session = requests.Session()

    def get(self, path: str, *pairs: tuple[str, str], **parameters: Any) -> requests.Response:
        query = [("access_token", self.box.token), *pairs, *parameters.items()]
        return self.session.get(f"{self.box.url}/{path}", params=query, timeout=20)

    def page(self, path: str, *pairs: tuple[str, str], **parameters: Any) -> dict[str, Any]:
        answer = self.get(path, *pairs, **parameters)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def every(
        self, path: str, *pairs: tuple[str, str], size: int = 1000, **parameters: Any
    ) -> list[dict[str, Any]]:
        """Read a list by offset to its empty page."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.page(path, *pairs, start=len(rows), limit=size, **parameters)
            if not page["data"]:
                return rows
            rows += page["data"]

    def jwt(self) -> str:
        form = {"access_token": self.box.token}
        return self.session.post(self.box.url, data=form, timeout=20).text

    def bearer(self, path: str, token: str, **parameters: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.box.url}/{path}"
        return self.session.get(url, params=parameters, headers=headers, timeout=20)

    def close(self) -> None:
        self.session.close()


def _restore(client: Client) -> None:
    client.box.restore()
    client.box.reset_calls()
    client.box.now = NOW
    default = Switches()
    client.box.switch(**{name: getattr(default, name) for name in Switches.__slots__})


@pytest.fixture(scope="session")
def running() -> Iterator[Client]:
    with Sandbox(seed=7, days=30, clicks_per_day=100, now=NOW) as box:
        client = Client(box)
        yield client
        client.close()


@pytest.fixture(scope="session")
def empty() -> Iterator[Client]:
    with Sandbox(days=5, clicks_per_day=0, now=NOW) as box:
        client = Client(box)
        yield client
        client.close()


@pytest.fixture(scope="session")
def small() -> Iterator[Client]:
    with Sandbox(seed=7, days=22, clicks_per_day=35, now=NOW) as box:
        client = Client(box)
        yield client
        client.close()


@pytest.fixture
def account(small: Client) -> Client:
    """Return a client of a smaller account, for tests that read all its streams."""
    _restore(small)
    return small


@pytest.fixture
def client(running: Client) -> Client:
    """Return a client of a month's account, put back to its plan and the default switches."""
    _restore(running)
    return running


@pytest.fixture
def living(empty: Client) -> Client:
    """Return a client of an account without mailings, to which a test adds its own events."""
    _restore(empty)
    return empty

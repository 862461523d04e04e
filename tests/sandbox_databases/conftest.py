from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-06-01T12:00:00+00:00"
PLAIN, NASTY, EMPTY = 11, 12, 13
ORDERS = 701


class Client:
    """Asks a sandbox over HTTP, as any program would."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.session = requests.Session()

    def get(
        self, path: str, *conditions: str, bulk: bool = False, **parameters: Any
    ) -> requests.Response:
        query = [
            ("access_token", self.box.token),
            *(("fields[]", condition) for condition in conditions),
            *parameters.items(),
        ]
        base = self.box.bulk_url if bulk else self.box.url
        return self.session.get(f"{base}/v2/{path}", params=query, timeout=20)

    def json(self, path: str, *conditions: str, **parameters: Any) -> Any:
        answer = self.get(path, *conditions, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def error(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 400
        message: str = answer.json()["error"]["message"]
        return message

    def ids(self, path: str, *conditions: str, **parameters: Any) -> list[int]:
        page = self.json(path, *conditions, **{"limit": 1000, **parameters})
        return [int(row["ID"]) for row in page["data"]]


@pytest.fixture(scope="session")
def running() -> Iterator[Client]:
    with Sandbox(
        seed=7, databases=3, hard_names=True, profiles=900, clicks_per_day=0, now=NOW
    ) as box:
        client = Client(box)
        yield client
        client.session.close()


@pytest.fixture
def client(running: Client) -> Client:
    """Return a client of an account with a plain, a nasty and an empty database, as it was made."""
    running.box.restore()
    running.box.reset_calls()
    running.box.now = NOW
    default = Switches()
    running.box.switch(**{name: getattr(default, name) for name in Switches.__slots__})
    return running

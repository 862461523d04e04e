from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.http import Reply
from tests.support.limits import limit

if TYPE_CHECKING:
    from copernica_sandbox.http import Request
    from tests.sandbox.conftest import Client


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("502", 502, "502 Server Error"),
        ("503", 503, "Loadbalancer Error"),
        ("504", 504, "too many requests to handle"),
        ("429", 429, "Too Many"),
        ("500", 500, '{"error":{"message"'),
        ("400", 400, "Invalid data provided"),
        ("html", 200, "<html>"),
    ],
)
def test_a_fault_answers_in_place_of_the_api(
    client: Client, kind: str, status: int, text: str
) -> None:
    client.box.fault(kind, times=1)
    answer = client.get("v2/ms/clicks")
    assert answer.status_code == status
    assert text in answer.text
    assert client.get("v2/ms/clicks").status_code == 200


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("empty", "without response"),
        ("reset", "reset by peer"),
        ("truncated", "IncompleteRead"),
        ("chunk_cut", "IncompleteRead"),
        ("hang", "without response"),
    ],
)
def test_a_fault_breaks_the_connection(client: Client, kind: str, message: str) -> None:
    client.box.fault(kind, times=1, seconds=0.1)
    with pytest.raises(requests.RequestException, match=message):
        client.get("v2/ms/clicks")
    assert client.get("v2/ms/clicks").status_code == 200


def test_json_can_be_cut_under_a_proper_200(client: Client) -> None:
    client.box.fault("invalid_json", times=1)
    answer = client.get("v2/ms/clicks")
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_retry_after_is_an_option(client: Client) -> None:
    client.box.fault("429", times=1, retry_after=7)
    assert client.get("v2/ms/clicks").headers["retry-after"] == "7"


def test_a_slow_answer_is_whole(client: Client) -> None:
    client.box.fault("drip", times=1, seconds=0.2)
    begun = time.monotonic()
    assert client.page("v2/ms/clicks")["count"] == 100
    assert time.monotonic() - begun >= 0.15


def test_redirects_carry_the_token_to_this_host_or_another(client: Client) -> None:
    client.box.fault("redirect_same", times=1)
    answer = client.get("v2/ms/clicks")
    assert client.box.token in answer.history[0].headers["location"]
    client.box.fault("redirect_other", times=1)
    answer = client.get("v2/ms/clicks")
    assert answer.history[0].headers["location"].startswith("http://localhost:")
    assert any(host.startswith("localhost") for host in client.box.core.hosts)


def _statuses(client: Client, calls: int, path: str = "v2/ms/clicks") -> list[int]:
    return [client.get(path, limit=1).status_code for _ in range(calls)]


def test_faults_strike_by_number_path_and_chance(client: Client) -> None:
    client.box.fault("503", calls=[2, 3])
    assert _statuses(client, 4) == [200, 503, 503, 200]
    client.box.clear_faults()
    client.box.fault("503", path="identity")
    assert _statuses(client, 1) + _statuses(client, 1, "v2/identity") == [200, 503]
    client.box.clear_faults()
    client.box.fault("503", probability=0.5, seed=4)
    drawn = _statuses(client, 20)
    client.box.clear_faults()
    client.box.fault("503", probability=0.5, seed=4)
    assert _statuses(client, 20) == drawn
    assert set(drawn) == {200, 503}


def test_calls_are_counted_whatever_their_answer(client: Client) -> None:
    client.box.fault("503", calls=[1])
    _statuses(client, 2)
    client.session.get(f"{client.box.url}/sandbox/calls", timeout=20)
    assert client.box.calls == {"/v2/ms/clicks": 2}
    path, pairs = client.box.requests[0]
    assert (path, ("limit", "1") in pairs) == ("/v2/ms/clicks", True)


def test_stopping_lets_hanging_calls_go() -> None:
    box = Sandbox(days=1)
    box.start()
    box.fault("hang", seconds=60)
    errors: list[Exception] = []

    def ask() -> None:
        try:
            requests.get(f"{box.url}/v2/identity", timeout=30)
        except requests.RequestException as error:
            errors.append(error)

    caller = threading.Thread(target=ask)
    caller.start()
    while not box.calls:
        time.sleep(0.01)
    begun = time.monotonic()
    box.stop()
    caller.join(5)
    assert time.monotonic() - begun < limit(2)
    assert errors


@pytest.mark.parametrize("rule", [{"kind": "none"}, {"kind": "503", "calls": 3}])
def test_a_rule_that_cannot_be_is_refused(client: Client, rule: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        client.box.fault(**rule)


def test_an_altered_answer_is_sent_until_faults_are_cleared(client: Client) -> None:
    def emptied(_request: Request, _reply: Reply) -> Reply:
        return Reply(200, b"[]")

    client.box.alter(emptied, "/ms/clicks")
    assert client.get("v2/ms/clicks").text == "[]"
    assert client.get("v2/ms/emailings").json()["data"]
    client.box.clear_faults()
    assert client.get("v2/ms/clicks").json()["data"]

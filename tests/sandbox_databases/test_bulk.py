"""The host that streams large lists."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import requests

from tests.sandbox_databases.conftest import PLAIN
from tests.support.limits import limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox_databases.conftest import Client

PROFILES = f"database/{PLAIN}/profiles"


def test_large_lists_are_streamed_without_a_length(client: Client) -> None:
    answer = client.get(PROFILES, bulk=True, limit=100_000)
    assert "content-length" not in answer.headers
    assert answer.headers["transfer-encoding"] == "chunked"
    page = answer.json()
    client.box.switch(page_cap=100_000)
    assert page == client.json(PROFILES, limit=100_000)
    assert list(page) == ["start", "limit", "count", "data", "total"]


def test_filters_and_pages_work_there_too(client: Client) -> None:
    client.box.switch(bulk_limit=300)
    found: list[int] = []
    while page := client.ids(PROFILES, f"id>{found[-1] if found else 0}", bulk=True):
        found += page
        assert len(page) <= 300
    assert found == [row["ID"] for row in client.box.profiles(PLAIN)]
    assert client.json(PROFILES, "id<0", bulk=True)["data"] == []


def test_other_calls_answer_there_as_everywhere(client: Client) -> None:
    assert client.json("databases", bulk=True) == client.json("databases")
    assert client.get("database/9", bulk=True).status_code == 400


def test_calls_to_the_bulk_host_are_counted_under_its_path(client: Client) -> None:
    client.json(PROFILES, bulk=True)
    assert client.box.calls == {f"/bulk/v2/{PROFILES}": 1}


def test_it_may_cap_lists_like_the_other_host(client: Client) -> None:
    client.box.switch(bulk="capped", page_cap=500)
    answer = client.get(PROFILES, bulk=True, limit=100_000)
    assert "content-length" in answer.headers
    assert answer.json()["count"] == 500


def test_it_may_not_know_its_paths(client: Client) -> None:
    client.box.switch(bulk="missing")
    answer = client.get(PROFILES, bulk=True)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html")


def _until_it_breaks(answer: requests.Response) -> Iterator[bytes]:
    chunks = answer.iter_content(256)
    with pytest.raises(requests.RequestException):
        yield from chunks


@pytest.mark.parametrize("size", [1, 1500, 20_001])
def test_it_may_break_off_after_any_number_of_bytes(client: Client, size: int) -> None:
    whole = client.get(PROFILES, bulk=True, limit=100_000).content
    client.box.switch(bulk_cut_bytes=size)
    url = f"{client.box.bulk_url}/v2/{PROFILES}"
    parameters = {"access_token": client.box.token, "limit": "100000"}
    with requests.get(url, params=parameters, stream=True, timeout=5) as answer:
        assert answer.status_code == 200
        got = b"".join(_until_it_breaks(answer))
    assert whole.startswith(got)
    assert len(got) <= size


def test_a_fault_breaks_off_one_reply(client: Client) -> None:
    client.box.fault("chunk_cut", path="/bulk/", times=1, bytes=5000)
    with pytest.raises(requests.RequestException):
        client.get(PROFILES, bulk=True)
    assert client.json(PROFILES, bulk=True)["count"] == 100


def test_it_may_refuse_connections(client: Client) -> None:
    open_url = client.box.bulk_url
    client.box.switch(bulk="refuses")
    with pytest.raises(requests.ConnectionError):
        requests.get(client.box.bulk_url, timeout=5)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{open_url}/v2/databases", timeout=5)


def test_it_may_never_let_one_connect(client: Client) -> None:
    client.box.switch(bulk="hangs")
    url, begun = client.box.bulk_url, time.monotonic()
    with pytest.raises(requests.ConnectTimeout):
        requests.get(url, timeout=(0.3, 5))
    assert time.monotonic() - begun < limit(3)


def test_rows_changed_while_a_reply_is_on_its_way_do_not_spoil_it(client: Client) -> None:
    before = client.json(PROFILES, limit=1000)["data"]
    client.box.on_call(1, lambda: client.box.remove_profiles(PLAIN, [1, 899]))
    page = client.json(PROFILES, bulk=True, limit=1000)
    assert page["data"] == before
    assert client.json(PROFILES)["total"] == 898

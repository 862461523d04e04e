from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copernica_sandbox import Sandbox
from tests.sandbox.conftest import NOW, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW = {"begintime": "2026-03-28 12:00:00", "endtime": "2026-03-29 12:00:00"}


@pytest.fixture(scope="module")
def written() -> Iterator[Client]:
    with Sandbox(days=70, clicks_per_day=20, now=NOW, prerender=["v2/clicks"]) as box:
        client = Client(box)
        yield client
        client.close()


@pytest.fixture(scope="module")
def computed() -> Iterator[Client]:
    with Sandbox(days=70, clicks_per_day=20, now=NOW) as box:
        client = Client(box)
        yield client
        client.close()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"limit": "1000", "start": "300"},
        {"limit": "1000", "start": "1390"},
        {"start": "100000"},
        {"limit": "0"},
        {"total": "false", **WINDOW},
        {"limit": "7", "start": "3", **WINDOW},
        {"begintime": "2030-01-01"},
        {"unique": "true"},
    ],
    ids=str,
)
def test_pages_written_in_advance_are_those_that_would_be_computed(
    written: Client, computed: Client, parameters: dict[str, str]
) -> None:
    path = "v2/ms/clicks"
    assert written.get(path, *parameters.items()).content == (
        computed.get(path, *parameters.items()).content
    )


def test_rows_newer_than_what_was_written_are_served_too(written: Client, computed: Client) -> None:
    for client in (written, computed):
        client.box.now = "2026-06-03T12:00:00+00:00"
    parameters = {"begintime": "2026-06-01", "limit": 1000}
    page = written.page("v2/ms/clicks", **parameters)
    assert page == computed.page("v2/ms/clicks", **parameters)
    assert page["data"][-1]["timestamp"] > "2026-06-03"


def test_a_change_of_switches_or_rows_is_never_hidden(written: Client) -> None:
    (number,) = written.box.add("clicks", [{"timestamp": "2026-04-15 10:00:00"}])
    shown = written.every("v2/ms/clicks", begintime="2026-04-15", endtime="2026-04-16")
    assert str(number) in {row["ID"] for row in shown}
    written.box.restore()
    written.box.switch(id_type="number")
    assert isinstance(written.page("v2/ms/clicks")["data"][0]["ID"], int)

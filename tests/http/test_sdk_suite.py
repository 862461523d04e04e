"""The SDK's own tests of a tap, against a sandbox."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_copernica.sandbox import Sandbox
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Iterator


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# The class is made when this module is imported, before any fixture; it keeps the URL.
PORT = _free_port()


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    with Sandbox(port=PORT, seed=1, days=10, clicks_per_day=30, now="2024-06-01T12:00:00+00:00"):
        yield


TestTapCopernica = get_tap_test_class(
    TapCopernica,
    config={
        "access_token": "sandbox-token",
        "start_date": "2024-05-25",
        "api_url": f"http://127.0.0.1:{PORT}",
    },
    # Complaints are rare, and three fields of the account are of v3 only.
    suite_config=SuiteConfig(
        ignore_no_records_for_streams=["abuses", "account", "publisher_abuses", "unsubscribes"]
    ),
)

"""The SDK's own tests of a tap, against a sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from copernica_sandbox import Sandbox
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Iterator


# The class is made, and discovers, when this module is imported: before any fixture.
BOX = Sandbox(
    seed=1,
    days=10,
    clicks_per_day=30,
    databases=2,
    hard_names=True,
    now="2024-06-01T12:00:00+00:00",
)
BOX.start()


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[None]:
    yield
    BOX.stop()


CONFIG = {"access_token": BOX.token, "start_date": "2024-05-25", "api_url": BOX.url}


def everything() -> dict[str, Any]:
    """Give the account's catalog with every stream selected, also those that are not by default."""
    catalog = TapCopernica(config=CONFIG).catalog_dict
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = True
    return catalog


TestTapCopernica = get_tap_test_class(
    TapCopernica,
    config=CONFIG,
    catalog=everything(),
    # Complaints are rare, and three fields of the account are of v3 only.
    suite_config=SuiteConfig(
        ignore_no_records_for_streams=[
            "abuses",
            "account",
            "log_cdm_abuse",
            "log_pom_abuses",
            "publisher_abuses",
            "unsubscribes",
        ]
    ),
)

"""One run of the demo that reads every stream, for all tests that look at what it left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.demo.test_demo import NOON, Demo

if TYPE_CHECKING:
    from pathlib import Path

CLICKS = 300  # a day


@pytest.fixture(scope="package")
def demo_of_everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder with its database and its report."""
    folder = tmp_path_factory.mktemp("demo")
    # v3 has every stream; without a lag, events and counters are of the same second.
    status, output = Demo(folder, clicks=CLICKS).run(
        NOON,
        TAP_COPERNICA_API_VERSION="v3",
        TAP_COPERNICA_LAG_MINUTES="0",
        TAP_COPERNICA_OPTIONAL_STREAMS='["*emailing_statistics"]',
        TAP_COPERNICA__SELECT='["*.*", "!log_*.*", "!*_ids.*"]',
    )
    assert status == 0, output
    assert f"Report: {folder / 'report.html'}" in output
    return folder

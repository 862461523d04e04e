"""The last lines of a run repeat what failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_copernica.calls import Calls
from tap_copernica.errors import StreamError
from tap_copernica.report import Report

if TYPE_CHECKING:
    import pytest


def test_each_failure_is_logged_at_once_and_repeated_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    report = Report(logging.getLogger("test.report"))
    assert report.outcome() is None
    report.failed("clicks", StreamError("clicks: no luck."))
    report.failed("opens", StreamError("opens: neither."))
    outcome = report.outcome()
    assert outcome is not None
    assert outcome.exit_code == 1
    assert (
        outcome.message
        == "2 of the streams failed (clicks, opens): clicks: no luck. opens: neither."
    )
    assert [record.message for record in caplog.records] == ["clicks: no luck.", "opens: neither."]


def test_a_spent_budget_says_how_far_each_stream_came(caplog: pytest.LogCaptureFixture) -> None:
    state = {"bookmarks": {"clicks": {"replication_key_value": "2024-01-02T00:00:00+00:00"}}}
    Report(logging.getLogger("test.report")).budget_spent(Calls(budget=9), state)
    assert "`max_api_calls` (9)" in caplog.text
    assert "clicks up to 2024-01-02T00:00:00+00:00" in caplog.text

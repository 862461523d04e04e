"""The last lines of a run repeat what failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_copernica.errors import StreamError
from tap_copernica.http.calls import Calls
from tap_copernica.output.progress import Progress
from tap_copernica.output.report import Report

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


def report_of(stream: str) -> Report:
    """Give the report of a run that ended while this stream was read."""
    logger = logging.getLogger("test.report")
    report = Report(logger)
    report.watches.append(Progress(stream, Calls(budget=9), logger))
    return report


CLICKS = {"clicks": {"replication_key_value": "2024-01-02T00:00:00+00:00"}}


def test_a_spent_budget_says_how_far_each_stream_came(caplog: pytest.LogCaptureFixture) -> None:
    report = report_of("clicks")
    report.budget_spent(Calls(budget=9), {}, CLICKS)
    assert "`max_api_calls` (9)" in caplog.text
    assert "clicks up to 2024-01-02T00:00:00+00:00" in caplog.text
    assert "no further" not in caplog.text
    assert report.outcome() is None


def test_a_stream_that_a_spent_budget_brought_no_further_is_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    report = report_of("opens")
    report.budget_spent(Calls(budget=9), {}, {**CLICKS, "opens": {}})
    assert "opens: this run brought it no further" in caplog.text
    assert report.outcome() is None


def test_a_budget_that_brought_no_stream_further_is_too_small() -> None:
    report = report_of("opens")
    report.budget_spent(Calls(budget=9), CLICKS, {**CLICKS, "opens": {}})
    outcome = report.outcome()
    assert outcome is not None
    assert "opens: `max_api_calls` (9) was used up before" in outcome.message

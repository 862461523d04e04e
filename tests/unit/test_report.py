"""The last lines of a run repeat what failed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_copernica.errors import StreamError
from tap_copernica.http.calls import Calls
from tap_copernica.output.report import Report, Rest
from tap_copernica.output.turns import Turns

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


def spent(*, is_stuck: bool) -> Report:
    """Give the report of a run that a budget ended while `opens` was read."""
    report, calls = Report(logging.getLogger("test.report")), Calls(budget=9)
    turns = Turns(calls)
    turns.begin("opens")
    report.budget_spent(calls, turns, ["abuses", "opens", "clicks past"], is_stuck=is_stuck)
    return report


def test_a_spent_budget_names_all_that_waits_in_its_order(caplog: pytest.LogCaptureFixture) -> None:
    assert spent(is_stuck=False).outcome() is None
    assert "`max_api_calls` (9)" in caplog.text
    assert "what waits: abuses, opens; the past of clicks." in caplog.text


def test_a_budget_that_is_too_small_for_what_cannot_be_divided_is_a_failure() -> None:
    outcome = spent(is_stuck=True).outcome()
    assert outcome is not None
    assert "opens: `max_api_calls` (9) was used up before" in outcome.message


def test_the_last_line_says_what_was_asked_in_all_and_by_stream(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    report, calls = Report(logging.getLogger("test.report")), Calls()
    for name in ("clicks", "authentication", "clicks", "databases", "abuses"):
        calls.count(name)
    report.rests("templates", Rest.READ_TODAY)
    report.bill(calls)
    (line,) = caplog.messages
    assert line.startswith(
        "5 API calls in all: abuses 1, clicks 2, authentication 1, `/databases` 1. "
    )
    assert "templates (read today already" in line

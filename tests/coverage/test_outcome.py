"""For machines: a run's last line is one object of JSON, and figures leave as the SDK's metrics do."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.metrics import MetricExclusionFilter, Point

from tests.support.runs import TAP, catalog_of, command, config, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOW, EDGE = "2024-06-01T12:00:00+00:00", "2024-06-01T11:55:00+00:00"
START = "2024-05-20T00:00:00+00:00"


def outcome(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """Read the run's last line."""
    last = caplog.records[-1]
    assert last.levelno == logging.INFO
    told: dict[str, Any] = json.loads(last.getMessage())
    return told


def points(caplog: pytest.LogCaptureFixture) -> list[Point[Any]]:
    """Give the metrics of a run, as the SDK logs them."""
    found = [one for one in caplog.records if one.msg == "METRIC: %s"]
    return [one.args[0] for one in found if one.args and isinstance(one.args[0], Point)]  # type: ignore[index]


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_the_last_line_tells_what_became_of_the_run_and_of_each_stream(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=15, clicks_per_day=40, now=NOW)
    streams = ("clicks", "templates", "sync_windows")
    output = run(box, streams=streams, start_date=START)
    told = outcome(caplog)
    assert (told["outcome"], told["exit_status"], told["error"]) == ("done", 0, None)
    assert told["calls"] == box.calls.total()
    assert told["waiting"] == []
    assert datetime.fromisoformat(told["started"]) <= datetime.fromisoformat(told["finished"])
    clicks = told["streams"]["clicks"]
    assert clicks.pop("seconds") > 0
    assert clicks.pop("calls") == box.calls["/v2/ms/clicks"]
    assert clicks.pop("windows") > 0
    assert clicks == {
        "outcome": "done",
        "rows": len(output.ids()),
        "retries": 0,
        "covered_from": START,
        "covered_to": EDGE,
        "lag_seconds": 300,
    }
    assert told["streams"]["templates"]["rows"] == len(output.records("templates"))
    assert {row["run"] for row in output.records("sync_windows")} == {told["run"]}


def test_what_rests_is_named_with_its_reason(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=2, clicks_per_day=4, now=NOW)
    settings: dict[str, Any] = {"start_date": "2024-05-31", "full_table_frequency": "daily"}
    first = run(box, streams=("templates", "clicks"), **settings)
    caplog.clear()
    run(box, state=first.state, streams=("templates", "clicks"), **settings)
    assert outcome(caplog)["streams"]["templates"] == {"outcome": "rested", "why": "read_today"}


def test_retries_and_waits_are_told(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=15, clicks_per_day=40, now=NOW)
    box.fault("503", calls=[2, 3])
    run(box, start_date=START, backoff_seconds=0.05)
    told = outcome(caplog)
    assert told["retries"] == told["streams"]["clicks"]["retries"] == 2
    assert told["seconds_waiting"] >= 0.075  # 0.05 and 0.1 seconds, a quarter less at least
    values = {one.metric.value: one.value for one in points(caplog)}
    assert values["http_retry_count"] == 2
    assert values["waiting_time"] == told["seconds_waiting"]


def test_a_budget_a_failure_and_a_wrong_token_each_have_their_own_outcome(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=15, clicks_per_day=40, now=NOW)
    run(box, start_date=START, max_api_calls=2, page_size=50)
    told = outcome(caplog)
    assert (told["outcome"], told["exit_status"]) == ("budget", 0)
    assert told["waiting"] == ["clicks"]
    box.fault("400", path="/ms/clicks")
    caplog.clear()
    output = run(box, start_date=START, streams=("clicks", "templates"))
    told = outcome(caplog)
    assert (told["outcome"], told["exit_status"]) == ("failed", 1)
    assert told["error"] == str(output.error)
    assert told["streams"]["clicks"]["outcome"] == "failed"
    assert told["streams"]["templates"]["outcome"] == "done"
    caplog.clear()
    output = run(box, start_date=START, access_token="wrong-token")
    told = outcome(caplog)
    assert (told["outcome"], told["error"]) == ("failed", str(output.error))
    assert "wrong-token" not in json.dumps(told)


def test_figures_are_points_in_the_form_of_the_sdk(
    sandbox: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = sandbox(days=15, clicks_per_day=40, now=NOW)
    run(box, start_date=START)
    found = {one.metric.value: one for one in points(caplog)}
    assert found["http_request_count"].value == box.calls.total()
    assert found["replication_lag"].value == 300
    covered = found["covered_period"]
    assert (covered.metric_type, covered.tags["stream"]) == ("gauge", "clicks")
    assert (covered.tags["covered_from"], covered.tags["covered_to"]) == (START, EDGE)
    assert covered.value == 12 * 86_400 + 11 * 3600 + 55 * 60
    assert json.loads(str(covered))["metric"] == "covered_period"
    record = next(one for one in caplog.records if one.args and one.args[0] is covered)  # type: ignore[index]
    assert MetricExclusionFilter(metrics=["covered_period"]).filter(record) is False
    assert MetricExclusionFilter(metrics=["replication_lag"]).filter(record) is True


def test_a_signal_has_its_own_outcome_and_the_line_is_the_last_of_standard_error(
    sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    box = sandbox(days=15, clicks_per_day=900, now=NOW, latency_ms=20)
    given = {
        "config": config(box, start_date=START, page_size=100),
        "catalog": catalog_of("clicks"),
    }
    arguments = []
    for name, content in given.items():
        (tmp_path / name).write_text(json.dumps(content))
        arguments += [f"--{name}", str(tmp_path / name)]
    with subprocess.Popen(
        [*TAP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=300)
    last = said.splitlines()[-1]
    told = json.loads(last[last.index("{") :])
    assert (told["outcome"], told["exit_status"]) == ("interrupted", 143)
    assert process.returncode == 143
    whole = command(*arguments)
    last = whole.stderr.splitlines()[-1]
    assert json.loads(last[last.index("{") :])["outcome"] == "done"

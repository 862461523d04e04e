"""The report reads well: its opening says what to do, and the page in the docs is what the command writes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from copernica_sandbox import Sandbox
from tap_copernica.doctor.command import diagnose, main
from tap_copernica.doctor.findings import Findings
from tap_copernica.doctor.report import markdown
from tap_copernica.sdk import ConfigInput
from tools import doctor_report

if TYPE_CHECKING:
    from pathlib import Path


def test_the_docs_show_the_report_that_the_command_writes() -> None:
    shown = doctor_report.PAGE.read_text("utf-8")
    assert doctor_report.says_the_same(shown, doctor_report.page()), "run `make docs`"


def test_a_token_that_no_version_takes_is_the_tokens_fault() -> None:
    with Sandbox(days=2, now="2026-06-10T12:00:00+00:00") as box:
        config = {"access_token": "wrong", "api_url": box.url, "start_date": "2026-06-09"}
        findings, made = diagnose(ConfigInput(config=config))
    opening = markdown(findings, made, "x").partition("## ")[0]
    assert "`access_token`: it is refused under every version" in opening
    assert "`api_version`" not in opening


def test_a_zone_that_could_not_be_told_is_said_first() -> None:
    findings = Findings()
    findings.add("access.v2", "works")
    findings.add("zone", "open", reason="no row is recent enough to tell")
    assert "Not settled: `timezone`" in markdown(findings, 1, "x").partition("## ")[0]


def test_tables_have_no_empty_column_and_streams_that_are_there_share_a_line() -> None:
    findings = Findings()
    findings.add("access.v2", "works")
    findings.add("offered.clicks", "yes")
    findings.add("offered.errors", "yes")
    findings.add("offered.unsubscribes", "no", error="Invalid method")
    text = markdown(findings, 1, "x")
    assert "| finding | answer |\n" in text
    assert "| `clicks`, `errors` | yes |  |\n" in text
    assert "| `unsubscribes` | no | error: Invalid method |\n" in text


def test_each_setting_that_is_missing_is_an_error_of_its_own() -> None:
    done = CliRunner().invoke(main, ["--config=ENV"], env={"TAP_COPERNICA_API_URL": "http://h"})
    assert done.exit_code == 2
    told = [line for line in done.output.splitlines() if "is missing" in line]
    assert [line[:22] for line in told] == ["Error: `access_token` ", "Error: `start_date` is"]


@pytest.mark.parametrize("option", ["--report", "--json"])
@pytest.mark.parametrize(
    ("place", "why"),
    [("missing/file", "its folder does not exist"), ("x" * 300, "File name too long")],
)
def test_a_report_that_cannot_be_written_is_said_before_any_call(
    tmp_path: Path, option: str, place: str, why: str
) -> None:
    with Sandbox(days=2, now="2026-06-10T12:00:00+00:00") as box:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tap_copernica.doctor.command", "--config=ENV"),
                *(option, str(tmp_path / place)),
            ],
            env={
                "TAP_COPERNICA_ACCESS_TOKEN": box.token,
                "TAP_COPERNICA_API_URL": box.url,
                "TAP_COPERNICA_START_DATE": "2026-06-09",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert box.calls.total() == 0
    assert done.returncode == 2
    assert f"cannot be written: {why}" in done.stderr
    assert "Traceback" not in done.stderr

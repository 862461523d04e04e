"""Neither token, JWT nor a person's data is in what the doctor says, whatever the API does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from copernica_sandbox.faults import KINDS
from tap_copernica.doctor.command import diagnose
from tap_copernica.doctor.report import markdown
from tap_copernica.errors import CopernicaError, EndOfRun
from tap_copernica.sdk import ConfigInput

if TYPE_CHECKING:
    from pathlib import Path

MARKER, TOKEN = "zzmarkerzz", "t0ken-m4rker"
JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}")
SLOW = {"hang": {"seconds": 0.3}, "drip": {"seconds": 0.05}}

KINDS_THAT_FAIL = sorted(KINDS)


def account() -> Sandbox:
    return Sandbox(
        seed=3,
        days=3,
        clicks_per_day=40,
        profiles=50,
        now="2026-06-10T12:00:00+00:00",
        token=TOKEN,
        switches={"marker": MARKER},
    )


def settings(box: Sandbox, version: str) -> dict[str, Any]:
    return {
        "access_token": TOKEN,
        "api_url": box.url,
        "bulk_url": box.bulk_url,
        "api_version": version,
        "start_date": "2026-06-08",
        "optional_streams": ["log_*"],
        "backoff_seconds": 0.001,
        "request_timeout": 1,
    }


def assert_nothing_told(text: str) -> None:
    assert TOKEN not in text
    assert MARKER not in text
    assert not JWT.search(text)


@pytest.mark.parametrize("kind", KINDS_THAT_FAIL)
@pytest.mark.parametrize(
    "often", [0.3, pytest.param(1.0, marks=pytest.mark.soak)], ids=["at times", "always"]
)
@pytest.mark.parametrize("version", ["v2", "v4"])
def test_no_failure_of_the_api_makes_the_doctor_talk(
    kind: str, often: float, version: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level("DEBUG")
    said = ""
    with account() as box:
        box.fault(
            kind,
            probability=often,
            seed=1,
            **SLOW.get(kind, {}),
            **({"message": f"access_token={TOKEN} is wrong"} if kind == "400" else {}),
        )
        try:
            findings, made = diagnose(
                ConfigInput(config=settings(box, version)),
                calls=25,
                shapes=tmp_path / "shapes",
                wait=lambda _: None,
            )
        except (CopernicaError, EndOfRun) as error:
            said = str(error) + str(getattr(error, "error", ""))
        else:
            said = markdown(findings, made, "x") + json.dumps(findings.as_json(made))
    shapes = "".join(file.read_text("utf-8") for file in tmp_path.rglob("*") if file.is_file())
    assert_nothing_told(said + caplog.text + shapes)


@pytest.mark.parametrize("version", ["v2", "v4"])
def test_the_command_writes_no_secret_anywhere(tmp_path: Path, version: str) -> None:
    with account() as box:
        given = {
            f"TAP_COPERNICA_{name.upper()}": value for name, value in settings(box, version).items()
        }
        given["TAP_COPERNICA_OPTIONAL_STREAMS"] = "log_*"
        box.fault("503", probability=0.1, seed=2)
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tap_copernica.doctor.command", "--config=ENV"),
                *("--report", tmp_path / "report.md", "--json", tmp_path / "report.json"),
                *("--shapes", tmp_path / "shapes"),
            ],
            env={
                **os.environ,
                **{name: str(value) for name, value in given.items()},
                "TAP_COPERNICA_LOGLEVEL": "DEBUG",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    assert len(list(tmp_path.rglob("*.json"))) > 3
    left = "".join(file.read_text("utf-8") for file in tmp_path.rglob("*") if file.is_file())
    assert_nothing_told(done.stdout + done.stderr + left)

"""The doctor says before what the first read then takes: within a tenth, or ten calls."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.doctor.command import diagnose
from tap_copernica.sdk import ConfigInput
from tap_copernica.tap import TapCopernica

ACCOUNTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "small": ({"days": 20, "clicks_per_day": 60, "profiles": 200}, {"start_date": "2026-05-20"}),
    # Pages of 100 rows: as many calls as ten times the rows would take.
    "a busy day": (
        {"days": 1, "clicks_per_day": 2_000, "profiles": 1_000},
        {"start_date": "2026-06-09", "page_size": 100},
    ),
    "four quiet years": (
        {"days": 1461, "clicks_per_day": 2, "profiles": 200},
        {"start_date": "2022-06-10"},
    ),
}


class Nowhere(io.TextIOBase):
    """Takes what a run writes."""

    def write(self, text: Any) -> int:
        return len(text)


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.soak)])
def test_the_forecast_is_what_the_first_read_takes(name: str, seed: int) -> None:
    options, settings = ACCOUNTS[name]
    with Sandbox(seed=seed, now="2026-06-10T12:00:00+00:00", **options) as box:
        given = {
            "access_token": box.token,
            "api_url": box.url,
            "bulk_url": box.bulk_url,
            "backoff_seconds": 0.001,
            **settings,
        }
        findings, _ = diagnose(ConfigInput(config=given))
        told = findings.by_key["size.all"].evidence["calls_of_first_read"]
        with contextlib.redirect_stdout(Nowhere()):
            tap = TapCopernica(config=given)
            tap.sync_all()
        made = tap.run.calls.made
    assert told == pytest.approx(made, rel=0.1, abs=10)

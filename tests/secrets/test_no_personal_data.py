"""A person's data is in records and nowhere else: no message at any level holds a value of a row."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.family.test_family import STREAMS
from tests.support.runs import catalog_of, command, config

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "jane.doe@person.example"
TOKEN = "t0ken-that-must-not-show"
FAULTS = ["invalid_json", "truncated", "400", "html", "500"]


@pytest.mark.parametrize("version", ["v2", "v4"])
@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"extra_fields": True},
        {"filter_ignored": True, "fields_ignored": True},
        {"seam": "hide"},
    ],
    ids=str,
)
def test_no_value_of_a_row_is_in_any_message(
    tmp_path: Path, switches: dict[str, Any], version: str
) -> None:
    with Sandbox(
        seed=1,
        days=8,
        clicks_per_day=15,
        now="2026-06-01T12:00:00+00:00",
        token=TOKEN,
        switches={"marker": MARKER, **switches},
    ) as box:
        for number, kind in enumerate(FAULTS):
            box.fault(kind, probability=0.05, seed=number, message=MARKER if kind == "400" else "")
        given = config(box, start_date="2026-05-28", api_version=version, page_size=10)
        (tmp_path / "config.json").write_text(json.dumps(given))
        (tmp_path / "catalog.json").write_text(
            json.dumps(catalog_of(*STREAMS, api_version=version))
        )
        done = command(
            "--config",
            str(tmp_path / "config.json"),
            "--catalog",
            str(tmp_path / "catalog.json"),
            env={"LOGLEVEL": "DEBUG", "TAP_COPERNICA_LOGLEVEL": "DEBUG"},
        )
    assert TOKEN not in done.stdout + done.stderr
    shown = [line for line in done.stderr.splitlines() if MARKER in line]
    # The API's own words of a refusal are shown; the sandbox was told to say the marker.
    assert [line for line in shown if not re.search(r"refused .+\(HTTP 400", line)] == []
    if not switches:
        assert MARKER in done.stdout or done.returncode != 0

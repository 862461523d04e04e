"""`meltano invoke tap-copernica:doctor` examines the account, by the settings that Meltano has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from copernica_sandbox import Sandbox
from tests.support.meltano import meltano, settings_for

if TYPE_CHECKING:
    from pathlib import Path


def test_the_command_of_meltano_examines_the_account(tmp_path: Path) -> None:
    with Sandbox(seed=3, days=3, clicks_per_day=40, now="2026-06-10T12:00:00+00:00") as box:
        settings = settings_for(box, tmp_path, "2026-06-08")
        settings |= {"TAP_COPERNICA_BULK_URL": box.bulk_url, "TAP_COPERNICA_API_VERSION": "v3"}
        found = tmp_path / "report.json"
        command = ("invoke", "tap-copernica:doctor", "--calls", "60", "--json", str(found))
        done = meltano(*command, env=settings)
        asked = box.calls.total()
    assert done.stdout.startswith("# What the Copernica API answered")
    told = json.loads(found.read_text("utf-8"))
    assert told["findings"]["access.v3"]["answer"] == "works"
    assert told["findings"]["zone"]["evidence"]["timezone"] == "Europe/Amsterdam"
    assert asked <= told["calls"] <= 60
    assert box.token not in done.stdout + done.stderr

"""Writes `docs/doctor-report.md`, what the doctor says of a simulated account.

`python -m tools.doctor_report`.

`make docs` runs it; a test fails when the page says something else. What was measured, the version, and the
line of speed, may differ: the page is left as it is then.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from copernica_sandbox import Sandbox
from tap_copernica.doctor.command import diagnose
from tap_copernica.doctor.report import markdown
from tap_copernica.sdk import ConfigInput

PAGE = Path(__file__).parents[1] / "docs" / "doctor-report.md"
_MEASURED = re.compile(
    r"\| `speed` .*|tap-copernica [^ ]+|and takes [^.]*\.|minutes of first read: [\d.]+"
)
_INTRODUCTION = """\
<!-- written by `make docs` -->
> This is what [`copernica-doctor`](doctor.md) says of a simulated account, as `--report` writes it.

"""


def page() -> str:
    """Ask a simulated account, and give the page."""
    with Sandbox(
        seed=3, days=20, clicks_per_day=400, profiles=2_000, now="2026-06-10T12:00:00+00:00"
    ) as box:
        settings = {
            "access_token": box.token,
            "api_url": box.url,
            "bulk_url": box.bulk_url,
            "start_date": "2026-05-21",
        }
        findings, made = diagnose(ConfigInput(config=settings))
    version = findings.as_json(made)["version"]["tap"].partition(".dev")[0]
    return _INTRODUCTION + markdown(findings, made, version)


def says_the_same(one: str, other: str) -> bool:
    """Tell whether two pages differ in nothing but what was measured."""
    first, second = (_MEASURED.sub("…", text) for text in (one, other))
    return first == second


def main() -> None:
    """Write the page, if it would say something else."""
    logging.getLogger("tap-copernica").setLevel(logging.ERROR)
    text = page()
    if not PAGE.exists() or not says_the_same(text, PAGE.read_text("utf-8")):
        PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()

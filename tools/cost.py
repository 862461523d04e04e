"""Measures what the tap costs, and writes the tables of `docs/cost.md`: `python -m tools.cost`.

An account is simulated, with a clock that is moved from hour to hour. Every HTTP call is counted, those of
discovery and of the token's exchange too. `make cost` writes the page anew; `tests/cost/` holds the figures
to their bounds.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from copernica_sandbox import Sandbox
from tools.pipeline import Pipeline, clock_of

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
BEGIN, END = "<!-- cost: begin (make cost) -->", "<!-- cost: end -->"
_RUNS_A_MONTH = 24 * 30
# Of a day in Amsterdam and of the 24 runs, in UTC.
_LAST_HOURS = (21, 8)
_MORNING = "2026-06-01T08:10:00+00:00"


@dataclass(frozen=True)
class Case:
    """An account, and how it is read.

    Attributes:
        name: what the table calls it.
        version: of the API.
        databases: how many there are.
        collections: how many each has.
        left_out: what the names of streams begin with that are deselected.
        settings: others than the defaults, as pairs.
    """

    name: str
    version: str = "v2"
    databases: int = 1
    collections: int = 2
    left_out: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass
class Day:
    """What 24 hourly runs made, after a first read.

    Attributes:
        first: the calls of the first read.
        totals: those of each later run.
        differing: tables that differ at the end of the day from those of a run that asks for everything.
    """

    first: int
    totals: list[int] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def calls_a_run(self) -> float:
        """The average of the later runs."""
        return sum(self.totals) / len(self.totals)

    @property
    def calls_a_month(self) -> int:
        """Those of thirty days, to hundreds."""
        return 100 * round(self.calls_a_run * _RUNS_A_MONTH / 100)


BOTH = Case("both editors, v2")
ACCOUNTS = (
    BOTH,
    replace(BOTH, name="both editors, v4", version="v4"),
    replace(BOTH, name="drag-and-drop mailings only, v2", left_out=("publisher_",)),
    replace(BOTH, name="drag-and-drop mailings only, v4", version="v4", left_out=("publisher_",)),
    replace(BOTH, name="six databases of five collections, v2", databases=6, collections=5),
)
SETTINGS = (
    replace(
        BOTH, name="`full_table_frequency: always`", settings=(("full_table_frequency", "always"),)
    ),
    replace(
        BOTH, name="`lookback_minutes: 11520` (eight days)", settings=(("lookback_minutes", 11520),)
    ),
    replace(BOTH, name="`page_size: 100`", settings=(("page_size", 100),)),
    replace(
        BOTH,
        name="`optional_streams: [emailing_statistics]`",
        settings=(("optional_streams", ("emailing_statistics",)),),
    ),
    replace(
        BOTH,
        name="`optional_streams: [profile_ids]`",
        settings=(("optional_streams", ("profile_ids",)),),
    ),
    replace(BOTH, name="`optional_streams: [log_*]`", settings=(("optional_streams", ("log_*",)),)),
)


def measured(case: Case, *, compared: bool = False) -> Day:
    """Read a simulated account once, then every hour of a day.

    Args:
        case: the account, and how it is read.
        compared: whether to compare the tables with those of a pipeline that asks for everything.
    """
    settings = {
        name: list(value) if isinstance(value, tuple) else value for name, value in case.settings
    }
    settings |= {"api_version": case.version, "start_date": "2026-05-20"}
    with (
        Sandbox(
            seed=5,
            days=40,
            clicks_per_day=300,
            mailings_per_day=2,
            databases=case.databases,
            collections=case.collections,
            now=_MORNING,
        ) as box,
        clock_of(box),
    ):
        runs = Pipeline(box, settings, case.left_out)
        whole = Pipeline(box, {**settings, "full_table_frequency": "always"}, case.left_out)
        runs.run()
        day = Day(runs.calls.total())
        if compared:
            whole.run()
        for calls in runs.hours(24):
            day.totals.append(calls)
            if compared:
                whole.run()
            if compared and box.now.hour in _LAST_HOURS:
                day.differing += _differing(runs, whole)
    return day


def _differing(one: Pipeline, other: Pipeline) -> list[str]:
    """Name the tables that differ, but for what an earlier run alone could see."""
    names = {*one.tables, *other.tables} - {"sync_windows"}
    return sorted(name for name in names if one.tables.get(name) != other.tables.get(name))


def table(cases: tuple[Case, ...], head: str) -> str:
    """Give a table of cases as Markdown."""
    rows = [f"| {head} | first read | calls a run | calls a month |", "|---|---|---|---|"]
    for case in cases:
        day = measured(case)
        rows.append(
            f"| {case.name} | {day.first:,} | {day.calls_a_run:.1f} | {day.calls_a_month:,} |"
        )
    return "\n".join(rows)


def tables() -> str:
    """Give both tables of the page."""
    accounts = table(ACCOUNTS, "account")
    return (
        f"{accounts}\n\nThe first line, with one setting changed:\n\n{table(SETTINGS, 'setting')}"
    )


def updated(text: str, found: str) -> str:
    """Give the page's text with the tables of today."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n{found}\n\n{END}{after}"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    PAGE.write_text(updated(PAGE.read_text("utf-8"), tables()), "utf-8")

"""Budgets of calls: no stream is starved, and a month's is counted in the state."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.support.crossed import crossed
from tests.support.runs import catalog_of, config, only, run, truth
from tools.pipeline import Pipeline, clock_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = "2026-06-01T12:10:00+00:00"
ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 9, "clicks_per_day": 40, "mailings_per_day": 2, "databases": 1, "profiles": 60,
    "now": NOON,
}  # fmt: skip
SINCE = {"start_date": "2026-05-25", "bulk_url": ""}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(**ACCOUNT) as running, clock_of(running):
        yield running


def read_names(runs: Pipeline) -> set[str]:
    return {name for name, rows in runs.tables.items() if rows}


def test_an_hourly_budget_below_the_need_of_a_run_starves_no_stream(box: Sandbox) -> None:
    whole = Pipeline(box, {**SINCE})
    whole.run()
    poor = Pipeline(box, {**SINCE, "max_api_calls": 8})
    for _ in poor.hours(40):
        pass
    assert read_names(poor) == read_names(whole)
    bookmarks = {
        name: state["replication_key_value"]
        for name, state in poor.state["bookmarks"].items()
        if state.get("replication_key_value")
    }
    late = {name: at for name, at in bookmarks.items() if at < "2026-06-02T19:00"}
    assert late == {}, "hours behind, though each run reads a third of the streams"


@pytest.mark.parametrize(("budget", "runs"), [(7, 3), (10, 3), (16, 1)])
def test_totals_of_the_whole_account_do_not_stop_runs_with_a_budget(
    box: Sandbox, budget: int, runs: int
) -> None:
    box.switch(total="account")
    state, found = None, set()
    for _ in range(runs):
        output = run(box, streams=("clicks",), state=state, max_api_calls=budget, **SINCE)
        state = output.state
        found |= set(output.ids("clicks"))
    assert found == truth(box, "2026-05-24T22:00:00", "2026-06-01T12:05:00")


def test_the_warning_names_all_that_waits_and_the_next_run_begins_with_it(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Pipeline(box, {**SINCE, "max_api_calls": 8})
    runs.run()
    waiting = runs.state["run"]["waiting"]
    (line,) = [one for one in caplog.messages if "is used up" in one]
    for part in waiting:
        assert part.removesuffix(" past") in line
    assert "up to its start" not in caplog.text
    caplog.clear()
    runs.run()
    begun = [one.split("'")[1] for one in caplog.messages if one.startswith("Beginning sync of")]
    assert begun[0] == waiting[0].removesuffix(" past")


def test_a_run_that_reaches_all_leaves_nothing_waiting(box: Sandbox) -> None:
    runs = Pipeline(box, {**SINCE, "max_api_calls": 8})
    runs.run()
    assert runs.state["run"]["waiting"]
    runs.settings["max_api_calls"] = 900
    runs.run()
    assert runs.state["run"]["waiting"] == []


FAMILIES = (
    *("abuses", "account", "clicks", "deliveries", "destinations", "emailings", "errors"),
    *("impressions", "publisher_clicks", "publisher_emailings", "scheduled_emailings", "templates"),
    *("databases", "database_fields", "emailing_statistics", "template_statistics", "consumption"),
    *("publisher_test_groups", "log_cdm_click", "publisher_documents", "publisher_destinations"),
)
# A day of recipients in v2 at most: the list of mailings, a call for each of three days and for each of
# those that lack recipients.
PIECE = 11


@pytest.mark.parametrize(("seed", "version"), crossed(range(8), ["v2", "v4"]))
def test_every_stream_comes_to_its_end_whatever_the_number_of_runs(
    box: Sandbox, seed: int, version: str
) -> None:
    dice = random.Random(seed)
    streams = dice.sample(FAMILIES, dice.randrange(2, 9))
    settings: dict[str, Any] = {**SINCE, "api_version": version, "optional_streams": ["*"]}
    settings["concurrency"] = dice.choice([1, 4])
    catalog = only(catalog_of(*streams, api_version=version))
    whole = Pipeline(box, settings, catalog=catalog)
    whole.run(discovers=False)
    poor = Pipeline(
        box, {**settings, "max_api_calls": PIECE + 3 + dice.randrange(6)}, catalog=catalog
    )
    for _ in range(60):
        poor.run(discovers=False)
        assert poor.calls.total() <= poor.settings["max_api_calls"]
        if not (poor.state.get("run") or {}).get("waiting"):
            break
    else:
        pytest.fail(f"{streams} never come to their end: {poor.state}")
    assert {name: set(rows) for name, rows in poor.tables.items()} == {
        name: set(rows) for name, rows in whole.tables.items()
    }


@pytest.mark.parametrize("budget", [PIECE, PIECE + 1, 2 * PIECE - 1])
def test_a_day_that_a_budget_holds_is_read_though_the_day_before_is_read_again(
    box: Sandbox, budget: int
) -> None:
    settings = {**SINCE, "optional_streams": ["*"], "concurrency": 1}
    catalog = only(catalog_of("publisher_destinations"))
    whole = Pipeline(box, settings, catalog=catalog)
    whole.run(discovers=False)
    poor = Pipeline(box, {**settings, "max_api_calls": budget}, catalog=catalog)
    for _ in range(30):
        poor.run(discovers=False)
        if not poor.state["run"]["waiting"]:
            break
    assert set(poor.tables["publisher_destinations"]) == set(whole.tables["publisher_destinations"])


def test_a_budget_below_what_cannot_be_divided_names_it_and_lets_the_others_go_on(
    box: Sandbox,
) -> None:
    """A list of seven pages, and a budget of five calls."""
    catalog = only(catalog_of("publisher_documents", "clicks", "account"))
    settings = {**SINCE, "page_size": 3, "max_api_calls": 5, "full_table_frequency": "always"}
    runs = Pipeline(box, settings, catalog=catalog)
    errors = []
    for _ in range(30):
        try:
            runs.run(discovers=False)
        except RunError as error:
            errors.append(error.message)
    assert errors
    assert all("publisher_documents: `max_api_calls` (5)" in one for one in errors)
    assert runs.tables["account"]
    assert len(runs.tables["clicks"]) > 30


def test_the_calls_of_a_month_are_counted_over_runs_and_begin_anew_with_the_next(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Pipeline(box, {**SINCE, "max_api_calls_per_month": 100})
    made, months = 0, []
    for calls in runs.hours(9):
        made += calls
        months.append(runs.state["run"]["calls"])
    discoveries = 9
    assert months[-1] == made - discoveries == 100
    assert "`max_api_calls_per_month`" in caplog.text
    (first, *_) = [one for one in caplog.messages if "As fast as this" in one]
    assert "of 100 calls are used" in first
    assert "days; the month has" in first
    caplog.clear()
    box.now = "2026-06-30T22:30:00+00:00"  # July in Amsterdam
    runs.run()
    assert runs.state["run"]["month"] == "2026-07"
    assert runs.calls.total() > 3


def test_a_month_that_is_used_up_ends_runs_cleanly(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Pipeline(box, {**SINCE, "max_api_calls_per_month": 10})
    runs.run()
    runs.run(discovers=False)
    assert runs.calls.total() == 0
    assert "`max_api_calls_per_month`" in caplog.text


def test_the_last_line_for_people_is_the_bill(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = Pipeline(box, {**SINCE})
    runs.run()
    caplog.clear()
    box.reset_calls()
    runs.run(discovers=False)
    line = [one for one in caplog.messages if not one.startswith(("METRIC", "{"))][-1]
    assert line.startswith(f"{runs.calls.total()} API calls in all: ")
    assert "clicks 1" in line
    assert "Not asked for in this run: account, " in line
    assert config(box)["access_token"] not in line

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from copernica_pipeline import assets, definitions, plan
from tests_examples.dagster.workplace import TAP, Workplace, query, readme, workplace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GROUP = "marketing_suite_events"
MONTH = "2024-12-01"
END_OF_BACKFILL = "2025-01-01T00:00:00+01:00"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """An account whose history lies on both sides of the end of the backfill."""
    options = ["--start", "2024-12-20", "--now", "2025-01-02T12:00:00+00:00"]
    with workplace(tmp_path, *options, "--clicks-per-day", 20) as place:
        yield place


def materialize(
    place: Workplace, asset: dg.AssetsDefinition, tap: str = TAP, **options: Any
) -> dg.ExecuteInProcessResult:
    resource = assets.Copernica(
        tap=tap, config=str(place.config), catalog=str(place.catalog), files=str(place.files)
    )
    return dg.materialize(
        [asset], resources={"copernica": resource}, raise_on_error=False, **options
    )


def month(place: Workplace, tap: str = TAP) -> dg.ExecuteInProcessResult:
    return materialize(place, definitions.backfills[GROUP], tap, partition_key=MONTH)


def increment(place: Workplace) -> dg.ExecuteInProcessResult:
    return materialize(place, definitions.increments[GROUP])


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    (event,) = result.get_asset_materialization_events()
    found = event.step_materialization_data.materialization.metadata
    return {name: value.value for name, value in found.items()}


def test_increments_go_on_where_the_backfill_ends(place: Workplace) -> None:
    assert month(place).success
    assert increment(place).success
    (late,) = place.ask(
        "events", {"stream": "clicks", "add": [{"timestamp": "2025-01-02 11:30:00"}]}
    )["ids"]
    place.ask("clock", {"now": "2025-01-03T12:00:00+00:00"})
    second = increment(place)
    assert second.success
    place.ask("clock", {"now": "2025-01-03T12:05:00+00:00"})
    assert increment(place).success

    truth = {row["ID"] for row in place.rows("clicks")}
    (view,) = readme("sql")
    read = query(place.files, view, "SELECT * FROM clicks")
    assert late in truth
    assert sorted(row["ID"] for row in read) == sorted(truth)
    # What lies before the end of the backfill is in its files alone.
    edges = query(
        place.files,
        "SELECT max(timestamp) FILTER (filename NOT LIKE '%/increment-%') < $edge::TIMESTAMPTZ"
        " AND min(timestamp) FILTER (filename LIKE '%/increment-%') >= $edge::TIMESTAMPTZ AS apart"
        " FROM read_parquet('tables/*/*/clicks/*.parquet', filename = true)",
        edge=END_OF_BACKFILL,
    )
    assert edges == [{"apart": True}]
    assert metadata(second)["until"]["clicks"] == "2025-01-03T11:55:00+00:00"


def test_a_materialization_tells_rows_calls_and_edges(place: Workplace) -> None:
    before = place.calls()
    result = month(place)
    told = metadata(result)
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    assert told["calls"] == place.calls() - before
    assert told["from"] == "2024-12-01T00:00:00+01:00"
    assert set(told["until"].values()) == {"2024-12-31T23:00:00+00:00"}
    rows = query(place.files, "SELECT count(*) AS n FROM 'tables/*/*/clicks/*.parquet'")
    assert told["streams"]["clicks"]["rows"] == rows[0]["n"] > 0


def test_rows_that_do_not_agree_leave_the_partition_as_it_was(
    place: Workplace, tmp_path: Path
) -> None:
    assert month(place).success
    link = place.files / "tables" / GROUP / MONTH
    before = link.resolve()
    loses = tmp_path / "loses.sh"
    loses.write_text(f"""#!/bin/sh\n{TAP} "$@" | grep -v '"type":"BATCH","stream":"clicks"'\n""")
    loses.chmod(0o755)
    result = month(place, str(loses))
    assert not result.success
    assert {check.passed for check in result.get_asset_check_evaluations()} == {False}
    assert link.resolve() == before


def test_an_increment_that_fails_is_made_up_for_by_the_next(place: Workplace) -> None:
    settings = json.loads(place.config.read_text())
    place.config.write_text(json.dumps({**settings, "max_tries": 1}))
    assert increment(place).success
    place.ask("clock", {"now": "2025-01-04T12:00:00+00:00"})
    # The first stream is read, a later one is not, whatever is tried.
    place.ask("faults", {"kind": "503", "path": "impressions"})
    failed = increment(place)
    assert not failed.success
    retried = [event for event in failed.all_events if event.is_step_up_for_retry]
    assert len(retried) == plan.RETRIES.max_retries
    assert len(list((place.files / "tables" / GROUP).iterdir())) == 1
    place.ask("faults", [])
    assert increment(place).success
    for stream in ("clicks", "impressions"):
        truth = {row["ID"] for row in place.rows(stream) if row["instant"] >= 1735686000}
        files = f"tables/*/*/{stream}/*.parquet"
        read = query(place.files, "SELECT ID FROM read_parquet($files)", files=files)
        assert {row["ID"] for row in read} == truth


def test_the_environment_names_the_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert definitions.executor().name == "multiprocess"
    monkeypatch.setenv("COPERNICA_EXECUTOR", "dagster:in_process_executor")
    assert definitions.executor().name == "in_process"

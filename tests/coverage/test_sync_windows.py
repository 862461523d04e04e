"""Completeness is data: each finished window, list and pass is a row of `sync_windows`."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import run, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOW = "2024-06-01T12:00:00+00:00"
STREAMS = ("sync_windows", "clicks", "emailings", "templates", "destinations")


def test_each_window_tells_what_was_announced_read_and_written(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=60, clicks_per_day=200, now=NOW)
    before = box.calls.total()
    output = run(box, streams=STREAMS[:2], start_date="2024-04-10", page_size=500)
    rows = sorted(output.records("sync_windows"), key=lambda row: str(row["from"]))
    assert [row["from"] for row in rows[1:]] == [row["to"] for row in rows[:-1]]
    assert (rows[0]["from"], rows[-1]["to"]) == (
        "2024-04-09T22:00:00+00:00",
        "2024-06-01T11:55:00+00:00",
    )
    for row in rows:
        assert row["written"] == len(truth(box, row["from"], row["to"]))
        assert row["announced"] == row["distinct"] >= row["written"]
        assert (row["stream"], row["verdict"], row["readings"]) == ("clicks", "counted", 1)
        assert row["started"] <= row["finished"]
    assert len({row["run"] for row in rows}) == 1
    assert sum(row["written"] for row in rows) == len(output.ids())
    # A window of the future and windows that were cut cost calls that stand in no row.
    assert sum(row["calls"] for row in rows) <= box.calls.total() - before


def test_a_row_leaves_after_its_rows_and_before_the_state_that_covers_it(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=60, clicks_per_day=200, now=NOW)
    output = run(box, streams=STREAMS, start_date="2024-04-10")
    schemas = [one["stream"] for one in output.messages if one["type"] == "SCHEMA"]
    assert schemas[0] == "sync_windows"
    told: list[dict[str, Any]] = []
    written: Counter[str] = Counter()
    for message in output.messages:
        if message["type"] == "RECORD" and message["stream"] == "sync_windows":
            row = message["record"]
            told.append(row)
            assert written[row["stream"]] == row["written"]
            written[row["stream"]] = 0
        elif message["type"] == "RECORD":
            written[message["stream"]] += 1
        elif message["type"] == "STATE":
            for name, state in message["value"].get("bookmarks", {}).items():
                if "replication_key_value" in state:
                    mine = [row for row in told if row["stream"] == name]
                    assert max(row["to"] for row in mine) >= state["replication_key_value"]
                    assert min(row["from"] for row in mine) <= state["covered_from"]
    assert not +written
    keys = Counter((row["stream"], row["from"], row["to"]) for row in told)
    assert set(keys.values()) == {1}
    assert {row["stream"] for row in told} == {"clicks", "emailings", "templates", "destinations"}


@pytest.mark.parametrize(
    ("switches", "verdicts"),
    [
        ({"total": "three_high"}, {"confirmed", "without_total"}),
        ({"total": "absent"}, {"confirmed", "without_total"}),
        ({"total": "string"}, {"counted"}),
    ],
)
def test_the_verdict_tells_how_strong_the_evidence_is(
    sandbox: Callable[..., Sandbox], switches: dict[str, Any], verdicts: set[str]
) -> None:
    box = sandbox(days=3, clicks_per_day=3000, now=NOW, switches=switches)
    output = run(box, streams=STREAMS[:2], start_date="2024-05-30", page_size=500)
    assert output.error is None
    found = {row["verdict"] for row in output.records("sync_windows")}
    assert found <= verdicts
    assert sum(row["written"] for row in output.records("sync_windows")) == len(output.ids())


def test_rows_come_with_maps_flattening_and_files_too(
    sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    box = sandbox(days=10, clicks_per_day=50, now=NOW)
    settings = {"start_date": "2024-05-25", "streams": STREAMS[:2]}
    plain = run(box, **settings)  # type: ignore[arg-type]
    mapped = run(
        box,
        stream_maps={"sync_windows": {"run": None}},
        flattening_enabled=True,
        flattening_max_depth=1,
        **settings,  # type: ignore[arg-type]
    )
    names = [sorted({"run"} ^ set(row)) for row in plain.records("sync_windows")]
    assert [sorted(row) for row in mapped.records("sync_windows")] == names
    files = run(
        box,
        batch_config={
            "encoding": {"format": "jsonl", "compression": "none"},
            "storage": {"root": tmp_path.as_uri()},
        },
        **settings,  # type: ignore[arg-type]
    )
    batches = [m for m in files.messages if m["type"] == "BATCH" and m["stream"] == "sync_windows"]
    assert batches
    assert not files.records("sync_windows")


OF_MAILINGS = ("emailing_statistics", "publisher_test_groups", "publisher_final_groups")


@pytest.mark.parametrize("is_ahead", [False, True], ids=["clocks alike", "this machine's ahead"])
def test_what_had_nothing_to_read_is_no_finished_window(
    sandbox: Callable[..., Sandbox], *, is_ahead: bool
) -> None:
    now = datetime.now(UTC)
    box = sandbox(days=60, clicks_per_day=20, now=NOW if is_ahead else now.isoformat())
    start = "2024-09-01" if is_ahead else (now + timedelta(days=3)).isoformat()
    streams = ("sync_windows", "consumption", "log_cdm_click", "templates", *OF_MAILINGS)
    output = run(box, streams=streams, start_date=start)
    assert output.error is None
    assert {row["stream"] for row in output.records("sync_windows")} == {"templates"}


def test_a_second_run_of_a_day_tells_only_what_it_read(sandbox: Callable[..., Sandbox]) -> None:
    now = datetime.now(UTC)
    box = sandbox(days=60, clicks_per_day=20, now=now.isoformat())
    streams = ("sync_windows", "consumption", "log_cdm_click", *OF_MAILINGS)
    start = (now - timedelta(days=4)).isoformat()
    first = run(box, streams=streams, start_date=start)
    again = run(box, first.state, streams=streams, start_date=start)
    told = {row["stream"] for row in first.records("sync_windows")}
    assert told == set(streams) - {"sync_windows"}
    # No new day is complete: `consumption` is not asked for, the newest log file is read again.
    assert {row["stream"] for row in again.records("sync_windows")} == told - {"consumption"}


def test_what_was_read_and_found_empty_is_a_finished_window(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=0, clicks_per_day=0, now=NOW)
    streams = ("sync_windows", "log_cdm_click", *OF_MAILINGS)
    output = run(box, streams=streams, start_date="2024-05-28")
    assert not [name for name in streams[1:] if output.records(name)]
    rows = output.records("sync_windows")
    assert {row["stream"]: row["written"] for row in rows} == dict.fromkeys(streams[1:], 0)

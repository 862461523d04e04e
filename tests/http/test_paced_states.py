"""STATE repeats the whole state, so it leaves twice a second at most, and the last one always."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.output import pace
from tests.support.profiles import discovered, select
from tests.support.runs import run, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-06-01T12:00:00+00:00"
START, EDGE = "2026-05-01T00:00:00+00:00", "2026-06-01T11:55:00+00:00"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(days=32, clicks_per_day=40, now=NOW) as box:
        yield box


def test_states_are_two_a_second_at_most_and_still_come_while_a_run_goes_on() -> None:
    with Sandbox(days=32, clicks_per_day=40, now=NOW, latency_ms=40) as box:
        began = time.monotonic()
        output = run(box, start_date=START, page_size=20, concurrency=1)
        seconds = time.monotonic() - began
        assert sum(box.calls.values()) * 0.04 > 4 * pace.SECONDS_BETWEEN_STATES
    # The first one leaves at once and the last one in any case: a slower machine only allows more.
    assert 4 <= len(output.states) <= seconds / pace.SECONDS_BETWEEN_STATES + 2
    assert output.messages[-1]["type"] == "STATE"


def test_every_row_is_covered_by_the_last_state(box: Sandbox) -> None:
    output = run(box, start_date=START, page_size=20)
    assert output.messages[-1]["type"] == "STATE"
    assert output.bookmark == EDGE
    assert set(output.ids()) == truth(box, START, EDGE)


def test_states_are_a_small_part_of_the_output_of_many_streams() -> None:
    layout = [
        {"name": f"Base {n}", "profiles": 60, "fields": [("Email", "email"), ("Notes", "text")]}
        for n in range(250)
    ]
    with Sandbox(days=2, clicks_per_day=5, now=NOW, layout=layout) as box:
        catalog = discovered(box)
        names = [s["tap_stream_id"] for s in catalog["streams"]]
        chosen = [name for name in names if name.startswith("profiles_")]
        began = time.monotonic()
        output = run(box, catalog=select(catalog, *chosen), start_date=START, bulk_url="")
        seconds = time.monotonic() - began
    assert output.error is None
    assert len(chosen) == 250
    assert len(output.states) <= 2 * seconds + 2
    assert sum(len(output.records(name)) for name in chosen) == 250 * 60
    assert output.state["bookmarks"].keys() == set(chosen)


@pytest.mark.parametrize("encoding", ["jsonl", "parquet"])
def test_with_files_too(encoding: str, tmp_path: Path) -> None:
    layout = [
        {"name": f"Base {n}", "profiles": 4, "fields": [("Email", "email")]} for n in range(60)
    ]
    batch = {"encoding": {"format": encoding}, "storage": {"root": str(tmp_path)}}
    with Sandbox(days=2, clicks_per_day=5, now=NOW, layout=layout) as box:
        catalog = discovered(box)
        chosen = [
            s["tap_stream_id"] for s in catalog["streams"] if s["stream"].startswith("profiles_")
        ]
        began = time.monotonic()
        output = run(
            box, catalog=select(catalog, *chosen), start_date=START, bulk_url="", batch_config=batch
        )
        seconds = time.monotonic() - began
    assert output.error is None
    assert len(output.states) <= 2 * seconds + 2
    assert len([m for m in output.messages if m["type"] == "BATCH"]) == 60
    assert output.messages[-1]["type"] == "STATE"
    assert output.state["bookmarks"].keys() == set(chosen)


def test_a_state_is_held_back_until_it_is_due_and_is_then_what_it_is_by_then() -> None:
    now, state, written = [0.0], [0], list[tuple[float, int]]()
    paced = pace.StatePace(lambda: now[0])
    for now[0], state[0] in [(0.0, 1), (0.1, 2), (0.4, 3), (0.6, 4), (0.7, 5)]:
        paced.take(lambda: written.append((now[0], state[0])))
    assert written == [(0.0, 1), (0.6, 4)]
    now[0] = 1.2
    paced.tick()
    paced.tick()
    assert written == [(0.0, 1), (0.6, 4), (1.2, 5)]
    paced.flush()
    assert len(written) == 3

"""STATE repeats the whole state, so it leaves twice a second at most, and the last one always."""

from __future__ import annotations

import contextlib
import io
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from singer_sdk.singerlib import StateMessage

from copernica_sandbox import Sandbox
from tap_copernica.output import pace
from tap_copernica.output.writer import BlockWriter
from tests.support.profiles import discovered, select
from tests.support.runs import Output, run, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2026-06-01T12:00:00+00:00"
BOOKMARK = {"replication_key": "modified", "replication_key_value": "2026-06-01T11:55:00+00:00"}
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


def profiles_read(
    *, databases: int, profiles: int, latency_ms: int = 0
) -> tuple[Output, list[str], float]:
    """Read all profiles of so many databases; give the output, the streams, and the seconds it took."""
    fields = [("Email", "email"), ("Notes", "text")]
    layout = [
        {"name": f"Base {n}", "profiles": profiles, "fields": fields} for n in range(databases)
    ]
    options: dict[str, Any] = {"layout": layout, "latency_ms": latency_ms, "now": NOW}
    with Sandbox(days=2, clicks_per_day=5, **options) as box:
        catalog = discovered(box)
        names = [stream["tap_stream_id"] for stream in catalog["streams"]]
        chosen = [name for name in names if name.startswith("profiles_")]
        began = time.monotonic()
        output = run(box, catalog=select(catalog, *chosen), start_date=START, bulk_url="")
        seconds = time.monotonic() - began
    assert output.error is None
    return output, chosen, seconds


def test_states_are_a_small_part_of_the_output_of_many_streams() -> None:
    output, chosen, seconds = profiles_read(databases=100, profiles=60)
    assert len(chosen) == 100
    assert len(output.states) <= 2 * seconds + 2
    assert sum(len(output.records(name)) for name in chosen) == 100 * 60
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


STREAMS, ROWS = 578, 180  # 104,040 rows


def counted(streams: int, rows: int, seconds_per_stream: float, row_bytes: int = 300) -> Counted:
    """Write so many streams, each with a STATE that repeats all before it, by a clock of its own."""
    now = [0.0]
    writer = BlockWriter(lambda: now[0])
    bookmarks: dict[str, Any] = {}
    # As profiles of 30 fields keep theirs.
    entry = {"source": "database/11", "pass": None, "fields": "3f0c9a1b" * 30, **BOOKMARK}
    sizes, at = list[int](), list[float]()
    whole = io.StringIO()

    def write() -> None:
        message = StateMessage(value={"bookmarks": bookmarks})
        sizes.append(len(writer.serialize_message(message)))
        at.append(now[0])
        writer.write_message(message)

    with contextlib.redirect_stdout(whole):
        for number in range(streams):
            writer.write_line((b"x" * (row_bytes - 1) + b"\n") * rows)
            now[0] += seconds_per_stream
            bookmarks[f"profiles_base_{number}"] = entry
            writer.write_state(write)
        writer.finish()
    return Counted(sizes, at, len(whole.getvalue()))


@dataclass
class Counted:
    """The STATEs of a run.

    Attributes:
        sizes: of each, in bytes.
        at: when each left.
        output: bytes that were written in all.
    """

    sizes: list[int]
    at: list[float]
    output: int

    @property
    def share(self) -> float:
        return sum(self.sizes) / self.output

    @property
    def waits(self) -> list[float]:
        """Seconds from each STATE to the next, but for that of the end."""
        return [after - before for before, after in itertools.pairwise(self.at[:-1])]


@pytest.mark.parametrize("seconds", [0.001, 0.03, 0.1, 0.2])
def test_of_578_streams_and_100_000_rows_states_are_a_tenth_however_slow_the_api(
    seconds: float,
) -> None:
    found = counted(STREAMS, ROWS, seconds)
    assert found.share <= 0.1
    assert len(found.sizes) <= 2 * STREAMS * seconds + 2
    # What a kill costs: half a second, or up to ten where more would be more than a tenth.
    assert max(found.waits, default=0) <= pace.MOST_SECONDS_BETWEEN_STATES + seconds
    alone = counted(STREAMS // 8, ROWS * 8, seconds * 8)
    assert max(alone.waits, default=0) <= pace.SECONDS_BETWEEN_STATES + 8 * seconds


@pytest.mark.parametrize("seconds", [0.001, 0.01, 0.1])
def test_states_do_not_grow_with_the_square_of_the_streams(seconds: float) -> None:
    half, whole = (sum(counted(n, 20, seconds).sizes) for n in (STREAMS, 2 * STREAMS))
    assert whole <= 3 * half


def test_of_few_rows_a_kill_costs_half_a_second() -> None:
    found = counted(STREAMS, 10, 0.02)
    assert max(found.waits) <= pace.SECONDS_BETWEEN_STATES + 0.02


@pytest.mark.soak
@pytest.mark.parametrize("latency_ms", [0, 100])
def test_of_578_streams_of_an_account_states_are_a_tenth_of_the_output(latency_ms: int) -> None:
    output, _, seconds = profiles_read(databases=STREAMS, profiles=ROWS, latency_ms=latency_ms)
    sizes = [len(orjson.dumps(message)) for message in output.messages]
    states = [
        size
        for size, message in zip(sizes, output.messages, strict=True)
        if message["type"] == "STATE"
    ]
    assert len(output.messages) > STREAMS * ROWS >= 100_000
    assert len(states) <= 2 * seconds + 2
    assert sum(states) <= sum(sizes) / 10


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

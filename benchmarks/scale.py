"""How long a backfill takes and how many calls it makes, from what `make bench` has measured.

`python -m benchmarks.scale --rows 1e9 --taps 8 --cores 8 --latency-ms 100` tells of one case. All
here but reading the results is pure. The model: each call of a tap waits for the API, beside the
other calls of that tap, and then for the one core that Python lets a process use.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path(__file__).parent / "results"

# A stream begins each partition with windows of its own, whose last pages are not full.
_CALLS_OF_A_START = 3
# A window aims at ten pages, so its pages have offsets up to nine thousand.
_MEAN_OFFSET_IN_THOUSANDS = 4.5


@dataclass(frozen=True, slots=True)
class Constants:
    """What was measured on one machine."""

    start_seconds: float  # until a tap reads, and to end it
    cpu_seconds_per_call: float  # to type, check and write a page
    rows_per_call: float  # below 1000, since the last page of a window is not full
    serving_seconds: float  # what a page takes that the server has ready
    megabytes: float  # of one tap's memory


@dataclass(frozen=True, slots=True)
class Case:
    """A backfill."""

    rows: float
    partitions: int = 1
    taps: int = 1  # that run at once, on all machines together
    cores: int = 2  # of all machines together
    concurrency: int = 4
    latency_ms: float = 100
    offset_ms_per_thousand: float = 0
    calls_per_second: float = math.inf  # that the API lets the account make
    engine_seconds: float = 0  # what starts the taps needs for each partition


@dataclass(frozen=True, slots=True)
class Prediction:
    """What it comes to.

    Attributes:
        calls: API calls.
        seconds: from start to end.
        calls_per_second: what the API is asked for, on average.
        megabytes: memory of all taps together.
        limit: what would have to be more for it to be faster.
    """

    calls: float
    seconds: float
    calls_per_second: float
    megabytes: float
    limit: str


def constants(growth: dict[str, Any], cpu: dict[str, Any]) -> Constants:
    """Take the constants from the results `growth.json` and `cpu.json` of `make bench`."""
    largest, smallest = growth["evenly"][-1], growth["evenly"][0]
    rows = largest["rows"] - smallest["rows"]
    calls = largest["calls"] - smallest["calls"]
    return Constants(
        start_seconds=growth["seconds"]["start_seconds"],
        cpu_seconds_per_call=growth["cpu_seconds"]["seconds_per_million"] * rows / calls / 1e6,
        rows_per_call=rows / calls,
        serving_seconds=1000 / cpu["discarding_rows_per_second"],
        megabytes=largest["peak_mb"],
    )


def predict(case: Case, measured: Constants) -> Prediction:
    """Tell what a backfill takes."""
    calls = case.rows / measured.rows_per_call + _CALLS_OF_A_START * case.partitions
    busy = measured.cpu_seconds_per_call
    offset = case.offset_ms_per_thousand * _MEAN_OFFSET_IN_THOUSANDS
    waiting = measured.serving_seconds + (case.latency_ms + offset) / 1000
    taps = min(case.taps, case.partitions)
    of_one_tap = throughput(case.concurrency, waiting, busy)
    speeds = {
        "calls in flight" if of_one_tap * busy < 0.9 else "one core per tap": taps * of_one_tap,  # noqa: PLR2004 - nearly all of it
        "cores": case.cores / busy,
        "the API": case.calls_per_second,
    }
    limit = min(speeds, key=lambda name: speeds[name])
    starts = math.ceil(case.partitions / taps) * (measured.start_seconds + case.engine_seconds)
    seconds = calls / speeds[limit] + starts
    return Prediction(calls, seconds, calls / seconds, taps * measured.megabytes, limit)


def throughput(in_flight: int, waiting: float, busy: float) -> float:
    """Give the calls a second of one tap.

    Mean value analysis of a closed network, exact where times are exponential: `in_flight` calls go
    round, each waits `waiting` seconds on its own, and then for `busy` seconds of the one core.
    """
    queue = speed = 0.0
    for calls in range(1, in_flight + 1):
        at_core = busy * (1 + queue)
        speed = calls / (waiting + at_core)
        queue = speed * at_core
    return speed


def measured_here() -> Constants:
    """Read the results that are part of the repository."""
    growth, cpu = (json.loads((RESULTS / f"{name}.json").read_text()) for name in ("growth", "cpu"))
    return constants(growth, cpu)


def duration(seconds: float) -> str:
    """Write a duration for people."""
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            number = seconds / size
            return f"{number:.1f} {unit}" if number < 10 else f"{number:,.0f} {unit}"  # noqa: PLR2004
    return f"{seconds:.0f} s"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the prediction for one case."""
    parser = argparse.ArgumentParser(description=__doc__)
    for field in fields(Case):
        name = f"--{field.name.replace('_', '-')}"
        kind = {"int": int, "float": float}[str(field.type)]
        parser.add_argument(name, type=kind, default=field.default, required=field.name == "rows")
    case = Case(**vars(parser.parse_args(arguments)))
    found = predict(case, measured_here())
    print(
        f"{found.calls:,.0f} calls in {duration(found.seconds)} ({found.calls_per_second:,.0f} a second),"
        f" {found.megabytes:,.0f} MB for all taps; faster with more of: {found.limit}."
    )


if __name__ == "__main__":
    main()

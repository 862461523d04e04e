"""Writes what `make bench` has measured into `docs/`: `python -m tools.scale_tables`.

The tables of `docs/scale.md`, and that of memory in `docs/operations.md`.

`make docs` runs it; a test fails when the tables on the page are others.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.scale import RESULTS, Case, duration, measured_here, predict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.scale import Prediction

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "scale.md"
PAGES = (PAGE, DOCS / "operations.md")

_EVENTS = {"10 million": 10e6, "1 billion": 1e9, "50 billion": 50e9}
_ONE = Case(rows=0)
_TWO = Case(rows=0, partitions=12, taps=2, cores=2, concurrency=8)
_SIXTEEN = Case(rows=0, partitions=400, taps=16, cores=16, concurrency=8)
_MANY = Case(rows=0, partitions=4000, taps=64, cores=64, concurrency=8)
_SETUPS = {
    "one tap of 4 calls": _ONE,
    "2 taps of 8 calls, 2 cores": _TWO,
    "16 taps of 8 calls, 16 cores": _SIXTEEN,
    "64 taps of 8 calls, 64 cores": _MANY,
}
# Who was measured, as (mode, contender), and with how many calls at once; as far as there are results.
MEASURED_CASES = {
    case: concurrency
    for case, concurrency in {
        ("scale", "tap"): 4,
        ("network", "tap-8"): 8,
        ("network", "tap-1"): 1,
    }.items()
    if (RESULTS / f"{case[0]}.json").exists()
}


def by_size() -> Iterator[Sequence[str]]:
    """How long, and how many calls a second, at 100 ms a call."""
    yield "events", "calls", *_SETUPS
    for name, rows in _EVENTS.items():
        found = [predict(replace(case, rows=rows), measured_here()) for case in _SETUPS.values()]
        times = [f"{duration(one.seconds)} ({one.calls_per_second:,.0f}/s)" for one in found]
        yield name, _round(found[0].calls), *times


def by_limit() -> Iterator[Sequence[str]]:
    """How long, where the API allows so many calls a second."""
    limits = (5, 20, 100, 500)
    yield "events", *(f"{limit} calls/s" for limit in limits)
    for name, rows in _EVENTS.items():
        cases = [replace(_MANY, rows=rows, calls_per_second=limit) for limit in limits]
        yield name, *(duration(predict(case, measured_here()).seconds) for case in cases)


def by_latency() -> Iterator[Sequence[str]]:
    """How long for a billion events, where calls take longer."""
    latencies = (20, 50, 100, 200, 500, 1000)
    yield "1 billion events", *(f"{latency} ms" for latency in latencies)
    for name, setup in _SETUPS.items():
        cases = [replace(setup, rows=1e9, latency_ms=latency) for latency in latencies]
        yield name, *(duration(predict(case, measured_here()).seconds) for case in cases)


def by_partitions() -> Iterator[Sequence[str]]:
    """What cutting into ever smaller parts costs, a run of Dagster each."""
    parts = {"years (10)": 10, "months (120)": 120, "weeks (520)": 520, "days (3,650)": 3650}
    yield "10 years of 1 billion events", *parts
    cases = [replace(_SIXTEEN, rows=1e9, partitions=n, engine_seconds=6) for n in parts.values()]
    found = [predict(case, measured_here()) for case in cases]
    yield "16 taps of 8 calls, 16 cores", *(duration(one.seconds) for one in found)
    yield "calls", *(_round(one.calls) for one in found)


def predicted() -> Iterator[Sequence[str]]:
    """What the model says of cases that it knows nothing of, beside what was measured."""
    yield "account", "calls at once", "calls", "seconds, predicted", "measured", "off by"
    if not MEASURED_CASES:
        yield "none measured yet: `make bench BENCH='--mode scale'`, `make docs`", *[""] * 5
    for (mode, name), concurrency in MEASURED_CASES.items():
        found, one = compared(mode, name)
        yield (
            _account(_result(mode)),
            str(concurrency),
            f"{one['calls']:,.0f}",
            f"{found.seconds:.1f}",
            f"{one['seconds']:.1f}",
            f"{found.seconds / one['seconds'] - 1:+.0%}",
        )


def memory() -> Iterator[Sequence[str]]:
    """What a run takes at its peak, by calls at once."""
    yield "`concurrency`", "read", "memory at the peak, MB", "measured on"
    for mode, name, concurrency in (
        ("network", "tap-1", "1"),
        ("cpu", "tap", "4, the default"),
        ("network", "tap-8", "8"),
    ):
        result = _result(mode)
        for one in result["contenders"]:
            if one["name"] == name:
                yield concurrency, _account(result), f"{one['peak_mb']:.0f}", result["date"]


def compared(mode: str, name: str) -> tuple[Prediction, dict[str, Any]]:
    """Give the prediction for a contender of a mode, and what was measured."""
    result = _result(mode)
    (one,) = (each for each in result["contenders"] if each["name"] == name)
    account = result["account"]
    case = Case(
        rows=result["rows"],
        concurrency=MEASURED_CASES[mode, name],
        latency_ms=account["latency_ms"],
        offset_ms_per_thousand=account["offset_ms_per_thousand"],
    )
    return predict(case, measured_here()), one


TABLES: dict[str, Callable[[], Iterator[Sequence[str]]]] = {
    table.__name__: table
    for table in (by_size, by_limit, by_latency, by_partitions, predicted, memory)
}


def updated(text: str) -> str:
    """Give the page with its tables as they should be."""

    def table(found: re.Match[str]) -> str:
        head, *rows = TABLES[found["name"]]()
        lines = [head, ["---" for _ in head], *rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"<!-- {found['name']}: begin (make docs) -->\n{body}\n<!-- end -->"

    pattern = r"<!-- (?P<name>\w+): begin \(make docs\) -->\n.*?<!-- end -->"
    return re.sub(pattern, table, text, flags=re.DOTALL)


def _result(mode: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((RESULTS / f"{mode}.json").read_text("utf-8"))
    return result


def _account(result: dict[str, Any]) -> str:
    account = result["account"]
    parts = [f"{result['rows']:,} clicks", f"{account['latency_ms']:g} ms a call"]
    if account["offset_ms_per_thousand"]:
        parts.append(f"{account['offset_ms_per_thousand']:g} ms per 1000 of offset")
    return ", ".join(parts)


def _round(calls: float) -> str:
    unit, size = ("million", 1e6) if calls >= 1e6 else ("thousand", 1e3)  # noqa: PLR2004
    return f"{calls / size:.3g} {unit}"


def main() -> None:
    """Write the pages."""
    for page in PAGES:
        page.write_text(updated(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()

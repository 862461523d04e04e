"""The measurements: without latency, over a network, into a table, of more and more rows, one to predict."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import account, probe, sandbox
from benchmarks.contenders import BY_NAME
from benchmarks.growth import fit
from benchmarks.measure import Run, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.account import Account

    Result = dict[str, Any]

GROWTH = (100_000, 300_000, 1_000_000, 3_000_000)
GROWING = "tap-8"


@dataclass(frozen=True, slots=True)
class Mode:
    """A comparison of contenders on one account."""

    name: str
    title: str
    account: Account
    contenders: tuple[str, ...]


CPU = Mode(
    "cpu",
    "CPU",
    account.of(1_000_000),
    ("tap", "sdk", "airbyte", "dlt", "dlt-plain", "dlt-load", "bare"),
)
NETWORK = Mode(
    "network",
    "Network",
    account.of(200_000, slow=True),
    ("tap-8", "tap-1", "sdk", "airbyte", "airbyte-8", "dlt", "dlt-load", "bare"),
)
FILES = Mode(
    "files",
    "Into a table",
    account.of(500_000),
    ("tap-files", "load-lines", "load-records", "by-hand", "dlt-table", "dlt-table-parquet"),
)
# No constant of `benchmarks.scale` comes from this one.
SCALE = Mode("scale", "Scale", replace(account.of(500_000), latency_ms=20), ("tap",))
COMPARISONS = {mode.name: mode for mode in (CPU, NETWORK, FILES, SCALE)}


def compare(mode: Mode, only: Iterable[str], repeats: int) -> Result:
    """Run the contenders of a mode in turn, several times over, and return what they took."""
    print(f"\n{mode.title}: {mode.account.description}. Rendering the pages ...", flush=True)
    runs: dict[str, list[Run]] = {name: [] for name in mode.contenders if name in only}
    with sandbox.serving(mode.account) as facts:
        print(f"{facts.rows:,} clicks.", flush=True)
        speed = None if mode.account.latency_ms else round(probe.rows_per_second(facts.url))
        if speed is not None:
            print(f"A client that discards what it reads gets {speed:,} a second.", flush=True)
        for number in range(repeats):
            for name, done in runs.items():
                done.append(run(BY_NAME[name], facts, verify=number == 0))
                print(_line(BY_NAME[name].title, done[-1]), flush=True)
    return {
        "mode": mode.name,
        "account": asdict(mode.account),
        "rows": facts.rows,
        "discarding_rows_per_second": speed,
        "contenders": [_summary(name, done, facts.rows) for name, done in runs.items()],
    }


def grow(sizes: Sequence[int], repeats: int) -> Result:
    """Read ever larger accounts at concurrency 8 and fit a line through what that took.

    The sizes take turns, so that a busy minute of the machine bends no single point; the sandboxes
    of all of them stay up for that.
    """
    print(f"\nGrowth: {BY_NAME[GROWING].title}. Rendering takes two minutes or so ...", flush=True)
    accounts = [*(account.of(rows, even=True) for rows in sizes), CPU.account]
    with ExitStack() as stack:
        served = [stack.enter_context(sandbox.serving(one)) for one in accounts]
        runs: list[list[Run]] = [[] for _ in served]
        for number in range(repeats):
            for one, facts, done in zip(accounts, served, runs, strict=True):
                done.append(run(BY_NAME[GROWING], facts, verify=number == 0))
                print(_line(f"{facts.rows:,} {one.description}", done[-1]), flush=True)
    points = [
        _point(facts.rows, _summary(GROWING, done, facts.rows))
        for facts, done in zip(served, runs, strict=True)
    ]
    evenly, counts = points[:-1], [point["rows"] for point in points[:-1]]
    return {
        "mode": "growth",
        "evenly": evenly,
        "bursts": points[-1],
        "seconds": fit(counts, [point["seconds"] for point in evenly]),
        "cpu_seconds": fit(counts, [point["cpu_seconds"] for point in evenly]),
    }


def _point(rows: int, medians: Result) -> Result:
    return {"rows": rows, **medians, "calls_per_million": medians["calls"] * 1e6 / rows}


def _summary(name: str, runs: Sequence[Run], rows: int) -> Result:
    """Return the medians of a contender's runs, and the runs themselves."""
    medians = {
        field: round(median(getattr(done, field) for done in runs), 3)
        for field in ("seconds", "cpu_seconds", "peak_mb", "calls")
    }
    return {
        "name": name,
        "title": BY_NAME[name].title,
        **medians,
        "rows_per_second": round(rows / medians["seconds"]),
        "runs": [asdict(done) for done in runs],
    }


def _line(title: str, done: Run) -> str:
    return (
        f"  {title:<52} {done.seconds:7.2f} s  {done.cpu_seconds:7.2f} s CPU"
        f"  {done.peak_mb:5.0f} MB  {done.calls:5} calls"
    )

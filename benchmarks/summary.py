"""What the measurements say, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Result = dict[str, Any]

_ABOUT = ("bare", "tap-1")  # marks to measure against; the other contenders are alternatives


def show(result: Result) -> None:
    """Print a result."""
    lines = {"growth": _growth, "doctor": _doctor}.get(result["mode"], _comparison)(result)
    print("\n" + "\n".join(lines), flush=True)


def _comparison(result: Result) -> Iterator[str]:
    rows, contenders = result["rows"], result["contenders"]
    yield f"Medians of {len(contenders[0]['runs'])} runs, {rows:,} clicks"
    taps = [one for one in contenders if one["name"].startswith("tap")]
    ratios = "".join(f"  {'x ' + tap['name']:>8}" for tap in taps)
    yield f"  {'':<48}{'s':>8}{'rows/s':>10}{'CPU s':>8}{'MB':>6}{'calls':>7}{ratios}"
    for one in contenders:
        against = "".join(f"  {one['seconds'] / tap['seconds']:8.2f}" for tap in taps)
        yield (
            f"  {one['title']:<48}{one['seconds']:8.2f}{one['rows_per_second']:10,}"
            f"{one['cpu_seconds']:8.2f}{one['peak_mb']:6.0f}{one['calls']:7,.0f}{against}"
        )


def _growth(result: Result) -> Iterator[str]:
    points: Sequence[Result] = [*result["evenly"], result["bursts"]]
    yield "Growth, medians, concurrency 8 (the last line: the sandbox's bursts)"
    yield f"  {'rows':>10}{'s':>8}{'CPU s':>8}{'MB':>6}{'calls':>7}{'per million':>13}"
    for point in points:
        yield (
            f"  {point['rows']:10,}{point['seconds']:8.2f}{point['cpu_seconds']:8.2f}"
            f"{point['peak_mb']:6.0f}{point['calls']:7,.0f}{point['calls_per_million']:13,.0f}"
        )
    for name in ("seconds", "cpu_seconds"):
        line = result[name]
        off = ", ".join(f"{deviation:+.1%}" for deviation in line["deviations"])
        yield (
            f"  {name.replace('_', ' ')} = {line['start_seconds']:.2f}"
            f" + {line['seconds_per_million']:.2f} per million rows; off by {off}"
        )
    first, last = result["evenly"][1 % len(result["evenly"])], result["evenly"][-1]
    yield (
        f"  peak memory at {last['rows']:,} rows:"
        f" {last['peak_mb'] / first['peak_mb']:.2f} of that at {first['rows']:,}"
    )


def _doctor(result: Result) -> Iterator[str]:
    yield f"The doctor's forecast of a first read, {result['latency_ms']} ms a call"
    yield f"  {'account':<20}{'calls told':>12}{'made':>8}{'minutes told':>14}{'taken':>8}{'ratio':>8}"
    for case in result["cases"]:
        yield (
            f"  {case['account']:<20}{case['calls_told']:12,}{case['calls']:8,}"
            f"{case['minutes_told']:14.1f}{case['minutes']:8.2f}{case['ratio']:8.2f}"
        )

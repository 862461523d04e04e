"""Whether a run takes a start and then the same for every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def fit(rows: Sequence[int], seconds: Sequence[float]) -> dict[str, Any]:
    """Return the line t = a + b * n that fits best, and how far each point lies from it.

    Deviations count relative to the point, so that the smallest size matters as much as the
    largest: least squares with weights 1 / t².
    """
    weights = [1 / t**2 for t in seconds]
    total = sum(weights)
    mean_rows = sum(w * n for w, n in zip(weights, rows, strict=True)) / total
    mean_seconds = sum(w * t for w, t in zip(weights, seconds, strict=True)) / total
    spread = sum(w * (n - mean_rows) ** 2 for w, n in zip(weights, rows, strict=True))
    slope = 0.0
    if spread:
        both = zip(weights, rows, seconds, strict=True)
        slope = sum(w * (n - mean_rows) * (t - mean_seconds) for w, n, t in both) / spread
    start = mean_seconds - slope * mean_rows
    deviations = [t / (start + slope * n) - 1 for n, t in zip(rows, seconds, strict=True)]
    return {
        "start_seconds": round(start, 3),
        "seconds_per_million": round(slope * 1e6, 3),
        "deviations": [round(deviation, 4) for deviation in deviations],
    }

"""The chart that the README shows: how long each contender takes, as an SVG of a panel a mode."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_WIDTH, _LABEL, _BAR, _STEP, _TOP = 860, 320, 440, 30, 78
_OURS, _MARK, _OTHERS, _INK, _SOFT = "#0b7a75", "#b8c4c9", "#8597a3", "#1c2830", "#5b6b75"
# Names of contenders that are this tap: by itself, and with a loader behind it.
_TAP = ("tap", "load-")
_FONT = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"
_TITLES = {
    "cpu": "{rows:,} clicks from a local server without latency",
    "network": "{rows:,} clicks at 50 ms a call and 2 ms more per thousand of offset",
    "files": "{rows:,} clicks from a local server into a committed DuckDB table",
}


def draw(folder: Path) -> None:
    """Write ``chart.svg`` from the results in a folder."""
    files = [folder / f"{mode}.json" for mode in _TITLES]
    results = [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]
    if results:
        (folder / "chart.svg").write_text(svg(results), encoding="utf-8")


def svg(results: Sequence[dict[str, Any]]) -> str:
    """Return the chart of these comparisons, one panel below the other."""
    parts: list[str] = []
    y = 0
    for result in results:
        parts += _panel(result, y)
        y += _TOP + _STEP * len(result["contenders"]) + 14
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {y}' {_FONT}>"
    return "\n".join(
        [head, f"<rect width='{_WIDTH}' height='{y}' fill='#ffffff'/>", *parts, "</svg>\n"]
    )


def _panel(result: dict[str, Any], top: int) -> Iterator[str]:
    contenders = sorted(result["contenders"], key=lambda one: one["seconds"])
    longest = max(one["seconds"] for one in contenders)
    title = _TITLES[result["mode"]].format(rows=result["rows"])
    yield _text(24, top + 36, title, size=17, weight=600)
    about = f"seconds, median of {len(contenders[0]['runs'])}; less is better"
    yield _text(24, top + 57, about, size=13, fill=_SOFT)
    for place, one in enumerate(contenders):
        y = top + _TOP + place * _STEP
        ours = one["name"].startswith(_TAP)
        colour = _OURS if ours else _MARK if one["name"] == "bare" else _OTHERS
        width = max(2, round(_BAR * one["seconds"] / longest))
        weight = 600 if ours else 400
        yield _text(_LABEL - 12, y + 15, one["title"], anchor="end", weight=weight)
        yield f"<rect x='{_LABEL}' y='{y}' width='{width}' height='21' rx='3' fill='{colour}'/>"
        yield _text(_LABEL + width + 8, y + 15, f"{one['seconds']:.1f}", weight=weight)


def _text(  # noqa: PLR0913  (what SVG text has)
    x: int,
    y: int,
    words: str,
    *,
    size: int = 13,
    weight: int = 400,
    fill: str = _INK,
    anchor: str = "start",
) -> str:
    style = f"font-size='{size}' font-weight='{weight}' fill='{fill}' text-anchor='{anchor}'"
    return f"<text x='{x}' y='{y}' {style}>{escape(words)}</text>"

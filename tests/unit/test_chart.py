"""The chart of the benchmarks: this tap is told apart, and it shows the results that are there."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from benchmarks import chart
from benchmarks.scale import RESULTS

if TYPE_CHECKING:
    from pathlib import Path


def panel(*names: str) -> dict[str, Any]:
    contenders = [{"name": name, "title": name, "seconds": 1.0, "runs": [1.0]} for name in names]
    return {"mode": "files", "rows": 1000, "contenders": contenders}


def test_every_form_of_the_tap_has_its_colour_and_nobody_else() -> None:
    names = ("tap-files", "load-lines", "load-records", "by-hand", "dlt-load", "bare")
    drawn = chart.svg([panel(*names)])
    colours = re.findall(r"height='21' rx='3' fill='(#\w+)'", drawn)
    ours = {name for name, colour in zip(names, colours, strict=True) if colour == chart._OURS}
    assert ours == {"tap-files", "load-lines", "load-records"}


def test_the_chart_that_pages_show_is_that_of_the_results(tmp_path: Path) -> None:
    for file in RESULTS.glob("*.json"):
        shutil.copy(file, tmp_path)
    chart.draw(tmp_path)
    assert (tmp_path / "chart.svg").read_text("utf-8") == (RESULTS / "chart.svg").read_text("utf-8")

"""`make soak` runs all that the other runs leave to it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECIPE = re.search(
    r"^soak: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
)


def test_each_file_that_does_more_in_the_soak_is_part_of_it() -> None:
    assert RECIPE is not None
    named = {ROOT / path for path in re.findall(r"tests/[\w/.]+", RECIPE[1])}
    assert all(path.exists() for path in named)
    asks = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if path != Path(__file__) and "SOAK_SECONDS" in path.read_text("utf-8")
    ]
    assert asks
    assert [path for path in asks if not named & {path, *path.parents}] == []


def test_what_the_other_runs_leave_to_it_carries_the_marker() -> None:
    skipping = re.compile(r"skipif\([^)]*SOAK")
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert [path for path in paths if skipping.search(path.read_text("utf-8"))] == []


def test_whatever_carries_the_marker_is_part_of_it() -> None:
    assert RECIPE is not None
    lines = RECIPE[1].replace("\\\n", " ").splitlines()
    assert [line for line in lines if "-m soak" in line and "tests/" not in line]

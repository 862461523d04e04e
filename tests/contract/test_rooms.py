"""The rooms of the house: data flows one way, and a forbidden import is found wherever it stands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("tap_copernica", "copernica_sandbox", "copernica_report")
MOST_MODULES = 14
MOST_LINES = 400


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contracts(house: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(linter), "--no-cache"], cwd=house, capture_output=True, text=True, check=False
    )


def test_the_contracts_hold(house: Path) -> None:
    outcome = contracts(house)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("tap_copernica/http/pool.py", "from tap_copernica.streams.base import Stream"),
        ("tap_copernica/reading/plan.py", "from tap_copernica.output.state import BOOKMARK"),
        ("tap_copernica/streams/base.py", "from tap_copernica.tap import TapCopernica"),
        ("tap_copernica/clock.py", "from tap_copernica.settings import Settings"),
        ("tap_copernica/tap.py", "from copernica_sandbox.box import Sandbox"),
        ("copernica_sandbox/box.py", "from tap_copernica.tap import TapCopernica"),
        ("tap_copernica/reading/windows.py", "from tap_copernica.reading.plan import Plan"),
    ],
)
def test_a_forbidden_import_is_found_also_in_a_type_hint(
    house: Path, module: str, forbidden: str
) -> None:
    file = house / module
    hint = f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {forbidden}\n"
    file.write_text(f"{file.read_text()}\n{hint}")
    outcome = contracts(house)
    assert outcome.returncode == 1, outcome.stdout
    assert "BROKEN" in outcome.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_do_not_import_each_other_in_a_circle(package: str) -> None:
    graph = grimp.build_graph(package, cache_dir=None)
    imports = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    TopologicalSorter(imports).prepare()  # which fails at a circle


def test_the_root_is_small_and_no_file_is_long() -> None:
    assert len(list((ROOT / "tap_copernica").glob("*.py"))) <= MOST_MODULES
    long = {
        str(file.relative_to(ROOT)): lines
        for package in PACKAGES
        for file in (ROOT / package).rglob("*.py")
        if (lines := len(file.read_text("utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}

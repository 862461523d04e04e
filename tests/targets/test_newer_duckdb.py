"""Where target-duckdb stops to be exact: part of `make test-targets`, since it asks the package index.

A failure here is good news: a release is exact, so that `meltano.yml` and docs/targets.md can take it.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.targets.loaders import TargetDuckDB, environment_with
from tests.targets.test_target_duckdb import clicks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

READ = """
import duckdb, sys
print(duckdb.connect(sys.argv[1], read_only=True).execute("SELECT count(*) FROM clicks").fetchone()[0])
"""

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_TARGETS"), reason="make test-targets")


@pytest.fixture
def loader_with(tmp_path: Path) -> Callable[[str], TargetDuckDB]:
    """Install target-duckdb with another DuckDB."""

    def make(duckdb: str) -> TargetDuckDB:
        programs = environment_with(tmp_path / "venv", "target-duckdb==0.8.0", duckdb)
        loader = TargetDuckDB(tmp_path)
        loader.executable = programs / "target-duckdb"
        return loader

    return make


@pytest.mark.parametrize(
    ("duckdb", "lost"),
    [("duckdb==1.2.2", 0), ("duckdb==1.3.0", 1), ("duckdb<2", 1), ("duckdb", 1)],
    ids=["1.2.2", "1.3.0", "newest 1", "newest"],
)
def test_from_1_3_0_on_the_first_row_of_a_batch_is_lost(
    loader_with: Callable[[str], TargetDuckDB], duckdb: str, lost: int
) -> None:
    loader = loader_with(duckdb)
    loader.load(clicks(range(1, 101)))
    python = loader.executable.parent / "python"
    run = subprocess.run(
        [python, "-c", READ, loader.database], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) == 100 - lost, f"{duckdb}: exact or not has changed; see docs/targets.md"

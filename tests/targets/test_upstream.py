"""The reproductions of docs/upstream.md still show what the page says; most run in `make test-targets`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, blocks
from tests.support.meltano import BIN
from tests.targets.loaders import environment_with

if TYPE_CHECKING:
    from pathlib import Path

BLOCKS = {
    (block.language, number): block.text
    for language in ("sh", "python", "yaml")
    for number, block in enumerate(blocks(language, "upstream.md"))
}
slow = pytest.mark.skipif(not os.environ.get("TEST_TARGETS"), reason="make test-targets")


def shell(text: str, folder: Path, programs: Path) -> str:
    """Run a block as a person would, in an empty folder; give all it writes."""
    done = subprocess.run(
        ["/bin/sh", "-c", text],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.stdout


def test_each_block_is_run_here() -> None:
    text = (DOCS / "upstream.md").read_text("utf-8")
    assert len(BLOCKS) == text.count("\n```") // 2 == 4


@slow
def test_target_duckdb_loses_the_first_row_of_a_batch(tmp_path: Path) -> None:
    install, _, text = BLOCKS["sh", 0].partition("\n")
    packages = install.removeprefix("pip install ").split()
    programs = environment_with(tmp_path / "venv", *packages)
    last = shell(text, tmp_path, programs).splitlines()[-1]
    assert last.count("datetime.datetime(2024, 1, ") >= 1
    assert last.startswith("[(2,") or "2024, 1, 1" not in last


def test_an_object_that_is_null_keeps_its_column_in_the_sdk(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", BLOCKS["python", 0]],
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    schema, record = run.stdout.splitlines()
    assert "a__b" in schema
    assert record == "{'a': None}"


@slow
def test_meltano_s_plain_format_fails_at_an_error(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text(BLOCKS["yaml", 0])
    plain = shell(BLOCKS["sh", 1], tmp_path, BIN)
    assert "--- Logging error ---" in plain
    assert "AttributeError: 'NoneType' object has no attribute 'disabled'" in plain
    other = shell(BLOCKS["sh", 1].replace("=plain", "=uncolored"), tmp_path, BIN)
    assert "Extractor and loader failed" in other
    assert "--- Logging error ---" not in other


@slow
def test_target_bigquery_needs_a_package_that_it_does_not_name(tmp_path: Path) -> None:
    programs = environment_with(tmp_path / "venv", "z3-target-bigquery==0.7.2")
    found = shell("python -c 'import target_bigquery.core'", tmp_path, programs)
    assert "No module named 'pkg_resources'" in found

"""The copy of `examples/warehouse/` that a newcomer has made, and what is asked of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "warehouse"
BIN = Path(sys.executable).parent


class Project:
    """The copy, without anything that was loaded before; its plugins are installed by `make`."""

    def __init__(self, box: Sandbox, state: Path) -> None:
        """Take the account to read, and where Meltano keeps its bookmarks."""
        self.folder = ROOT / ".examples" / "warehouse"
        for leftover in ("output", "transform"):
            shutil.rmtree(self.folder / leftover, ignore_errors=True)
        shutil.copytree(EXAMPLE, self.folder, dirs_exist_ok=True)
        self._environment = os.environ | {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "MELTANO_DATABASE_URI": f"sqlite:///{state}/meltano.db",
            "TAP_COPERNICA_SOURCE": f"--editable {ROOT}",
            "COPERNICA_DBT_PACKAGE": str(ROOT / "dbt"),
            "TAP_COPERNICA_ACCESS_TOKEN": box.token,
            "TAP_COPERNICA_API_URL": box.url,
            "TAP_COPERNICA_START_DATE": "2024-03-01",
            # The account's clock stands still: without a lag, all of it is read.
            "TAP_COPERNICA_LAG_MINUTES": "0",
        }

    def run(self, command: str) -> tuple[int, str]:
        """Run a command line in the copy's folder; return exit status and output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],  # noqa: S607
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout

    def sql(self, query: str) -> list[dict[str, Any]]:
        """Run SQL on the warehouse, between two commands; return the rows by column."""
        with duckdb.connect(str(self.folder / "output" / "warehouse.duckdb")) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def commands(heading: str) -> list[str]:
    """Give the shell blocks of a section of the example's README."""
    text = (EXAMPLE / "README.md").read_text("utf-8")
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)

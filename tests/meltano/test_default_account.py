"""The command of getting-started loads the account that `copernica-sandbox` serves by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb

from copernica_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PAGE = (ROOT / "docs" / "getting-started.md").read_text("utf-8")


def test_everything_of_the_default_account_is_loaded_twice(tmp_path: Path) -> None:
    line = re.findall(r"^meltano (run tap-copernica target-duckdb)$", PAGE, re.MULTILINE)[0]
    with Sandbox(days=5, now="2024-06-01T12:00:00+00:00") as box:
        settings = {
            "TAP_COPERNICA_API_URL": box.url,
            "TAP_COPERNICA_ACCESS_TOKEN": box.token,
            "TAP_COPERNICA_START_DATE": "2024-05-28",
            "TARGET_DUCKDB_PATH": str(tmp_path / "warehouse.duckdb"),
            "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
        }
        for _ in range(2):
            done = subprocess.run(
                [BIN / "meltano", *line.split()],
                cwd=ROOT,
                env=os.environ | settings,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            for table, rows in {
                "profiles_customers": box.profiles(11),
                "subprofiles_customers_orders": box.subprofiles(701),
                "databases": box.databases,
            }.items():
                found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
                assert found == (len(list(rows)),)

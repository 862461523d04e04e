"""The command of getting-started loads the account that `copernica-sandbox` serves by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import duckdb

from copernica_sandbox import Sandbox
from tests.support.meltano import ROOT, meltano, settings_for

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "getting-started.md").read_text("utf-8")


def test_everything_of_the_default_account_is_loaded_twice(tmp_path: Path) -> None:
    line = re.findall(r"^meltano (run tap-copernica target-duckdb)$", PAGE, re.MULTILINE)[0]
    with Sandbox(days=5, now="2024-06-01T12:00:00+00:00") as box:
        settings = settings_for(box, tmp_path, "2024-05-28")
        settings["TARGET_DUCKDB_PATH"] = str(tmp_path / "warehouse.duckdb")
        for _ in range(2):
            meltano(*line.split(), env=settings, timeout=240)
        with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
            for table, rows in {
                "profiles_customers": box.profiles(11),
                "subprofiles_customers_orders": box.subprofiles(701),
                "databases": box.databases,
            }.items():
                found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
                assert found == (len(list(rows)),)

from __future__ import annotations

from typing import TYPE_CHECKING

from tests_examples.dagster.backfill import prove

if TYPE_CHECKING:
    from pathlib import Path


def test_months_equal_one_serial_run_though_a_worker_is_killed(tmp_path: Path) -> None:
    prove(tmp_path, clicks_per_day=20, months=3, prerender=False)

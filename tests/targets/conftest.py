"""The loaders as `meltano.yml` defines them, run as Meltano would run them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.postgres import postgres
from tests.targets.loaders import TargetDuckDB, TargetPostgres, installed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import PostgresServer

__all__ = ["postgres"]


@pytest.fixture
def target_duckdb(tmp_path: Path) -> TargetDuckDB:
    return TargetDuckDB(tmp_path)


@pytest.fixture
def target_postgres(tmp_path: Path, postgres: PostgresServer) -> TargetPostgres:
    return TargetPostgres(tmp_path, postgres.database())


@pytest.fixture
def target_jsonl() -> Path:
    return installed("loaders", "target-jsonl")

"""The loaders as `meltano.yml` defines them, run as Meltano would run them."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml

from tests.support.postgres import postgres

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["postgres"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Loaded:
    """What a loader made of its messages: the tables' rows and the states it handed back."""

    tables: dict[str, list[tuple[Any, ...]]]
    types: dict[str, dict[str, str]]
    states: list[dict[str, Any]]


class TargetDuckDB:
    """The real loader, in the environment that Meltano made, with the settings of `meltano.yml`."""

    def __init__(self, executable: Path, settings: dict[str, Any], folder: Path) -> None:
        self._executable = executable
        self._database = folder / "warehouse.duckdb"
        self._config = folder / "config.json"
        self._config.write_text(json.dumps(settings | {"path": str(self._database)}))

    def load(self, messages: Iterable[dict[str, Any]]) -> Loaded:
        """Load messages and read every table back, its columns in the order of their names."""
        run = subprocess.run(
            [self._executable, "--config", self._config],
            input="".join(json.dumps(message) + "\n" for message in messages),
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        assert run.returncode == 0, run.stderr
        states = [json.loads(line) for line in run.stdout.splitlines() if line.strip()]
        return Loaded(*self._read(), states)

    def _read(self) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, dict[str, str]]]:
        rows: dict[str, list[tuple[Any, ...]]] = {}
        types: dict[str, dict[str, str]] = defaultdict(dict)
        with duckdb.connect(str(self._database), read_only=True) as connection:
            columns = connection.execute(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE column_name NOT LIKE '\\_sdc\\_%' ESCAPE '\\' ORDER BY column_name"
            ).fetchall()
            for table, column, kind in columns:
                types[table][column] = kind
            for table, kinds in types.items():
                names = ", ".join(f'"{column}"' for column in kinds)
                query = f'SELECT {names} FROM "{table}" ORDER BY ALL'  # noqa: S608 (names from the catalog)
                rows[table] = connection.execute(query).fetchall()
        return rows, dict(types)


def plugin(kind: str, name: str) -> dict[str, Any]:
    """Return a plugin's definition in `meltano.yml`."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return next(entry for entry in project["plugins"][kind] if entry["name"] == name)


def installed(kind: str, name: str) -> Path:
    """Return a plugin's executable, in the environment that `make` lets Meltano install."""
    executable = ROOT / ".meltano" / kind / name / "venv" / "bin" / name
    if not executable.exists():
        pytest.fail(f"{name} is not installed: run `make install`")
    return executable


@pytest.fixture
def target_duckdb(tmp_path: Path) -> TargetDuckDB:
    definition = plugin("loaders", "target-duckdb")
    settings = {item["name"]: item["value"] for item in definition["settings"]}
    return TargetDuckDB(installed("loaders", "target-duckdb"), settings, tmp_path)


@pytest.fixture
def target_jsonl() -> Path:
    return installed("loaders", "target-jsonl")

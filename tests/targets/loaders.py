"""Real loaders, with the settings of `meltano.yml`: what they make of messages, to be held against these."""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import yaml
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.postgres import Database

ROOT = Path(__file__).parents[2]
SCHEMA = "copernica"

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]


def plugin(kind: str, name: str) -> dict[str, Any]:
    """Return a plugin's definition in `meltano.yml`."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    return next(entry for entry in project["plugins"][kind] if entry["name"] == name)


def settings_of(name: str) -> dict[str, Any]:
    """Return the settings that `meltano.yml` gives a loader."""
    return {
        item["name"]: item["value"]
        for item in plugin("loaders", name)["settings"]
        if "value" in item
    }


def installed(kind: str, name: str) -> Path:
    """Return a plugin's executable, in the environment that `make` lets Meltano install."""
    executable = ROOT / ".meltano" / kind / name / "venv" / "bin" / name
    if not executable.exists():
        pytest.fail(f"{name} is not installed: run `make install`")
    return executable


def environment_with(folder: Path, *packages: str) -> Path:
    """Make an environment with packages of the index; give the folder of its programs."""
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder], check=True)
    subprocess.run([uv, "pip", "install", "-q", "-p", folder, *packages], check=True)
    return folder / "bin"


@dataclass(frozen=True)
class Loaded:
    """What a loader made of its messages: the tables' rows and the states it handed back."""

    tables: dict[str, list[tuple[Any, ...]]]
    types: dict[str, dict[str, str]]
    states: list[Row]


class Loader(ABC):
    """A loader and its warehouse."""

    name: str

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Keep the settings in a folder; `settings` go before those of `meltano.yml`."""
        self.config = folder / f"{self.name}.json"
        self.config.write_text(json.dumps(settings_of(self.name) | settings))
        self.executable = installed("loaders", self.name)

    def load(self, messages: Iterable[Row], **environment: str) -> list[Row]:
        """Load messages and give the states that come back; fail if the loader does."""
        run = self.run(messages, **environment)
        assert run.returncode == 0, run.stderr[-3000:]
        return [json.loads(line) for line in run.stdout.splitlines() if line.strip()]

    def run(self, messages: Iterable[Row], **environment: str) -> subprocess.CompletedProcess[str]:
        """Load messages, whatever becomes of it."""
        return subprocess.run(
            [self.executable, "--config", self.config],
            input="".join(json.dumps(message) + "\n" for message in messages),
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )

    @abstractmethod
    def rows(self, stream: str) -> list[Row]:
        """Give a table's rows, the columns that the loader adds left out."""

    @abstractmethod
    def stored(self, name: str, value: Any) -> tuple[str, Any]:
        """Tell under which name and as what a value of a record must be found."""

    def check(self, messages: Iterable[Row], *former: Iterable[Row]) -> int:
        """Hold every value of every table against the records; give how many were compared.

        Args:
            messages: those of the last run.
            former: those of the runs before, first ones first.
        """
        compared = 0
        for stream, (rows, schema, keys) in upserted(*former, messages).items():
            columns = schema["properties"]
            names = {name: self.stored(name, None)[0] for name in columns}
            assert len(set(names.values())) == len(names)
            found = {tuple(row[names[key]] for key in keys): row for row in self.rows(stream)}
            assert len(found) == len(self.rows(stream)), f"{stream}: a key twice"
            assert found.keys() == rows.keys(), stream
            for key, row in rows.items():
                expected = dict(self.stored(name, row.get(name)) for name in columns)
                assert {name: found[key][name] for name in expected} == expected, (stream, key)
                compared += len(expected)
        return compared


class TargetDuckDB(Loader):
    """target-duckdb, into a file."""

    name = "target-duckdb"

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Load into a file in this folder."""
        self.database = folder / "warehouse.duckdb"
        super().__init__(folder, path=str(self.database), **settings)

    def query(self, sql: str, *parameters: Any) -> list[Row]:
        """Give the rows of a query, each as an object."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            cursor = connection.execute(sql, parameters)
            names = [column[0] for column in cursor.description or []]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def rows(self, stream: str) -> list[Row]:
        rows = self.query(f'SELECT * FROM "{stream}"')  # noqa: S608 (names of the tap)
        return [
            {name: plain(value) for name, value in row.items() if not name.startswith("_sdc_")}
            for row in rows
        ]

    def stored(self, name: str, value: Any) -> tuple[str, Any]:
        # Through CSV, where an empty text is nothing; an object and a list are texts with JSON.
        if isinstance(value, (dict, list)):
            value = json.dumps(value)
        return name.lower(), None if value == "" else value

    def loaded(self, messages: Iterable[Row]) -> Loaded:
        """Load messages and read every table back, its columns in the order of their names."""
        states = self.load(messages)
        types: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.query(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE column_name NOT LIKE '\\_sdc\\_%' ESCAPE '\\' ORDER BY column_name"
        ):
            types[row["table_name"]][row["column_name"]] = row["data_type"]
        tables = {}
        for table, kinds in types.items():
            names = ", ".join(f'"{column}"' for column in kinds)
            query = f'SELECT {names} FROM "{table}" ORDER BY ALL'  # noqa: S608 (names from the catalog)
            tables[table] = [tuple(row.values()) for row in self.query(query)]
        return Loaded(tables, dict(types), states)


class TargetPostgres(Loader):
    """target-postgres, into a database of the tests' server."""

    name = "target-postgres"

    def __init__(self, folder: Path, database: Database, **settings: Any) -> None:
        """Load into this database."""
        self.database = database
        place = {
            "host": database.host, "port": database.port, "user": database.user,
            "password": database.password, "database": database.name,
        }  # fmt: skip
        super().__init__(folder, **place, **settings)

    def query(self, sql: str) -> list[Row]:
        """Give the rows of a query, each as an object; times are in UTC."""
        with self.database.connect() as connection:
            return connection.cursor(row_factory=dict_row).execute(sql.encode()).fetchall()

    def rows(self, stream: str) -> list[Row]:
        rows = self.query(f'SELECT * FROM {SCHEMA}."{stream}"')  # noqa: S608 (names of the tap)
        return [
            {name: plain(value) for name, value in row.items() if not name.startswith("_sdc_")}
            for row in rows
        ]

    def stored(self, name: str, value: Any) -> tuple[str, Any]:
        return name, value


def plain(value: Any) -> Any:
    """Write a value of a warehouse as records have it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def upserted(
    *runs: Iterable[Row],
) -> Mapping[str, tuple[Rows, Row, list[str]]]:
    """Give what a warehouse holds after these runs: each stream's rows by key, its schema and its key."""
    tables: dict[str, tuple[Rows, Row, list[str]]] = {}
    for message in (message for run in runs for message in run):
        stream = message.get("stream", "")
        if message["type"] == "SCHEMA":
            rows = tables[stream][0] if stream in tables else {}
            tables[stream] = rows, message["schema"], message["key_properties"]
        elif message["type"] == "RECORD":
            rows, _, keys = tables[stream]
            record = message["record"]
            rows[tuple(record[key] for key in keys)] = record
    return tables

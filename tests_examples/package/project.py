"""A dbt project that uses the package as an analyst would: `packages.yml`, variables, real loaders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from psycopg.rows import dict_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copernica_sandbox import Sandbox
    from tests.support.postgres import Database

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DBT = ROOT / ".examples" / "package" / "bin" / "dbt"

PROJECT = """
name: analyst
version: "1.0"
profile: copernica
flags:
  send_anonymous_usage_stats: false
  use_colors: false
  # A model or a test that dbt would only warn of is an error here.
  warn_error_options: {error: [NoNodesForSelectionCriteria]}
models:
  copernica: {+schema: null}
"""

PROFILES = """
copernica:
  target: duckdb
  outputs:
    duckdb:
      type: duckdb
      path: "{{ env_var('WAREHOUSE', '') }}"
      schema: analytics
      threads: 2
      config_options: {autoinstall_known_extensions: false}
    postgres:
      type: postgres
      host: 127.0.0.1
      port: "{{ env_var('PGPORT', '0') | int }}"
      user: "{{ env_var('PGUSER', '') }}"
      password: "{{ env_var('PGPASSWORD', '') }}"
      dbname: "{{ env_var('PGDATABASE', '') }}"
      schema: analytics
      threads: 2
    bigquery:
      {type: bigquery, method: oauth-secrets, token: none, project: p, dataset: analytics, threads: 2}
    snowflake:
      {type: snowflake, account: a, user: u, password: p, database: DB, schema: ANALYTICS, threads: 2,
       warehouse: w}
"""


class Project:
    """A project in a folder of its own, with the package installed by `dbt deps`."""

    def __init__(
        self, folder: Path, target: str, variables: dict[str, Any], **environment: str
    ) -> None:
        """Take the target of PROFILES, and the package's variables."""
        self.folder = folder
        self._target = target
        self._environment = os.environ | environment
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dbt_project.yml").write_text(
            PROJECT + "vars:\n  copernica: " + json.dumps(variables) + "\n", "utf-8"
        )
        (folder / "profiles.yml").write_text(PROFILES, "utf-8")
        (folder / "packages.yml").write_text(f"packages:\n  - local: {ROOT / 'dbt'}\n", "utf-8")
        self.run("deps")

    def run(self, *arguments: str) -> str:
        """Run dbt; give its output. An error of dbt is one of the test."""
        status, output = self.attempt(*arguments)
        assert status == 0, output
        return output

    def attempt(self, *arguments: str) -> tuple[int, str]:
        """Run dbt; give its exit status and output."""
        target = [] if arguments[0] == "deps" else ["--target", self._target]
        done = subprocess.run(
            [DBT, *arguments, *target],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=500,
        )
        return done.returncode, done.stdout


class Warehouse(ABC):
    """A warehouse that real loaders fill, and a project that makes models of it."""

    loader: str
    target: str

    def __init__(self, folder: Path) -> None:
        """Keep settings and states in a folder."""
        self.folder = folder
        self._states: dict[str, str] = {}

    def project(self, variables: dict[str, Any]) -> Project:
        """Make a project on this warehouse."""
        return Project(self.folder / "project", self.target, variables, **self.environment())

    def load(self, box: Sandbox, schema: str, **settings: Any) -> None:
        """Read an account's news into a schema, as the command line does it."""
        config = {
            "access_token": box.token,
            "api_url": box.url,
            "start_date": "2024-03-01",
            "lag_minutes": 0,  # the account's clock stands still
            "flattening_enabled": True,
            "flattening_max_depth": 1,
            "full_table_frequency": "always",
            "optional_streams": [
                "emailing_statistics",
                "publisher_emailing_statistics",
                "profile_ids",
            ],
            **settings,
        }
        tap = [str(BIN / "tap-copernica"), "--config", self._file(f"tap-{schema}", config)]
        if schema in self._states:
            tap += ["--state", self._file(f"state-{schema}", json.loads(self._states[schema]))]
        target = ROOT / ".meltano" / "loaders" / self.loader / "venv" / "bin" / self.loader
        loader = [str(target), "--config", self._file(f"target-{schema}", self.settings(schema))]
        messages = self.folder / "messages.jsonl"
        with messages.open("wb") as file:
            read = subprocess.run(
                tap, stdout=file, stderr=subprocess.PIPE, check=False, timeout=200
            )
        assert read.returncode == 0, read.stderr[-3000:].decode()
        with messages.open("rb") as file:
            wrote = subprocess.run(
                loader, stdin=file, capture_output=True, check=False, timeout=200
            )
        assert wrote.returncode == 0, wrote.stderr[-3000:].decode()
        self._states[schema] = wrote.stdout.decode().strip().splitlines()[-1]

    def forget(self, schema: str) -> None:
        """Let the next load of a schema read everything, as with a full refresh."""
        del self._states[schema]

    def _file(self, name: str, content: Any) -> str:
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(content), "utf-8")
        return str(file)

    @abstractmethod
    def settings(self, schema: str) -> dict[str, Any]:
        """Give the loader's settings."""

    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Give what PROFILES asks of the environment."""

    @abstractmethod
    def sql(self, query: str) -> list[dict[str, Any]]:
        """Run SQL; give the rows by column."""

    def tables(self, schema: str = "analytics") -> list[str]:
        """Name the tables of a schema, without its views."""
        return [
            row["table_name"]
            for row in self.sql(
                "SELECT table_name FROM information_schema.tables"  # noqa: S608 - names of this test
                f" WHERE table_schema = '{schema}' AND table_type = 'BASE TABLE' ORDER BY table_name"
            )
        ]

    def everything(self) -> dict[str, list[str]]:
        """Give every row of every table that dbt has made, in an order that rows themselves decide.

        All but what models have seen, which names the run.
        """
        return {
            table: sorted(_text(row) for row in self.sql(f"SELECT * FROM analytics.{table}"))  # noqa: S608
            for table in self.tables()
            if table != "copernica_progress"
        }


class DuckDB(Warehouse):
    """A DuckDB file, filled by target-duckdb."""

    loader, target = "target-duckdb", "duckdb"

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / "warehouse.duckdb"

    def settings(self, schema: str) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "default_target_schema": schema,
            "add_metadata_columns": True,
            "flush_all_streams": True,
        }

    def environment(self) -> dict[str, str]:
        return {"WAREHOUSE": str(self.path)}

    def sql(self, query: str) -> list[dict[str, Any]]:
        with duckdb.connect(str(self.path)) as connection:
            result = connection.execute(query)
            names = [column[0] for column in result.description or []]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class Postgres(Warehouse):
    """A PostgreSQL database, filled by target-postgres."""

    loader, target = "target-postgres", "postgres"

    def __init__(self, folder: Path, database: Database) -> None:
        """Take an empty database."""
        super().__init__(folder)
        self._database = database

    def settings(self, schema: str) -> dict[str, Any]:
        place = self._database
        return {
            "host": place.host,
            "port": place.port,
            "user": place.user,
            "password": place.password,
            "database": place.name,
            "default_target_schema": schema,
        }

    def environment(self) -> dict[str, str]:
        place = self._database
        return {
            "PGPORT": str(place.port),
            "PGUSER": place.user,
            "PGPASSWORD": place.password,
            "PGDATABASE": place.name,
        }

    def sql(self, query: str) -> list[dict[str, Any]]:
        with self._database.connect() as connection:
            cursor = connection.cursor(row_factory=dict_row).execute(query.encode())
            return cursor.fetchall() if cursor.description else []


def _text(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


def columns(rows: Iterable[dict[str, Any]], key: str, names: set[str]) -> dict[Any, dict[str, Any]]:
    """Give some columns of rows by key."""
    return {row[key]: {name: row[name] for name in names} for row in rows}

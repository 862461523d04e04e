"""What docs/targets.md says that loaders do not take, or take otherwise."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.targets.loaders import TargetPostgres
from tests.targets.test_target_duckdb import INTEGER, TEXT, click, clicks, record, schema

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import PostgresServer
    from tests.targets.loaders import Row, TargetDuckDB

KEY = {**INTEGER, "type": "integer"}
NUMBER = {"type": ["number", "null"]}
VERSION = {"type": "ACTIVATE_VERSION", "stream": "t", "version": 2}


def messages(texts: dict[str, str | None], stream: str = "t") -> list[Row]:
    """Give the messages of a stream with one row of texts."""
    properties = {"ID": KEY, **dict.fromkeys(texts, TEXT)}
    return [schema(stream, properties, "ID"), record(stream, {"ID": 1, **texts})]


def test_target_postgres_fails_at_a_column_of_more_than_63_bytes(
    target_postgres: TargetPostgres,
) -> None:
    run = target_postgres.run(messages({"x" * 64: "a"}))
    assert run.returncode != 0
    # The server cut the name, so the loader misses its column, and adds it again.
    assert f'column "{"x" * 63}" of relation "t" already exists' in run.stderr


@pytest.mark.parametrize(
    ("statement", "loads"),
    [
        ("SELECT 1", False),
        ("GRANT CREATE ON DATABASE {} TO loader", True),
        ("CREATE SCHEMA copernica AUTHORIZATION loader", True),
        ("ALTER DATABASE {} OWNER TO loader", True),
    ],
    ids=["no right", "a right", "a schema", "a database"],
)
def test_target_postgres_needs_a_schema_or_the_right_to_make_it(
    tmp_path: Path, postgres: PostgresServer, statement: str, *, loads: bool
) -> None:
    database = postgres.database()
    database.query(f"CREATE ROLE loader LOGIN PASSWORD '{database.password}'")
    try:
        database.query(statement.format(database.name))
        run = TargetPostgres(tmp_path, replace(database, user="loader")).run(messages({"x": "a"}))
        assert (run.returncode == 0) is loads
        assert ("permission denied for database" in run.stderr) is not loads
    finally:  # a role is the whole server's
        database.query("REASSIGN OWNED BY loader TO CURRENT_USER")
        database.query("DROP OWNED BY loader")
        database.query("DROP ROLE loader")


def test_target_postgres_keeps_capitals_so_that_queries_quote_names(
    target_postgres: TargetPostgres,
) -> None:
    target_postgres.load(messages({"firstName": "a"}))
    quoted = target_postgres.query('SELECT "ID", "firstName" FROM copernica.t')
    assert quoted == [{"ID": 1, "firstName": "a"}]
    with pytest.raises(psycopg.errors.UndefinedColumn):
        target_postgres.query("SELECT ID FROM copernica.t")


def test_after_its_column_is_dropped_a_field_of_another_type_is_loaded(
    target_postgres: TargetPostgres,
) -> None:
    def numbers(kind: object, value: float) -> list[Row]:
        return [schema("t", {"ID": KEY, "v": kind}, "ID"), record("t", {"ID": 1, "v": value})]

    target_postgres.load(numbers(INTEGER, 1))
    assert target_postgres.run(numbers(NUMBER, 1.5)).returncode != 0
    target_postgres.database.query("ALTER TABLE copernica.t DROP COLUMN v")
    target_postgres.load(numbers(NUMBER, 1.5))
    assert target_postgres.rows("t") == [{"ID": 1, "v": 1.5}]


def test_target_duckdb_keeps_what_a_version_would_remove(target_duckdb: TargetDuckDB) -> None:
    described, row = messages({"text": "a"})
    target_duckdb.load([described, row])
    target_duckdb.load([described, VERSION])
    assert [row["id"] for row in target_duckdb.rows("t")] == [1]


def test_target_duckdb_writes_names_in_lower_case_and_fails_at_a_double_quote(
    target_duckdb: TargetDuckDB,
) -> None:
    target_duckdb.load(messages({"firstName": "a"}))
    assert target_duckdb.rows("t") == [{"id": 1, "firstname": "a"}]
    run = target_duckdb.run(messages({'a"b': "x"}, "u"))
    assert "syntax error" in run.stderr


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", None),
        ("''", None),
        ("'a'", "a"),
        ("it's", "it's"),
        ("'a", "'a"),
        ("C:\\dir\nnext", "C:dir\nnext"),
        ("C:\\dir next", "C:\\dir next"),
    ],
)
def test_target_duckdb_loses_some_signs_of_a_text_alone_in_a_batch(
    target_duckdb: TargetDuckDB, text: str, stored: str | None
) -> None:
    target_duckdb.load(messages({"text": text}))
    assert target_duckdb.rows("t") == [{"id": 1, "text": stored}]


def jsonl(executable: Path, folder: Path, stream: str, *batches: list[Row]) -> list[Row]:
    """Load messages in a run for each batch of them; give the lines of a stream's file."""
    config = folder / "config.json"
    config.write_text(json.dumps({"destination_path": str(folder), "do_timestamp_file": False}))
    for batch in batches:
        subprocess.run(
            [executable, "--config", config],
            input="".join(json.dumps(message) + "\n" for message in batch),
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
    lines = (folder / f"{stream}.jsonl").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def test_target_jsonl_writes_every_value(target_jsonl: Path, tmp_path: Path) -> None:
    loaded = jsonl(target_jsonl, tmp_path, "clicks", clicks(range(1, 1001)))
    assert loaded == [click(number) for number in range(1, 1001)]


def test_target_jsonl_adds_rows_keeps_names_and_ignores_versions(
    target_jsonl: Path, tmp_path: Path
) -> None:
    texts: dict[str, str | None] = {"firstName": "a", 'a"b': "", "é" * 60: None}
    run = [*messages(texts), VERSION]
    assert jsonl(target_jsonl, tmp_path, "t", run, run) == [{"ID": 1, **texts}] * 2

"""The SQL of docs/privacy.md blanks what earlier runs loaded, in DuckDB and in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from copernica_sandbox import Sandbox
from tests.docs.pages import blocks
from tests.support.people import MADE_UP_ADDRESSES, personal_texts
from tests.targets.loaders import SCHEMA, TargetDuckDB, TargetPostgres
from tests.targets.test_target_postgres import FLAT, everything

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(
        seed=3, days=3, clicks_per_day=10, profiles=30, now="2026-06-01T12:00:00+00:00"
    ) as found:
        yield found


@pytest.fixture
def warehouse(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: PostgresServer
) -> Iterator[tuple[Any, Callable[[str], list[tuple[Any, ...]]]]]:
    """A loader, and how SQL is run in its warehouse."""
    if request.param == "duckdb":
        loader = TargetDuckDB(tmp_path)
        yield loader, lambda sql: _in_duckdb(loader, sql)
    else:
        database = postgres.database()
        yield (
            TargetPostgres(tmp_path, database),
            lambda sql: _in_postgres(database, sql),
        )


def _in_duckdb(loader: TargetDuckDB, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(loader.database)) as connection:
        return connection.execute(sql).fetchall()


def _in_postgres(database: Any, sql: str) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        connection.execute(f"SET search_path = {SCHEMA}")
        cursor = connection.execute(sql)
        return list(cursor.fetchall()) if cursor.description else []


def contents(query: Callable[[str], list[tuple[Any, ...]]]) -> dict[str, str]:
    """Give each table as one text."""
    tables = query(
        f"SELECT table_name FROM information_schema.tables WHERE table_schema IN ('main', '{SCHEMA}')"  # noqa: S608
    )
    return {name: repr(query(f'SELECT * FROM "{name}"')) for (name,) in tables}  # noqa: S608


@pytest.mark.parametrize(
    ("warehouse", "more"),
    [
        ("duckdb", {}),
        ("postgres", FLAT),
        pytest.param("duckdb", FLAT, marks=pytest.mark.soak),
        pytest.param("postgres", {}, marks=pytest.mark.soak),
    ],
    indirect=["warehouse"],
    ids=["duckdb", "postgres flattened", "duckdb flattened", "postgres"],
)
def test_the_statements_blank_every_value_of_a_person(
    box: Sandbox,
    warehouse: tuple[Any, Callable[[str], list[tuple[Any, ...]]]],
    more: dict[str, Any],
) -> None:
    loader, query = warehouse
    loader.load(everything(box, **more))
    before, people = contents(query), personal_texts(box)
    all_of_it = "".join(before.values())
    held = {one for one in people if one in all_of_it}
    assert len(held) > 0.9 * len(people)
    statements, own = (block.text for block in blocks("sql", "privacy.md")[:2])
    for statement in statements.strip().splitlines():
        if statement.split()[1] in before:  # the page says: leave out tables that you do not have
            query(statement)
    found = query(own)
    assert found
    for (statement,) in found:
        query(statement)
    after = contents(query)
    left = {name: {one for one in people if one in text} for name, text in after.items()}
    assert {name: values for name, values in left.items() if values} == {}
    assert not MADE_UP_ADDRESSES.findall("".join(after.values()))
    assert before.keys() == after.keys()

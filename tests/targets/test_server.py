"""The PostgreSQL server of the tests: real, on loopback, and gone when they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer


def test_databases_are_empty_and_apart(postgres: PostgresServer) -> None:
    one, other = postgres.database(), postgres.database(timezone="America/New_York")
    one.query("CREATE TABLE rows (name text)")
    one.query("INSERT INTO rows VALUES (%s)", "Zoë 日本")
    assert one.query("SELECT name FROM rows") == [("Zoë 日本",)]
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert other.query(tables) == [(0,)]

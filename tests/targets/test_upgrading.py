"""The statements of docs/upgrading.md, run on tables that an earlier version's loads made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer

PAGE = (Path(__file__).parents[2] / "docs" / "upgrading.md").read_text(encoding="utf-8")
STATEMENTS = re.findall(r"^ALTER TABLE (\w+) .*;$", PAGE, re.MULTILINE)


def test_the_page_names_every_key_with_a_parent_that_had_none() -> None:
    tap = TapCopernica(
        config={"api_version": "v4", "optional_streams": ["*"]},
        validate_config=False,
        setup_mapper=False,
    )
    rows = re.findall(r"^\| `(\w+)` \| `ID` \| `(\w+)`, `ID` \|$", PAGE, re.MULTILINE)
    assert [stream for stream, _ in rows] == STATEMENTS
    for stream, parent in rows:
        assert tap.streams[stream].primary_keys == (parent, "ID")


@pytest.mark.parametrize("stream", STATEMENTS)
def test_a_table_with_the_old_key_takes_rows_of_both_parents_after_the_statement(
    stream: str, postgres: PostgresServer
) -> None:
    tap = TapCopernica(
        config={"api_version": "v4", "optional_streams": ["*"]},
        validate_config=False,
        setup_mapper=False,
    )
    parent, _ = tap.streams[stream].primary_keys or ()
    database = postgres.database()
    database.query(
        f'CREATE TABLE {stream} ("ID" bigint NOT NULL, "{parent}" bigint, name text, PRIMARY KEY ("ID"))'
    )
    database.query(f"INSERT INTO {stream} VALUES (1, 12, 'kept'), (2, 12, 'kept')")  # noqa: S608
    (statement,) = re.findall(rf"^ALTER TABLE {stream} .*;$", PAGE, re.MULTILINE)
    database.query(statement)
    upsert = (
        f'INSERT INTO {stream} VALUES (1, 11, %s), (1, 12, %s) ON CONFLICT ("{parent}", "ID")'  # noqa: S608
        " DO UPDATE SET name = excluded.name"
    )
    database.query(upsert, "other", "new")
    rows = database.query(f'SELECT "{parent}", "ID", name FROM {stream} ORDER BY 1, 2')  # noqa: S608
    assert rows == [(11, 1, "other"), (12, 1, "new"), (12, 2, "kept")]

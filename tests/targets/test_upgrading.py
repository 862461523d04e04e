"""The statements of docs/upgrading.md, run on tables that an earlier version's loads made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.tap import TapCopernica
from tests.support.runs import run
from tests.targets.loaders import SCHEMA

if TYPE_CHECKING:
    from tests.support.postgres import PostgresServer
    from tests.targets.loaders import TargetPostgres

PAGE = (Path(__file__).parents[2] / "docs" / "upgrading.md").read_text(encoding="utf-8")
MOST = 40  # the highest id that is loaded
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


def old(message: dict[str, Any]) -> dict[str, Any]:
    """Give a message as an earlier version wrote it: with the old key."""
    return {**message, "key_properties": ["ID"]} if message["type"] == "SCHEMA" else message


def test_the_loader_goes_on_with_its_old_tables_after_the_statements(
    target_postgres: TargetPostgres,
) -> None:
    streams = ("database_fields", "collection_fields", "coupons", "publisher_final_groups")
    with Sandbox(
        seed=5, days=8, clicks_per_day=0, mailings_per_day=4, databases=3, profiles=20
    ) as box:
        box.switch(nested_ids="all")
        output = run(box, streams=streams, api_version="v3", start_date="2020-01-01")
    assert output.error is None
    # Coupons are many, and what two parents share begins with the first of each.
    messages = [one for one in output.messages if one.get("record", {}).get("ID", 0) <= MOST]
    target_postgres.load([old(message) for message in messages])
    stopped = target_postgres.run(messages)
    assert stopped.returncode != 0
    assert "duplicate key value violates unique constraint" in stopped.stderr
    for statement in re.findall(r"^ALTER TABLE .*;$", PAGE, re.MULTILINE):
        target_postgres.database.query(statement.replace("ALTER TABLE ", f"ALTER TABLE {SCHEMA}."))
    target_postgres.load(messages)
    for stream in streams:
        sent = [
            one["record"] for one in messages if one["type"] == "RECORD" if one["stream"] == stream
        ]
        assert len(target_postgres.rows(stream)) == len(sent) > len({one["ID"] for one in sent})

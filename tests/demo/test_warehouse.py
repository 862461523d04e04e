"""What `meltano run` loads of all streams fits together in DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIDNIGHT = "TIMESTAMP '2024-04-01 22:00:00'"
KINDS = ["clicks", "impressions", "errors", "unsubscribes", "abuses"]


@pytest.fixture(scope="module")
def warehouse(demo_of_everything: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    database = demo_of_everything / "copernica.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("kind", KINDS)
def test_events_per_mailing_equal_the_counters(
    warehouse: duckdb.DuckDBPyConnection, kind: str
) -> None:
    off = warehouse.sql(f"""
        SELECT emailing.id, any_value(emailing.{kind}) AS counted, count(event.id) AS loaded
        FROM publisher_emailings AS emailing
        LEFT JOIN publisher_{kind} AS event ON event.emailing = emailing.id
        GROUP BY emailing.id HAVING counted <> loaded
    """)  # noqa: S608 - the kinds are this file's own
    assert off.fetchall() == []
    (mailings,) = warehouse.sql("SELECT count(*) FROM publisher_emailings").fetchall()[0]
    assert mailings > 0


@pytest.mark.parametrize(
    ("prefix", "mailing", "recipient"),
    [("", "mailing", "id"), ("publisher_", "emailing", "internal")],
)
@pytest.mark.parametrize("kind", ["clicks", "deliveries"])
def test_every_event_joins_to_a_mailing_and_a_recipient(
    warehouse: duckdb.DuckDBPyConnection, kind: str, prefix: str, mailing: str, recipient: str
) -> None:
    lost = warehouse.sql(f"""
        SELECT event.id FROM {prefix}{kind} AS event
        LEFT JOIN {prefix}emailings AS emailing ON emailing.id = event.{mailing}
        LEFT JOIN {prefix}destinations AS recipient ON recipient.{recipient} = event.destination
        WHERE emailing.id IS NULL
           OR (recipient.{recipient} IS NULL AND event.timestamp < {MIDNIGHT})
    """)  # noqa: S608 - as above
    assert lost.fetchall() == []
    (events,) = warehouse.sql(f"SELECT count(*) FROM {prefix}{kind}").fetchall()[0]  # noqa: S608
    assert events > 0


@pytest.mark.parametrize(("prefix", "mailing"), [("", "mailing"), ("publisher_", "emailing")])
@pytest.mark.parametrize("kind", [*KINDS, "deliveries"])
def test_statistics_equal_the_events_per_mailing(
    warehouse: duckdb.DuckDBPyConnection, kind: str, prefix: str, mailing: str
) -> None:
    statistics = f"{prefix}emailing_statistics"
    off = warehouse.sql(f"""
        WITH counted AS (
            SELECT {mailing}, {kind}__total AS total
            FROM {statistics}
        )
        SELECT counted.{mailing}, any_value(total) AS total, count(event.id) AS loaded
        FROM counted LEFT JOIN {prefix}{kind} AS event ON event.{mailing} = counted.{mailing}
        GROUP BY counted.{mailing} HAVING any_value(total) <> count(event.id)
    """)  # noqa: S608 - as above
    assert off.fetchall() == []
    (mailings,) = warehouse.sql(f"SELECT count(*) FROM {statistics}").fetchall()[0]  # noqa: S608
    assert mailings > 0

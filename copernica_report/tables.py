"""Where the report's rows are: the tables as a loader writes them, or the models of the dbt package.

Both are brought into one shape, as temporary tables of the connection: `mailings`, `events`,
`profiles`, `streams` and `calls`. All instants are UTC, without a zone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

KINDS = ("deliveries", "impressions", "clicks", "errors", "unsubscribes", "abuses")

# The two editors: the prefix of their streams, and what their events call a mailing.
_EDITORS = {"marketing_suite": ("", "mailing"), "publisher": ("publisher_", "emailing")}

# What stands for each table of the report among the models of the dbt package.
MODELS = {
    "mailings": "copernica__mailings",
    "events": "copernica__events",
    "profiles": "copernica__profiles",
    "streams": "copernica__streams",
    "calls": "copernica__calls",
}


@dataclass(frozen=True)
class Layout:
    """Which tables to read: a schema, and for models the table behind each name."""

    schema: str
    from_models: bool
    names: dict[str, str] = field(default_factory=dict)


def raw(schema: str = "main") -> Layout:
    """Read the streams as the loader has written them, in this schema."""
    return Layout(schema, from_models=False)


def models(schema: str = "analytics", names: dict[str, str] | None = None) -> Layout:
    """Read the models of the dbt package, in this schema; ``names`` gives other tables for some."""
    return Layout(schema, from_models=True, names=MODELS | (names or {}))


def connect(database: Path, layout: Layout, since: datetime, until: datetime) -> Tables:
    """Open a DuckDB file for reading and bring its rows of ``[since, until)`` into shape.

    The two are UTC, without a zone. Raises ValueError where mailings or events are missing.
    """
    tables = Tables(duckdb.connect(str(database), read_only=True), layout)
    tables.prepare(since, until)
    return tables


class Tables:
    """A connection whose temporary tables have the report's shape."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, layout: Layout) -> None:
        """Take an open connection, which this closes, and where the rows are."""
        self.connection = connection
        self._layout = layout
        self.known = self._columns()

    def prepare(self, since: datetime, until: datetime) -> None:
        """Make the temporary tables, with the mailings and events of a period."""
        prepare = self._models if self._layout.from_models else self._raw
        prepare({"since": since, "until": until})

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def rows(self, query: str, **values: object) -> list[tuple[object, ...]]:
        """Run a query, with ``$name`` for each value; return its rows."""
        return self.connection.execute(query, values or None).fetchall()

    def _columns(self) -> dict[str, set[str]]:
        """Give the columns of each table of the schema, both in lower case."""
        found: dict[str, set[str]] = {}
        listed = self.connection.execute(
            "SELECT lower(table_name), lower(column_name) FROM duckdb_columns() WHERE schema_name = $schema",
            {"schema": self._layout.schema},
        )
        for table, column in listed.fetchall():
            found.setdefault(table, set()).add(column)
        return found

    def _make(self, name: str, query: str, period: dict[str, datetime]) -> None:
        """Make a temporary table; only the bounds of the period that the query names are given."""
        used = {bound: value for bound, value in period.items() if f"${bound}" in query}
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {query}", used or None)

    # The models of the dbt package

    def _models(self, period: dict[str, datetime]) -> None:
        names = self._layout.names
        for name in ("mailings", "events"):
            if names[name] not in self.known:
                msg = f"There is no table {self._layout.schema}.{names[name]}; run dbt first."
                raise ValueError(msg)
        self._make(
            "mailings",
            f"""SELECT mailing_key, editor, sent_at, subject, recipients FROM {self._name("mailings")}
                WHERE sent_at >= $since AND sent_at < $until""",  # noqa: S608 - names, not values
            period,
        )
        self._make(
            "events",
            f"""SELECT kind, editor, mailing_key, recipient_key, occurred_at, is_machine,
                    regexp_replace(link, '[?#].*', '') AS link, error_type AS reason
                FROM {self._name("events")} WHERE occurred_at >= $since AND occurred_at < $until""",  # noqa: S608
            period,
        )
        self._make("profiles", self._optional("profiles", "created_at, removed_at"), {})
        self._make(
            "streams", self._optional("streams", "stream, row_count, newest_at, loaded_at"), {}
        )
        self._make("calls", self._optional("calls", "day, calls, source"), {})

    def _name(self, name: str) -> str:
        return f'"{self._layout.schema}"."{self._layout.names[name]}"'

    def _optional(self, name: str, columns: str) -> str:
        """Select from a model, or nothing from what has its shape where the model is switched off."""
        if self._layout.names[name] in self.known:
            return f"SELECT {columns} FROM {self._name(name)}"  # noqa: S608 - names, not values
        return f"FROM ({_EMPTY[name]}) WHERE false"

    # The streams as they were loaded

    def _raw(self, period: dict[str, datetime]) -> None:
        mailings, events = [], []
        for editor, (prefix, mailing) in _EDITORS.items():
            if f"{prefix}emailings" in self.known:
                mailings.append(self._raw_mailings(editor, f"{prefix}emailings"))
            events += [
                self._raw_events(editor, prefix, mailing, kind)
                for kind in KINDS
                if f"{prefix}{kind}" in self.known
            ]
        if not mailings or not events:
            msg = (
                f"The schema {self._layout.schema} has no mailings and no events; load them first."
            )
            raise ValueError(msg)
        self._make(
            "mailings",
            f"FROM ({' UNION ALL '.join(mailings)}) WHERE sent_at >= $since AND sent_at < $until",
            period,
        )
        self._make(
            "events",
            f"FROM ({' UNION ALL '.join(events)}) WHERE occurred_at >= $since AND occurred_at < $until",
            period,
        )
        self._make("profiles", " UNION ALL ".join(self._raw_profiles()) or _none("profiles"), {})
        self._make("streams", " UNION ALL ".join(self._raw_streams()), {})
        self._make("calls", self._raw_calls(), {})

    def _raw_mailings(self, editor: str, table: str) -> str:
        columns = self._select(
            table,
            {
                "id": "BIGINT",
                "timestamp": "TIMESTAMP",
                "subject": "VARCHAR",
                "destinations": "BIGINT",
            },
        )
        return f"""
            SELECT '{editor}-' || id AS mailing_key, '{editor}' AS editor, "timestamp" AS sent_at, subject,
                destinations AS recipients
            FROM ({columns})"""  # noqa: S608 - names, not values

    def _raw_events(self, editor: str, prefix: str, mailing: str, kind: str) -> str:
        types = {
            "id": "BIGINT",
            mailing: "BIGINT",
            "destination": "BIGINT",
            "timestamp": "TIMESTAMP",
            "is_machine": "BOOLEAN",
            "link": "VARCHAR",
            "errortype": "VARCHAR",
        }
        return f"""
            SELECT '{kind}' AS kind, '{editor}' AS editor, '{editor}-' || {mailing} AS mailing_key,
                '{editor}-' || destination AS recipient_key, "timestamp" AS occurred_at, is_machine,
                regexp_replace(link, '[?#].*', '') AS link, errortype AS reason
            FROM ({self._select(prefix + kind, types)})"""  # noqa: S608 - names, not values

    def _raw_profiles(self) -> list[str]:
        types = {"id": "BIGINT", "created": "TIMESTAMP", "removed": "TIMESTAMP"}
        return [
            f"""SELECT created AS created_at, removed AS removed_at
                FROM ({self._select(table, types)})"""  # noqa: S608 - names, not values
            for table in sorted(self.known)
            if table.startswith("profiles_") and {"id", "created"} <= self.known[table]
        ]

    def _raw_streams(self) -> list[str]:
        """Say of each table how many rows it has, and how new it is."""
        selects = []
        for table in sorted(self.known):
            columns = self.known[table]
            newest = next(
                (c for c in ("timestamp", "timestampsent", "modified") if c in columns), None
            )
            loaded = next(
                (c for c in ("_sdc_batched_at", "_sdc_extracted_at") if c in columns), None
            )
            selects.append(
                f"""SELECT '{table}' AS stream, count(*) AS row_count,
                    {f'max("{newest}")' if newest else "NULL"}::TIMESTAMP AS newest_at,
                    {f"max({loaded})" if loaded else "NULL"}::TIMESTAMP AS loaded_at
                    FROM {self._table(table)}"""  # noqa: S608 - names, not values
            )
        return selects

    def _raw_calls(self) -> str:
        """Give calls by UTC day: Copernica's own count where it was loaded, else that of the windows read."""
        if {"date", "apicalls"} <= self.known.get("consumption", set()):
            return f"""SELECT date::DATE AS day, apicalls::BIGINT AS calls, 'consumption' AS source
                FROM {self._table("consumption")}"""  # noqa: S608 - names, not values
        if {"started", "calls"} <= self.known.get("sync_windows", set()):
            return f"""SELECT started::DATE AS day, sum(calls)::BIGINT AS calls, 'sync_windows' AS source
                FROM {self._table("sync_windows")} GROUP BY day"""  # noqa: S608 - names, not values
        return _none("calls")

    def _select(self, table: str, types: dict[str, str]) -> str:
        """Select columns, null where they were not loaded; of copies of a row the one read last."""
        there = self.known[table]
        columns = ", ".join(
            f'{f"{chr(34)}{name}{chr(34)}" if name in there else "NULL"}::{kind} AS "{name}"'
            for name, kind in types.items()
        )
        newest = "QUALIFY row_number() OVER (PARTITION BY id ORDER BY _sdc_extracted_at DESC) = 1"
        return f"""SELECT {columns} FROM {self._table(table)}
            {newest if "_sdc_extracted_at" in there else ""}"""  # noqa: S608 - names, not values

    def _table(self, table: str) -> str:
        return f'"{self._layout.schema}"."{table}"'


_EMPTY = {
    "profiles": "SELECT NULL::TIMESTAMP AS created_at, NULL::TIMESTAMP AS removed_at",
    "streams": "SELECT '' AS stream, 0 AS row_count, NULL::TIMESTAMP AS newest_at,"
    " NULL::TIMESTAMP AS loaded_at",
    "calls": "SELECT NULL::DATE AS day, 0 AS calls, '' AS source",
}


def _none(name: str) -> str:
    return f"FROM ({_EMPTY[name]}) WHERE false"

"""The view of the documentation finds the profiles that are gone, and no other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import duckdb

from tests.docs.pages import blocks
from tests.docs.warehouse import load
from tests.support.profiles import CUSTOMERS, PLAIN, discovered, select
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

STREAMS = (CUSTOMERS, "profile_ids")
KEYS = {CUSTOMERS: ("ID",), "profile_ids": ("database", "ID")}


def test_the_view_finds_removed_profiles_once_the_newest_list_is_whole(
    sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    box = sandbox(days=2, now="2024-06-01T12:00:00+00:00", profiles=120)
    catalog = select(discovered(box), *STREAMS)
    schemas = {one["tap_stream_id"]: one["schema"]["properties"] for one in catalog["streams"]}
    held: dict[str, dict[object, dict[str, object]]] = {stream: {} for stream in STREAMS}
    state = None
    (view,) = blocks("sql", "deletions.md")

    def gone(*, whole: bool = True) -> set[int]:
        """Ask the view, the last row of the list perhaps not loaded yet."""
        with duckdb.connect() as connection:
            for stream in STREAMS:
                rows = list(held[stream].values())
                load(connection, tmp_path, stream, schemas[stream], rows)
            if not whole:
                last = f'SELECT max("ID") FROM profile_ids WHERE "database" = {PLAIN}'  # noqa: S608
                connection.execute(f'DELETE FROM profile_ids WHERE "ID" = ({last})')  # noqa: S608
            connection.execute(view.text)
            return {row[0] for row in connection.execute(f"FROM {CUSTOMERS}_gone").fetchall()}

    def another_run() -> None:
        nonlocal state
        output = run(box, state=state, catalog=catalog, start_date="2024-05-30", bulk_url="")
        assert output.error is None
        state = output.state or state
        for stream, keys in KEYS.items():
            for row in output.records(stream):
                held[stream][tuple(row[key] for key in keys)] = row

    another_run()
    assert gone() == set()
    removed = sorted(row["ID"] for row in box.profiles(PLAIN))[3:8]
    box.remove_profiles(PLAIN, removed)
    box.now = "2024-06-02T12:00:00+00:00"
    time.sleep(1.1)  # `seen_at` has whole seconds
    another_run()
    assert gone() == set(removed)
    assert gone(whole=False) == set()

"""The account that `copernica-sandbox` opens by itself: every loader takes it, and its parts fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conftest import Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

NOW = "2024-06-01T12:00:00+00:00"
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]{0,29}")


@pytest.fixture
def box(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox(days=10, now=NOW)


def test_it_has_one_database_of_plain_names(box: Sandbox) -> None:
    (database,) = box.databases
    assert len(database["collections"]) >= 2
    names = [database["name"]]
    for owner in (database, *database["collections"]):
        columns = [field["name"] for field in owner["fields"]]
        assert len({name.lower() for name in columns}) == len(columns)
        names += [owner["name"], *columns]
    assert [name for name in names if not PLAIN.fullmatch(name)] == []


def test_hard_names_and_more_databases_are_options(sandbox: Callable[..., Sandbox]) -> None:
    def names(**options: Any) -> list[str]:
        box = sandbox(days=1, now=NOW, clicks_per_day=0, **options)
        return [database["name"] for database in box.databases]

    assert len(names(databases=4)) == 4
    assert all(" & " not in name for name in names(databases=4))
    assert len(names(hard_names=True)) == 2
    assert " & " in names(hard_names=True)[1]


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("path", ["ms/emailings", "publisher/emailings"])
def test_mailings_name_what_the_account_has(box: Sandbox, version: str, path: str) -> None:
    client = Client(box)
    rows = client.every(f"{version}/{path}")
    sources = {(one["type"], one["id"]) for row in rows for one in row["target"]["sources"]}
    assert {kind for kind, _ in sources} == {"database", "view", "collection"}
    for kind, number in sources:
        assert client.page(f"{version}/{kind}/{number}")["ID"] == number
    client.close()


def test_recipients_are_rows_of_the_account(box: Sandbox) -> None:
    profiles = {row["ID"] for row in box.profiles(11)}
    subprofiles = {row["ID"]: row["profile"] for row in box.subprofiles(701)}
    for stream in ("destinations", "publisher_destinations"):
        rows = [row for row in box.rows(stream) if row["profile"] is not None]
        assert {row["profile"] for row in rows} <= profiles
        below = [row for row in rows if row["subprofile"] is not None]
        assert below
        assert all(subprofiles[row["subprofile"]] == row["profile"] for row in below)

"""Profiles in DuckDB: typed columns, and the documentation's view of those that are gone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.support.profiles import CUSTOMERS, PLAIN, discovered, read, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.runs import Output
    from tests.targets.loaders import TargetDuckDB

PAGE = (Path(__file__).parents[2] / "docs" / "deletions.md").read_text()
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
PROFILES = 120


@pytest.fixture
def box() -> Iterator[Sandbox]:
    now = "2026-06-01T12:00:00+00:00"
    with Sandbox(seed=7, databases=1, profiles=PROFILES, clicks_per_day=0, now=now) as box:
        yield box


def load(box: Sandbox, target: TargetDuckDB, state: Any = None) -> Output:
    output = read(box, CUSTOMERS, "profile_ids", catalog=discovered(box), state=state, **FLAT)
    target.load(output.messages)
    return output


def query(target: TargetDuckDB, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(target.database), read_only=True) as connection:
        return connection.execute(text).fetchall()


def gone(target: TargetDuckDB) -> set[int]:
    (view,) = re.findall(r"```sql\nCREATE VIEW (.*?);\n```", PAGE, re.DOTALL)
    _, _, text = view.partition(" AS\n")
    return {number for number, _ in query(target, text)}


def test_fields_are_columns_of_their_types(box: Sandbox, target_duckdb: TargetDuckDB) -> None:
    load(box, target_duckdb)
    rows = query(
        target_duckdb,
        "SELECT id, fields__orders, fields__spent, CAST(fields__birthday AS DATE), fields__lastlogin,"
        " fields__email, typeof(fields__orders), typeof(fields__spent), typeof(fields__lastlogin)"
        " FROM profiles_customers",
    )
    expected = truth(box, PLAIN)
    assert len(rows) == len(expected) == PROFILES
    for number, orders, spent, birthday, login, email, *kinds in rows:
        values = expected[number]["fields"]
        assert (orders, spent, email) == (values["Orders"], values["Spent"], values["Email"])
        assert (birthday and birthday.isoformat()) == values["Birthday"]
        assert (login and f"{login.isoformat()}+00:00") == values["Lastlogin"]
        assert kinds == ["BIGINT", "DOUBLE", "TIMESTAMP"]


def test_the_documentation_s_view_gives_exactly_those_that_were_removed(
    box: Sandbox, target_duckdb: TargetDuckDB
) -> None:
    first = load(box, target_duckdb)
    assert gone(target_duckdb) == set()
    removed = sorted(truth(box, PLAIN))[3:53:5]
    box.now = "2026-06-02T12:00:00+00:00"
    box.remove_profiles(PLAIN, removed)
    added = box.add_profiles(PLAIN, 2)
    second = load(box, target_duckdb, first.state)
    assert gone(target_duckdb) == set(removed)
    box.now = "2026-06-03T12:00:00+00:00"
    box.remove_profiles(PLAIN, added)
    box.switch(id_list_cut=50)
    third = read(box, CUSTOMERS, "profile_ids", catalog=discovered(box), state=second.state, **FLAT)
    assert isinstance(third.error, RunError)
    target_duckdb.load(third.messages)
    assert gone(target_duckdb) == set(removed)


def test_with_a_truncated_list_alone_none_looks_gone(
    box: Sandbox, target_duckdb: TargetDuckDB
) -> None:
    first = load(box, target_duckdb)
    box.switch(id_list_cut=50)
    box.remove_profiles(PLAIN, [2])
    second = load(box, target_duckdb, first.state)
    assert isinstance(second.error, RunError)
    assert gone(target_duckdb) == set()

"""Hard names of databases and fields: loaded by real loaders, every value, with no setting of the user."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import discovered, read, truth
from tests.targets.loaders import TargetDuckDB, TargetPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer
    from tests.targets.loaders import Loader

    Make = Callable[[], Loader]

NOW = "2026-06-01T12:00:00+00:00"
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
LONG = "Klanten van de winkel in de Kalverstraat te Amsterdam, vanaf het begin"
FIELDS = [
    ("E-mail", "email"), ("e_mail", "text"), ("@Email", "text"), ("Email", "text"),
    ("é" * 60, "text"), ("É" * 60, "text"), ("x" * 64, "integer"), ("x" * 65, "integer"),
    ('say "hi"', "text"), ('"', "float"), ("it's", "empty_date"), ("100%", "text"), ("%s", "text"),
    ("a.b", "text"), ("a:b", "text"), ("(c)", "text"), ("tab\there", "text"), ("new\nline", "text"),
    ("back\\slash", "text"), ("東京", "text"), ("大阪", "text"), ("2e adres", "text"), ("select", "datetime"),
    ("_sdc_batched_at", "text"), ("ID", "integer"), ("", "text"),
    # In capitals or not, pictures, words of SQL, digits, nothing but signs, blanks around, alike once cut.
    ("Straße", "text"), ("STRASSE", "integer"), ("strasse", "text"), ("EMAIL", "text"),
    ("🙂", "text"), ("😀", "integer"), ("👩‍👩‍👧", "text"), ("order", "text"), ("GROUP", "integer"),
    ("Table", "text"),
    ("1", "integer"), ("01", "text"), ("-1", "text"), ("@@@", "text"), ("---", "integer"), ("___", "text"),
    ("!", "text"), (" ", "text"), (" Email ", "text"), ("Email\u200b", "text"), ("Émail", "text"),
    ("\uff25mail", "text"),
    ("y" * 70 + "a", "integer"), ("y" * 70 + "b", "text"), ("y" * 54 + "\u00e9", "text"), ("İ" * 27, "text"),
    ("fields__Email", "text"), ("; DROP TABLE x; --", "text"), ("$1", "text"), ("{0}", "text"),
    (":name", "text"),
]  # fmt: skip
DATABASES = ["select", "2026", "🙂", "@@@", "order by", "Order-By", "é" * 80, "É" * 80]
LAYOUT = [
    {
        "name": LONG, "profiles": 40, "fields": FIELDS,
        "collections": [{"name": LONG, "fields": FIELDS, "ratio": 1}],
    },
    {"name": LONG.upper(), "profiles": 30, "fields": FIELDS[:4]},
    *({"name": name, "profiles": 3, "fields": FIELDS[:2]} for name in DATABASES),
]  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, layout=LAYOUT, clicks_per_day=0, now=NOW) as box:
        yield box


@pytest.fixture(params=["duckdb", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    def make() -> Loader:
        if request.param == "duckdb":
            return TargetDuckDB(tmp_path)
        server: PostgresServer = request.getfixturevalue("postgres")
        return TargetPostgres(tmp_path, server.database())

    return make


def hard_stream(catalog: dict[str, Any]) -> str:
    """Name the stream of the profiles with the hard fields."""
    return next(name for name in streams_of(catalog) if name.startswith("profiles_klanten"))


def streams_of(catalog: dict[str, Any]) -> list[str]:
    return [one["tap_stream_id"] for one in catalog["streams"] if "table_name" in one]


@pytest.mark.parametrize("flattening", [FLAT, {}], ids=["flattened", "not flattened"])
def test_hard_names_load_with_every_value(
    make: Make, box: Sandbox, flattening: dict[str, Any]
) -> None:
    catalog = discovered(box)
    streams = streams_of(catalog)
    assert len(streams) == 3 + len(DATABASES)
    assert len(hard_stream(catalog)) == 63  # cut: `profiles_` and the database's name take more
    assert len({name.lower() for name in streams}) == len(streams)
    assert all(len(name.encode()) <= 63 for name in streams)
    output = read(box, *streams, catalog=catalog, **flattening)
    assert output.error is None
    loader = make()
    loader.load(output.messages)
    assert loader.check(output.messages) >= 700


@pytest.mark.parametrize("flattening", [FLAT, {}], ids=["flattened", "not flattened"])
def test_each_field_of_the_account_is_in_its_column(
    make: Make, box: Sandbox, flattening: dict[str, Any]
) -> None:
    catalog = discovered(box)
    name = hard_stream(catalog)
    fields = next(
        one["schema"]["properties"]["fields"]["properties"]
        for one in catalog["streams"]
        if one["tap_stream_id"] == name
    )
    assert {"E-mail", "e_mail", "@Email", "Email", "é" * 60} < fields.keys()
    output = read(box, name, catalog=catalog, **flattening)
    loader = make()
    loader.load(output.messages)
    rows = {row[loader.stored("ID", None)[0]]: row for row in loader.rows(name)}
    expected = truth(box, 11)
    assert rows.keys() == expected.keys()
    for number, record in expected.items():
        if not flattening:
            found = rows[number]["fields"]
            found = json.loads(found) if isinstance(found, str) else found  # DuckDB has a text
            assert found == {field: record["fields"][field] for field in fields}
            continue
        for field, schema in fields.items():
            title = schema.get("title", field)
            column, value = loader.stored(f"fields__{title}", record["fields"][field])
            assert rows[number][column] == value, field

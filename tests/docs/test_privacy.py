"""The stream maps and the SQL of the documentation, run over what the sandbox gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tap_copernica.tap import TapCopernica
from tests.docs.pages import blocks
from tests.docs.warehouse import load
from tests.support.runs import Output, run
from tools.privacy_tables import MACRO, PAGE, columns, dbt_columns, updated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOW = "2024-06-01T12:00:00+00:00"
EVENTS = ("abuses", "clicks", "deliveries", "errors", "impressions", "unsubscribes")
PUBLISHER = tuple(f"publisher_{name}" for name in EVENTS)
NAMES = (*EVENTS, *PUBLISHER, "destinations", "publisher_destinations")
# Columns that are personal data wherever they are.
PERSONAL = {
    *("ip", "useragent", "referer", "link", "profile", "subprofile", "destination", "messageID"),
    *("smtp_response", "report", "details", "from_address"),
}


@pytest.fixture(scope="module")
def account() -> Iterator[Sandbox]:
    from copernica_sandbox import Sandbox  # noqa: PLC0415

    with Sandbox(seed=3, days=4, clicks_per_day=60, now=NOW) as box:
        yield box


def read(box: Sandbox, **settings: Any) -> Output:
    output = run(box, streams=NAMES, start_date="2024-05-25", api_version="v3", **settings)
    assert output.error is None
    return output


@pytest.fixture(scope="module")
def plain(account: Sandbox) -> Output:
    return read(account)


def test_the_maps_shorten_addresses_and_hide_who_they_are(account: Sandbox, plain: Output) -> None:
    (block,) = (one for one in blocks("json", "privacy.md") if "stream_maps" in one.text)
    mapped = read(account, **json.loads(block.text))
    for stream in ("clicks", "impressions"):
        before, after = plain.records(stream), mapped.records(stream)
        assert len(before) == len(after)
        whole = {row["ip"] for row in before}
        assert whole.isdisjoint({row["ip"] for row in after})
        assert all(row["ip"] is None or row["ip"].endswith(".0") for row in after)
        assert any(row["ip"] for row in after)
    people = {row["id"]: row["profile"] for row in plain.records("destinations")}
    hidden = {row["id"]: row["person"] for row in mapped.records("destinations")}
    assert len(set(hidden.values())) == len(set(people.values())) > 2
    assert all("profile" not in row for row in mapped.records("destinations"))


def test_a_map_of_a_dropped_column_is_an_error_that_names_both(account: Sandbox) -> None:
    output = run(
        account,
        start_date="2024-05-30",
        personal_data="drop",
        stream_maps={"clicks": {"ip": "md5(ip)"}},
    )
    assert "clicks" in str(output.error)
    assert "ip" in str(output.error)


def test_the_tables_of_personal_columns_are_those_of_the_code() -> None:
    text = PAGE.read_text("utf-8")
    assert updated(text) == text, "the tables of docs/privacy.md are stale: run `make docs`"


def test_the_table_names_every_column_that_is_personal_wherever_it_is() -> None:
    text = columns()
    for name in PERSONAL - {"from_address"}:  # the account's own sender
        assert f"`{name}`" in text


def test_the_dbt_package_erases_by_the_classes_of_the_code() -> None:
    assert MACRO.read_text("utf-8") == dbt_columns(), "run `make docs`"


@pytest.fixture
def warehouse(plain: Output, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A table for each stream, as an append-only target would fill it."""
    tap = TapCopernica(config={"api_version": "v3"}, validate_config=False, setup_mapper=False)
    with duckdb.connect() as connection:
        for name in NAMES:
            rows = [{**row, "_sdc_extracted_at": NOW} for row in plain.records(name)]
            load(connection, tmp_path, name, tap.streams[name].schema["properties"], rows)
        connection.execute("CREATE TABLE subprofiles_customers_orders (profile BIGINT)")
        connection.execute('CREATE TABLE profiles_customers ("ID" BIGINT)')
        connection.execute('CREATE TABLE profile_ids ("ID" BIGINT)')
        connection.execute("CREATE TABLE log_cdm_click (email VARCHAR)")
        yield connection


def test_the_view_keeps_one_copy_of_each_row(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute(
        "INSERT INTO clicks SELECT * REPLACE ('2024-06-02' AS _sdc_extracted_at) FROM clicks"
    )
    block, _ = blocks("sql", "incremental.md")
    warehouse.execute(block.text)
    copies = warehouse.execute('SELECT count(*), count(DISTINCT "ID") FROM clicks_once').fetchone()
    newest = warehouse.execute("SELECT DISTINCT _sdc_extracted_at FROM clicks_once").fetchall()
    assert copies is not None
    assert copies[0] == copies[1] > 0
    assert newest == [("2024-06-02",)]


def test_one_person_can_be_erased(warehouse: duckdb.DuckDBPyConnection) -> None:
    person = warehouse.execute(
        "SELECT d.profile FROM clicks c JOIN destinations d ON d.id = c.destination "
        "WHERE d.profile IS NOT NULL LIMIT 1"
    ).fetchone()
    assert person is not None
    erase, logs, blank = (
        block.text.replace("4711", str(person[0]))
        for block in blocks("sql", "privacy.md")
        if "UPDATE abuses" not in block.text and "information_schema" not in block.text
    )
    destinations = f"SELECT id FROM destinations WHERE profile = {person[0]}"  # noqa: S608
    theirs = f"SELECT count(*) FROM clicks WHERE destination IN ({destinations})"  # noqa: S608
    others = "SELECT count(*) FROM clicks"
    total, of_person = warehouse.execute(others).fetchone(), warehouse.execute(theirs).fetchone()
    assert total is not None
    assert of_person is not None
    warehouse.execute("BEGIN")
    warehouse.execute(blank)
    assert warehouse.execute(others).fetchone() == total
    assert warehouse.execute(theirs).fetchone() == (0,)
    warehouse.execute("ROLLBACK")
    warehouse.execute(erase)
    warehouse.execute(logs)
    assert warehouse.execute(others).fetchone() == (total[0] - of_person[0],)
    for name in NAMES:
        if name.endswith("destinations"):
            left = warehouse.execute(f"SELECT count(*) FROM {name} WHERE profile = {person[0]}")  # noqa: S608
            assert left.fetchone() == (0,)


def test_two_accounts_get_a_column_and_a_key_of_their_own(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=2, now=NOW)
    maps = {"clicks": {"account": "'shop'", "__key_properties__": ["account", "ID"]}}
    output = run(box, start_date="2024-05-30", stream_maps=maps)
    (schema,) = (one for one in output.messages if one["type"] == "SCHEMA")
    assert schema["key_properties"] == ["account", "ID"]
    assert {row["account"] for row in output.records()} == {"shop"}

"""Names and types by the own functions of targets that need a service: part of `make test-targets`.

Nothing is loaded: whether the service takes the result is not tried.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import discovered, read
from tests.targets.loaders import environment_with
from tests.targets.test_names import FLAT, LAYOUT, NOW, hard_stream

if TYPE_CHECKING:
    from pathlib import Path

# Each reads a schema's properties and writes for each column its name and its type there.
SNOWFLAKE = """
import json, sys, types
from snowflake.sqlalchemy.snowdialect import dialect
from target_snowflake.connector import SnowflakeConnector
connector = SnowflakeConnector.__new__(SnowflakeConnector)  # its constructor connects
connector._config, connector._cached_engine = {}, types.SimpleNamespace(dialect=dialect())
found = {
    name: [connector.format_identifier(name), str(connector.to_sql_type(schema))]
    for name, schema in json.load(sys.stdin).items()
}
print(json.dumps(found))
"""
BIGQUERY = """
import json, sys, warnings
warnings.simplefilter("ignore")
from target_bigquery.core import SchemaTranslator
properties, options = json.load(sys.stdin), json.loads(sys.argv[1])
fields = SchemaTranslator({"type": "object", "properties": properties}, options).translated_schema
print(json.dumps({name: [one.name, one.field_type] for name, one in zip(properties, fields, strict=True)}))
"""
TARGETS: dict[str, tuple[list[str], str, dict[str, str]]] = {
    "snowflake": (
        ["meltanolabs-target-snowflake==0.20.4"],
        SNOWFLAKE,
        {"ID": "DECIMAL", "modified": "TIMESTAMP_NTZ", "fields__select": "TIMESTAMP_NTZ"},
    ),
    "bigquery": (
        ["z3-target-bigquery==0.7.2", "setuptools<81"],  # it still imports pkg_resources
        BIGQUERY,
        {"ID": "INTEGER", "modified": "TIMESTAMP", "fields__select": "TIMESTAMP"},
    ),
}

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_TARGETS"), reason="make test-targets")


def properties() -> dict[str, Any]:
    """Give the columns of a hard account."""
    with Sandbox(seed=3, layout=LAYOUT, clicks_per_day=0, now=NOW) as box:
        catalog = discovered(box)
        name = hard_stream(catalog)
        output = read(box, name, catalog=catalog, **FLAT)
    (schema,) = [m["schema"] for m in output.messages if m["type"] == "SCHEMA"]
    columns: dict[str, Any] = schema["properties"]
    return columns


def translated(
    folder: Path, target: str, columns: dict[str, Any], **options: bool
) -> dict[str, list[str]]:
    """Give the name and type that a target gives each column."""
    packages, script, _ = TARGETS[target]
    python = environment_with(folder / "venv", *packages) / "python"
    run = subprocess.run(
        [python, "-c", script, json.dumps(options)],
        input=json.dumps(columns), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found: dict[str, list[str]] = json.loads(run.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("target", TARGETS)
def test_each_column_of_a_hard_account_has_a_name_of_its_own_and_its_type(
    tmp_path: Path, target: str
) -> None:
    columns, kinds = properties(), TARGETS[target][2]
    found = translated(tmp_path, target, columns)
    assert found.keys() == columns.keys()
    assert len({name.lower() for name, _ in found.values()}) == len(columns)
    assert {name: found[name][1] for name in kinds} == kinds

"""The dbt package as dbt sees it: installed from a clone, documented, and valid SQL where no warehouse is."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests_examples.package.project import DBT, ROOT, Project

if TYPE_CHECKING:
    from pathlib import Path

UNASKED = {"copernica_introspect": False, "copernica_consent_column": "fields__newsletter"}
# Views of which the same rows are tested as tables, and lists that are empty where all is right.
NOT_TESTED = {
    *("stg_copernica__events", "stg_copernica__recipients", "stg_copernica__sync_windows"),
    *("copernica__calls", "copernica__window_differences"),
}
PARSE = """
import pathlib, sys, sqlglot
files = sorted(pathlib.Path(sys.argv[1]).rglob("*.sql"))
for file in files:
    sqlglot.parse_one(file.read_text("utf-8"), read=sys.argv[2])
print(len(files))
"""


@pytest.mark.parametrize("adds", [False, True], ids=["first", "increment"])
@pytest.mark.parametrize("warehouse", ["bigquery", "snowflake"])
def test_it_compiles_to_the_sql_of_a_warehouse_without_a_connection(
    tmp_path: Path, warehouse: str, *, adds: bool
) -> None:
    project = Project(tmp_path, warehouse, UNASKED | {"copernica_assume_incremental": adds})
    project.run("compile", "--no-populate-cache", "--no-introspect")
    compiled = tmp_path / "target" / "compiled" / "copernica"
    command = [str(DBT.with_name("python")), "-c", PARSE, str(compiled), warehouse]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 24
    events = (compiled / "models" / "marts" / "copernica__events.sql").read_text("utf-8")
    assert ("2024-01-01 00:00:00" in events) == adds


def test_dbt_deps_takes_it_from_a_subdirectory_of_a_clone(tmp_path: Path) -> None:
    head = subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    project = Project(tmp_path, "duckdb", {})
    package = {"git": f"file://{ROOT}", "subdirectory": "dbt", "revision": head.stdout.strip()}
    (tmp_path / "packages.yml").write_text(json.dumps({"packages": [package]}), "utf-8")
    project.run("clean", "--no-clean-project-files-only")
    project.run("deps")
    assert (tmp_path / "dbt_packages" / "copernica" / "macros" / "stage.sql").is_file()


@pytest.fixture(scope="module")
def documented(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Project, dict[str, Any], dict[str, Any]]:
    """A warehouse without one stream, all models made of it, and what `dbt docs` says of them."""
    folder: Path = tmp_path_factory.mktemp("documented")
    variables = {"copernica_consent_column": "fields__newsletter"}
    duckdb.connect(str(folder / "empty.duckdb")).close()
    project = Project(folder, "duckdb", variables, WAREHOUSE=str(folder / "empty.duckdb"))
    project.run("build")
    project.run("docs", "generate")
    catalog, manifest = (
        json.loads((folder / "target" / f"{name}.json").read_text("utf-8"))
        for name in ("catalog", "manifest")
    )
    return project, catalog, manifest


def test_an_account_of_which_nothing_is_loaded_has_models_and_passes_its_tests(
    documented: tuple[Project, dict[str, Any], dict[str, Any]],
) -> None:
    _, catalog, manifest = documented
    models = {name for name in manifest["nodes"] if name.startswith("model.copernica.")}
    assert models == {name for name in catalog["nodes"] if name.startswith("model.")}
    assert len(models) == 21


def test_every_column_of_every_model_is_documented_and_every_model_tested(
    documented: tuple[Project, dict[str, Any], dict[str, Any]],
) -> None:
    _, catalog, manifest = documented
    tested = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        for parent in node["depends_on"]["nodes"]
    }
    for name, node in catalog["nodes"].items():
        described = manifest["nodes"][name]
        assert described["description"], name
        said = {column: about["description"] for column, about in described["columns"].items()}
        assert said.keys() == node["columns"].keys(), name
        assert all(said.values()), name
        if name.removeprefix("model.copernica.") not in NOT_TESTED:
            assert name in tested, name


def test_every_variable_is_explained_in_the_readme() -> None:
    project = (ROOT / "dbt" / "dbt_project.yml").read_text("utf-8")
    readme = (ROOT / "dbt" / "README.md").read_text("utf-8")
    names = {line.split(":")[0].strip() for line in project.splitlines() if "copernica_" in line}
    for name in {name for name in names if name.startswith("copernica_")}:
        assert f"`{name}`" in readme, name
    for model in (ROOT / "dbt" / "models").rglob("*.sql"):
        assert f"`{model.stem}`" in readme, model.stem

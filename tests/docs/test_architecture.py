"""The pages for those who change the tap say what is so: rooms, names of the code, keys of the state."""

from __future__ import annotations

import ast
import importlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.reading.coverage import Kind
from tap_copernica.reading.passes import Pass
from tap_copernica.streams import STREAMS
from tests.docs.pages import DOCS, ROOT
from tests.support.runs import run
from tools import rooms

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = ROOT / "tap_copernica"
PAGES = [DOCS / "architecture.md", ROOT / "CONTRIBUTING.md"]
STATES = ROOT / "tests" / "state"
# Methods whose names of arguments are keys of the state.
WRITERS = {"write_state", "write_progress", "day_is_done", "remember", "keep"}
# Methods that give such keys in a dictionary.
GIVERS = {"meanings", "kept_of_list"}


def test_the_picture_is_that_of_the_import_contracts() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    assert f"{rooms.BEGIN}\n{rooms.picture()}\n{rooms.END}" in text, "run `make docs`"


def names_in(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(one.id for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_of_the_code_exists(page: Path) -> None:
    named = re.findall(r"`([\w/]+\.py)(?:::([\w.]+))?`", page.read_text("utf-8"))
    assert named
    for path, name in named:
        file = next((root / path for root in (CODE, ROOT) if (root / path).exists()), None)
        assert file is not None, path
        assert set(filter(None, name.split("."))) <= names_in(file), f"{path}::{name}"


# Keys of the state


def documented() -> set[str]:
    table = (DOCS / "state.md").read_text("utf-8").split("## Keys")[1]
    return set(re.findall(r"^\| `([\w.]+)` \|", table, flags=re.MULTILINE))


def keys_of(entry: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in entry.items():
        yield f"{prefix}{key}"
        if isinstance(value, dict):
            yield from keys_of(value, f"{prefix}{key}.")


def keys_in(node: ast.AST, module: str) -> Iterator[str]:
    for key in node.keys if isinstance(node, ast.Dict) else []:
        if isinstance(key, ast.Constant):
            yield str(key.value)
        elif isinstance(key, ast.Name):  # a constant of the module; what is worked out, a run shows
            value = getattr(importlib.import_module(module), key.id, None)
            yield from [value] if isinstance(value, str) else []


def keys_in_the_code() -> Iterator[str]:
    """Give the names under which any stream hands something to the state."""
    for file in CODE.rglob("*.py"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in GIVERS:
                yield from (key for one in ast.walk(node) for key in keys_in(one, module))
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr not in WRITERS:
                continue
            for one in node.keywords:
                if one.arg is not None:
                    yield one.arg
                else:
                    yield from keys_in(one.value, module)


def test_every_key_that_a_stream_can_write_is_documented() -> None:
    passing = Pass.of_state({"began": "2026-06-01T00:00:00", "last": 0, "offset": 0})
    assert passing is not None
    written = {*keys_in_the_code(), *(f"pass.{key}" for key in passing.state())}
    written |= {kind.value for kind in Kind}
    assert len(written) > 10
    assert written <= documented()


def test_every_key_of_the_states_of_earlier_versions_is_documented() -> None:
    for file in STATES.rglob("*.json"):
        state = json.loads(file.read_text("utf-8"))
        for entry in state.get("bookmarks", {}).values():
            assert set(keys_of(entry)) <= documented(), file.name


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("version", ["v2", "v4"])
def test_every_key_that_a_run_writes_is_documented(version: str) -> None:
    names = tuple(vars(one)["name"] for one in STREAMS if version in one.api_versions)
    settings = {"api_version": version, "start_date": "2026-05-28", "timezone": "Europe/Paris"}
    with Sandbox(
        seed=1, days=4, clicks_per_day=5, profiles=30, now="2026-06-01T12:00:00+00:00"
    ) as box:
        output = run(box, streams=names, unique_clicks=True, **settings)
    assert output.error is None
    assert len(output.states) > 50
    for state in output.states:
        for name, entry in [*state.get("bookmarks", {}).items(), ("run", state.get("run", {}))]:
            assert set(keys_of(entry)) <= documented(), name


SIGNS = {"D", "O", "A", "U"}


def test_every_sign_and_source_in_the_code_is_explained() -> None:
    page = (DOCS / "api-facts.md").read_text("utf-8")
    sources = set(re.findall(r"^\| ([A-Z][A-Z0-9]) \|", page, flags=re.MULTILINE))
    assert set(re.findall(r"^\| ([DOAU]) \|", page, flags=re.MULTILINE)) == SIGNS
    for file in CODE.rglob("*.py"):
        for signs in re.findall(
            r"\(([A-Z][A-Z0-9]?(?:, [A-Z][A-Z0-9]?)*)[;)]", file.read_text("utf-8")
        ):
            assert set(signs.split(", ")) <= SIGNS | sources, f"{file.name}: ({signs})"
        assert "behaviour.md" not in file.read_text("utf-8")

"""The documentation says what is so: links lead somewhere, configurations are valid, texts exist."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tap_copernica import settings
from tap_copernica.inputs import advice
from tap_copernica.tap import TapCopernica
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks
from tools import pages as written

BIN = Path(sys.executable).parent


@cache
def known_settings() -> dict[str, Any]:
    tap = TapCopernica(config={}, validate_config=False, setup_mapper=False)
    properties: dict[str, Any] = tap.config_jsonschema["properties"]
    return properties


def assert_valid(config: dict[str, Any]) -> None:
    whole = {"access_token": "t", "start_date": "2024-01-01", **config}
    assert settings.read(whole)[1] == []
    assert advice.unknown_names(whole, known_settings()) == []


@pytest.mark.parametrize("name", written.PAGES)
def test_what_comes_from_the_code_is_not_stale(name: str) -> None:
    text = (DOCS / name).read_text("utf-8")
    assert written.PAGES[name]() == text, "run `make docs`"


def test_every_setting_has_a_valid_example() -> None:
    ours = set(known_settings()) - {"stream_maps", "stream_map_config", "faker_config"}
    assert {name for name in ours if not name.startswith("flattening_")} == set(written.EXAMPLES)
    for name, value in written.EXAMPLES.items():
        assert_valid({name: value})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text("utf-8")):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
            assert anchor in anchors, link


def test_every_page_is_in_the_list_of_pages() -> None:
    index = (DOCS / "README.md").read_text("utf-8")
    for path in DOCS.glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in index


@pytest.mark.parametrize("block", blocks("json"), ids=lambda block: block.page)
def test_configurations_are_valid(block: Block) -> None:
    assert_valid(json.loads(block.text))


def test_fragments_of_meltano_yml_are_valid(tmp_path: Path) -> None:
    files = []
    for number, block in enumerate(blocks("yaml")):
        project = yaml.safe_load(block.text)
        path = tmp_path / f"{number}-{block.page}.yml"
        path.write_text(json.dumps({"version": 1, **project}))
        files.append(str(path))
        for plugin in project.get("plugins", {}).get("extractors", []):
            assert_valid(plugin.get("config", {}))
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.meltano", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def texts_of_the_code() -> list[str]:
    """Every text in the tap's code; what is filled in at run time is `…`."""
    found = []
    for path in (ROOT / "tap_copernica").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else "…" for one in node.values]
                found.append("".join(str(part) for part in parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"%(\.\df|[sd])", "…", node.value))
    return found


def test_every_message_that_the_trouble_shooting_explains_exists() -> None:
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    messages = re.findall(r"^### `(.*)`$", page, flags=re.MULTILINE)
    assert len(messages) > 15
    texts = texts_of_the_code()
    for message in messages:
        assert any(message in text for text in texts), message

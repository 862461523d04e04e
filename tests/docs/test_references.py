"""What the code refers to exists: files, pages, sections, and the letters of sources."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = ("tap_copernica", "copernica_sandbox", "copernica_report", "tools", "demo", "benchmarks")
MODULES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
FACTS = (DOCS / "api-facts.md").read_text("utf-8")
# Pages of former times, and numbers that nobody can look up.
NOWHERE = re.compile(
    r"behaviour\.md|design\.md|design point|\b(?:section|point) \d+ of\b", re.IGNORECASE
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def dead_references(text: str, files: set[str]) -> list[str]:
    """Give the files and pages that a text names and that do not exist."""
    named = {*re.findall(r"`([\w/-]+\.(?:py|md))`", text), *re.findall(r"\bdocs/[\w-]+\.md", text)}
    return sorted(one for one in named if not any(f"/{file}".endswith(f"/{one}") for file in files))


def test_a_dead_reference_is_found() -> None:
    assert dead_references("see `verdict.py` and docs/gone.md", {"a/verdict.py"}) == [
        "docs/gone.md"
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_files_and_pages_that_modules_name_exist(package: str) -> None:
    files = {
        name(path)
        for path in [
            *MODULES,
            *(ROOT / "tests").rglob("*.py"),
            *DOCS.rglob("*.md"),
            *ROOT.glob("*.md"),
        ]
    }
    modules = [path for path in MODULES if name(path).startswith(f"{package}/")]
    found = {name(path): dead_references(path.read_text("utf-8"), files) for path in modules}
    assert not {path: dead for path, dead in found.items() if dead}


def test_no_module_refers_to_what_nobody_can_look_up() -> None:
    found = {name(path): NOWHERE.findall(path.read_text("utf-8")) for path in MODULES}
    assert not {path: dead for path, dead in found.items() if dead}


def test_the_source_of_each_fact_is_defined_on_the_page_of_facts() -> None:
    letters = re.compile(r"\(([A-Z](?:, [A-Z0-9]{1,6})*|TS|WP|RM|L1)\)")
    used = {
        letter
        for path in MODULES
        for letters_of_one in letters.findall(path.read_text("utf-8"))
        for letter in letters_of_one.split(", ")
    }
    assert used >= {"D", "O"}
    assert not {one for one in used if not re.search(rf"^\| {one} \|", FACTS, re.MULTILINE)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_in_its_first_line_what_it_is_for(package: str) -> None:
    modules = [path for path in MODULES if name(path).startswith(f"{package}/")]
    first = {
        name(path): (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]
        for path in modules
        if path.name != "__main__.py"
    }
    assert not {
        path for path, line in first.items() if len(line.split()) < 3 or line[-1] not in ".:"
    }
    twice = [line for line in first.values() if list(first.values()).count(line) > 1]
    assert not twice

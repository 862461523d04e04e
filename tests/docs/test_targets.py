"""What docs/targets.md, docs/bulk-files.md and two more pages say of other programs names its tests."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_guarantees import names_of_tests
from tests.targets.loaders import plugin, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("targets.md", "bulk-files.md", "state-backends.md", "upstream.md")
IN_FOOTNOTES = PAGES[:2]
NOTE = re.compile(r"^\[\^([\w-]+)\]: (.*)$", re.MULTILINE)
NO_BEHAVIOUR = "<!-- no behaviour -->"
"""Marks a sentence that says nothing of how a program behaves: how to do something, or what a page holds."""


def statements(text: str) -> Iterator[str]:
    """Give the sentences of a page, also those in tables, without headings, code and labels of rows."""
    text = NOTE.sub("", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    text = re.sub(
        r"^#.*|^\|.*\n\|[-| ]*\|$", "", text, flags=re.MULTILINE
    )  # headings, heads of tables
    for block in re.split(r"\n\n|\n(?=[|-] ?)", text):
        line = " ".join(block.split())
        parts = (
            re.split(r"(?<!\\)\|", line)[2:-1]
            if line.startswith("|")
            else [line.removeprefix("- ")]
        )
        for part in parts:
            # The comment belongs to the sentence before it.
            marked = re.sub(rf"([.:])\s+{NO_BEHAVIOUR}", rf" {NO_BEHAVIOUR}\1", part.strip())
            yield from filter(None, re.split(r"(?<=[.?!])\s+(?=\S)", marked))


def is_vouched_for(statement: str) -> bool:
    """Tell whether a sentence ends with a footnote, says "not tried", or is marked to need neither."""
    marks = [
        re.search(r"\[\^[\w-]+\][.:]?$", statement) is not None,
        "not tried" in statement,
        NO_BEHAVIOUR in statement,
    ]
    return any(marks) and not (NO_BEHAVIOUR in statement and "[^" in statement)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# One\n\nIt is so [^a]. It\nmay be, 0.8.0 says. <!-- no behaviour -->", [True, True]),
        ("It is so. It may be [^a].\n\n- So it is\n- It is not tried", [False, True, False, True]),
        (
            "| a | b |\n|---|---|\n| one | two [^a] |\n| three. | four. Five [^a] |",
            [True, False, True],
        ),
        ("It is [^a] so:\n\n```\nIt is.\n```\n\n[^a]: `tests/a.py::test_a`", [False]),
        ("It is so [^a]. <!-- no behaviour -->", [False]),
    ],
)
def test_a_page_is_taken_apart_by_sentences(text: str, found: list[bool]) -> None:
    assert [is_vouched_for(one) for one in statements(text)] == found


@pytest.mark.parametrize("page", IN_FOOTNOTES)
def test_each_statement_names_its_tests_or_says_not_tried(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    notes = dict(NOTE.findall(text))
    assert all("::test_" in note for note in notes.values())
    assert set(re.findall(r"\[\^([\w-]+)\](?!: `)", text)) == notes.keys()
    assert [one for one in statements(text) if not is_vouched_for(one)] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`(tests(?:_examples)?/[^`]+)`", (DOCS / page).read_text("utf-8"))
    assert named
    for one in named:
        path, _, test = one.partition("::")
        assert (ROOT / path).is_file(), one
        assert not test or test in names_of_tests(path), one


def test_pytest_collects_each_test_that_a_footnote_names() -> None:
    texts = [(DOCS / page).read_text("utf-8") for page in IN_FOOTNOTES]
    named = {one for text in texts for one in re.findall(r"`(tests/[^`]+::test_\w+)`", text)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *sorted(named)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line} == named


def test_meltano_yml_has_the_settings_and_versions_of_the_page() -> None:
    text = (DOCS / "targets.md").read_text("utf-8")
    settings = dict(re.findall(r"^\| `(\w+): (\w+)` \|", text, re.MULTILINE))
    assert settings.pop("hard_delete") == "true"
    own = settings_of("target-postgres")
    assert settings == {"use_copy": "true", "sanitize_null_text_characters": "true"}
    assert all(own[name] is True for name in settings)
    assert own["hard_delete"] is False
    versions = dict(re.findall(r"^\| (target-\w+) ([\d.]+) ", text, re.MULTILINE))
    for name in ("target-postgres", "target-duckdb", "target-jsonl"):
        assert f"{name}=={versions[name]}" in plugin("loaders", name)["pip_url"]
    assert plugin("extractors", "tap-copernica")["config"]["emit_activate_version_messages"] is True
    (database,) = re.findall(r"pins DuckDB ([\d.]+)", text)
    assert plugin("loaders", "target-duckdb")["pip_url"].endswith(f" duckdb=={database}")


def test_each_python_of_the_page_runs_the_tests() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))
    pythons = {
        name: workflow["jobs"][name]["strategy"]["matrix"]["python"] for name in ("test", "newest")
    }
    assert pythons == {"test": ["3.11", "3.12", "3.13"], "newest": ["3.13", "3.14"]}
    (line,) = [
        step["run"]
        for step in workflow["jobs"]["newest"]["steps"]
        if "python -m pytest" in step.get("run", "")
    ]
    assert {"--ignore=tests/targets", "--ignore=tests/meltano"} < set(line.split())
    text = " ".join((DOCS / "targets.md").read_text("utf-8").split())
    assert (
        "The loaders run on Python 3.11 to 3.13, the tap and the simulated API on 3.14 as well"
        in text
    )

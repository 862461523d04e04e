"""What docs/targets.md, docs/bulk-files.md and two more pages say of other programs names its tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, ROOT
from tests.docs.test_guarantees import names_of_tests

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = ("targets.md", "bulk-files.md", "state-backends.md", "upstream.md")
IN_FOOTNOTES = PAGES[:2]
NOTE = re.compile(r"^\[\^([\w-]+)\]: (.*)$", re.MULTILINE)
# What says how to do something, or what a page holds, and nothing of how a program behaves.
NO_BEHAVIOUR = (
    "The tap writes Singer messages for any target.",
    "For a backfill of millions of rows,",
    "What targets do with BATCH messages",
)


def statements(text: str) -> Iterator[str]:
    """Give a page's paragraphs, points of lists and rows of tables, without headings and code."""
    text = NOTE.sub("", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    text = re.sub(r"^\|.*\n\|[-| ]*\|$", "", text, flags=re.MULTILINE)  # the head of a table
    before = ""
    for block in re.split(r"\n\n|\n(?=[|#-] ?)", text):
        one = " ".join(block.split())
        # The rows of a table below a sentence with a footnote and a colon are what that sentence says.
        covered = before.endswith("]:") and one.startswith("|")
        before = before if one.startswith("|") or not one else one
        if one and not covered and not one.startswith(("#", *NO_BEHAVIOUR)):
            yield one


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_a_page_names_exists(page: str) -> None:
    named = re.findall(r"`(tests(?:_examples)?/[^`]+)`", (DOCS / page).read_text("utf-8"))
    assert named
    for one in named:
        path, _, test = one.partition("::")
        assert (ROOT / path).is_file(), one
        assert not test or test in names_of_tests(path), one


@pytest.mark.parametrize("page", IN_FOOTNOTES)
def test_each_statement_names_its_tests_or_says_not_tried(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    notes = dict(NOTE.findall(text))
    assert all("::test_" in note for note in notes.values())
    assert set(re.findall(r"\[\^([\w-]+)\](?!: `)", text)) == notes.keys()
    missing = [one for one in statements(text) if "[^" not in one and "not tried" not in one]
    assert missing == []

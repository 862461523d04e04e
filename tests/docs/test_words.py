"""Plain words: the pages have none that a reader of today's English would have to look up."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT

OLD = (
    *("heed", "heeds", "heeded", "mend", "mends", "mended", "bears", "anew", "seldom", "whoever"),
    *("thereof", "hereby", "whence", "but for", "by the day", "none beside", "tells of it"),
)
# Pages for those who use the tap; names of tests and the changelog's past are as they are.
READ = [page for page in [*PAGES, ROOT / "dbt" / "README.md"] if page.name != "CHANGELOG.md"]


@pytest.mark.parametrize("page", READ, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_a_page_has_no_words_of_another_century(page: object) -> None:
    assert hasattr(page, "read_text")
    text = re.sub(r"`[^`]*`", "", " ".join(page.read_text("utf-8").split()))
    found = [word for word in OLD if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    assert not found


def test_every_term_that_pages_use_without_a_word_is_in_the_glossary() -> None:
    words = (DOCS / "glossary.md").read_text("utf-8").lower()
    for term in (
        *("tap", "target", "stream", "bookmark", "state", "catalog", "upsert", "flattening"),
        *("miniview", "emailing", "destination", "subprofile", "publisher", "marketing suite"),
        *("final group", "jwt", "stream map", "backfill", "lookback", "state backend", "batch"),
    ):
        assert re.search(rf"^\|[^\n]*{term}", words, re.MULTILINE), term

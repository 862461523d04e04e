"""The site of the documentation: every page is in it, and links lead to where they are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT
from tools import site
from tools.meltano_settings import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "pages"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "PAGES", folder)
        site.lay_out()
    return folder


def test_every_page_is_in_the_navigation_and_once() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    named = re.findall(r"([\w-]+\.md)$", text.partition("nav:\n  -")[2], re.MULTILINE)
    expected = {path.name for path in DOCS.glob("*.md")} - {"README.md"}
    assert sorted(named) == sorted(expected | set(site.OTHERS.values()))


def test_every_link_leads_to_a_page_of_the_site_or_to_the_web(pages: Path) -> None:
    for page in pages.glob("*.md"):
        for _, link, _ in site._LINK.findall(page.read_text("utf-8")):
            name = link.partition("#")[0]
            if link.startswith(f"{REPOSITORY}/blob/main/"):
                assert (ROOT / name.removeprefix(f"{REPOSITORY}/blob/main/")).exists(), link
            elif name and not link.startswith("http"):
                assert (pages / name).exists(), (page.name, link)


def of_lists(text: str) -> list[tuple[int, str]]:
    """Give the indented lines that begin something within a list item, with their numbers."""
    found, code, before = [], False, ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        begins = fence or (not code and (not before.strip() or re.match(r" +([-*]|\d+\.) ", line)))
        if begins and line.startswith(" "):
            found.append((number, line))
        code, before = code != fence, line
    return found


def test_what_belongs_to_a_list_item_is_indented_as_the_site_needs_it(pages: Path) -> None:
    found = [
        (page.name, *line)
        for page in pages.glob("*.md")
        for line in of_lists(page.read_text("utf-8"))
    ]
    assert found
    assert not [one for one in found if (len(one[2]) - len(one[2].lstrip())) % 4]


def test_a_numbered_list_that_the_site_tears_apart_is_told() -> None:
    text = "1. One\n\n   ```sh\n   make\n   ```\n\n2. Two\n"
    torn = "<ol><li>One</li></ol><pre>1. make</pre><ol><li>Two</li></ol>"
    whole = "<ol><li>One <pre>make</pre></li><li>Two</li></ol>"
    glued = "<ol><li>One</li></ol><p>2. Two</p>"
    notes = '<div class="footnote"><ol><li>A note</li></ol></div>'
    assert site.broken_lists(text, whole + notes) == ""
    wanted = "has 1 numbered lists with 2 items, and in the site "
    assert site.broken_lists(text, torn) == f"{wanted}2 numbered lists with 2 items"
    assert site.broken_lists(text, glued) == f"{wanted}1 numbered lists with 1 items"


def test_nothing_of_the_site_comes_from_elsewhere() -> None:
    configured = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert configured["theme"]["font"] is False
    assert "search" in configured["plugins"]
    assert "extra_javascript" not in configured
    assert "mermaid" not in "".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))

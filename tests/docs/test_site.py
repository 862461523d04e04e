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


def test_nothing_of_the_site_comes_from_elsewhere() -> None:
    configured = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    assert configured["theme"]["font"] is False
    assert "search" in configured["plugins"]
    assert "extra_javascript" not in configured
    assert "mermaid" not in "".join(path.read_text("utf-8") for path in DOCS.glob("*.md"))

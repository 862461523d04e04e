"""The pages of the documentation and the blocks of code in them."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(DOCS.glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    *sorted((ROOT / "examples").glob("*/README.md")),
]


class Block(NamedTuple):
    page: str
    language: str
    text: str


def blocks(language: str, *pages: str) -> list[Block]:
    """Give the blocks of a language on these pages of `docs/`, or on all of them."""
    paths = [DOCS / name for name in pages] or sorted(DOCS.glob("*.md"))
    return [block for path in paths for block in blocks_of(path, language)]


def blocks_of(page: Path, *languages: str) -> list[Block]:
    """Give the blocks of some languages on a page, also those within a list."""
    found = re.findall(
        rf"^( *)```({'|'.join(languages)})\n(.*?)^ *```$",
        page.read_text("utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    return [Block(page.name, language, textwrap.dedent(text)) for _, language, text in found]

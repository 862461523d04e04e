"""The pages of the documentation and the blocks of code in them."""

from __future__ import annotations

import re
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
    return [
        Block(path.name, language, text)
        for path in paths
        for text in re.findall(
            rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
    ]

"""Prints the changelog's section of a release: `python -m tools.release_notes v1.2.3`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).parents[1] / "CHANGELOG.md"


def section(text: str, tag: str) -> str:
    """Give what stands under a version's heading.

    Args:
        text: the changelog; its headings are `## [1.2.3] - 2026-01-31` or `## 1.2.3 - 2026-01-31`.
        tag: the version, with or without a `v` before it.

    Raises:
        LookupError: if there is no such section, or nothing in it.
    """
    version = re.escape(tag.removeprefix("v"))
    heading = rf"^## \[?{version}\]?(?: - \d{{4}}-\d\d-\d\d)?\n(.*?)(?=^## |\Z)"
    found = re.search(heading, text, flags=re.MULTILINE | re.DOTALL)
    if found is None or not found[1].strip():
        msg = f"CHANGELOG.md says nothing of {tag}: give it a section before the tag."
        raise LookupError(msg)
    return found[1].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(section(CHANGELOG.read_text("utf-8"), sys.argv[1]))

"""Puts the repository's address and the contact where they are needed: `python -m tools.addresses`.

Both stand in `pyproject.toml`; a release fills them in there. Part of `make docs`.
"""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tools.meltano_settings import PROJECT, REPOSITORY, ROOT

if TYPE_CHECKING:
    from pathlib import Path

CONTACT: str = PROJECT["tool"]["release"]["contact"]
_ADDRESS = re.compile(r"github\.com/[\w.-]+/tap-copernica\b")
_REPORTS = re.compile(r"(<!-- contact -->)\S+?(?=[.,\s])")


def updated(text: str) -> str:
    """Give a file's text with the address and the contact of today."""
    text = _ADDRESS.sub(REPOSITORY.removeprefix("https://"), text)
    return _REPORTS.sub(rf"\g<1>{CONTACT}", text)


def files() -> list[Path]:
    """Give the files that a reader sees: pages and examples."""
    command = ["git", "ls-files", "--", "*.md", "*.toml", "examples", "hub"]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603
    paths = [ROOT / name for name in found.stdout.splitlines()]
    return [path for path in paths if path.is_file() and path.suffix not in {".png", ".svg"}]


if __name__ == "__main__":
    for path in files():
        before = path.read_text("utf-8")
        after = updated(before)
        if after != before:
            path.write_text(after, "utf-8")

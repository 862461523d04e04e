"""The README as a package index shows it: a hook of the build, named in `pyproject.toml`.

It imports nothing of this project, since it runs where only the build's tools are installed.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGES = (".png", ".svg")


class ReadmeHook(MetadataHookInterface):
    """Give the README as text, with absolute links."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:  # type: ignore[explicit-override]
        """Set `readme` of the package's metadata."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": with_absolute_links(text, metadata["urls"]["Repository"]),
        }


def with_absolute_links(text: str, repository: str) -> str:
    """Let links to files of the repository lead to where it is on the web."""
    pages = f"{repository}/blob/main"
    files = pages.replace("https://github.com", "https://raw.githubusercontent.com")
    files = files.replace("/blob/", "/")

    def absolute(found: re.Match[str]) -> str:
        path = found[1]
        if path.startswith(("http", "#")):
            return found[0]
        return f"]({files if path.endswith(_IMAGES) else pages}/{path})"

    return re.sub(r"\]\(([^)\s]+)\)", absolute, text)

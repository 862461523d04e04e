"""Read a report as a browser and a screen reader do."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from typing_extensions import override

if TYPE_CHECKING:
    from pathlib import Path

Attributes = list[tuple[str, str | None]]


class Page(HTMLParser):
    """The parts of a report's page that tests ask for."""

    def __init__(self, file: Path) -> None:
        """Read the file."""
        super().__init__()
        self.source = file.read_text("utf-8")
        self.size = file.stat().st_size
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: dict[str, str] = {}  # by the id of its script element
        self.cells: list[list[str]] = []  # of the table of mailings
        self.text = ""
        self._inside: list[tuple[str, str | None]] = []
        self.feed(self.source)

    @override
    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        named = dict(attrs)
        self.tags.append((tag, named))
        if tag not in ("meta", "link", "br", "input"):
            self._inside.append((tag, named.get("id")))
        if self._in("table", "mailings"):
            if tag == "tr":
                self.cells.append([])
            elif tag == "td":
                self.cells[-1].append("")

    @override
    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop()[0] != tag:
            pass

    @override
    def handle_data(self, data: str) -> None:
        tag, name = self._inside[-1] if self._inside else ("", None)
        if tag == "script":
            self.data[name or ""] = self.data.get(name or "", "") + data
        elif tag != "style":
            self.text += data
            if self._in("table", "mailings") and self.cells and self.cells[-1]:
                self.cells[-1][-1] += data

    def _in(self, tag: str, name: str) -> bool:
        return (tag, name) in self._inside

    @property
    def figures(self) -> dict[str, Any]:
        """The numbers that the page was made of."""
        figures: dict[str, Any] = json.loads(self.data["figures"])
        return figures

    @property
    def charts(self) -> dict[str, dict[str, Any]]:
        """The charts as Vega-Lite, by the id of their place."""
        charts: dict[str, dict[str, Any]] = json.loads(self.data["specs"])
        return charts

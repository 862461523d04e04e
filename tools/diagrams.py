"""Draws the diagrams of `docs/` as SVG files: `python -m tools.diagrams`, part of `make docs`.

A box is a stream, or several streams with the same references. Its lines are fields that name a row of
another stream. An arrow leads to that stream if it is in the column before or in the same one; else the
line names it.
Files, not Mermaid: they need no script, on any page that shows them.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tools.families import families
from tools.pages import references
from tools.rooms import layers, titled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_copernica.streams.base import Stream

FOLDER = Path(__file__).parents[1] / "docs" / "diagrams"
_CHARACTER, _LINE, _PADDING = 7.3, 18, 10  # pixels, of a monospaced font of 12
_BETWEEN_COLUMNS, _BETWEEN_BOXES, _MARGIN = 52, 16, 16
_WIDEST = 900  # what a page shows without making it smaller
_STYLE = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1f2328}"
    ".field{fill:#0b5394}.other{fill:#59636e}"
    ".box{fill:#fff;stroke:#59636e}.outside{stroke-dasharray:4 3}"
    ".line{fill:none;stroke:#0b5394;stroke-width:1.2}"
)


class Box(NamedTuple):
    """Streams that share their references."""

    names: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]
    """Fields, each with the stream whose row it names."""
    outside: bool = False
    """Whether the stream belongs to another family."""


def boxes(streams: Iterable[Stream]) -> list[Box]:
    """Give the boxes of a family: streams alike in one, and those of other families that they name."""
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    streams = list(streams)
    named = {name for stream in streams for _, name, _ in references(stream)}
    single: list[Box] = []
    for stream in streams:
        found = tuple((field, name) for field, name, _ in references(stream))
        if stream.name in named or not found:
            single.append(Box((stream.name,), found))
        else:
            alike.setdefault(found, []).append(stream.name)
    ours = {stream.name for stream in streams}
    outside = [Box((name,), (), outside=True) for name in sorted(named - ours)]
    alone = tuple(one.names[0] for one in single if not one.fields and one.names[0] not in named)
    kept = [one for one in single if one.names[0] not in alone]
    groups = [Box(tuple(names), fields) for fields, names in alike.items()]
    return [*outside, *kept, *groups, *([Box(alone, ())] if alone else [])]


def columns(found: list[Box], ranks_each: int = 1) -> list[list[Box]]:
    """Put each box right of all that it names, or below, where a column has more than one rank."""
    by_name = {name: box for box in found for name in box.names}

    def rank(box: Box) -> int:
        return max((rank(by_name[name]) + 1 for _, name in box.fields), default=0)

    ranked = sorted(found, key=rank)
    number = range(max(map(rank, found)) // ranks_each + 1)
    return [[box for box in ranked if rank(box) // ranks_each == one] for one in number]


def family_svg(title: str, streams: Iterable[Stream]) -> str:
    """Give the picture of a family, with two ranks in a column where one each would be too wide."""
    found = boxes(streams)
    picture = _Picture(columns(found))
    if picture.width > _WIDEST:
        picture = _Picture(columns(found, 2))
    return _svg(title, picture.width, picture.height, picture.parts)


class _Picture:
    """Boxes in columns: places, lines and arrows."""

    def __init__(self, found: list[list[Box]]) -> None:
        self._column = {
            name: number
            for number, boxes in enumerate(found)
            for box in boxes
            for name in box.names
        }
        self._boxes = {name: box for boxes in found for box in boxes for name in box.names}
        self._places: dict[Box, tuple[float, float]] = {}
        self.width, self.height = float(_MARGIN), 0.0
        for column in found:
            inside = any(self._near(box, name) == 0 for box in column for _, name in box.fields)
            left, top = self.width + (_BETWEEN_COLUMNS / 2 if inside else 0), float(_MARGIN)
            for box in column:
                self._places[box] = (left, top)
                top += self._height(box) + _BETWEEN_BOXES
            self.height = max(self.height, top - _BETWEEN_BOXES + _MARGIN)
            self.width = left + max(map(self._width, column)) + _BETWEEN_COLUMNS
        self.width += _MARGIN - _BETWEEN_COLUMNS

    @property
    def parts(self) -> list[str]:
        """The elements: arrows first, so that boxes cover them."""
        arrows = [
            self._arrow(box, number, name)
            for box in self._places
            for number, (_, name) in enumerate(box.fields)
            if self._near(box, name) is not None
        ]
        return [*arrows, *map(self._box, self._places)]

    def _near(self, box: Box, name: str) -> int | None:
        """Give how many columns left of a box a stream is, if that is near enough for an arrow."""
        distance = self._column[box.names[0]] - self._column[name]
        return distance if distance <= 1 else None

    def _lines(self, box: Box) -> list[str]:
        return [
            field if self._near(box, name) is not None else f"{field} → {name}"
            for field, name in box.fields
        ]

    def _height(self, box: Box) -> float:
        return (len(box.names) + len(box.fields)) * _LINE + 2 * _PADDING - 4

    def _width(self, box: Box) -> float:
        longest = max(map(len, [*box.names, *(f"  {line}" for line in self._lines(box))]))
        return longest * _CHARACTER + 2 * _PADDING

    def _field_y(self, box: Box, number: int) -> float:
        return self._places[box][1] + _PADDING + _LINE * (len(box.names) + number) + 6

    def _box(self, box: Box) -> str:
        x, y = self._places[box]
        kind, text = ("box outside", "other") if box.outside else ("box", "name")
        size = f'width="{self._width(box):g}" height="{self._height(box):g}"'
        names = [
            f'<text class="{text}" x="{x + _PADDING:g}" y="{y + _PADDING + _LINE * number + 10:g}">'
            f"{escape(name)}</text>"
            for number, name in enumerate(box.names)
        ]
        lines = [
            f'<text class="field" x="{x + _PADDING + 2 * _CHARACTER:g}" '
            f'y="{self._field_y(box, number) + 4:g}">{escape(line)}</text>'
            for number, line in enumerate(self._lines(box))
        ]
        rectangle = f'<rect class="{kind}" x="{x:g}" y="{y:g}" {size} rx="4"/>'
        return "".join([rectangle, *names, *lines])

    def _arrow(self, box: Box, number: int, name: str) -> str:
        target = self._boxes[name]
        x, y = self._places[box][0], self._field_y(box, number)
        end_x, end_y = self._places[target][0], self._places[target][1] + _PADDING + 6
        bend = -_BETWEEN_COLUMNS / 2
        if self._near(box, name):
            end_x, bend = end_x + self._width(target) + 3, _BETWEEN_COLUMNS * 0.6
        else:
            end_x -= 3
        first = x - abs(bend)
        return (
            f'<path class="line" marker-end="url(#end)" '
            f'd="M{x:g},{y:g}C{first:g},{y:g} {end_x + bend:g},{end_y:g} {end_x:g},{end_y:g}"/>'
        )


def rooms_svg() -> str:
    """Give the picture of the rooms of the tap's code, the topmost first."""
    found = [" · ".join(map(titled, names)) for names in layers()]
    width, height = max(map(len, found)) * _CHARACTER + 2 * _PADDING, _LINE + 2 * _PADDING - 4
    parts, top = [], float(_MARGIN)
    for number, names in enumerate(found):
        middle = _MARGIN + width / 2
        if number:
            parts.append(
                f'<path class="line" marker-end="url(#end)" d="M{middle:g},{top - 16:g}V{top - 3:g}"/>'
            )
        parts.append(
            f'<rect class="box" x="{_MARGIN}" y="{top:g}" width="{width:g}" height="{height}" rx="4"/>'
            f'<text x="{middle:g}" y="{top + _LINE + 2:g}" text-anchor="middle">{escape(names)}</text>'
        )
        top += height + 16
    return _svg("Rooms of the code", width + 2 * _MARGIN, top - 16 + _MARGIN, parts)


def _svg(title: str, width: float, height: float, parts: list[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>"
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0,0L8,4L0,8z" fill="#0b5394"/></marker></defs>'
        '<rect width="100%" height="100%" rx="6" fill="#f6f8fa"/>'
    )
    return "\n".join([head, *parts, "</svg>"]) + "\n"


def pictures() -> dict[str, str]:
    """Give the text of each file."""
    drawn = {
        f"{family.name}.svg": family_svg(family.title, streams)
        for family, streams in families()
        if any(True for stream in streams for _ in references(stream))
    }
    return {**drawn, "rooms.svg": rooms_svg()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, "utf-8")

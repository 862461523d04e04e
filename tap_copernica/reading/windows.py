"""Windows of time: where one may begin and end, and how it is cut.

Pure functions and values. Times are wall-clock times (naive), because the API filters by them. The stream
says where a window may begin and end (`window_edge`): at midnights only, or wherever the account's clock
allows an edge (`clock.py`). The hour that occurs twice in autumn has none in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from typing_extensions import override

from tap_copernica.clock import DAY, SECOND

FIRST_WIDTH = DAY
MOST_WIDTH = timedelta(days=512)
MOST_PARTS = 24

LegalEdge = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Window:
    """The rows with `start <= timestamp < end`, in wall-clock time.

    Attributes:
        start: the first second.
        end: the second after the last one.
        parent_total: total of the window that this one was split from, or None.
        sibling: another part of that window, or None.
    """

    start: datetime
    end: datetime
    parent_total: int | None = field(default=None, compare=False)
    sibling: Window | None = field(default=None, compare=False, repr=False)

    @property
    def width(self) -> timedelta:
        """How long it is on the clock."""
        return self.end - self.start

    @override
    def __str__(self) -> str:
        return f"{self.start} to {self.end}"


def split(window: Window, parts: int, legal: LegalEdge, total: int | None = None) -> list[Window]:
    """Cut a window into at most `parts` adjacent windows of about the same width.

    Args:
        window: what to cut.
        parts: how many are wanted, 2 or more.
        legal: gives the last time at or before another at which a window may begin (`window_edge`).
        total: the API's total for the window, which the parts keep as `parent_total`.

    Returns:
        The parts in order. Fewer than wanted where edges are not legal; the window alone where none is.
    """
    parts = max(2, min(parts, MOST_PARTS))
    step = window.width / parts
    edges = [window.start]
    for number in range(1, parts):
        edge = legal((window.start + step * number).replace(microsecond=0))
        if edges[-1] < edge < window.end:
            edges.append(edge)
    if len(edges) == 1 and is_divisible(window, legal):
        edges.append(first_edge_after(window.start, window.end - SECOND, legal))
    edges.append(window.end)
    plain = [Window(start, end) for start, end in itertools.pairwise(edges)]
    if len(plain) == 1:
        return [window]
    siblings = [*plain[1:], plain[-2]]  # of each part the next one, of the last the one before it
    return [
        replace(part, parent_total=total, sibling=sibling)
        for part, sibling in zip(plain, siblings, strict=True)
    ]


def first_edge_after(start: datetime, end: datetime, legal: LegalEdge) -> datetime:
    """Give the first legal edge after a legal one, `start`; give `start` if none comes up to `end`.

    If `start` begins a stretch that cannot be cut, such as an hour that occurs twice, it is the end of that.
    """
    early, late = 0, int((end - start).total_seconds())
    while late - early > 1:
        middle = (early + late) // 2
        if legal(start + SECOND * middle) > start:
            late = middle
        else:
            early = middle
    return legal(start + SECOND * late)


def is_divisible(window: Window, legal: LegalEdge) -> bool:
    """Tell whether the window can be cut: whether a legal edge lies inside it."""
    return legal(window.end - SECOND) > window.start

"""Files that hang on a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.databases.table import Row

_NAMES = ("quote.pdf", "offerte caf\u00e9.pdf")
_LATER = 86_400


def files_of(row: Row, clock: WallClock) -> list[dict[str, Any]]:
    """Return the files of a profile: one or two; ids are numbers over the whole account."""
    if row.removed is not None:
        return []
    draw = mix(row.number, 95)
    return [
        {
            "ID": row.number * 2 - 1 + place,
            "name": _NAMES[place],
            "directory": "Docs/2021",
            "author": "Shop",
            "created": clock.text(row.created),
            "modified": clock.text(row.created + place * _LATER),
            "size": 1024 + draw % 4096,
        }
        for place in range(1 + draw % 2)
    ]

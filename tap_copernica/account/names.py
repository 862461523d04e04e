"""Names that every loader takes: at most 63 bytes long, and different also after a loader has changed them.

Loaders write names in lower case. They remove characters other than letters, digits and `_` (loaders of the
SDK do), or replace them by `_`. PostgreSQL keeps 63 bytes of a name. So:

- a longer name is cut, with a hash of the whole name at its end;
- of names that a loader would make equal, the first stays as it is, the others get a hash at their end;
- a double quote or a control character, at which loaders fail, becomes `_`.

Every other name stays as it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_BYTES = 63
"""How long a name may be, in UTF-8: the limit of PostgreSQL, the lowest of those that are common."""

FIELDS_PREFIX = "fields__"
"""What the column of a field of the account begins with, where records are flattened."""

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
)
_TO_REPLACE = re.compile(r'["\x00-\x1f\x7f-\x9f]')

# What loaders may make of a name: its letters and digits, and for each gap between two of them how many `_`
# may be there, at least and at most.
_Shape = tuple[str, tuple[tuple[int, int], ...]]


def fitted(name: str, room: int = MAX_BYTES) -> str:
    """Cut a name that takes more than `room` bytes, and put a hash of the whole name at its end.

    >>> fitted("a" * 70)
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa_6bd5e503'
    """
    return name if _size(name) <= room else _hashed(name, room)


def without_accents(name: str) -> str:
    """Write a name in lower case and without accents, as far as Unicode knows the letter under an accent."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return "".join(one for one in plain if not unicodedata.combining(one))


def changed_columns(fields: Iterable[str]) -> dict[str, str]:
    """Find the fields of an account whose columns need another name, and give those names.

    Args:
        fields: the names of the fields of a database or collection, in the order of their ids. The name of a
            column depends only on the fields before it, so a new field changes no other column.

    Returns:
        For each such field its column's name, without `fields__` before it.
    """
    changed: dict[str, str] = {}
    taken: dict[str, list[_Shape]] = defaultdict(list)
    room = MAX_BYTES - len(FIELDS_PREFIX)
    for field in fields:
        name = fitted(_TO_REPLACE.sub("_", field), room)
        number = 0
        while _is_taken(name, taken):
            name = _hashed(field, room, number)
            number += 1
        for shape in _shapes(name):
            taken[shape[0]].append(shape)
        if name != field:
            changed[field] = name
    return changed


def _is_taken(name: str, taken: dict[str, list[_Shape]]) -> bool:
    return any(
        all(
            low <= high_of and low_of <= high
            for (low, high), (low_of, high_of) in zip(gaps, other, strict=True)
        )
        for letters, gaps in _shapes(name)
        for _, other in taken[letters]
    )


def _shapes(name: str) -> set[_Shape]:
    """Describe what loaders may make of a column's name: some keep letters below accents, some do not."""
    column = FIELDS_PREFIX + name
    return {_shape(column.lower()), _shape(without_accents(column))}


def _shape(name: str) -> _Shape:
    """Describe what loaders may make of a name.

    A gap that has only `_` stays as it is. Another character is removed or becomes `_`; several in a row may
    become one `_`.
    """
    gaps = []
    for gap in re.split("[a-z0-9]", name):
        lines = gap.count("_")
        gaps.append((lines if lines == len(gap) else min(lines, 1), len(gap)))
    return "".join(re.findall("[a-z0-9]", name)), tuple(gaps)


def _hashed(name: str, room: int, number: int = 0) -> str:
    """Put a hash of the whole name behind it, cut so that both fit; another hash for each `number`."""
    salted = name + "\0" * number
    digest = hashlib.sha256(salted.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    start = _TO_REPLACE.sub("_", name)
    while _size(start) > room - len(digest) - 1:
        start = start[:-1]
    return f"{start}_{digest}"


def _size(name: str) -> int:
    """Count the bytes of a name, as it is and in lower case, which can be longer."""
    return max(len(one.encode("utf-8", "surrogatepass")) for one in (name, name.lower()))

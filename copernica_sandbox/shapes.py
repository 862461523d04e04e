"""Shapes of answers: what an answer looks like without any of its values, and where two differ.

A folder of shapes holds one JSON file for each call that was made. A file is an object:

    {"version": "v2",
     "path": "ms/emailing/*/statistics",    an id is written as *
     "parameters": {"limit": "100"},        what was asked besides, if anything
     "status": 200,
     "shape": {...}}

A shape says of each place in the JSON which types stood there; of texts also how long they were and
what they look like:

    {"object": {"ID": {...}, "name": {...}}}     the keys, in their order
    {"array": {...}, "count": [0, 100]}          the shape of all items together
    {"text": [1, 20], "like": ["number"]}        shortest and longest; see `LIKE`
    {"integer": true}, {"real": true}, {"flag": true}, {"null": true}

Where several types occur at one place, the parts stand beside each other in one object, such as
`{"text": [1, 8], "like": ["number"], "null": true}`. No value is in a shape, and no key below `fields`
and its like (`MAPS`), since an account's own names are there.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Shape = dict[str, Any]

# What a text can look like; the first that fits.
LIKE = {
    "empty": re.compile(r""),
    "number": re.compile(r"-?\d+(\.\d+)?"),
    "time": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "hash": re.compile(r"[0-9a-f]{16,}"),
    "url": re.compile(r"https?://\S+"),
    "text": re.compile(r".*", re.DOTALL),
}
_SCALARS: dict[type, str] = {
    type(None): "null",
    bool: "flag",
    int: "integer",
    float: "real",
}
# Objects whose keys are names that an account gave: all their values are one shape, under `*`.
MAPS = {"fields", "interests", "values", "report", "all"}


def shape_of(value: Any, name: str = "") -> Shape:
    """Return the shape of a JSON value; ``name`` is the key that it stands under."""
    match value:
        case list():
            items: Shape = {}
            for item in value:
                items = joined(items, shape_of(item))
            return {"array": items, "count": [len(value), len(value)]}
        case dict() if name in MAPS and "data" not in value:
            inner: Shape = {}
            for item in value.values():
                inner = joined(inner, shape_of(item))
            return {"object": {"*": inner}}
        case dict():
            return {"object": {str(key): shape_of(item, str(key)) for key, item in value.items()}}
        case str():
            like = next(kind for kind, text in LIKE.items() if text.fullmatch(value))
            return {"text": [len(value), len(value)], "like": [like]}
    return {_SCALARS[type(value)]: True}


def joined(one: Shape, other: Shape) -> Shape:
    """Return the shape that covers two; keys that only one of them has come last."""
    found = {**one, **other}
    for part in one.keys() & other.keys():
        mine, theirs = one[part], other[part]
        if part in {"text", "count"}:
            found[part] = [min(mine[0], theirs[0]), max(mine[1], theirs[1])]
        elif part == "like":
            found[part] = sorted({*mine, *theirs})
        elif part == "array":
            found[part] = joined(mine, theirs)
        elif part == "object":
            found[part] = {
                key: joined(mine.get(key, {}), theirs.get(key, {})) for key in {**mine, **theirs}
            }
    return found


def differences(real: Shape, simulated: Shape, place: str = "") -> Iterator[str]:
    """Yield in words where an answer of the real API and a simulated one differ.

    Lengths and counts are not compared: they are an account's own. Nor is a type that only the
    simulated API gives, since an account need not have every case.
    """
    where = place or "the answer"
    types, ours = _types(real), _types(simulated)
    for kind in sorted(types - ours):
        yield f"{where}: {kind} in the real API, simulated {' or '.join(sorted(ours)) or 'nothing'}"
    if "text" in types & ours:
        more = set(real.get("like", ())) - set(simulated.get("like", ())) - {"empty"}
        if more and "text" not in simulated.get("like", ()):
            yield f"{where}: texts like {', '.join(sorted(more))} in the real API alone"
    if "array" in types & ours and real["array"] and simulated["array"]:
        yield from differences(real["array"], simulated["array"], f"{place}[]")
    if "object" in types & ours:
        yield from _of_objects(real["object"], simulated["object"], place)


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files of a folder of shapes, by name.

    Raises:
        ValueError: for a file that holds something else.
    """
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text("utf-8-sig"))
        if not isinstance(found, dict) or not {"version", "path", "shape"} <= found.keys():
            msg = f"{file.name} is no shape of an answer: it lacks a version, a path or a shape"
            raise ValueError(msg)
        yield file.name, found


def _types(shape: Shape) -> set[str]:
    return {part for part in shape if part not in {"like", "count"}}


def _of_objects(real: Shape, simulated: Shape, place: str) -> Iterator[str]:
    where = place or "the answer"
    if lacking := [key for key in real if key not in simulated]:
        yield f"{where}: the simulated API lacks {_listed(lacking)}"
    if more := [key for key in simulated if key not in real]:
        yield f"{where}: the real API lacks {_listed(more)}"
    both = [key for key in real if key in simulated]
    order = [key for key in simulated if key in real]
    if both != order:
        yield f"{where}: the order is {_listed(both)} in the real API, {_listed(order)} simulated"
    for key in both:
        yield from differences(real[key], simulated[key], f"{place}.{key}" if place else key)


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(keys)

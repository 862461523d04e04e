"""Shapes of answers: what an answer looks like without any of its values, and where two differ.

`copernica-doctor --shapes FOLDER` keeps the shapes of a real account's answers, one JSON file for each
kind of call:

    {"format": 1, "version": "v2", "path": "/ms/emailing/{id}/statistics", "params": ["begintime"],
     "status": 200, "content_type": "application/json", "body": SHAPE}

A shape is one of

    {"type": "object", "keys": {"ID": SHAPE, ...}}               the keys in their order
    {"type": "array", "length": 100, "items": [SHAPE, ...]}      one for each type among the items
    {"type": "string", "form": "integer", "length": [1, 7]}      the forms are those of `FORMS`
    {"type": "integer"}, and likewise number, boolean, null; absent for a key that not all have
    {"any": [SHAPE, ...]}                                        where several occur at one place

Keys that an account makes up, below `fields` and `interests`, are numbered: #1, #2; so is what cannot
be a name.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Shape = dict[str, Any]

FORMAT = 1
# What a text can look like; the first that fits, else it is text.
FORMS = {
    "empty": re.compile(r""),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+\.\d+"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "hex": re.compile(r"[0-9a-f]{16,}"),
}
_ANY_TEXT = "text"
_OWN_KEYS = {"fields", "interests"}
_IS_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
_NUMBERED = re.compile(r"#\d+")
_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


def shape_of(value: Any, *, own_keys: bool = False) -> Shape:
    """Return the shape of a JSON value; ``own_keys`` says that an object's keys are an account's."""
    shape: Shape = {"type": _NAMES[type(value)]}
    if isinstance(value, str):
        fitting = (form for form, text in FORMS.items() if text.fullmatch(value))
        shape |= {"form": next(fitting, _ANY_TEXT), "length": [len(value), len(value)]}
    elif isinstance(value, list):
        shape |= {"length": len(value), "items": merged(map(shape_of, value))}
    elif isinstance(value, dict):
        shape["keys"] = {
            _shown(name, place, own=own_keys): shape_of(one, own_keys=name.lower() in _OWN_KEYS)
            for place, (name, one) in enumerate(value.items(), 1)
        }
    return shape


def merged(shapes: Iterable[Shape]) -> list[Shape]:
    """Return one shape for each type and form among these."""
    found: dict[tuple[str, str], Shape] = {}
    for shape in shapes:
        kind = (shape["type"], shape.get("form", ""))
        found[kind] = _joined(found[kind], shape) if kind in found else shape
    return list(found.values())


def differences(real: list[Shape], simulated: list[Shape], place: str = "") -> Iterator[str]:
    """Yield in words where answers of the real API and simulated ones differ.

    Both are what occurs at one place. Lengths are not compared, since they are an account's own, nor
    is what only the simulated API gives: an account need not have every case.
    """
    where = place or "the answer"
    theirs, ours = _by_type(real), _by_type(simulated)
    for kind in sorted(theirs.keys() - ours.keys() - {"absent"}):
        yield f"{where}: {kind} in the real API, simulated {' or '.join(sorted(ours)) or 'nothing'}"
    if "string" in theirs and "string" in ours:
        forms, known = ({one["form"] for one in side["string"]} for side in (theirs, ours))
        more = forms - known - {"empty"}
        if more and _ANY_TEXT not in known:
            yield f"{where}: texts like {', '.join(sorted(more))} in the real API alone"
    if "array" in theirs and "array" in ours:
        items = _items(theirs["array"]), _items(ours["array"])
        if all(items):
            yield from differences(items[0], items[1], f"{place}[]")
    if "object" in theirs and "object" in ours:
        yield from _of_objects(theirs["object"][0]["keys"], ours["object"][0]["keys"], place)


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the files of a folder of shapes, by name.

    Raises:
        ValueError: for a file that holds something else.
    """
    for file in sorted(folder.glob("*.json")):
        found = json.loads(file.read_text("utf-8-sig"))
        known = isinstance(found, dict) and {"version", "path", "body"} <= found.keys()
        if not known or found.get("format", FORMAT) != FORMAT:
            msg = f"{file.name} is no shape of an answer in format {FORMAT}"
            raise ValueError(msg)
        yield file.name, found


def _shown(name: str, place: int, *, own: bool) -> str:
    return name if _IS_NAME.fullmatch(name) and not own else f"#{place}"


def _joined(one: Shape, other: Shape) -> Shape:
    if one["type"] == "string":
        low, high = zip(one["length"], other["length"], strict=True)
        return {**one, "length": [min(low), max(high)]}
    if one["type"] == "array":
        length = max(one["length"], other["length"])
        return {**one, "length": length, "items": merged([*one["items"], *other["items"]])}
    if one["type"] == "object":
        mine, theirs = one["keys"], other["keys"]
        absent = {"type": "absent"}
        keys = {
            name: _either(
                merged([*_parts(mine.get(name, absent)), *_parts(theirs.get(name, absent))])
            )
            for name in {**mine, **theirs}
        }
        return {**one, "keys": keys}
    return one


def _either(parts: list[Shape]) -> Shape:
    return parts[0] if len(parts) == 1 else {"any": parts}


def _parts(shape: Shape) -> list[Shape]:
    parts: list[Shape] = shape.get("any", [shape])
    return parts


def _by_type(shapes: list[Shape]) -> dict[str, list[Shape]]:
    found: dict[str, list[Shape]] = {}
    for shape in shapes:
        found.setdefault(shape["type"], []).append(shape)
    return found


def _items(arrays: list[Shape]) -> list[Shape]:
    return merged(item for one in arrays for item in one["items"])


def _values(keys: dict[str, Shape]) -> list[Shape]:
    return merged(part for one in keys.values() for part in _parts(one))


def _of_objects(real: dict[str, Shape], simulated: dict[str, Shape], place: str) -> Iterator[str]:
    where = place or "the answer"
    if any(map(_NUMBERED.fullmatch, [*real, *simulated])):  # an account's own keys: any for all
        if real and simulated:
            yield from differences(_values(real), _values(simulated), f"{place}.*")
        return
    if lacking := [key for key in real if key not in simulated]:
        yield f"{where}: the simulated API lacks {', '.join(lacking)}"
    if more := [key for key in simulated if key not in real]:
        yield f"{where}: the real API lacks {', '.join(more)}"
    both = [key for key in real if key in simulated]
    order = [key for key in simulated if key in real]
    if both != order:
        yield f"{where}: the order is {', '.join(both)} in the real API, {', '.join(order)} simulated"
    for key in both:
        inside = f"{place}.{key}" if place else key
        yield from differences(_parts(real[key]), _parts(simulated[key]), inside)

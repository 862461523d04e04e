"""Answers as shapes: their keys in order, JSON types, lengths and forms of texts, and no value.

A folder of shapes can be sent on: it says how an API answers, and nothing of what is in an account.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tap_copernica.http.pagination import body_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from requests import Response

FORMAT = 1
# Objects whose keys an account makes up: names of fields and interests are nobody else's business.
_OWN_KEYS = frozenset({"fields", "interests"})
_FORMS = (
    ("empty", re.compile(r"")),
    ("integer", re.compile(r"-?\d+")),
    ("number", re.compile(r"-?\d+\.\d+")),
    ("datetime", re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("hex", re.compile(r"[0-9a-f]{16,}")),
)
_PLACE = re.compile(r"^(?:\d+|[0-9a-f]{16,}|.*\d{4}-\d\d-\d\d.*)$")
_IS_NAME = re.compile(r"^[A-Za-z][A-Za-z_-]{0,39}$")


def shape_of(value: object, *, own_keys: bool = False) -> dict[str, Any]:
    """Give the shape of decoded JSON.

    Args:
        value: the JSON.
        own_keys: whether an object's keys are the account's own: then they are numbered.
    """
    if isinstance(value, dict):
        keys = {
            _shown(name, number, own_keys=own_keys): shape_of(
                one, own_keys=name.lower() in _OWN_KEYS
            )
            for number, (name, one) in enumerate(value.items(), 1)
        }
        return {"type": "object", "keys": keys}
    if isinstance(value, list):
        return {"type": "array", "length": len(value), "items": _merged(map(shape_of, value))}
    if isinstance(value, str):
        return {"type": "string", "form": form_of(value), "length": [len(value), len(value)]}
    if value is None or isinstance(value, bool):
        return {"type": "null" if value is None else "boolean"}
    return {"type": "integer" if isinstance(value, int) else "number"}


def form_of(text: str) -> str:
    """Say what a text looks like: empty, integer, number, date, datetime, hex or text."""
    return next((name for name, form in _FORMS if form.fullmatch(text)), "text")


def path_without_ids(path: str) -> str:
    """Give a path with `{id}` in the place of ids and names of files."""
    return "/".join("{id}" if _PLACE.match(part) else part for part in path.split("/"))


class Shapes:
    """Writes the shape of each kind of call's first answer, and of its first answer that has rows."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder, which is made when the first shape is written; None writes nothing."""
        self._folder = folder
        self._rows: dict[str, int] = {}

    def keep(self, version: str, path: str, params: Iterable[str], response: Response) -> None:
        """Keep the shape of a good answer.

        Args:
            version: the API version.
            path: what was asked for, as v2 and v3 call it.
            params: the names of the parameters.
            response: the answer, decoded.
        """
        if self._folder is None:
            return
        body = body_of(response)
        place = path_without_ids(path)
        name = f"{version}{place.replace('/', '.').replace('{id}', 'id')}.json"
        rows = body.get("data") if isinstance(body, dict) else body
        count = len(rows) if isinstance(rows, (list, dict)) else 0
        if name in self._rows and self._rows[name] >= min(count, 1):
            return
        self._rows[name] = count
        shape = {
            "format": FORMAT,
            "version": version,
            "path": place,
            "params": sorted({name.removesuffix("[]") for name in params} - {"access_token"}),
            "status": response.status_code,
            "content_type": response.headers.get("Content-Type", ""),
            "body": shape_of(body),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_text(json.dumps(shape, indent=2) + "\n", "utf-8")


def _shown(name: str, number: int, *, own_keys: bool) -> str:
    return name if _IS_NAME.match(name) and not own_keys else f"#{number}"


def _merged(shapes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Unite the shapes of a list's entries: one for each JSON type, which stands for all of that type."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for shape in shapes:
        kind = (shape["type"], shape.get("form", ""))
        found[kind] = _united(found[kind], shape) if kind in found else shape
    return list(found.values())


def _united(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    if one["type"] == "string":
        low, high = one["length"], other["length"]
        return {**one, "length": [min(low[0], high[0]), max(low[1], high[1])]}
    if one["type"] == "object":
        names = [*one["keys"], *(name for name in other["keys"] if name not in one["keys"])]
        keys = {
            name: _alternatives(one["keys"].get(name), other["keys"].get(name)) for name in names
        }
        return {"type": "object", "keys": keys}
    if one["type"] == "array":
        items = _merged([*one["items"], *other["items"]])
        return {"type": "array", "length": max(one["length"], other["length"]), "items": items}
    return one


def _alternatives(one: Any, other: Any) -> Any:
    """Give the shape of a key that has several: `{"any": […]}`; an absent one counts as such."""
    absent = {"type": "absent"}
    sides: list[dict[str, Any]] = [one or absent, other or absent]
    parts = [part for side in sides for part in side.get("any", [side])]
    merged = _merged(parts)
    return merged[0] if len(merged) == 1 else {"any": merged}

"""What the simulated account knows of people, by its own truth: no word of the tap's classes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox import Sandbox

# Shorter texts occur by chance, in ids and times.
_SHORTEST = 6
_TELLING = ("ip", "useragent", "description", "report", "details", "smtp-response")
# Options of fields, which definitions list, and the zone of the account.
_ALSO_DEFINED = ("female", "unknown", "Europe/Amsterdam")
_EVENTS = ("abuses", "clicks", "errors", "impressions", "deliveries")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}")
# The addresses of log files are made when they are asked for.
MADE_UP_ADDRESSES = re.compile(r"(?:recipient|person)\d+@[a-z.]+")


def personal_texts(box: Sandbox) -> set[str]:
    """Give every address, name, number, device and text of the account's people.

    What stands in the account's definitions too, such as an option of a field, tells of nobody.
    """
    defined = json.dumps(box.databases, default=str) + " ".join(_ALSO_DEFINED)
    found = {text for value in _values(box) for text in _texts(value)}
    return {text for text in found if len(text) >= _SHORTEST and text not in defined}


def _values(box: Sandbox) -> Iterator[Any]:
    for database in box.databases:
        for profile in box.profiles(database["ID"]):
            yield from (profile["fields"], profile["secret"])
        for collection in database["collections"]:
            for subprofile in box.subprofiles(collection["ID"]):
                yield from (subprofile["fields"], subprofile["secret"])
    for kind in _EVENTS:
        for stream in (kind, f"publisher_{kind}"):
            for row in box.rows(stream):
                yield {name: row.get(name) for name in _TELLING}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, str) and not _is_number(value) and not _TIME.match(value):
        yield value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text.startswith("+")

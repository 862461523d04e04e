"""What the simulated account knows of people, by its own truth: no word of the tap's classes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

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


def personal_texts(box: Sandbox, profiles: Container[int | None] | None = None) -> set[str]:
    """Give every address, name, number, device and text of the account's people, or of some of them.

    What stands in the account's definitions too, such as an option of a field, tells of nobody.
    """
    defined = json.dumps(box.databases, default=str) + " ".join(_ALSO_DEFINED)
    found = {text for value in _values(box, profiles) for text in _texts(value)}
    return {text for text in found if len(text) >= _SHORTEST and text not in defined}


def found_in(texts: set[str], text: str) -> set[str]:
    """Give those of the texts that stand in a text, not as a part of a longer number or word."""
    return {
        one
        for one in texts
        if one in text and re.search(rf"(?<![\w.:+-]){re.escape(one)}(?![\w.:+-])", text)
    }


def texts_of_these_alone(box: Sandbox, profiles: Container[int | None]) -> set[str]:
    """Give the texts of some people that nobody else has too, as a town may be."""
    others: list[int | None] = [
        one["ID"]
        for database in box.databases
        for one in box.profiles(database["ID"])
        if one["ID"] not in profiles
    ]
    return personal_texts(box, profiles) - personal_texts(box, {*others, None})


def _values(box: Sandbox, profiles: Container[Any] | None) -> Iterator[Any]:
    for person, value in (*_stored(box), *_sent(box)):
        if profiles is None or person in profiles:
            yield value


def _stored(box: Sandbox) -> Iterator[tuple[int, Any]]:
    for database in box.databases:
        for profile in box.profiles(database["ID"]):
            yield profile["ID"], [*profile["fields"].values(), profile["secret"]]
        for collection in database["collections"]:
            for subprofile in box.subprofiles(collection["ID"]):
                yield subprofile["profile"], [*subprofile["fields"].values(), subprofile["secret"]]


def _sent(box: Sandbox) -> Iterator[tuple[int | None, Any]]:
    for kind in _EVENTS:
        for stream in (kind, f"publisher_{kind}"):
            for row in box.rows(stream):
                yield row.get("profile"), {name: row.get(name) for name in _TELLING}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str) and not _is_number(value) and not _TIME.match(value):
        yield value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return not text.startswith("+")

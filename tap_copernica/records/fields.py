"""The types a field of a stream can have, as JSON schema: what a stream's `schema` is written with."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# By these bounds in a schema targets choose the type of a column: 32 bits, 64 bits, or text.
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

Schema = dict[str, Any]


class Personal(Enum):
    """Whether a field can identify a person."""

    NONE = "none"
    PERSON = "person"  # identifies one: an address, a name, a number, a device
    FREE_TEXT = "free text"  # may hold such a thing anywhere in it
    URL = "url"  # may hold such a thing in its query
    LINK = "link"  # joins to one


NONE, PERSON, FREE_TEXT, URL, LINK = Personal


class Field(Schema):
    """The schema of a field that this tap declares.

    Attributes:
        personal: whether it can identify a person.
    """

    personal: Personal = Personal.NONE


def record(**fields: Schema) -> Schema:
    """Make a stream's schema from its fields, in their order; a hyphen of the API is an underscore here."""
    return {"type": "object", "properties": fields, "additionalProperties": False}


def key(field: Schema) -> Schema:
    """Make a field part of the stream's key: it is never null."""
    made = Field(field, type=field["type"][0])
    made.personal = getattr(field, "personal", NONE)
    return made


def integer(description: str, personal: Personal) -> Schema:
    """A whole number, which the API may send as text: ids and counters."""
    return _field("integer", description, personal, minimum=INT64_MIN, maximum=INT64_MAX)


def number(description: str) -> Schema:
    """A number that may have a fraction."""
    return _field("number", description, NONE)


def flag(description: str) -> Schema:
    """A yes or no, in any of the ways the API writes it."""
    return _field("boolean", description, NONE)


def text(description: str, personal: Personal) -> Schema:
    """A text, as it comes."""
    return _field("string", description, personal)


def moment(description: str) -> Schema:
    """A date and time: wall-clock time from the API, RFC 3339 in UTC in records."""
    return _field("string", description, NONE, format="date-time")


def day(description: str) -> Schema:
    """A date, `YYYY-MM-DD`."""
    return _field("string", description, NONE, format="date")


def mapping(description: str, personal: Personal = NONE, /, **fields: Schema) -> Schema:
    """An object; with `fields`, exactly these, else whatever the API puts in it."""
    if not fields:
        return _field("object", description, personal, additionalProperties=True)
    return _field("object", description, personal, properties=fields, additionalProperties=False)


def listing(description: str, items: Schema) -> Schema:
    """A list of `items`."""
    return _field("array", description, NONE, items=items)


def without(schema: Schema, names: Sequence[str]) -> Schema:
    """Give a record's schema without some of its fields."""
    properties = {name: one for name, one in schema["properties"].items() if name not in names}
    return {**schema, "properties": properties}


def _field(kind: str, description: str, personal: Personal, /, **more: Any) -> Schema:
    made = Field({"type": [kind, "null"], "description": description, **more})
    made.personal = personal
    return made

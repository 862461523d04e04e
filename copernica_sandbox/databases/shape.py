"""What a database consists of: fields, interests, collections, selections. No rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# The types that the documentation names for POST and PUT of fields. `empty_data` is how it spells
# `empty_date` for collections.
FIELD_TYPES = (
    "integer",
    "float",
    "date",
    "empty_date",
    "datetime",
    "empty_datetime",
    "text",
    "email",
    "phone",
    "phone_fax",
    "phone_gsm",
    "select",
    "big",
    "foreign_key",
)
_ZERO_DATE, _ZERO_TIME = "0000-00-00", "0000-00-00 00:00:00"
# What rows that existed before a field was added hold in it (observed on v2), also for the types
# that may be empty.
ZEROS = {
    "integer": "0",
    "float": "0",
    "foreign_key": "0",
    "date": _ZERO_DATE,
    "empty_date": _ZERO_DATE,
    "empty_data": _ZERO_DATE,
    "datetime": _ZERO_TIME,
    "empty_datetime": _ZERO_TIME,
}


@dataclass(frozen=True, slots=True)
class DataField:
    """A field that the account defined for a database or a collection.

    ``number`` is its id where ids are numbered over the whole account, ``place`` where they start
    again in each database or collection (switch ``nested_ids``).
    """

    number: int
    name: str
    kind: str
    default: str = ""  # for select the options, the default one followed by *
    index: bool = False
    hidden: bool = False
    late: bool = False  # added to rows that existed: they hold a zero in it
    place: int = 1

    def id_under(self, nested_ids: str) -> int:
        """Return its id under a value of the switch ``nested_ids``."""
        return self.number if nested_ids == "none" else self.place


@dataclass(frozen=True, slots=True)
class Interest:
    """An on/off flag of profiles."""

    number: int
    name: str
    group: str


@dataclass(frozen=True, slots=True)
class View:
    """A selection of every ``step``-th row of a database or, as a miniview, of a collection.

    ``first`` is the index it begins with, ``parent`` the selection it is nested in, if any.
    """

    number: int
    name: str
    owner: int  # the database or the collection
    parent: int | None
    step: int
    first: int
    built: bool = True


def _intentions() -> dict[str, bool]:
    return {"email": True, "sms": False, "fax": False, "pdf": False}


@dataclass(slots=True)
class Collection:
    """A collection of subprofiles."""

    number: int
    name: str
    database: int
    size: int
    unsubscribe: str = "nothing"
    fields: list[DataField] = field(default_factory=list)
    miniviews: list[View] = field(default_factory=list)
    unsubscribe_fields: dict[str, Any] | None = None  # None: the last field, to "no"
    intentions: dict[str, bool] = field(default_factory=_intentions)


@dataclass(slots=True)
class Database:
    """A database of profiles."""

    number: int
    name: str
    size: int
    description: str = ""
    archived: bool = False
    unsubscribe: str = "nothing"
    fields: list[DataField] = field(default_factory=list)
    interests: list[Interest] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    unsubscribe_fields: dict[str, Any] | None = None  # as of a collection
    intentions: dict[str, bool] = field(default_factory=_intentions)

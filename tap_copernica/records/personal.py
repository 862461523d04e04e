"""Which fields can identify a person, and what is done about them before anything is written.

Each field of each schema has a class, given where it is declared (`records/fields.py`). A field that the
account has defined counts as personal if it holds text, unless the setting `plain_fields` names it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_copernica.records.fields import Field, Personal
from tap_copernica.records.strict import derive, leave_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tap_copernica.inputs.personal import PersonalSettings
    from tap_copernica.records.fields import Schema

_ADDRESS = re.compile(r"\s*[^@\s]+@[^@\s]+\s*")
_MOST_KEPT = 100_000  # changed values that are remembered, for each field


class Action(Enum):
    """What is done with a field."""

    KEEP = "keep"
    HASH = "hash"
    CUT = "cut"  # a URL loses what may hold an address or a personal code
    DROP = "drop"


def class_of(schema: Schema) -> Personal:
    """Give the class of a field: as declared, or, of a field of the account, by its type."""
    if isinstance(schema, Field):
        return schema.personal
    return Personal.PERSON if holds_text(schema) else Personal.NONE


def holds_text(schema: Schema) -> bool:
    """Tell whether a field holds texts: no number, flag, date, object or list."""
    return "string" in schema.get("type", ()) and "format" not in schema


def usual_action(kind: Personal, way: str, *, is_text: bool = True) -> Action:
    """Give what is done with a field of a class where no exception names it.

    Args:
        kind: the field's class.
        way: the setting `personal_data`.
        is_text: whether its values are texts. Numbers and dates are dropped instead of hashed: there are so
            few that a hash can be guessed.
    """
    if way == "keep" or kind in {Personal.NONE, Personal.LINK}:
        return Action.KEEP
    if kind is Personal.URL:
        return Action.CUT
    return Action.HASH if way == "hash" and kind is Personal.PERSON and is_text else Action.DROP


class Rules:
    """The settings on personal data, as they apply to every stream."""

    def __init__(self, settings: PersonalSettings) -> None:
        """Take the settings."""
        self._way, self._key = settings.way, settings.key
        self._overrides, self._plain = settings.overrides, settings.plain_fields

    def of(self, stream: str, schema: Schema, *, database: str | None = None) -> Protection:
        """Give what is done with the fields of a stream's schema, or of the object `fields` of one.

        Args:
            stream: the stream's name.
            schema: with `properties`.
            database: the name of the database, for the account's own fields.
        """
        return Protection(self.actions(stream, schema, database=database), self._key)

    def actions(
        self, stream: str, schema: Schema, *, database: str | None = None
    ) -> dict[str, Action]:
        """Give what is done with each field that is not kept; arguments as for `of`."""
        return {
            name: action
            for name, field in schema.get("properties", {}).items()
            if (action := self._action(stream, name, field, database)) is not Action.KEEP
        }

    def unmatched(self, fields: Mapping[str, Iterable[str]]) -> list[str]:
        """Give the entries of `personal_data_overrides` that match no field.

        Args:
            fields: the names of the fields of each stream.
        """
        known = [f"{stream}.{field}" for stream, names in fields.items() for field in names]
        return [
            entry
            for entry in self._overrides
            if not any(fnmatchcase(name, entry) for name in known)
        ]

    def _action(self, stream: str, name: str, field: Schema, database: str | None) -> Action:
        named = f"{stream}.{name}"
        exception = self._overrides.get(named) or next(
            (way for entry, way in self._overrides.items() if fnmatchcase(named, entry)), None
        )
        is_text = holds_text(field)
        if exception is not None:
            chosen = Action(exception)
            return Action.DROP if chosen is Action.HASH and not is_text else chosen
        own = not isinstance(field, Field)
        plain = own and any(
            fnmatchcase(name, entry) or fnmatchcase(f"{database}.{name}", entry)
            for entry in self._plain
        )
        kind = Personal.NONE if plain else class_of(field)
        return usual_action(kind, self._way, is_text=is_text)


class Protection:
    """What is done with the fields of one stream's records; safe to use from several threads.

    Attributes:
        dropped: the fields that no record has.
    """

    def __init__(self, actions: Mapping[str, Action], key: str | None) -> None:
        """Take what is done with which field, and the key of hashes."""
        self.dropped = tuple(name for name, one in actions.items() if one is Action.DROP)
        ways: dict[Action, Callable[[str], str]] = {Action.CUT: without_query}
        if Action.HASH in actions.values():
            ways[Action.HASH] = partial(hashed, (key or "").encode())
        self._changes = [
            (name, _remembering(ways[one])) for name, one in actions.items() if one in ways
        ]

    def apply(self, records: Sequence[dict[str, Any]]) -> None:
        """Change the records in place."""
        for name, change in self._changes:
            derive(records, name, change, of=name)
        leave_out(records, self.dropped)


def hashed(key: bytes, value: str) -> str:
    """Give the HMAC-SHA256 of a text in hex; an e-mail address is trimmed and in lower case first."""
    if _ADDRESS.fullmatch(value):
        value = value.strip().lower()
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def without_query(url: str) -> str:
    """Remove query, fragment and login from a URL."""
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    return re.sub(r"^([a-z][a-z0-9+.-]*://)[^/@]*@", r"\1", plain, flags=re.IGNORECASE)


def _remembering(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Apply `change` to texts only, and remember results: the same user agents and addresses come again."""
    kept: dict[str, str] = {}

    def remembered(value: Any) -> Any:
        if not isinstance(value, str) or not value:
            return value
        found = kept.get(value)
        if found is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            found = kept[value] = change(value)
        return found

    return remembered


def as_metadata(kind: Personal) -> str | None:
    """Give the word for a field's class in a catalog: person, link, or None."""
    if kind is Personal.NONE:
        return None
    return "link" if kind is Personal.LINK else "person"


def everything_in(schema: Schema, before: tuple[str, ...] = ()) -> list[tuple[Any, Personal]]:
    """Give the path and class of each field of a schema, also of fields inside objects and lists."""
    found: list[tuple[Any, Personal]] = []
    for name, field in schema.get("properties", {}).items():
        path = (*before, name)
        found.append((path, class_of(field)))
        found += everything_in(field, path)
        found += everything_in(field.get("items", {}), path)
    return found


def classified(catalog: dict[str, Any], schemas: Mapping[str, Schema]) -> dict[str, Any]:
    """Write the class of each field into a catalog's metadata, as `personal-data`.

    Args:
        catalog: as it is printed; it is changed.
        schemas: of the streams, as the tap declares them, by name.
    """
    for stream in catalog["streams"]:
        schema = schemas.get(stream["tap_stream_id"], {})
        classes = dict(everything_in(schema))
        for entry in stream["metadata"]:
            # ["properties", "fields", "properties", "Email"]: each second part is a name.
            kind = classes.get(tuple(entry["breadcrumb"][1::2]), Personal.NONE)
            if (said := as_metadata(kind)) is not None:
                entry["metadata"]["personal-data"] = said
    return catalog

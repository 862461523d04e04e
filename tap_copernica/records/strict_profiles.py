"""The strict lane for profiles: rows with the account's own typed fields, straight from the JSON.

As for other streams (`strict.py`) a value is taken only if it can mean one thing only. Two more kinds of
values are usual in profiles, so they are taken too: an empty text for a number, and what the API writes for
a time or date that is not known. Times and dates are read by the casts of the tolerant way.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from typing_extensions import override

from tap_copernica.records.casts import CANNOT_BE_CAST, day, kind_of, moment
from tap_copernica.records.strict import NUMBER, Lane, StrictRows, leave_out, struct

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.records.fields import Schema

    Change = Callable[[Sequence[Any]], Sequence[Any]]

_FINITE = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
_EMPTY = Literal[""]
_TYPES: dict[str, Any] = {
    "integer": NUMBER | _EMPTY | None,
    "number": _FINITE | _EMPTY | None,
    "string": str | None,
    "date": str | bool | None,  # false, where it is not known
    "date-time": str | bool | None,
}
# Not null: the decoder would read the text "null" as it.
_NAMES = list[str]
# Names of fields that msgspec can write into JSON without an escape.
_NAME = re.compile(r'[^"\\\x00-\x1f]*')
# Remembered results: the same birthdays come again and again, and so do times that the clock's look-up does
# not know, such as empty ones.
_day = lru_cache(50_000)(day)
_MOST_TIMES = 1000


class ProfileLane(Lane):
    """Decodes rows of one database or collection; safe to use from several threads."""

    def __init__(self, schema: Schema, clock: AccountClock, withheld: Collection[str]) -> None:
        """Make the types for a schema.

        Args:
            schema: of records, one that `fits_profile_lane` says yes to.
            clock: what wall-clock times are read by.
            withheld: fields that rows have and records do not.
        """
        properties = schema["properties"]
        own = properties["fields"]["properties"]
        names = {f"f{place}": name for place, name in enumerate(own)}
        fields = struct(
            "Fields", [(at, _type(own[name]), None) for at, name in names.items()], names
        )
        row = struct(
            "Row",
            [(name, str | None, None) for name in withheld]
            + [
                (name, fields if name == "fields" else _type(one), _default(name, one))
                for name, one in properties.items()
            ],
        )
        super().__init__(row)
        self._withheld = tuple(withheld)
        self._clock = clock
        self._moment = lru_cache(_MOST_TIMES)(moment(clock))
        self._changes = self._changes_of(properties, self._plain_times)
        self._own_changes = self._changes_of(own, self._times)

    @override
    def cast(self, rows: StrictRows) -> bool:
        leave_out(rows, self._withheld)
        try:
            _change(rows, self._changes)
            _change(rows.inner("fields"), self._own_changes)
        except CANNOT_BE_CAST:
            return False
        return True

    def _changes_of(
        self, properties: Mapping[str, Schema], times: Change
    ) -> list[tuple[str, Change]]:
        """Give the fields whose values the decoder leaves as they came, and what changes them."""
        ways: dict[str, Change] = {
            "integer": _without_empty,
            "number": _without_empty,
            "date": _dates,
            "date-time": times,
        }
        kinds = {name: kind_of(one) for name, one in properties.items()}
        return [(name, ways[kind]) for name, kind in kinds.items() if kind in ways]

    def _plain_times(self, values: Sequence[Any]) -> Sequence[Any]:
        """Read times of the API's own fields: as a rule all rows have one, or no row has."""
        if not any(values):  # as of `removed`
            return [None] * len(values)
        times = self._clock.utc_texts(values) if all(values) else None
        return self._times(values) if times is None else times

    def _times(self, values: Sequence[Any]) -> Sequence[Any]:
        """Read times of the account's fields: many may be empty."""
        known = self._clock.known_utc_texts([value or "" for value in values])
        return [
            self._moment(value) if time is None else time
            for time, value in zip(known, values, strict=True)
        ]


def _dates(values: Sequence[Any]) -> Sequence[Any]:
    return list(map(_day, values))


def _without_empty(values: Sequence[Any]) -> Sequence[Any]:
    """Replace empty texts among numbers by None."""
    return [None if value == "" else value for value in values] if "" in values else values


def _change(rows: StrictRows, changes: Iterable[tuple[str, Change]]) -> None:
    for name, change in changes:
        values = rows.column(name)
        changed = change(values)
        if changed is not values:
            rows.set(name, changed)


def _type(schema: Schema) -> Any:
    kind = kind_of(schema)
    if kind == "array":
        return _NAMES
    return NUMBER if kind == "integer" and schema["type"] == kind else _TYPES[kind]


def _default(name: str, schema: Schema) -> Any:
    """Give the value for a row without a field: None. The key, a parent's id and `fields` must be there."""
    return msgspec.NODEFAULT if name == "fields" or kind_of(schema) == "integer" else None


def fits_profile_lane(schema: Schema) -> bool:
    """Tell whether rows of this schema can take the strict lane."""
    properties = dict(schema["properties"])
    own = properties.pop("fields", {}).get("properties", {})
    return (
        bool(own)
        and all(map(_NAME.fullmatch, own))
        and all(map(_is_plain, (*properties.values(), *own.values())))
    )


def _is_plain(schema: Schema) -> bool:
    kind = kind_of(schema)
    return kind_of(schema["items"]) == "string" if kind == "array" else kind in _TYPES

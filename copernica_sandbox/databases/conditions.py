"""The `fields[]` parameter of (sub)profile lists, with its real rules.

Observed on v2: names are compared without regard to case; an expression that cannot be parsed or
names an unknown field, and a ``fields`` that is no list, are silently ignored; a blank before the
operator belongs to the name, one behind it to the value, those around the whole to nothing; several
conditions must all hold. A field of the account called ``id``, ``code`` or ``modified`` shadows the
special one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from copernica_sandbox.clock import parse_wall
from copernica_sandbox.conditions import compare, parse
from copernica_sandbox.databases.shape import ZEROS
from copernica_sandbox.databases.values import DATES, NUMBERS, TIMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import php
    from copernica_sandbox.databases.shape import DataField
    from copernica_sandbox.databases.table import Row

_NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_LARGEST = float(1 << 60)
_PATTERNS = {"=~", "!~"}
_BOUNDS = {"<", "<=", ">", ">=", "=="}
SPECIAL = ("id", "code", "modified")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: the special name or the account's field, the operator and the value."""

    special: str
    field: DataField | None
    operator: str
    value: str

    @property
    def number(self) -> float:
        """Return the value as PHP casts it to a number: text without one is 0."""
        return _number(self.value)

    @property
    def wall(self) -> int | None:
        """Return the value as wall seconds, if it is a date or a time."""
        return parse_wall(self.value)

    @property
    def bound(self) -> bool:
        """Tell whether the condition bounds the ids or the times of modification."""
        return self.special in {"id", "modified"} and self.operator in _BOUNDS

    @property
    def pattern(self) -> bool:
        """Tell whether the value is a pattern with % and _."""
        return self.operator in _PATTERNS

    def holds(self, row: Row, text: Callable[[int], str]) -> bool:
        """Tell whether a row meets the condition; ``text`` writes an instant as wall text."""
        if self.field is not None:
            value = row.fields[self.field.name]
        elif self.special == "id":
            value = str(row.number)
        else:
            value = text(row.modified) if self.special == "modified" else row.secret
        numeric = self.special == "id" or (self.field is not None and self.field.kind in NUMBERS)
        if numeric and not self.pattern:
            return compare(_number(value), self.number, self.operator)
        wall = self.wall if self.special == "modified" and not self.pattern else None
        if wall is not None:
            return compare(parse_wall(value) or 0, wall, self.operator)
        if self.field is not None and self.field.kind == "select":  # case counts (observed)
            return compare(value, self.value, self.operator)
        return compare(value.lower(), self.value.lower(), self.operator)


def conditions(parameters: php.Parameters, fields: list[DataField]) -> tuple[Condition, ...]:
    """Return the conditions that a call sets on rows with these fields."""
    given = parameters.get("fields")
    if not isinstance(given, list):
        return ()
    known = {field.name.lower(): field for field in fields}
    parsed = (_parsed(text, known) for text in given)
    return tuple(condition for condition in parsed if condition is not None)


def _parsed(text: str, known: dict[str, DataField]) -> Condition | None:
    plain = parse(text.strip(), (*known, *SPECIAL))
    if plain is None:
        return None
    if plain.field in known:
        field = known[plain.field]
        value = plain.value
        if field.kind in DATES | TIMES and plain.operator not in _PATTERNS:
            # Numbers, dates and times take a blank before them; nothing is the type's empty value.
            value = value.strip() or ("" if field.kind.startswith("empty_") else ZEROS[field.kind])
        return Condition("", field, plain.operator, value)
    condition = Condition(plain.field, None, plain.operator, plain.value)
    if plain.field == "modified" and not condition.pattern and condition.wall is None:
        return None
    return condition


def _number(text: str) -> float:
    match = _NUMBER.match(text)
    number = float(match[0]) if match else 0.0
    return max(-_LARGEST, min(number, _LARGEST))

"""The `fields[]` parameter of (sub)profile lists, with its real rules.

Observed on v2: names are compared without regard to case; an expression that cannot be parsed or
names an unknown field, and a ``fields`` that is no list, are silently ignored; a blank before the
operator belongs to the name, one behind it to the value; several conditions must all hold. A field of
the account called ``id``, ``code`` or ``modified`` shadows the special one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tap_copernica.sandbox.clock import parse_wall
from tap_copernica.sandbox.databases.values import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.sandbox import php
    from tap_copernica.sandbox.databases.shape import DataField
    from tap_copernica.sandbox.databases.table import Row

_EXPRESSION = re.compile(r"^([^=<>!~]+)(==|!=|<>|<=|>=|<|>|=~|!~)(.*)$", re.DOTALL)
_NUMBER = re.compile(r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_BOUNDS = {"<", "<=", ">", ">=", "=="}
SPECIAL = ("id", "code", "modified")
_Value = TypeVar("_Value", float, str)


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

    def holds(self, row: Row, text: Callable[[int], str]) -> bool:
        """Tell whether a row meets the condition; ``text`` writes an instant as wall text."""
        if self.special == "id" or (self.field is not None and self.field.kind in NUMBERS):
            value = str(row.number) if self.field is None else row.fields[self.field.name]
            if self.operator not in {"=~", "!~"}:
                return _compare(_number(value), self.number, self.operator)
        elif self.field is not None:
            value = row.fields[self.field.name]
        elif self.special == "modified":
            wall = text(row.modified)
            return self._timed(wall)
        else:
            value = row.secret
        return _matches(value.lower(), self.value.lower(), self.operator)

    def _timed(self, wall: str) -> bool:
        given = self.wall
        if given is None or self.operator in {"=~", "!~"}:
            return _matches(wall, self.value.lower(), self.operator)
        return _compare(parse_wall(wall) or 0, given, self.operator)


def conditions(parameters: php.Parameters, fields: list[DataField]) -> tuple[Condition, ...]:
    """Return the conditions that a call sets on rows with these fields."""
    given = parameters.get("fields")
    if not isinstance(given, list):
        return ()
    known = {field.name.lower(): field for field in fields}
    parsed = (_parsed(text, known) for text in given)
    return tuple(condition for condition in parsed if condition is not None)


def _parsed(text: str, known: dict[str, DataField]) -> Condition | None:
    match = _EXPRESSION.match(text)
    if match is None:
        return None
    name, operator, value = match[1].lower(), match[2], match[3]
    if name in known:
        return Condition("", known[name], operator, value)
    if name not in SPECIAL:
        return None
    condition = Condition(name, None, operator, value)
    if name == "modified" and operator not in {"=~", "!~"} and condition.wall is None:
        return None
    return condition


def _number(text: str) -> float:
    match = _NUMBER.match(text)
    return float(match[0]) if match else 0.0


def _matches(value: str, wanted: str, operator: str) -> bool:
    if operator in {"=~", "!~"}:
        return _like(value, wanted) == (operator == "=~")
    return _compare(value, wanted, operator)


def _compare(left: _Value, right: _Value, operator: str) -> bool:
    match operator:
        case "==":
            return left == right
        case "!=" | "<>":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _like(value: str, pattern: str) -> bool:
    """Match ``%`` (any text) and ``_`` (any character) as SQL does."""
    expression = "".join(
        ".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None

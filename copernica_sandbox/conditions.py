"""Conditions on single rows, as `fields[]` and other parameters set them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copernica_sandbox.records import Row

_EXPRESSION = re.compile(r"^([^=<>!~]+)(==|!=|<>|<=|>=|<|>|=~|!~)(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison of one field; its name is in lower case."""

    field: str
    operator: str
    value: str


def parse(text: str, known: tuple[str, ...]) -> Condition | None:
    """Return a ``fields[]`` expression on one of the known fields; None for anything else."""
    match = _EXPRESSION.match(text)
    if match is None or match[1].lower() not in known:
        return None
    return Condition(match[1].lower(), match[2], match[3])


def meets(row: Row, condition: Condition) -> bool:
    """Tell whether a row meets a condition.

    Numbers are compared as numbers, text without regard to case.
    """
    value = next((row[name] for name in row if name.lower() == condition.field), None)
    if isinstance(value, int):
        try:
            left, right = float(value), float(condition.value or 0)
        except ValueError:
            return True
        return compare(left, right, condition.operator)
    return compare(str(value).lower(), condition.value.lower(), condition.operator)


def compare(left: float | str, right: float | str, operator: str) -> bool:
    """Tell whether two numbers or two texts compare as an operator says."""
    if operator in {"=~", "!~"}:
        return _like(str(left), str(right)) == (operator == "=~")
    if operator in {"==", "!=", "<>"}:
        return (left == right) == (operator == "==")
    low, high = (left, right) if operator[0] == "<" else (right, left)
    return low < high or (operator.endswith("=") and low == high)  # type: ignore[operator]


def _like(value: str, pattern: str) -> bool:
    """Match ``%`` (any text) and ``_`` (any character) as SQL does."""
    expression = "".join(
        ".*" if char == "%" else "." if char == "_" else re.escape(char) for char in pattern
    )
    return re.fullmatch(expression, value, re.DOTALL) is not None

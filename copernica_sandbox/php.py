"""How PHP reads a query string and casts its values.

What the real API does with odd parameters (observed on v2).
"""

from __future__ import annotations

import re

Value = str | list[str]
Parameters = dict[str, Value]

_TRUE = {"true", "yes"}
_BRACKETS = re.compile(r"^([^\[]+)\[([^\]]*)\]")
_INTEGER = re.compile(r"^\s*[+-]?\d+", re.ASCII)
_ID = re.compile(r"0*([1-9]\d{0,18})", re.ASCII)
_DIGITS = 40  # more than any integer of PHP has
LARGEST = 2**63 - 1
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def parameters(pairs: list[tuple[str, str]]) -> Parameters:
    """Return parameters by name.

    ``name[]`` and ``name[0]`` make a list, a repeated plain name keeps its last value.
    """
    result: Parameters = {}
    for name, value in pairs:
        match = _BRACKETS.match(name)
        if match is None:
            result[name] = value
            continue
        earlier = result.get(match[1])
        result[match[1]] = [*earlier, value] if isinstance(earlier, list) else [value]
    return result


def integer(value: Value | None, default: int) -> int:
    """Cast to an integer.

    Text without leading digits is 0, a list is 1, an absent value is the default. (A client that
    was seen to get 1 for true had written it as 1.)
    """
    if value is None:
        return default
    if isinstance(value, list):
        return 1
    match = _INTEGER.match(value)
    return 0 if match is None else whole(match[0])


def whole(digits: str) -> int:
    """Return digits with a sign as an integer, which PHP keeps within 64 bits."""
    number = int(digits.strip()[:_DIGITS])
    return max(-LARGEST - 1, min(number, LARGEST))


def identity(text: str) -> int:
    """Return the id that a part of a path is; 0, which nothing has, for what is no plain number."""
    match = _ID.fullmatch(text)
    return int(match[1]) if match else 0


def is_number(text: str) -> bool:
    """Tell whether a text is a number, as which an id is read."""
    return bool(_NUMBER.match(text))


def truth(value: Value | None, *, default: bool) -> bool:
    """Cast to a flag.

    ``true``, ``yes``, lists and numbers of at least 1 in size are true, any other text is false.
    """
    if value is None:
        return default
    if isinstance(value, list):
        return bool(value)
    if value.lower() in _TRUE:
        return True
    return bool(_NUMBER.match(value)) and abs(float(value)) >= 1


def text(value: Value | None) -> str | None:
    """Return a single text value; lists and absent values are None."""
    return value if isinstance(value, str) else None

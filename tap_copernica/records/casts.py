"""Casts: each makes a value of the declared type of a value that the API sent.

The API's JSON types cannot be trusted (docs/api-facts.md, "Kinds of values"): numbers come as text,
`archived` as 1, null, true or false, empty objects as `[]`, missing dates as "",
`0000-00-00 00:00:00` or false.
A cast gives None for a value that means nothing, and raises `ValueError` or `TypeError` for one that it
cannot read. If such a value is inside an object or a list, it alone becomes null (`PartlyLostError`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import AccountClock
from tap_copernica.http.bounds import MOST_DEPTH
from tap_copernica.records.fields import INT64_MAX, INT64_MIN

if TYPE_CHECKING:
    from tap_copernica.records.fields import Schema

Cast = Callable[[Any], Any]
# What a cast raises for a value that it cannot read; the last one for objects nested without end.
CANNOT_BE_CAST = (ValueError, TypeError, KeyError, OverflowError, AttributeError, RecursionError)

_NOTHING = ("", None, False)
# The fields of a sender. Some endpoints send it as an object, others as `"Name" <address>`.
_ADDRESS = {"name", "email"}
_SENDER = re.compile(r'\s*(?:"(.*)"|(.*?))\s*<([^<>]*)>\s*', re.DOTALL)
_TRUE = {"1", "true", "yes", "on", "y"}
_FALSE = {"0", "false", "no", "off", "n"}


class PartlyLostError(ValueError):
    """Values inside an object or a list cannot be cast; they are null, and the rest was read.

    Attributes:
        value: the object or list.
        lost: for each such value the path to it, such as `.clicks.total`, and the value as it came.
    """

    def __init__(self, value: Any, lost: list[tuple[str, Any]]) -> None:
        """Take the object or list, and what could not be read in it."""
        super().__init__("values inside cannot be cast")
        self.value = value
        self.lost = lost


class _Inside:
    """Casts what is inside an object or a list, and notes what cannot be cast."""

    def __init__(self) -> None:
        self._lost: list[tuple[str, Any]] = []

    def cast(self, one: Cast, value: Any, path: str) -> Any:
        """Cast a value; note it and give null if that fails."""
        try:
            return one(value)
        except PartlyLostError as error:
            self._lost += [(path + inner, lost) for inner, lost in error.lost]
            return error.value
        except CANNOT_BE_CAST:
            return self.lose(value, path)

    def lose(self, value: Any, path: str) -> None:
        """Note a value that becomes null."""
        self._lost.append((path, value))

    def all_of(self, value: Any) -> Any:
        """Give the object or list that was cast; raises `PartlyLostError` if something in it was lost."""
        if self._lost:
            raise PartlyLostError(value, self._lost)
        return value


def plain_name(name: str) -> str:
    """Give a name in lower case, without hyphens and underscores: names that mean the same become equal."""
    return name.lower().replace("-", "").replace("_", "")


def means_nothing(value: str) -> bool:
    """Tell whether a text in the place of a number or date is empty, or the word null."""
    return not value or value.lower() == "null"


def integer_or_none(value: Any) -> int | None:
    """Read a whole number as `integer` does; None for anything else."""
    try:
        return integer(value)
    except (ValueError, TypeError):
        return None


def integer(value: Any) -> int | None:
    """Read a whole number from a number or a text."""
    if isinstance(value, str):
        value = value.strip()
        if means_nothing(value):
            return None
        if not value.isascii() or "_" in value:
            msg = "not a whole number"
            raise ValueError(msg)
        value = int(value) if "." not in value else _whole(float(value))
    elif isinstance(value, bool):
        msg = "a flag is not a number"
        raise TypeError(msg)
    elif isinstance(value, float):
        value = _whole(value)
    elif value is not None and not isinstance(value, int):
        msg = "not a whole number"
        raise TypeError(msg)
    if value is None:
        return None
    if not INT64_MIN <= value <= INT64_MAX:
        msg = "beyond 64 bits"
        raise ValueError(msg)
    return int(value)


def number(value: Any) -> float | None:
    """Read a number; decimals in text have a point."""
    if isinstance(value, bool):
        msg = "a flag is not a number"
        raise TypeError(msg)
    if value is None or (isinstance(value, str) and means_nothing(value.strip())):
        return None
    result = float(value)
    if not math.isfinite(result):
        msg = "not a finite number"
        raise ValueError(msg)
    return 0.0 if value == "-0" else result  # not -0.0: JSON has the whole number without a sign


def flag(value: Any) -> bool | None:
    """Read a yes or no from a boolean, 1 or 0, or their texts."""
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if not word:
        return None
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    msg = "neither yes nor no"
    raise ValueError(msg)


def text(value: Any) -> str | None:
    """Keep a text; write a number as one."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)) and math.isfinite(value):
        return str(value)
    msg = "not a text"
    raise TypeError(msg)


def is_zero_date(value: str) -> bool:
    """Tell whether a text is one of MySQL's dates that mean nothing."""
    return value.startswith(("0000-", "-000"))


def day(value: Any) -> str | None:
    """Read a date; of a date-time, the date part."""
    if value in _NOTHING:
        return None
    if isinstance(value, dict):
        value = value.get("date")
    if not isinstance(value, str):
        msg = "not a date"
        raise TypeError(msg)
    value = value.strip()
    nothing = means_nothing(value) or is_zero_date(value)
    return None if nothing else date.fromisoformat(value[:10]).isoformat()


def moment(clock: AccountClock) -> Cast:
    """Make the cast for date-times on this clock; PHP DateTime objects carry a zone of their own."""

    def cast(value: Any) -> str | None:
        if isinstance(value, str):
            return _moment_of(value, clock)
        if value in _NOTHING or value == []:
            return None
        if not isinstance(value, dict):
            msg = "not a date-time"
            raise TypeError(msg)
        zone = value.get("timezone")  # beside "date": "2014-10-14 11:33:22.000000"
        its_clock = AccountClock(zone) if isinstance(zone, str) else clock
        return _moment_of(str(value["date"]).partition(".")[0], its_clock)

    return cast


def _moment_of(text: str, clock: AccountClock) -> str | None:
    text = text.strip()
    return None if means_nothing(text) or is_zero_date(text) else clock.utc_text(text)


def mapping(schema: Schema, clock: AccountClock) -> Cast:
    """Make the cast for an object: it keeps the declared properties, or all if none are declared."""
    casts = {name: caster(field, clock) for name, field in schema.get("properties", {}).items()}
    fields = [(name, plain_name(name), one) for name, one in casts.items()]
    kinds = {kind_of(field) for field in schema.get("properties", {}).values()}
    are_flags = kinds == {"boolean"}

    def cast(value: Any) -> Any:
        if value is None or value is False:
            return None
        if value in ([], ""):  # PHP's empty map
            return {}
        if isinstance(value, list) and are_flags:  # a list of the flags that are set
            on = {plain_name(str(name)) for name in value}
            value = {name: plain_name(name) in on for name in casts}
        if isinstance(value, str) and casts.keys() == _ADDRESS:
            value = _sender(value)
        if not isinstance(value, dict):
            msg = "not an object"
            raise TypeError(msg)
        inside = _Inside()
        if not casts:
            return inside.all_of({name: _finite(one, inside) for name, one in value.items()})
        if not casts.keys() <= value.keys():
            value = {**{plain_name(name): one for name, one in value.items()}, **value}
        return inside.all_of(
            {
                name: inside.cast(one, value.get(name, value.get(plain)), f".{name}")
                for name, plain, one in fields
            }
        )

    return cast


def _finite(value: Any, inside: _Inside, left: int = MOST_DEPTH) -> Any:
    """Give a value as it came, but null for numbers that JSON does not have, and for what is nested too deep.

    Paths of lost values are empty: names in such an object may be personal.
    """
    if isinstance(value, float):
        return inside.cast(number, value, "")
    if not isinstance(value, (dict, list)):
        return value
    if not left:
        return inside.lose(value, "")
    if isinstance(value, list):
        return [_finite(one, inside, left - 1) for one in value]
    return {name: _finite(one, inside, left - 1) for name, one in value.items()}


def _sender(text: str) -> dict[str, str]:
    """Read `"Name" <address>`; the API may or may not escape quotes inside the name."""
    found = _SENDER.fullmatch(text)
    if found is None:
        return dict(zip(("name", "email"), parseaddr(text), strict=True))
    name = found[1] if found[1] is not None else found[2]
    return {"name": name.replace('\\"', '"'), "email": found[3]}


def listing(schema: Schema, clock: AccountClock) -> Cast:
    """Make the cast for a list. PHP sends a list with gaps as an object whose names are numbers.

    A list of names may also come as an object that says of each name whether it is on.
    """
    item = caster(schema["items"], clock)
    are_names = kind_of(schema["items"]) == "string"

    def cast(value: Any) -> Any:
        if value is None or value is False:
            return None
        if value == "":
            return []
        inside = _Inside()
        if isinstance(value, dict):
            value = _names_that_are_on(value, inside) if are_names else list(value.values())
        if not isinstance(value, list):
            msg = "not a list"
            raise TypeError(msg)
        return inside.all_of([inside.cast(item, one, "") for one in value])

    return cast


def _names_that_are_on(value: Mapping[Any, Any], inside: _Inside) -> list[Any]:
    """Read an object as a list of names: `{"News": "1", "Sport": 0}`, or a list of PHP's with gaps.

    Webhooks send interests in the first form (documented). Both forms can look alike, since an interest may
    be called 2024, and "1" may be a name: an object whose names are numbers and whose values are texts is a
    list with gaps. For a damaged number it is not known whether the name is on.
    """
    by_number = all(isinstance(name, str) and name.isdecimal() for name in value)
    if by_number and not all(isinstance(one, (bool, int)) for one in value.values()):
        return list(value.values())
    damaged = {name: one for name, one in value.items() if isinstance(one, float)}
    try:
        on = [name for name, one in value.items() if name not in damaged and flag(one)]
    except ValueError:
        return list(value.values())
    for one in damaged.values():
        inside.cast(flag, one, "")
    return on


def caster(schema: Schema, clock: AccountClock) -> Cast:
    """Give the cast for one value of a field, by the field's schema."""
    kind = kind_of(schema)
    if kind == "object":
        return mapping(schema, clock)
    if kind == "array":
        return listing(schema, clock)
    if kind == "date-time":
        return moment(clock)
    return {"integer": integer, "number": number, "boolean": flag, "date": day, "string": text}[
        kind
    ]


def kind_of(schema: Schema) -> str:
    """Name a field's type: its format where it has one, else its JSON type."""
    kind = schema["type"]
    return str(schema.get("format") or (kind if isinstance(kind, str) else kind[0]))


def _whole(value: float) -> int:
    # Beyond 2**53 a JSON number has lost digits on the way, so it is no id any more.
    if not value.is_integer() or abs(value) > 2**53:
        msg = "not a whole number"
        raise ValueError(msg)
    return int(value)

"""What the API makes of values that are written to fields: it refuses none, and converts each.

Observed on v2 by rmuit/copernica-api: casts are PHP's, times are read as `strtotime` does, and what
cannot be read becomes the type's empty value.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any

from copernica_sandbox import php
from copernica_sandbox.clock import parse_wall, wall_text
from copernica_sandbox.databases.shape import ZEROS
from copernica_sandbox.databases.values import DATES, TIMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.databases.shape import DataField

_DAY = 86_400
_INTEGER = re.compile(r"\s*[+-]?\d+")
_FLOAT = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MOMENT = re.compile(
    r"(?P<date>\d{4}-\d{1,2}(-\d{1,2})?)"
    r"([T ](?P<time>\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?))?"
    r"\s*(?P<zone>z|utc|gmt|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_SECONDS = re.compile(r"@(-?\d+)")
_FOUR_DIGITS = re.compile(r"\d{4}")
_LAST_HOUR, _LAST_MINUTE = 24, 60
_DAYS = {"today": 0, "midnight": 0, "yesterday": -1, "tomorrow": 1}
_EMPTY = "0000-00-00"
_MOST_SECONDS = 11  # digits: three thousand years


def texts(
    given: Mapping[str, Any], fields: list[DataField], clock: WallClock, now: int
) -> dict[str, str]:
    """Return the texts that are stored of given values, by the fields' own names.

    Names are compared without regard to case, the last of several wins, unknown ones are ignored.
    """
    known = {field.name.lower(): field for field in fields}
    found: dict[str, str] = {}
    for name, value in given.items():
        field = known.get(str(name).lower())
        if field is not None:
            found[field.name] = text_of(field, value, clock, now)
    return found


def text_of(field: DataField, value: Any, clock: WallClock, now: int) -> str:
    """Return the text that is stored of a value given for a field.

    Args:
        field: the field.
        value: any JSON value.
        clock: the account's; times without a zone are on it.
        now: the account's present, an instant, for words such as `now`.
    """
    if field.kind in {"integer", "foreign_key"}:
        return str(_integer(value))
    if field.kind == "float":
        return _float_text(_float(value))
    if field.kind in DATES | TIMES:
        return _time(field.kind, value, clock, now)
    text = _scalar(value)
    if field.kind == "select":
        options = [option.rstrip().removesuffix("*") for option in field.default.splitlines()]
        return text if text in options else ""
    return text


def secret_text(value: Any) -> str:
    """Return the text that is stored as a secret: what is beyond ASCII becomes a question mark."""
    if isinstance(value, (dict, list)):
        return "1"
    return _scalar(value).encode("ascii", "replace").decode()


def _scalar(value: Any) -> str:
    """Cast to text: flags are "1" and nothing, lists and objects nothing."""
    match value:
        case True:
            return "1"
        case None | False | dict() | list():
            return ""
        case float():
            return _float_text(value)
    return str(value)


def _integer(value: Any) -> int:
    match value:
        case dict() | list():
            return int(bool(value))
        case str():
            match = _INTEGER.match(value)
            return php.whole(match[0]) if match else 0
        case None:
            return 0
    return max(-php.LARGEST - 1, min(int(value), php.LARGEST))


def _float(value: Any) -> float:
    match value:
        case dict() | list():
            return float(bool(value))
        case str():
            match = _FLOAT.match(value)
            return float(match[0]) if match else 0.0
        case None:
            return 0.0
    return float(value)


def _float_text(value: float) -> str:
    if not isfinite(value):
        return "INF" if value > 0 else "-INF"
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else str(value)  # noqa: PLR2004


def _time(kind: str, value: Any, clock: WallClock, now: int) -> str:
    """Return a date or a time as text; what cannot be read is the type's empty value."""
    is_date = kind in DATES
    empty = "" if kind.startswith("empty_") else ZEROS[kind]
    text = "" if isinstance(value, (bool, dict, list)) else _scalar(value).strip()
    if not text or text.startswith(_EMPTY):
        return empty
    if text.startswith("0000-"):  # a year below zero: a zero date even where empty is allowed
        return ZEROS[kind]
    wall = _wall(text, clock, now)
    if wall is None:
        return empty
    return wall_text(wall)[:10] if is_date else wall_text(wall)


def _wall(text: str, clock: WallClock, now: int) -> int | None:
    """Return the wall seconds of a text as `strtotime` reads it; None for what it does not."""
    present, word = clock.wall(now), text.lower()
    if word == "now" or (len(word) == 1 and word.isalpha()):  # a letter: now, in a military zone
        return present
    if word in _DAYS:
        return present // _DAY * _DAY + _DAYS[word] * _DAY
    if match := _SECONDS.fullmatch(text):
        return clock.wall(int(match[1])) if len(match[1]) <= _MOST_SECONDS else None
    if _FOUR_DIGITS.fullmatch(text):
        hour, minute = int(text[:2]), int(text[2:])
        if hour < _LAST_HOUR and minute < _LAST_MINUTE:
            return present // _DAY * _DAY + hour * 3600 + minute * 60
        return parse_wall(text + wall_text(present)[4:])
    return _moment(text, clock)


def _moment(text: str, clock: WallClock) -> int | None:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    parts = [int(part) for part in match["date"].split("-")]
    year, month, day = [*parts, 1][:3]
    times = [int(float(part)) for part in (match["time"] or "0").split(":")]
    hour, minute, second = [*times, 0, 0][:3]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    wall = int(moment.timestamp())
    if match["zone"] is None:
        return wall
    return clock.wall(wall - _offset(match["zone"]))


def _offset(zone: str) -> int:
    if zone[0] not in "+-":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    span = int(timedelta(hours=hours, minutes=minutes).total_seconds())
    return span if zone[0] == "+" else -span

"""What a request asks for: its period, its `fields[]` filters and `unique`.

Whatever is unintelligible is ignored.

The real API answers 200 with the whole table to a filter that it cannot parse or whose field it
does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copernica_sandbox import php
from copernica_sandbox.clock import parse_wall
from copernica_sandbox.conditions import Condition, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.switches import Switches

_DAY = 86_400
_MONTH = 30 * _DAY
_BEGINNING, _END = -(1 << 40), 1 << 40
_PATTERNS = {"=~", "!~"}
_WITH_STATUS = 4
# The field and operator behind a parameter; others compare a hidden field of the same name.
_MEANING = {
    "type": ("type", "=="),
    "mindestinations": ("destinations", ">="),
    "maxdestinations": ("destinations", "<="),
    "fromid": ("id", ">="),
    "toid": ("id", "<="),
    "Unsubscribed": ("unsubscribed", "=="),
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides how a request is understood besides its parameters."""

    switches: Switches
    clock: WallClock
    now: int


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a stream.

    Ranges of instants, then conditions on single rows, then uniqueness.
    """

    ranges: tuple[tuple[int, int], ...]
    conditions: tuple[Condition, ...] = ()
    unique: bool = False


def query(
    endpoint: Endpoint, parameters: php.Parameters, version: int, situation: Situation
) -> Query:
    """Return what these parameters ask of an endpoint at an instant."""
    conditions = [] if situation.switches.fields_ignored else _expressions(endpoint, parameters)
    bounds = _period(endpoint, parameters, situation)
    rest = list(_choices(endpoint, parameters, version))
    for condition in conditions:
        timed = condition.field.startswith("timestamp")
        wall = parse_wall(condition.value) if timed else None
        if wall is not None and condition.operator in {"<", "<=", ">", ">=", "=="}:
            bounds.append((condition.operator, wall))
        elif wall is not None or condition.operator in _PATTERNS or not timed:
            rest.append(condition)
    unique = endpoint.unique and php.truth(parameters.get("unique"), default=False)
    return Query(_ranges(bounds, situation), tuple(rest), unique)


def _expressions(endpoint: Endpoint, parameters: php.Parameters) -> list[Condition]:
    given = parameters.get("fields")
    if not isinstance(given, list):
        return []
    parsed = [parse(text, endpoint.filters) for text in given]
    return [condition for condition in parsed if condition is not None]


def _choices(endpoint: Endpoint, parameters: php.Parameters, version: int) -> Iterator[Condition]:
    """Yield what the endpoint's further parameters select; values that mean all select nothing."""
    names = endpoint.choices + (endpoint.choices_v4 if version == _WITH_STATUS else ())
    for name in names:
        value = parameters.get(name)
        if name == "status" and value is None:
            value = "sent"  # the documented default of v4
        if isinstance(value, str) and value.lower() not in {"", "both", "all"}:
            field, operator = _MEANING.get(name, (f"_{name}", "=="))
            if name != "Unsubscribed" or php.truth(value, default=False):
                yield Condition(field, operator, "1" if name == "Unsubscribed" else value)


def _period(
    endpoint: Endpoint, parameters: php.Parameters, situation: Situation
) -> list[tuple[str, int]]:
    """Return the bounds of the endpoint's own period, as (operator, wall seconds)."""
    switches = situation.switches
    if not endpoint.period[0] or switches.filter_ignored:
        return []
    begin, end = (parse_wall(php.text(parameters.get(name)) or "") for name in endpoint.period)
    bounds: list[tuple[str, int]] = []
    if endpoint.whole_days:
        if begin is not None:
            bounds.append((">=", begin // _DAY * _DAY))
        if end is not None:
            bounds.append(("<", (end // _DAY + switches.to_inclusive) * _DAY))
        return bounds
    if begin is not None:
        bounds.append((">=" if switches.begin_inclusive else ">", begin))
    elif switches.default_period == "month":
        bounds.append((">=", situation.clock.wall(situation.now) - _MONTH))
    if end is not None:
        bounds.append(("<=" if switches.end_inclusive else "<", end))
    return bounds


def _ranges(bounds: list[tuple[str, int]], situation: Situation) -> tuple[tuple[int, int], ...]:
    """Return the ranges of instants within the bounds, the account's present and its retention."""
    switches, clock, now = situation.switches, situation.clock, situation.now
    by_text = switches.bounds == "texts"
    low, high = _BEGINNING, _END
    for operator, wall in bounds:
        edge = wall if by_text else clock.instant(wall)
        if operator in {">", ">=", "=="}:
            low = max(low, edge + (operator == ">"))
        if operator in {"<", "<=", "=="}:
            high = min(high, edge + (operator != "<"))
    oldest = now - switches.retention_days * _DAY if switches.retention_days else _BEGINNING
    found = clock.occurring(low, high) if by_text else [(low, high)]
    kept = ((max(a, oldest), min(b, now + 1)) for a, b in found)
    return tuple((a, b) for a, b in kept if a < b)

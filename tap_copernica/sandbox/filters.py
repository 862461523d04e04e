"""What a request asks for: its period, its `fields[]` filters and `unique`.

Whatever is unintelligible is ignored.

The real API answers 200 with the whole table to a filter that it cannot parse or whose field it
does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_copernica.sandbox import php
from tap_copernica.sandbox.clock import parse_wall

if TYPE_CHECKING:
    from tap_copernica.sandbox.catalogue import Endpoint
    from tap_copernica.sandbox.clock import WallClock
    from tap_copernica.sandbox.switches import Switches

_DAY = 86_400
_MONTH = 30 * _DAY
_BEGINNING, _END = -(1 << 40), 1 << 40
_PATTERNS = {"=~", "!~"}
_EXPRESSION = re.compile(r"^([^=<>!~]+)(==|!=|<>|<=|>=|<|>|=~|!~)(.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """One `fields[]` expression on a field that the endpoint knows."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a stream.

    Ranges of instants, then conditions on single rows, then uniqueness.
    """

    ranges: tuple[tuple[int, int], ...]
    conditions: tuple[Condition, ...] = ()
    unique: bool = False


def query(
    endpoint: Endpoint, parameters: php.Parameters, switches: Switches, clock: WallClock, now: int
) -> Query:
    """Return what these parameters ask of an endpoint at an instant."""
    conditions = [] if switches.fields_ignored else _conditions(endpoint, parameters)
    bounds = _period(endpoint, parameters, switches, clock, now)
    rest = []
    for condition in conditions:
        timed = condition.field.startswith("timestamp")
        wall = parse_wall(condition.value) if timed else None
        if wall is not None and condition.operator in {"<", "<=", ">", ">=", "=="}:
            bounds.append((condition.operator, wall))
        elif wall is not None or condition.operator in _PATTERNS or not timed:
            rest.append(condition)
    unique = endpoint.unique and php.truth(parameters.get("unique"), default=False)
    return Query(_ranges(bounds, switches, clock, now), tuple(rest), unique)


def _conditions(endpoint: Endpoint, parameters: php.Parameters) -> list[Condition]:
    given = parameters.get("fields")
    if not isinstance(given, list):
        return []
    matches = [_EXPRESSION.match(text) for text in given]
    return [
        Condition(match[1].lower(), match[2], match[3])
        for match in matches
        if match is not None and match[1].lower() in endpoint.filters
    ]


def _period(
    endpoint: Endpoint, parameters: php.Parameters, switches: Switches, clock: WallClock, now: int
) -> list[tuple[str, int]]:
    """Return the bounds of the endpoint's own period, as (operator, wall seconds)."""
    if not endpoint.period[0] or switches.filter_ignored:
        return []
    begin, end = (parse_wall(php.text(parameters.get(name)) or "") for name in endpoint.period)
    bounds: list[tuple[str, int]] = []
    if begin is not None:
        bounds.append((">=" if switches.begin_inclusive else ">", begin))
    elif switches.default_period == "month":
        bounds.append((">=", clock.wall(now) - _MONTH))
    if end is not None:
        bounds.append(("<=" if switches.end_inclusive else "<", end))
    return bounds


def _ranges(
    bounds: list[tuple[str, int]], switches: Switches, clock: WallClock, now: int
) -> tuple[tuple[int, int], ...]:
    """Return the ranges of instants within the bounds, the account's present and its retention."""
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

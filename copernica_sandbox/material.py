"""Templates, documents and schedules: what mailings are made with and when they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox import content
from copernica_sandbox.clock import wall_text
from copernica_sandbox.mailings import DOCUMENTS, TEMPLATES, target, template_of
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from copernica_sandbox.question import Asked
    from copernica_sandbox.records import Row

_DAY = 86_400
_WEEK = 7 * _DAY
_ONCE, _SPLIT = {3}, {4}  # schedules that do not repeat, and that test two versions
_HTML = '<html><body><h1>{name}</h1><p>caf\u00e9 &amp; more</p><a href="{{webversion}}">x</a></body></html>'


def templates(asked: Asked) -> list[Row]:
    """Return the templates of a family."""
    return [_template(asked, number) for number in range(1, TEMPLATES + 1)]


def _template(asked: Asked, number: int) -> Row:
    draw = mix(asked.seed, 82, number)
    return {
        "id": number,
        "name": f"Template {number} / base",
        "description": "",
        "from_address": content.sender(draw),
        "subject": content.subject(draw // 7),
        "source": _HTML.format(name=f"Template {number}") if _asks_for_source(asked) else None,
        "type": ("json", "html")[draw % 2],
        "archived": number % 5 == 0,
        "directory": None if draw % 3 == 0 else 7 + draw % 2,
        "_keyword": ("base", "news")[draw // 2 % 2],
        "_created": _made(asked, draw),
        "_modified": _made(asked, draw),
    }


def _asks_for_source(asked: Asked) -> bool:
    """Tell whether a template's HTML is wanted, which it is not by default."""
    return asked.parameters.get("source") in {"true", "1"}


def _made(asked: Asked, draw: int) -> str:
    """Return when a piece of content was made: in the year before the account's first mailing."""
    return wall_text((asked.selector.account.plan.first_day - draw % 365) * _DAY + draw % _DAY)


def documents(asked: Asked) -> list[Row]:
    """Return the documents, with their HTML unless `source` says no."""
    with_source = asked.parameters.get("source", "true") not in {"false", "0"}
    return [document(asked, number, with_source=with_source) for number in range(1, DOCUMENTS + 1)]


def document(asked: Asked, number: int, *, with_source: bool = True) -> Row:
    """Return one document."""
    draw = mix(asked.seed, 83, number)
    name = f"Document {number}"
    return {
        "id": number,
        "template": template_of(number),
        "name": name,
        "description": "",
        "from_address": content.sender(draw),
        "subject": content.subject(draw // 7),
        "archived": draw % 6 == 0,
        "source": _HTML.format(name=name) * (1 + draw % 40) if with_source else None,
        "_modified": _made(asked, draw),
    }


def scheduled(asked: Asked) -> list[Row]:
    """Return the mailings that are planned."""
    return [_schedule(asked, number) for number in range(1, 7)]


def _schedule(asked: Asked, number: int) -> Row:
    """Return a weekly schedule: one has not begun, one is over, the others are under way."""
    draw = mix(asked.seed, 84, number)
    today = asked.selector.account.clock.wall(asked.now) // _DAY * _DAY
    start = today - number * 3 * _DAY + 9 * 3600
    runs = (today - start) // _WEEK + 1
    state = {1: "waiting", 2: "over"}.get(number, "running")
    document = 1 + draw % DOCUMENTS
    return {
        "id": 80 + number,
        "start": wall_text(start + (4 * _WEEK if state == "waiting" else 0)),
        "rrule": "" if number in _ONCE else "FREQ=WEEKLY;COUNT=40",
        "template": template_of(document),
        "document": document,
        "next": None if state == "over" else wall_text(start + max(runs, 4) * _WEEK),
        "previous": None if state == "waiting" else wall_text(start + (runs - 1) * _WEEK),
        "interval": {"count": 1, "unit": "week"},
        "iterations": -1 if number % 2 else 40,
        "processed_iterations": 0 if state == "waiting" else runs,
        "scheduled_iterations": -1 if number % 2 else 40,
        "subject": content.subject(draw),
        "description": "",
        "tags": ["spring"] if number % 2 else [],
        "from_address": content.sender(draw // 5),
        "testgroups": 2 if number in _SPLIT else 0,
        "emailing_type": "splitrun" if number in _SPLIT else "normal",
        "contenttype": "both",
        "type": "mass",
        "target": target(asked.selector.account.plan.targets, draw),
    }

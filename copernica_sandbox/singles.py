"""Things that no list shows: text messages, sender domains, webhooks, imports, blocks of documents.

Each kind is a function of what was asked that returns all its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox import content
from copernica_sandbox.clock import wall_text
from copernica_sandbox.mailings import DOCUMENTS, target
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from copernica_sandbox.question import Asked
    from copernica_sandbox.records import Row

_DAY = 86_400
_SMS = 4
_TRIGGERS = ("create", "update", "delete", "click", "delivery", "open", "bounce", "failure")
LANGUAGES = ("nl", "en")


def smsmailings(asked: Asked) -> list[Row]:
    """Return the mailings of text messages."""
    return [_sms(asked, number) for number in range(1, _SMS + 1)]


def _sms(asked: Asked, number: int) -> Row:
    draw = mix(asked.seed, 101, number)
    plan = asked.selector.account.plan
    sent, failed = 4 + draw % 90, draw % 3
    return {
        "id": number,
        "timestamp": wall_text((plan.first_day - number) * _DAY + 36_000),
        "document": 40 + number,
        "message": "Hi {$profile.firstname}, see you tomorrow",
        "from": "Shop",
        "destinations": sent,
        "successes": sent - failed,
        "errors": failed,
        "unknown": 0,
        "target": target(plan.targets, draw),
    }


def senderdomains(_asked: Asked) -> list[Row]:
    """Return the domains that mailings are sent from, with the DNS records that they need."""
    return [
        {
            "ID": number,
            "domain": f"https://{name}",
            "approved": number == 1,
            "records": [
                {
                    "type": "dns",
                    "property": "validation",
                    "record": "TXT",
                    "name": f"copernica-{name}",
                    "value": f"{mix(102, number):016x}",
                    "actual": [],
                    "valid": "valid" if number == 1 else "missing",
                }
            ],
        }
        for number, name in enumerate(("shop.example", "news.shop.example"), 1)
    ]


def webhooks(_asked: Asked) -> list[Row]:
    """Return the addresses that are called when something happens, one for each trigger."""
    return [
        {
            "ID": number,
            "handler": f"https://hooks.shop.example/{trigger}",
            "trigger": trigger,
            "callers": ["ms", "publisher"] if number % 2 else ["ms"],
        }
        for number, trigger in enumerate(_TRIGGERS, 1)
    ]


def imports(asked: Asked) -> list[Row]:
    """Return imports: one that never ran, one that did and runs again, one that failed."""
    today = asked.selector.account.plan.first_day * _DAY
    kinds = ("add or update", "add", "update")
    return [
        {
            "ID": number,
            "name": f"https://files.shop.example/{number}.csv",
            "type": kinds[number - 1],
            "status": ("ready for start", "finished", "failed")[number - 1],
            "totallines": 0 if number == 1 else 120,
            "processedLines": (0, 120, 7)[number - 1],
            "lastrun": False if number == 1 else wall_text(today),
            "nextrun": wall_text(today + 7 * _DAY) if number == len(kinds) - 1 else False,
            "lasterror": "Unknown column" if number == len(kinds) else False,
        }
        for number in range(1, len(kinds) + 1)
    ]


def blocks(asked: Asked) -> list[Row]:
    """Return the blocks of one kind in a document; a loop's parts name it as their parent."""
    document = asked.existing(DOCUMENTS)
    kind = asked.endpoint.kind.removesuffix("blocks")
    rows: list[Row] = []
    for place in range(1 + mix(asked.seed, 103, document) % 3):
        number = document * 10 + place
        rows.append(
            {
                "ID": number,
                "parentID": "" if place == 0 else str(document * 10),
                "name": f"{kind}{place + 1}",
                "iteration": max(0, place - 1),
                "condition": "" if place % 2 == 0 else "{$profile.city != ''}",
                "iterations": 1,
                "content": content.subject(number),
            }
        )
    return rows


def translations(number: int) -> dict[str, dict[str, str]]:
    """Return a template's texts by element and language, in the form that the page of PUT takes."""
    return {
        f"{mix(104, number, place):016x}-text": dict.fromkeys(LANGUAGES, content.subject(place))
        for place in range(1 + number % 2)
    }

"""What an emailing says of itself, and the numbers that Copernica counts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import content, groups
from copernica_sandbox.numbers import mix
from copernica_sandbox.records import FIRST_MAILING

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.account import Account, Mailing, Targets
    from copernica_sandbox.records import Row

TEMPLATES, DOCUMENTS = 8, 20  # how many an account has
_TAGS = ("spring", "Vip", "newsletter", "actie \u20ac")
_CONTENT_TYPES = ("html", "html", "both", "text")


def emailing(account: Account, family: str, mailing: Mailing, counted: Callable[[str], int]) -> Row:
    """Return an emailing; ``counted`` gives its number of events of a kind.

    Keys that begin with an underscore are for selecting, no version shows them.
    """
    noise = mailing.noise
    row: Row = {
        "id": mailing.number + FIRST_MAILING[family],
        "timestamp": account.clock.text(mailing.sent),
        "template": 1 + mix(noise, 71) % TEMPLATES,
        "subject": content.subject(mix(noise, 72)),
        "from_address": content.sender(mix(noise, 73)),
        "destinations": mailing.planned,
        "type": "individual" if noise // 13 % 12 == 0 else "mass",
        "target": target(account.plan.targets, mailing.noise, below=mailing.to_subprofiles),
        "tags": [tag for i, tag in enumerate(_TAGS) if mix(noise, 74, i) % 3 == 0],
        "_status": mailing.status,
        "_followups": "yes" if noise // 17 % 9 == 0 else "no",
        "_test": "yes" if noise // 19 % 20 == 0 else "no",
    }
    if family == "publisher":
        row["document"] = 1 + mix(noise, 75) % DOCUMENTS
        row["template"] = template_of(row["document"])
        row["description"] = "" if noise % 3 else f"Campaign {noise % 90 + 10}"
        row["testgroups"] = groups.tested(mailing)
        final = groups.identity(mailing.number, groups.FINAL)
        row["finalgroup"] = final if groups.tested(mailing) else None
        row["contenttype"] = _CONTENT_TYPES[mix(noise, 76) % len(_CONTENT_TYPES)]
        for kind in ("clicks", "impressions", "errors", "unsubscribes", "abuses"):
            row[kind] = counted(kind)
    return row


def template_of(document: int) -> int:
    """Return the id of the template that a Publisher document is made with."""
    return 1 + document % TEMPLATES


def target(targets: Targets, noise: int, *, below: bool = False) -> dict[str, Any]:
    """Return what a mailing is sent to: the database, a selection of it, or one of its collections.

    Args:
        targets: what there is.
        noise: decides which.
        below: the mailing goes to subprofiles, so to the first collection.
    """
    sources = [{"id": str(targets.database), "type": "database"}]
    if below and targets.collections:
        sources.insert(0, {"id": str(targets.collections[0]), "type": "collection"})
    elif noise % 3 == 0 and targets.views:
        view = targets.views[noise // 3 % len(targets.views)]
        sources.insert(0, {"id": str(view), "type": "view"})
    return {"type": sources[0]["type"], "sources": sources}


def statistics(mailing: Mailing, counted: Callable[[str], tuple[int, int]]) -> Row:
    """Return the statistics of an emailing; ``counted`` gives events and people of a kind."""
    kinds = ("errors", "impressions", "clicks", "unsubscribes", "abuses", "deliveries")
    numbers = {kind: counted(kind) for kind in kinds}
    people = {kind: unique for kind, (_, unique) in numbers.items()}
    row: Row = {
        kind: {"total": total, "unique": unique} for kind, (total, unique) in numbers.items()
    }
    del row["deliveries"]["unique"]
    row["destinations"] = mailing.planned
    row["retries"] = {"total": 0, "unique": 0}
    row["unknown"] = {"total": max(0, mailing.planned - people["deliveries"] - people["errors"])}
    row["dominant_results"] = _dominant(mailing, people)
    return row


def _dominant(mailing: Mailing, people: dict[str, int]) -> dict[str, int]:
    """Count each destination once under its strongest result.

    The people behind unsubscribes, clicks and opens are the first so many destinations each
    (`account.py`), those behind abuses others.
    """
    left = people["unsubscribes"]
    clicked = max(0, people["clicks"] - left)
    left = max(left, people["clicks"])
    opened = max(0, people["impressions"] - left)
    left = max(left, people["impressions"])
    return {
        "destinations": mailing.planned,
        "errors": people["errors"],
        "abuses": people["abuses"],
        "unsubscribes": people["unsubscribes"],
        "clicks": clicked,
        "impressions": opened,
        "deliveries": max(0, people["deliveries"] - left - people["abuses"]),
    }

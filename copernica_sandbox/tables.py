"""Rows that do not lie on the account's time line: templates, documents, schedules and the like.

Each kind is a function of what was asked that returns all its rows; a single object is one row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copernica_sandbox import coupons, groups, material, singles
from copernica_sandbox.catalogue import ENDPOINTS
from copernica_sandbox.clock import parse_wall
from copernica_sandbox.http import ApiError, invalid_method, missing_entity
from copernica_sandbox.mailings import DOCUMENTS, TEMPLATES
from copernica_sandbox.numbers import mix
from copernica_sandbox.records import FIRST_MAILING

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.account import Mailing
    from copernica_sandbox.question import Asked
    from copernica_sandbox.records import Row

_DAY = 86_400
_PARENTS = {
    ("ms", "mailing"): "emailings",
    ("ms", "template"): "templates",
    ("publisher", "emailing"): "publisher_emailings",
    ("publisher", "document"): "publisher_documents",
    ("", "couponcampaign"): "coupon_campaigns",
}
# What is the same rows again, of one recipient, group or person.
_NARROW = {"profile", "subprofile", "destination", "testgroup"}
# What is a list, so that one of its rows can be asked for.
_LISTED = {
    "coupon_campaigns",
    "documents",
    "imports",
    "scheduled",
    "senderdomains",
    "smsmailings",
    "templates",
    "webhooks",
}
ACCOUNT: Row = {
    "id": 4,
    "name": "Shop",
    "description": "A made-up account for tests/demos",
    "company": "Shop BV",
    "customer": {"id": "17", "name": "Shop BV", "isPartner": False},
    "usedBy": {},
    "license": {"id": "23", "isTrial": False},
}


def rows(asked: Asked) -> list[Row]:
    """Return all rows of a kind; raises ApiError for a parent that does not exist."""
    endpoint = asked.endpoint
    if asked.parent in asked.gone.get(_PARENTS.get((endpoint.family, endpoint.parent), ""), ()):
        raise missing_entity()
    found = _KINDS[endpoint.kind](asked)
    gone = asked.gone.get(endpoint.source)
    if gone and endpoint.kind in _LISTED:
        found = [row for row in found if row[endpoint.key] not in gone]
    if endpoint.single and endpoint.kind in _LISTED:
        found = [row for row in found if row[endpoint.key] == asked.parent]
        if not found:
            raise missing_entity()
    elif endpoint.kind == "documents" and endpoint.parent:
        template = asked.existing(TEMPLATES)
        found = [row for row in found if row["template"] == template]
    return found


def _snapshot(asked: Asked) -> list[Row]:
    record = asked.emailing(asked.mailing())
    record["name"] = f"Snapshot of {record['id']}"
    return [record]


def _hyperlinks(asked: Asked) -> list[Row]:
    mailing = asked.mailing()
    campaign = str(mailing.number + 1)
    if asked.endpoint.family == "publisher":
        everywhere = {"utm_source": "news", "utm_campaign": campaign}
        one_host = {"utm_content": "link"} if mailing.noise % 2 else {}
        return [{"all": everywhere, "shop.example": one_host}]
    check = {"type": "domain", "value": "shop.example", "comparison": "contains"}
    names = ("utm_source", "utm_medium", "utm_campaign", "utm_campaign")[: mailing.noise % 5]
    return [
        {
            "parameter": name,
            "value": campaign if name == "utm_campaign" else "email",
            "type": "setparameter",
            "last": place == len(names) - 1,
            "unique": False,
            "checks": [check] if place % 2 else [],
        }
        for place, name in enumerate(names)
    ]


def _group_row(asked: Asked, mailing: Mailing, which: int) -> Row:
    record = asked.emailing(mailing)
    # A test group has a path of its own, the final group only one below its mailing.
    again = which == groups.FINAL and asked.switches.nested_ids == "all"
    return {
        **record,
        "ID": 1 if again else groups.identity(mailing.number, which),
        "name": "Final" if which == groups.FINAL else f"Group {'AB'[which]}",
        "destinations": groups.size(mailing, which),
    }


def _test_groups(asked: Asked) -> list[Row]:
    mailing = asked.mailing()
    return [_group_row(asked, mailing, which) for which in range(groups.tested(mailing))]


def _final_group(asked: Asked) -> list[Row]:
    mailing = asked.mailing()
    is_split = groups.tested(mailing) > 0
    if is_split and (asked.switches.final_groups == "all" or groups.is_early(mailing)):
        return [_group_row(asked, mailing, groups.FINAL)]
    match asked.switches.no_final_group:
        case "missing":
            raise missing_entity()
        case "refused":
            raise ApiError("Failed to get the final group")  # noqa: EM101, TRY003  (an API text)
        case "unknown":
            raise invalid_method()
        case _:
            return []


def _named_group(asked: Asked) -> tuple[Mailing, int]:
    number, which = groups.named(asked.parent or 0)
    mailing = asked.mailing_number(number)
    if which == groups.FINAL or not groups.tested(mailing):
        raise missing_entity()
    return mailing, which


def _test_group(asked: Asked) -> list[Row]:
    return [_group_row(asked, *_named_group(asked))]


def _test_group_statistics(asked: Asked) -> list[Row]:
    mailing, which = _named_group(asked)
    return [asked.statistics.group(mailing.number, which)]


def _statistics(asked: Asked) -> list[Row]:
    return [asked.statistics.mailing(asked.mailing().number)]


def _of_content(asked: Asked, field: str, last: int) -> list[Row]:
    """Return the statistics of all mailings that were made with a template or a document."""
    if not 1 <= (asked.parent or 0) <= last:
        raise missing_entity()
    family = asked.selector.account.families[asked.endpoint.family]
    made = [n for n in asked.sent() if asked.emailing(family.mailings[n])[field] == asked.parent]
    return [asked.statistics.mailings(made)]


def _template_statistics(asked: Asked) -> list[Row]:
    (row,) = _of_content(asked, "template", TEMPLATES)
    # Documented without `unique` for these, unlike the statistics of a mailing.
    return [{**row, **{kind: {"total": row[kind]["total"]} for kind in ("abuses", "errors")}}]


def _document_statistics(asked: Asked) -> list[Row]:
    return _of_content(asked, "document", DOCUMENTS)


def _coupon_campaigns(_asked: Asked) -> list[Row]:
    return coupons.campaigns()


def _coupons(asked: Asked) -> list[Row]:
    first_day = asked.selector.account.plan.first_day
    again = asked.switches.nested_ids == "all"
    found = coupons.coupons(asked.seed, asked.parent or 0, first_day, start_again=again)
    if found is None:
        raise missing_entity()
    return found


def _consumption(asked: Asked) -> list[Row]:
    """Return what was used in a period of whole days; e-mails are the destinations sent."""
    begin, end = (parse_wall(str(asked.parameters.get(name, ""))) for name in ("begin", "end"))
    if begin is None or end is None:
        raise ApiError("Invalid data provided")  # noqa: EM101, TRY003  (the API's own text)
    first, last = begin // _DAY, end // _DAY + asked.switches.consumption_end_inclusive
    account = asked.selector.account
    account_first = account.plan.first_day
    until = min(account.clock.instant(max(first, last) * _DAY), asked.now + 1)
    sent = sum(
        family.count("destinations", until)
        - family.count("destinations", min(until, account.clock.instant(first * _DAY)))
        for family in account.families.values()
    )
    today = account.clock.wall(asked.now) // _DAY
    days = [mix(asked.seed, 85, d) for d in range(max(first, account_first), min(last, today + 1))]
    return [
        {
            "emails": sent,
            "texts": sum(draw % 40 for draw in days),
            "fax": 0,
            "webpages": sum(draw // 64 % 5 for draw in days),
            "apicalls": sum(draw // 512 % 900 + 100 for draw in days),
            "litmustests": sum(draw // 4096 % 2 for draw in days),
            "twofiftyoktests": 0,
        }
    ]


def _account(_asked: Asked) -> list[Row]:
    return [ACCOUNT]


_KINDS: dict[str, Callable[[Asked], list[Row]]] = {
    "account": _account,
    "consumption": _consumption,
    "coupon_campaigns": _coupon_campaigns,
    "coupons": _coupons,
    "document_statistics": _document_statistics,
    "documents": material.documents,
    "final_group": _final_group,
    "hyperlinks": _hyperlinks,
    "imageblocks": singles.blocks,
    "imports": singles.imports,
    "loopblocks": singles.blocks,
    "scheduled": material.scheduled,
    "senderdomains": singles.senderdomains,
    "smsmailings": singles.smsmailings,
    "snapshot": _snapshot,
    "statistics": _statistics,
    "template_statistics": _template_statistics,
    "templates": material.templates,
    "test_group": _test_group,
    "test_group_statistics": _test_group_statistics,
    "test_groups": _test_groups,
    "textblocks": singles.blocks,
    "webhooks": singles.webhooks,
}


def streams() -> list[str]:
    """Return the streams whose rows the account can give as a whole."""
    return [
        endpoint.stream
        for endpoint in ENDPOINTS
        if (endpoint.timed or endpoint.kind in _KINDS) and endpoint.parent not in _NARROW
    ]


def everything(asked: Asked) -> list[Row]:
    """Return every row of an endpoint, of all its parents, each with its parent's id.

    ``asked`` names no parent.
    """
    found: list[Row] = []
    for parent in _parents(asked):
        try:
            rows_of_one = rows(replace(asked, parent=parent))
        except ApiError:
            continue
        named = {} if parent is None else {asked.endpoint.parent: parent}
        shown = [
            {name: value for name, value in row.items() if name[0] != "_"} for row in rows_of_one
        ]
        found += [{**row, **named} for row in shown]
    return found


def _parents(asked: Asked) -> list[Any]:
    """Return the ids that the endpoint's path can be asked for."""
    match asked.endpoint.parent:
        case "mailing" | "emailing":
            return [number + FIRST_MAILING[asked.endpoint.family] for number in asked.sent()]
        case "template":
            return list(range(1, TEMPLATES + 1))
        case "document":
            return list(range(1, DOCUMENTS + 1))
        case "couponcampaign":
            return [row["ID"] for row in coupons.campaigns()]
        case "testgroup":
            family = asked.selector.account.families[asked.endpoint.family]
            return [
                groups.identity(number, which)
                for number in asked.sent()
                for which in range(groups.tested(family.mailings[number]))
            ]
        case _:
            return [None]

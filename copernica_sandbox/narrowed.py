"""Lists and objects of one recipient, one test group, one person, one template or document.

They are the rows that the account's lists have, so what is asked for by itself is the same there.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from copernica_sandbox import groups, material, php
from copernica_sandbox.account import Position
from copernica_sandbox.catalogue import BY_STREAM
from copernica_sandbox.conditions import meets
from copernica_sandbox.http import ApiError, missing_entity
from copernica_sandbox.living import Living
from copernica_sandbox.mailings import DOCUMENTS, TEMPLATES
from copernica_sandbox.records import destination, unhashed
from copernica_sandbox.selection import event_list
from copernica_sandbox.statistics import KINDS

if TYPE_CHECKING:
    from copernica_sandbox.core import Core
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.filters import Query
    from copernica_sandbox.http import Call
    from copernica_sandbox.records import Row

# What an id in the path of a list or an object can be of, other than a mailing.
PARENTS = {"destination", "document", "profile", "subprofile", "template", "testgroup"}


def rows(core: Core, endpoint: Endpoint, text: str, query: Query, call: Call) -> list[Row]:
    """Return the rows of a list, in order of time, that belong to the id in its path.

    Raises:
        ApiError: if there is nothing of this id.
    """
    match endpoint.parent:
        case "destination":
            position = recipient(core, endpoint.family, text)
            return _of_recipient(core, endpoint, position, query)
        case "testgroup":
            return _of_group(core, endpoint, text, query)
        case "template" | "document":
            return _made_with(core, endpoint, text, query)
        case _:
            return _of_person(core, endpoint, text, query, call)


def one(core: Core, endpoint: Endpoint, ids: list[str], query: Query) -> Row:
    """Return an object about a recipient, or a document as a person would get it."""
    if endpoint.kind == "personal_document":
        return _document(core, endpoint, ids)
    position = recipient(core, endpoint.family, ids[0])
    if endpoint.kind == "destination_statistics":
        return _statistics(core, endpoint, position, query)
    row = destination(core.account, endpoint.family, position, "ID", core.now())
    if endpoint.kind == "destination_fields":
        profile = core.databases.profile(row["profile"] or 0)
        subprofile = core.databases.subprofile(row["subprofile"] or 0)
        row["profile"], row["subprofile"] = (
            found and {"ID": str(found[1].number), "fields": found[1].fields}
            for found in (profile, subprofile)
        )
    return row


def recipient(core: Core, family: str, text: str) -> Position:
    """Return a destination by its number or its hash; raises ApiError if there is none yet."""
    number = php.identity(text) or unhashed(core.account.plan.seed, text)
    mailings = core.account.families[family]
    mailings.sent(-(1 << 40), core.now() + 1)
    position = None if number is None else mailings.identify("destinations", number - 1)
    stream = "destinations" if family == "ms" else "publisher_destinations"
    living = core.living.get(stream)
    if position is None or position.instant > core.now():
        raise missing_entity()
    row = destination(core.account, family, position, "id", core.now())
    if living is not None and row["id"] in living.removed:
        raise missing_entity()
    return position


def _of_recipient(core: Core, endpoint: Endpoint, position: Position, query: Query) -> list[Row]:
    mailing = core.account.families[endpoint.family].mailings[position.mailing]
    number = mailing.before["destinations"] + position.nth + 1
    return [
        row
        for row in _of_mailing(core, endpoint, position.mailing, query)
        if row["destination"] == number
    ]


def _of_group(core: Core, endpoint: Endpoint, text: str, query: Query) -> list[Row]:
    number, which = groups.named(php.identity(text))
    family = core.account.families[endpoint.family]
    sent = family.sent(-(1 << 40), core.now() + 1)
    if number not in sent or which == groups.FINAL or not groups.tested(family.mailings[number]):
        raise missing_entity()
    mailing = family.mailings[number]
    return [
        row
        for row in _of_mailing(core, endpoint, number, query)
        if groups.group(mailing, int(row["destination"]) - mailing.before["destinations"] - 1)
        == groups.identity(number, which)
    ]


def _of_mailing(core: Core, endpoint: Endpoint, number: int, query: Query) -> list[Row]:
    found = core.selector.select(endpoint, query, core.now(), mailing=number)
    return list(found.cut(0, len(found)))


def _made_with(core: Core, endpoint: Endpoint, text: str, query: Query) -> list[Row]:
    """Return the mailings of a template or a document."""
    last = TEMPLATES if endpoint.parent == "template" else DOCUMENTS
    number = php.identity(text)
    if not 1 <= number <= last:
        raise missing_entity()
    found = core.selector.select(endpoint, query, core.now())
    return [row for row in found.cut(0, len(found)) if row[endpoint.parent] == number]


def _of_person(core: Core, endpoint: Endpoint, text: str, query: Query, call: Call) -> list[Row]:
    """Return the mailings that a person got, or the person's destinations."""
    person, field = _person(core, endpoint.parent, text), endpoint.parent
    if endpoint.kind == "destinations":
        return _destinations(core, endpoint, person, query)
    below = php.truth(call.parameters.get("include_subprofiles"), default=False)
    lists = {"ms": "destinations", "publisher": "publisher_destinations"}
    own = BY_STREAM[lists[endpoint.family]]
    reached = {
        row["mailing"]
        for row in _destinations(core, own, person, core.everything())
        if field == "subprofile" or below or row["subprofile"] is None
    }
    found = core.selector.select(endpoint, query, core.now())
    return [row for row in found.cut(0, len(found)) if row["id"] in reached]


def _destinations(core: Core, endpoint: Endpoint, person: Person, query: Query) -> list[Row]:
    """Return a person's destinations, each worked out from its mailing and not looked for in it."""
    living = core.living.get(endpoint.source) or Living()
    family = core.account.families[endpoint.family]
    found = []
    for mailing in [family.mailings[number] for number in family.sent(-(1 << 40), core.now() + 1)]:
        place = core.account.place(mailing, person.profile)
        if place is None:
            continue
        instant = mailing.instant("destinations", place)
        if any(begin <= instant < end for begin, end in query.ranges):
            position = Position(instant, mailing.number, place)
            row = destination(core.account, endpoint.family, position, endpoint.key, core.now())
            found.append((instant, row))
    for begin, end in query.ranges:
        found += [(one.instant, one.row) for one in living.between(begin, end, core.now())]
    found.sort(key=itemgetter(0))
    rows_of_all = [row for _, row in found if row.get(endpoint.key) not in living.removed]
    return [
        row
        for row in rows_of_all
        if person.is_of(row) and all(meets(row, one) for one in query.conditions)
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose mailings are asked for: a profile, or one of its subprofiles."""

    profile: int
    subprofile: int | None = None

    def is_of(self, row: Row) -> bool:
        """Tell whether a destination is this person's; what was removed is unlinked from it."""
        if self.subprofile is not None:
            return bool(row["subprofile"] == self.subprofile)
        return bool(row["profile"] == self.profile)


def _person(core: Core, kind: str, text: str) -> Person:
    """Return the person of an id; raises ApiError with the message of its kind."""
    number = php.identity(text)
    if kind == "profile":
        if core.databases.profile(number) is None:
            raise missing_entity()
        return Person(number)
    found = core.databases.subprofile(number)
    if found is None:
        raise ApiError("No subprofile with supplied ID")  # noqa: EM101, TRY003  (the API's own)
    return Person(found[1].owner or 0, number)


def _document(core: Core, endpoint: Endpoint, ids: list[str]) -> Row:
    """Return a document as a person would get it."""
    _person(core, endpoint.parent, ids[0])
    number = php.identity(ids[1])
    asked = core.asked(endpoint, number, core.everything(), {})
    return material.document(asked, asked.existing(DOCUMENTS))


def _statistics(core: Core, endpoint: Endpoint, position: Position, query: Query) -> Row:
    """Count what one recipient did; links count once in the unique clicks."""
    family = endpoint.family
    mailing = core.account.families[family].mailings[position.mailing]
    row: Row = {"ID": mailing.before["destinations"] + position.nth + 1, "retries": {"total": 0}}
    for kind in KINDS:
        events = _of_recipient(core, event_list(family, kind), position, query)
        row[kind] = {"total": len(events)}
        if family == "ms" and kind in {"clicks", "unsubscribes"}:
            row[kind]["unique"] = len({event.get("link") for event in events})
    return row

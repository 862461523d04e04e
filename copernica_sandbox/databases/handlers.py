"""The calls about databases, collections, selections and (sub)profiles.

An id is checked before the rest of the path; surplus parts after a list are ignored, after an entity
they are an error (observed on v2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import php
from copernica_sandbox.databases import catalogue
from copernica_sandbox.databases.changes import subprofiles_of
from copernica_sandbox.databases.files import files_of
from copernica_sandbox.databases.listing import Items, id_list, listed, rows
from copernica_sandbox.databases.rules import rule_of, selection_of
from copernica_sandbox.databases.writing import RowWriter, Writer
from copernica_sandbox.http import ApiError, invalid_method, json_reply, missing_entity
from copernica_sandbox.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.core import Core
    from copernica_sandbox.databases.shape import Collection, Database, View
    from copernica_sandbox.databases.table import Table
    from copernica_sandbox.http import Call, Reply

    Handler = Callable[[Core, Call, str], Reply]

_WITH_RULE = 4  # parts of a path that names a rule
# The first four were observed on v2, the last two are made up in their manner.
_MISSING = {
    "database": "No database with supplied ID",
    "collection": "No collection with given ID",
    "profile": "No entity with supplied ID",
    "subprofile": "No subprofile with supplied ID",
    "view": "No view with supplied ID",
    "miniview": "No miniview with supplied ID",
}


def handle(core: Core, call: Call) -> Reply | None:
    """Answer a call about databases; None for any other path."""
    head, *rest = call.parts or [""]
    if head == "databases":
        return listed(core, call, Items(core.databases.databases), _writer(core).database)
    handler = _HANDLERS.get(head)
    if handler is None:
        return None
    if not rest:
        msg = "Invalid request, element 1 is missing in 'directory' path"
        raise ApiError(msg)
    return handler(core, call, rest[0])


def _database(core: Core, call: Call, reference: str) -> Reply:
    one = _existing(core.databases.database(reference), "database")
    writer, table = _writer(core), core.databases.profiles[one.number]
    return _part(
        call,
        {
            "": lambda: _object(core, writer.database(one)),
            "fields": lambda: listed(core, call, Items(one.fields), writer.field),
            "interests": lambda: listed(core, call, Items(one.interests), writer.interest),
            "collections": lambda: listed(core, call, Items(one.collections), writer.collection),
            "views": lambda: _views(core, call, one, None),
            "profiles": lambda: rows(core, call, table, one.number, None),
            "profileids": lambda: id_list(core, call, table, None),
            "unsubscribe": lambda: _object(core, writer.unsubscribe(one)),
        },
    )


def _collection(core: Core, call: Call, reference: str) -> Reply:
    one = _existing(core.databases.collection(reference), "collection")
    writer, table = _writer(core), core.databases.subprofiles[one.number]
    return _part(
        call,
        {
            "": lambda: _object(core, writer.collection(one)),
            "fields": lambda: listed(core, call, Items(one.fields), writer.field),
            "miniviews": lambda: listed(core, call, Items(one.miniviews), writer.miniview),
            "subprofiles": lambda: rows(core, call, table, one.number, None),
            "subprofileids": lambda: id_list(core, call, table, None),
            "unsubscribe": lambda: _object(core, writer.unsubscribe(one)),
        },
    )


def _view(core: Core, call: Call, reference: str) -> Reply:
    one = _existing(core.databases.view(reference), "view")
    base = _existing(core.databases.database(str(one.owner)), "database")
    table = core.databases.profiles[base.number]
    return _part(
        call,
        {
            "": lambda: _object(core, _writer(core).view(one, base.views)),
            "views": lambda: _views(core, call, base, one),
            "profiles": lambda: rows(core, call, table, base.number, one),
            "profileids": lambda: id_list(core, call, table, one),
            "rules": lambda: _rules(core, call, one),
            "rule": lambda: _rule(core, call, one),
        },
    )


def _miniview(core: Core, call: Call, reference: str) -> Reply:
    one = _existing(core.databases.miniview(reference), "miniview")
    table = core.databases.subprofiles[one.owner]
    return _part(
        call,
        {
            "": lambda: _object(core, _writer(core).miniview(one)),
            "subprofiles": lambda: rows(core, call, table, one.owner, one),
            "subprofileids": lambda: id_list(core, call, table, one),
            "views": lambda: _nothing(core, call),
            # The page says one, the overview the other.
            "rules": lambda: _rules(core, call, one),
            "minirules": lambda: _rules(core, call, one),
            "minirule": lambda: _rule(core, call, one),
        },
    )


def _profile(core: Core, call: Call, reference: str) -> Reply:
    owner, row = _existing(core.databases.profile(php.identity(reference)), "profile")
    writer = _row_writer(core, core.databases.profiles[owner], owner)
    match call.parts[2:]:
        case []:
            reply = _object(core, writer.row(row))
        case ["fields", *_]:  # surplus parts are ignored (observed)
            reply = _object(core, writer.fields(row))
        case ["interests"]:
            reply = _object(core, _interests(core, call, owner, row.interests))
        case ["subprofiles"]:
            msg = "Invalid request, element 3 is missing in 'directory' path"
            raise ApiError(msg)
        case ["subprofiles", collection, *_]:
            reply = _subprofiles(core, call, row.number, collection)
        case ["files"]:
            write = Renderer(catalogue.FILE.fields, core.switches).one
            reply = listed(core, call, Items(files_of(row, core.clock)), write)
        case _:
            raise invalid_method()
    return reply


def _subprofile(core: Core, call: Call, reference: str) -> Reply:
    owner, row = _existing(core.databases.subprofile(php.identity(reference)), "subprofile")
    writer = _row_writer(core, core.databases.subprofiles[owner], owner)
    if call.parts[2:3] == ["fields"]:
        return _object(core, writer.fields(row))
    if call.parts[2:]:
        raise invalid_method()
    return _object(core, writer.row(row))


def _any_rule(core: Core, call: Call, reference: str) -> Reply:
    """Answer `rule/{id}` and `minirule/{id}`."""
    databases, kind = core.databases, call.parts[0]
    of = databases.view if kind == "rule" else databases.miniview
    one = of(str(selection_of(reference)))
    if one is None:
        raise missing_entity()
    if call.parts[2:]:
        raise invalid_method()
    return _object(core, _written_rule(core, one))


def _rules(core: Core, call: Call, one: View) -> Reply:
    return listed(core, call, Items([one]), lambda view: _written_rule(core, view))


def _rule(core: Core, call: Call, one: View) -> Reply:
    """Answer one rule of a selection, by its id or its name."""
    if len(call.parts) < _WITH_RULE:
        msg = "Invalid request, element 3 is missing in 'directory' path"
        raise ApiError(msg)
    record = _written_rule(core, one)
    if call.parts[3] not in {record["ID"], record["name"]}:
        raise missing_entity()
    return _object(core, record)


def _written_rule(core: Core, one: View) -> dict[str, Any]:
    collection = core.databases.collection(str(one.owner))
    owner = collection or _existing(core.databases.database(str(one.owner)), "database")
    record = catalogue.RULE if collection is None else catalogue.MINIRULE
    row = rule_of(one, owner, _writer(core).field)
    return Renderer(record.fields, core.switches).one(row)


_HANDLERS: dict[str, Handler] = {
    "rule": _any_rule,
    "minirule": _any_rule,
    "database": _database,
    "collection": _collection,
    "view": _view,
    "miniview": _miniview,
    "profile": _profile,
    "subprofile": _subprofile,
}


def _views(core: Core, call: Call, base: Database, parent: View | None) -> Reply:
    """List the selections directly under a database or another selection."""
    number = None if parent is None else parent.number
    found = Items([view for view in base.views if view.parent == number])
    writer = _writer(core)
    return listed(
        core, call, found, lambda one: writer.view(one, base.views, child=parent is not None)
    )


def _subprofiles(core: Core, call: Call, profile: int, reference: str) -> Reply:
    one: Collection = _existing(core.databases.collection(reference), "collection")
    table = core.databases.subprofiles[one.number]
    writer = _row_writer(core, table, one.number)
    found = [table.find(number) for number in subprofiles_of(table, profile)]
    return listed(core, call, Items([row for row in found if row is not None]), writer.row)


def _interests(core: Core, call: Call, owner: int, names: list[str]) -> list[Any]:
    """Return a profile's interests in the form that ``return`` asks for."""
    base = _existing(core.databases.database(str(owner)), "database")
    found = [one for one in base.interests if one.name in names]
    match call.parameters.get("return"):
        case "ids":
            return [str(one.number) for one in found]
        case "objects":
            return [_writer(core).interest(one) for one in found]
        case _:
            return names


def _existing(found: Any, kind: str) -> Any:
    if found is None:
        raise ApiError(_MISSING[kind])
    return found


def _part(call: Call, parts: dict[str, Callable[[], Reply]]) -> Reply:
    """Return the reply for what follows the id in the path."""
    name, *_ = call.parts[2:] or [""]
    if name not in parts or (name == "" and call.parts[2:]):
        raise invalid_method()
    return parts[name]()


def _nothing(core: Core, call: Call) -> Reply:
    """Answer with an empty list."""
    return listed(core, call, Items([]), str)


def _writer(core: Core) -> Writer:
    return Writer(core.switches, core.clock, core.databases.period)


def _row_writer(core: Core, table: Table, owner: int) -> RowWriter:
    return RowWriter(table, owner, core.switches, core.clock, dataonly=False)


def _object(core: Core, record: Any) -> Reply:
    switches = core.switches
    value = {"data": record} if switches.wrapped else record
    return json_reply(value, unicode_escaped=switches.unicode_escaped)

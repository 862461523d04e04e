"""POST, PUT and DELETE of databases, collections, fields, interests, profiles and subprofiles.

What was observed on v2 (rmuit/copernica-api): an id is checked before the rest of the path; a POST on
a path that only PUT is documented for does what PUT does; PUT answers 303 and where to look, with the
query, so with the token. From v3 on PUT and DELETE answer 204, and 201 where something is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import php
from copernica_sandbox.databases import editing
from copernica_sandbox.databases.people import Writes, error_of
from copernica_sandbox.http import ApiError, Reply, invalid_method, missing_entity

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.core import Core
    from copernica_sandbox.databases.shape import Collection, Database
    from copernica_sandbox.databases.store import Databases
    from copernica_sandbox.http import Call

    Handler = Callable[[Writes, str], Reply]

_PART = 2  # where the part of an entity stands in its path
_FIELD = 3


def handle(core: Core, call: Call) -> Reply | None:
    """Answer a write; None for a path that has none."""
    head, *rest = call.parts or [""]
    writes = Writes(core, call)
    if head == "databases":
        if writes.method != "POST":
            raise invalid_method()
        return writes.made(editing.add_database(core.databases, writes.given).number)
    handler = _HANDLERS.get(head)
    if handler is None:
        return None
    if not rest:
        raise ApiError(error_of(1))
    return handler(writes, rest[0])


_ADDITIONS: dict[str, Callable[[Databases, Database, dict[str, Any]], Any]] = {
    "copy": editing.copy_database,
    "collections": editing.add_collection,
    "interests": editing.add_interest,
}


def _database(writes: Writes, reference: str) -> Reply:
    core, parts = writes.core, writes.parts
    base = core.databases.database(reference)
    if base is None:
        message = "No database with supplied ID"
        raise ApiError(message)
    match writes.method, parts[_PART:]:
        case "DELETE", []:
            core.databases.drop(base)
            return writes.gone(f"database {base.number}")
        case _, []:
            editing.rename(base, writes.given, [one.name for one in core.databases.databases])
            return writes.changed()
        case "POST", [("copy" | "collections" | "interests") as part, *_]:
            return writes.made(_ADDITIONS[part](core.databases, base, writes.given).number)
        case "POST", ["profiles", *_]:
            return writes.add_profile(base)
        case "PUT", ["profiles", *_]:
            return writes.change_profiles(base)
    return _either(writes, base)


def _collection(writes: Writes, reference: str) -> Reply:
    part = writes.core.databases.collection(reference)
    if part is None:
        message = "No collection with given ID"
        raise ApiError(message)
    match writes.method, writes.parts[_PART:]:
        case "DELETE", []:
            writes.core.databases.drop(part)
            return writes.gone(f"collection {part.number}")
        case _, []:
            base = writes.core.databases.database(str(part.database))
            taken = [] if base is None else [one.name for one in base.collections]
            editing.rename(part, writes.given, taken)
            return writes.changed()
    return _either(writes, part)


def _either(writes: Writes, owner: Database | Collection) -> Reply:
    """Do what can be done to databases and collections alike."""
    store, given = writes.core.databases, writes.given
    match writes.method, writes.parts[_PART:]:
        case "POST", ["fields", *_]:
            field = editing.add_field(store, owner, given)
            return writes.made(field.id_under(writes.core.switches.nested_ids))
        case _, ["field", *_]:
            return _field(writes, owner)
        case "POST" | "PUT", ["intentions", *_]:
            known = {name: bool(on) for name, on in given.items() if name in owner.intentions}
            owner.intentions = {**owner.intentions, **known}
            return writes.changed()
        case "POST" | "PUT", ["unsubscribe", *_]:
            if given.get("behavior") in {"nothing", "update", "remove"}:
                owner.unsubscribe = str(given["behavior"])
            if isinstance(given.get("fields"), dict):
                owner.unsubscribe_fields = given["fields"]
            return writes.changed()
    raise invalid_method()


def _field(writes: Writes, owner: Database | Collection) -> Reply:
    """Change or remove a field; its messages are others than those of ids elsewhere (observed)."""
    if len(writes.parts) <= _FIELD:
        message = "No field id supplied for the field"
        raise ApiError(message)
    field = editing.field_of(owner, writes.parts[_FIELD], writes.core.switches.nested_ids)
    if field is None:
        message = "Failed to get the field"
        raise ApiError(message)
    if writes.method == "DELETE":
        editing.remove_field(writes.core.databases, owner, field)
        return writes.gone(f"field {field.id_under(writes.core.switches.nested_ids)}")
    editing.change_field(writes.core.databases, owner, field, writes.given)
    return writes.changed()


def _profile(writes: Writes, reference: str) -> Reply:
    found = writes.person(writes.core.databases.profile, reference)
    if found is None:
        raise missing_entity()
    owner, row = found
    table = writes.core.databases.profiles[owner]
    match writes.method, writes.parts[_PART:]:
        case "DELETE", rest:
            return writes.remove(table, row, "profile", surplus=bool(rest))
        case _, []:
            return writes.change(table, row, writes.given.get("fields"))
        case _, ["fields", *_]:
            return writes.change(table, row, writes.given, fields_alone=True)
        case _, ["interests", *_]:
            return writes.change_interests(table, row)
        case _, ["subprofiles"]:
            raise ApiError(error_of(3))
        case _, ["subprofiles", collection, *_]:
            return writes.below(row, owner, collection)
        case "POST", ["datarequest", *_]:
            return writes.ask_for_data("profile", row)
    raise invalid_method()


def _subprofile(writes: Writes, reference: str) -> Reply:
    found = writes.person(writes.core.databases.subprofile, reference)
    if found is None:
        message = "No subprofile with supplied ID"
        raise ApiError(message)
    owner, row = found
    table = writes.core.databases.subprofiles[owner]
    match writes.method, writes.parts[_PART:]:
        case "DELETE", rest:
            return writes.remove(table, row, "subprofile", surplus=bool(rest))
        case _, []:
            return writes.change(table, row, writes.given.get("fields"))
        case _, ["fields", *_]:
            return writes.change(table, row, writes.given, fields_alone=True)
        case "POST", ["datarequest", *_]:
            return writes.ask_for_data("subprofile", row)
    raise invalid_method()


def _interest(writes: Writes, reference: str) -> Reply:
    number = php.identity(reference)
    given: dict[str, Any] | None = None if writes.method == "DELETE" else writes.given
    editing.change_interest(writes.core.databases, number, given)
    return writes.changed() if given is not None else writes.gone(f"interest {number}")


def _nothing_yet(_writes: Writes, _reference: str) -> Reply:
    """Refuse: selections, rules and conditions are not written here."""
    raise invalid_method()


_HANDLERS: dict[str, Handler] = {
    "database": _database,
    "collection": _collection,
    "profile": _profile,
    "subprofile": _subprofile,
    "interest": _interest,
    **dict.fromkeys(
        ("view", "miniview", "rule", "minirule", "condition", "minicondition"), _nothing_yet
    ),
}
# What can be written, by method: for the table of the documentation.
PATHS: dict[str, tuple[str, ...]] = {
    "POST": (
        "databases", "database/*", "database/*/copy", "database/*/collections",
        "database/*/fields", "database/*/field/*", "database/*/interests",
        "database/*/intentions", "database/*/unsubscribe", "database/*/profiles",
        "collection/*", "collection/*/fields", "collection/*/field/*",
        "collection/*/intentions", "collection/*/unsubscribe", "interest/*", "profile/*",
        "profile/*/fields", "profile/*/interests", "profile/*/subprofiles/*",
        "profile/*/datarequest", "subprofile/*", "subprofile/*/fields",
        "subprofile/*/datarequest",
    ),
    "PUT": (
        "database/*", "database/*/field/*", "database/*/intentions",
        "database/*/unsubscribe", "database/*/profiles", "collection/*",
        "collection/*/field/*", "collection/*/intentions", "collection/*/unsubscribe",
        "interest/*", "profile/*", "profile/*/fields", "profile/*/interests",
        "profile/*/subprofiles/*", "subprofile/*", "subprofile/*/fields",
    ),
    "DELETE": (
        "database/*", "database/*/field/*", "collection/*", "collection/*/field/*",
        "interest/*", "profile/*", "subprofile/*",
    ),
}  # fmt: skip

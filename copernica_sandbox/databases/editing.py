"""Changes of what databases consist of: databases, collections, fields and interests come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from copernica_sandbox import php
from copernica_sandbox.databases.shape import FIELD_TYPES, Interest
from copernica_sandbox.databases.table import Change, Owners, Table
from copernica_sandbox.http import ApiError
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from copernica_sandbox.databases.shape import Collection, Database, DataField
    from copernica_sandbox.databases.store import Databases

    Given = dict[str, Any]

REFUSED = "Invalid data provided"
_KINDS = {*FIELD_TYPES, "empty_data", "country", "language"}


def add_database(store: Databases, given: Given) -> Database:
    """Add an empty database; raises ApiError without a name, or for one that exists."""
    name = _name(given, [one.name for one in store.databases])
    base = store.builder.database({"name": name, "profiles": 0, "fields": []}, 0)
    base.description = str(given.get("description") or "")
    _attach(store, base)
    return base


def copy_database(store: Databases, source: Database, given: Given) -> Database:
    """Add a database with the fields, interests and collections of another, without profiles."""
    base = add_database(store, given)
    store.databases.remove(base)
    base.fields = [_anew(store, one, place) for place, one in enumerate(source.fields, 1)]
    base.interests = [
        Interest(store.builder.take("interest"), one.name, one.group) for one in source.interests
    ]
    for part in source.collections:
        copied = store.builder.collection({"name": part.name, "fields": []}, base)
        copied.fields = [_anew(store, one, place) for place, one in enumerate(part.fields, 1)]
        base.collections.append(copied)
    _attach(store, base)
    return base


def add_collection(store: Databases, base: Database, given: Given) -> Collection:
    """Add a collection without subprofiles."""
    name = _name(given, [one.name for one in base.collections])
    part = store.builder.collection({"name": name, "fields": [], "subprofiles": 0}, base)
    base.collections = [*base.collections, part]
    store.collections = [*store.collections, part]
    _below(store, part)
    return part


def rename(owner: Database | Collection, given: Given, taken: list[str]) -> None:
    """Change the name, the description and the flag of a database, or the name of a collection."""
    if "name" in given:
        own = [name for name in taken if name.lower() != owner.name.lower()]
        owner.name = _name(given, own)
    if "description" in given and hasattr(owner, "description"):
        owner.description = str(given["description"] or "")
    if "archived" in given and hasattr(owner, "archived"):
        owner.archived = bool(given["archived"])


def add_field(store: Databases, owner: Database | Collection, given: Given) -> DataField:
    """Add a field; rows that exist hold a zero in it (observed on v2)."""
    name = _name(given, [one.name for one in owner.fields])
    kind = given.get("type", "text")
    if kind not in _KINDS:
        raise ApiError(REFUSED)
    place = max((one.place for one in owner.fields), default=0) + 1
    field = store.builder.field(place, name, kind, _text(given.get("value")), late=True)
    field = _flagged(field, given)
    for table in _tables(store, owner):
        table.fill(field)
    describe(store, owner, [*owner.fields, field])
    return field


def change_field(
    store: Databases, owner: Database | Collection, old: DataField, given: Given
) -> None:
    """Change a field; its values stay under another name."""
    name = old.name
    if "name" in given:
        name = _name(given, [one.name for one in owner.fields if one is not old])
    kind = given.get("type", old.kind)
    if kind not in _KINDS:
        raise ApiError(REFUSED)
    default = _text(given["value"]) if "value" in given else old.default
    new = _flagged(replace(old, name=name, kind=kind, default=default), given)
    for table in _tables(store, owner):
        changes = table.touched.changes
        moved = {number: _moved(change, old.name, name) for number, change in changes.items()}
        table.touched = table.touched.with_(moved)
    describe(store, owner, [new if one is old else one for one in owner.fields])


def remove_field(store: Databases, owner: Database | Collection, field: DataField) -> None:
    """Remove a field with its values."""
    describe(store, owner, [one for one in owner.fields if one is not field])


def describe(store: Databases, owner: Database | Collection, fields: list[DataField]) -> None:
    """Give a database or a collection these fields."""
    owner.fields = fields
    for table in _tables(store, owner):
        table.describe(fields)
    store.selector.forget()


def add_interest(store: Databases, base: Database, given: Given) -> Interest:
    """Add an interest."""
    name = _name(given, [one.name for one in base.interests])
    interest = Interest(store.builder.take("interest"), name, _text(given.get("group")))
    base.interests = [*base.interests, interest]
    store.profiles[base.number].interests.append(name)
    return interest


def change_interest(store: Databases, number: int, given: Given | None) -> None:
    """Change an interest, or remove it where nothing is given; raises ApiError for no such id."""
    for base in store.databases:
        for one in base.interests:
            if one.number == number:
                name = _text(given.get("name", one.name)) if given else one.name
                group = _text(given.get("group", one.group)) if given else one.group
                kept = [] if given is None else [Interest(number, name, group)]
                others = [other for other in base.interests if other is not one]
                base.interests = sorted([*others, *kept], key=lambda other: other.number)
                renamed = None if given is None else name
                store.profiles[base.number].change_interest(one.name, renamed)
                return
    message = "No entity with supplied ID"
    raise ApiError(message)


def field_of(owner: Database | Collection, reference: str, nested_ids: str) -> DataField | None:
    """Return the field with this id, or this name in any case."""
    by_id = (one for one in owner.fields if str(one.id_under(nested_ids)) == reference)
    by_name = (one for one in owner.fields if one.name.lower() == reference.lower())
    return next(by_id, None) or next(by_name, None)


def _attach(store: Databases, base: Database) -> None:
    store.databases = [*store.databases, base]
    store.collections = [*store.collections, *base.collections]
    first = store.changes.highest(store.profiles) + 1
    noise = mix(81, base.number)
    store.profiles[base.number] = Table(
        first, 0, noise, store.period, fields=base.fields, interests=base.interests
    )
    for part in base.collections:
        _below(store, part)


def _below(store: Databases, part: Collection) -> None:
    """Give a new collection a table without rows."""
    first = store.changes.highest(store.subprofiles) + 1
    owners = Owners(store.profiles[part.database])
    store.subprofiles[part.number] = Table(
        first, 0, mix(82, part.number), store.period, fields=part.fields, owners=owners
    )


def _anew(store: Databases, field: DataField, place: int) -> DataField:
    return replace(field, number=store.builder.take("field"), place=place, late=False)


def _tables(store: Databases, owner: Database | Collection) -> list[Table]:
    both = (store.profiles, store.subprofiles)
    return [tables[owner.number] for tables in both if owner.number in tables]


def _moved(change: Change, old: str, new: str) -> Change:
    if old not in change.fields:
        return change
    return replace(
        change, fields={new if name == old else name: t for name, t in change.fields.items()}
    )


def _name(given: Given, taken: list[str]) -> str:
    """Return the name that is given; it must be text, not a number, and none that exists."""
    name = given.get("name")
    in_use = {other.lower() for other in taken}
    if not isinstance(name, str) or not name or php.is_number(name) or name.lower() in in_use:
        raise ApiError(REFUSED)
    return name


def _flagged(field: DataField, given: Given) -> DataField:
    hidden, index = (given.get(name) for name in ("hidden", "index"))
    return replace(
        field,
        hidden=field.hidden if hidden is None else bool(hidden),
        index=field.index if index is None else bool(index),
    )


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)

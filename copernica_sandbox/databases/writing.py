"""How databases, their parts and their rows are written in replies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import damage
from copernica_sandbox.databases import catalogue
from copernica_sandbox.databases.values import NUMBERS, meaning
from copernica_sandbox.numbers import mix
from copernica_sandbox.render import Renderer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.databases.catalogue import Record
    from copernica_sandbox.databases.shape import (
        Collection,
        Database,
        DataField,
        Interest,
        View,
    )
    from copernica_sandbox.databases.table import Period, Row, Table
    from copernica_sandbox.switches import Switches

_INTENTIONS = {"email": True, "sms": False, "fax": False, "pdf": False}
_DEFAULT_LENGTH = {"text": "225", "big": "0"}


class Writer:
    """Writes what databases consist of, under the switches in force."""

    def __init__(self, switches: Switches, clock: WallClock, period: Period) -> None:
        """Take the switches, the account's clock and the period in which everything was made."""
        self._switches, self._clock, self._period = switches, clock, period

    def database(self, one: Database) -> dict[str, Any]:
        """Return a database with its fields, interests and collections embedded."""
        cap = self._switches.embedded_cap
        return self._written(
            catalogue.DATABASE,
            {
                "ID": one.number,
                "name": one.name,
                "description": one.description,
                "archived": one.archived,
                "created": self._clock.text(self._period.begin),
                "fields": embedded(one.fields, self.field, cap),
                "interests": embedded(one.interests, self.interest, cap),
                "collections": embedded(one.collections, self.collection, cap),
                "intentions": dict(one.intentions),
            },
        )

    def field(self, one: DataField) -> dict[str, Any]:
        """Return the definition of a field."""
        row = {
            "ID": one.id_under(self._switches.nested_ids),
            "name": one.name,
            "type": one.kind,
            "value": one.default,
            "displayed": not one.hidden,
            "ordered": False,
            "length": _DEFAULT_LENGTH.get(one.kind, "50"),
            "textlines": "1",
            "hidden": one.hidden,
            "index": one.index,
        }
        return self._written(catalogue.FIELD, row)

    def interest(self, one: Interest) -> dict[str, Any]:
        """Return an interest."""
        row = {"ID": one.number, "name": one.name, "group": one.group}
        return self._written(catalogue.INTEREST, row)

    def collection(self, one: Collection) -> dict[str, Any]:
        """Return a collection with its fields embedded."""
        row = {
            "ID": one.number,
            "name": one.name,
            "database": one.database,
            "fields": embedded(one.fields, self.field, self._switches.embedded_fields_cap),
            "intentions": dict(one.intentions),
        }
        return self._written(catalogue.COLLECTION, row)

    def unsubscribe(self, one: Database | Collection) -> dict[str, Any]:
        """Return what an unsubscribe does; without values to write, the map is empty."""
        fields: dict[str, Any] = {}
        if one.unsubscribe == "update":
            last = {one.fields[-1].name: "no"} if one.fields else {}
            fields = last if one.unsubscribe_fields is None else one.unsubscribe_fields
        return self._written(catalogue.UNSUBSCRIBE, {"behavior": one.unsubscribe, "fields": fields})

    def view(self, one: View, views: Sequence[View], *, child: bool = False) -> dict[str, Any]:
        """Return a selection; ``views`` are all of its database."""
        nested = one.parent is not None
        row = {
            **self._selection(one),
            "parent-type": "view" if nested else "database",
            "parent-id": one.parent if nested else one.owner,
            "has-children": any(other.parent == one.number for other in views),
            "has-referred": False,
            "has-rules": True,
            "database": one.owner,
        }
        return self._written(catalogue.CHILD_VIEW if child else catalogue.VIEW, row)

    def miniview(self, one: View) -> dict[str, Any]:
        """Return a selection of subprofiles."""
        row = {
            **self._selection(one),
            "parent-type": "collection",
            "parent-id": one.owner,
            "collection": one.owner,
        }
        return self._written(catalogue.MINIVIEW, row)

    def _selection(self, one: View) -> dict[str, Any]:
        built = self._clock.text(self._period.end) if one.built else "0000-00-00 00:00:00"
        return {
            "ID": one.number,
            "name": one.name,
            "description": "",
            "last-built": built,
            "intentions": dict(_INTENTIONS),
        }

    def _written(self, record: Record, row: dict[str, Any]) -> dict[str, Any]:
        fields = record.fields
        if not self._switches.intentions:
            fields = tuple(field for field in fields if field.name != "intentions")
        return Renderer(fields, self._switches).one(row)


class RowWriter:
    """Writes the rows of one table."""

    def __init__(
        self, table: Table, owner: int, switches: Switches, clock: WallClock, *, dataonly: bool
    ) -> None:
        """Take the table, the database or collection it belongs to, and how to write."""
        record = catalogue.PROFILE if table.owners is None else catalogue.SUBPROFILE
        self._parent = "database" if table.owners is None else "collection"
        self._owner, self._clock, self._switches = owner, clock, switches
        self._kinds = {field.name: field.kind for field in table.fields}
        self._renderer = Renderer(record.cut(dataonly=dataonly), switches)
        self._plain = (
            switches.field_values == "text" and not switches.marker and switches.damage == "none"
        )

    def row(self, row: Row) -> dict[str, Any]:
        """Return a row as it goes into a reply."""
        text = self._clock.text
        written = self._renderer.one(
            {
                "ID": row.number,
                "fields": self.fields(row),
                "interests": row.interests,
                self._parent: self._owner,
                "profile": row.owner,
                "secret": row.secret,
                "created": text(row.created),
                "modified": text(row.modified),
                "removed": False if row.removed is None else text(row.removed),
            }
        )
        if self._switches.interests != "names" and "interests" in written:
            kind = bool if self._switches.interests == "booleans" else int
            states = {"2024": False, **dict.fromkeys(row.interests, True), "Not chosen": False}
            written["interests"] = {name: kind(state) for name, state in states.items()}
        return written

    def fields(self, row: Row) -> dict[str, Any]:
        """Return the values by field."""
        if self._plain:
            return row.fields
        values = {
            name: self._value(self._kinds[name], text, mix(row.number, at))
            for at, (name, text) in enumerate(row.fields.items())
        }
        if self._switches.damage == "none" or not damage.is_hit(row.number):
            return values
        return {name: self._damaged(self._kinds[name], value) for name, value in values.items()}

    def _damaged(self, kind: str, value: Any) -> Any:
        if kind in NUMBERS:
            return damage.number(value, self._switches.damage)
        is_text = kind in {"text", "big", "email"} and isinstance(value, str)
        return damage.text(value, "", self._switches.damage) if is_text else value

    def _value(self, kind: str, text: str, noise: int) -> Any:
        form = self._switches.field_values
        if kind in NUMBERS:
            typed = form == "typed" or (form == "mixed" and noise % 2)
            return meaning(kind, text) if typed and text else text
        if form == "mixed" and text == "" and noise % 2:
            return None
        return text + self._switches.marker if kind in {"text", "big", "email"} else text


def embedded(items: Sequence[Any], write: Callable[[Any], Any], cap: int) -> dict[str, Any]:
    """Return a list within another record, cut off at its own cap."""
    data = [write(item) for item in items[:cap]]
    return {"start": 0, "limit": cap, "count": len(data), "data": data, "total": len(items)}

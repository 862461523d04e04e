"""Which databases an account has: a plain one; where asked for more of them, or for hard names.

Or exactly those that a test describes (`Options.layout`), each as an object of which everything may
be left out but the names:

    {"name": "Customers", "profiles": 1000, "description": "", "archived": False,
     "unsubscribe": "nothing" | "update" | "remove",
     "fields": [(name, type), (name, type, default value), ...], "interests": [(name, group), ...],
     "collections": [{"name": "Orders", "fields": [...], "subprofiles": 2000 or "ratio": 2,
                      "miniviews": [(name, every how-many-th row), ...]}, ...],
     "views": [(name, every how-many-th row, [views within it], was it ever built), ...]}
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from copernica_sandbox.account import Targets
from copernica_sandbox.databases.shape import (
    Collection,
    Database,
    DataField,
    Interest,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SELECT = "unknown*\r\nfemale\r\nmale"
_PLAIN: dict[str, Any] = {
    "name": "Customers",
    "description": "Everyone who ordered once",
    "unsubscribe": "update",
    "fields": [
        ("Email", "email"), ("Firstname", "text"), ("City", "text"), ("Orders", "integer"),
        ("Spent", "float"), ("Birthday", "date"), ("Anniversary", "empty_date"),
        ("Lastlogin", "datetime"), ("Nextvisit", "empty_datetime"), ("Phone", "phone"),
        ("Fax", "phone_fax"), ("Mobile", "phone_gsm"), ("Gender", "select"), ("Notes", "big"),
        ("Referrer", "foreign_key"),
    ],
    "interests": [("cycling", "hobby"), ("chess", "hobby"), ("newsletter", "mail")],
    "collections": [
        {
            "name": "Orders",
            "ratio": 2,
            "fields": [
                ("Number", "integer"), ("Amount", "float"), ("Date", "date"),
                ("Paid", "empty_datetime"), ("Product", "text"), ("Status", "select"),
            ],
            "miniviews": [("Unpaid", 3), ("Large", 7)],
        },
        {"name": "Visits", "fields": [("Page", "text"), ("At", "datetime")], "miniviews": []},
    ],
    "views": [("Subscribers", 2, [("Active", 2, [("Very active", 5, [])])]), ("Newcomers", 9, [])],
}  # fmt: skip
# Names that warehouses, filters and Singer targets stumble over. `modified`, `ID` and `code` shadow
# the special names of fields[]; `E-mail` and `e_mail`, and the two collections, become one name.
_NASTY: dict[str, Any] = {
    "name": "Klanten & Prospects: België / 2e lijst",
    "description": 'Names with "quotes", <tags> and \u20ac',
    "unsubscribe": "remove",
    "fields": [
        ("E-mail", "email"), ("e_mail", "text"), ("modified", "datetime"), ("ID", "integer"),
        ("code", "text"), ("First name", "text"), ("Prénom", "text"), ("2e adres", "text"),
        ("select", "select"), ("order", "integer"), ("group", "float"), ("Straße", "text"),
        ("東京", "text"), ("100%", "integer"), ("a.b", "text"), ('say "hi"', "text"),
        ("it's", "text"), ("back\\slash", "text"), ("tab\there", "text"), ("_sdc_batched_at", "text"),
        ("removed", "date"), ("secret", "text"), ("interests", "text"), ("null", "empty_date"),
        ("geboren op", "empty_datetime"), ("Fax", "phone_fax"), ("Gsm", "phone_gsm"),
        ("Telefoon", "phone"), ("Memo", "big"), ("Ouder", "foreign_key"), ("Taal", "language"),
        ("x" * 64, "text"),
    ],
    "interests": [("Fietsen", ""), ("fietsen?", "Hobby's"), ("Één", "Hobby's")],
    "collections": [
        {"name": "Bestellingen (NL)", "fields": [("modified", "date"), ("bedrag in €", "float"),
                                                 ("geleverd", "empty_data")],
         "miniviews": [("Ouder dan een jaar", 4)]},
        {"name": "bestellingen nl", "fields": [("id", "foreign_key"), ("group by", "text")],
         "miniviews": []},
        {"name": "Empty of fields", "fields": [], "miniviews": []},
    ],
    "views": [("Nooit gebouwd", 3, [], False), ("Op = en / in", 4, [("Dieper", 3, [])])],
}  # fmt: skip
_EMPTY: dict[str, Any] = {
    "name": "Archive",
    "archived": True,
    "profiles": 0,
    "fields": [("Email", "email"), ("Left", "date")],
    "collections": [{"name": "Letters", "fields": [("Sent", "datetime")]}],
}
_NASTY_PROFILES, _OTHER_PROFILES = 300, 50
_FIRST = {"database": 11, "field": 501, "interest": 31, "collection": 701, "view": 90, "mini": 950}


_DATABASE_KEYS = {
    "name", "profiles", "description", "archived", "unsubscribe", "fields", "interests",
    "collections", "views",
}  # fmt: skip
_COLLECTION_KEYS = {"name", "fields", "subprofiles", "ratio", "miniviews"}


class Builder:
    """Turns descriptions into databases, whose parts are numbered over the whole account."""

    def __init__(self) -> None:
        """Begin with the first number of each kind."""
        self._next: dict[str, Iterator[int]] = {kind: count(n) for kind, n in _FIRST.items()}

    def field(
        self, place: int, name: str, kind: str, default: str | None = None, *, late: bool = False
    ) -> DataField:
        """Return a new field, the ``place``-th (from 1) of its database or collection."""
        if default is None:
            default = {"select": _SELECT, "integer": "0", "float": "0"}.get(kind, "")
        index = kind in {"email", "integer"}
        number = self.take("field")
        return DataField(number, name, kind, default, index=index, late=late, place=place)

    def database(self, given: dict[str, Any], profiles: int) -> Database:
        """Return the database of a description (see `Options.layout`)."""
        _check(given, _DATABASE_KEYS)
        number = self.take("database")
        size = given.get("profiles", profiles)
        result = Database(
            number,
            given.get("name", f"Database {number}"),
            size,
            given.get("description", ""),
            given.get("archived", False),
            given.get("unsubscribe", "nothing"),
            self._fields(given.get("fields", [("Email", "email")])),
            [Interest(self.take("interest"), *one) for one in given.get("interests", [])],
        )
        result.collections = [self.collection(one, result) for one in given.get("collections", [])]
        for view in given.get("views", []):
            self._views(result, view, None, 1)
        return result

    def _fields(self, given: Iterable[tuple[str, ...]]) -> list[DataField]:
        return [self.field(place, *one) for place, one in enumerate(given, 1)]

    def collection(self, given: dict[str, Any], database: Database) -> Collection:
        """Return a new collection of a database, of a description."""
        _check(given, _COLLECTION_KEYS)
        size = given.get("subprofiles", database.size * given.get("ratio", 1))
        fields = self._fields(given.get("fields", [("Value", "text")]))
        result = Collection(
            self.take("collection"), given["name"], database.number, size, fields=fields
        )
        for name, step in given.get("miniviews", []):
            number = self.take("mini")
            result.miniviews.append(View(number, name, result.number, None, step, 0))
        return result

    def _views(
        self, database: Database, given: tuple[Any, ...], parent: int | None, step: int
    ) -> None:
        name, every, children, *rest = given
        number, step = self.take("view"), step * every
        built = rest[0] if rest else True
        database.views.append(View(number, name, database.number, parent, step, 0, built=built))
        for child in children:
            self._views(database, child, number, step)

    def take(self, kind: str) -> int:
        """Return the next number of a kind."""
        return next(self._next[kind])


def described(  # noqa: PLR0913  (these are the options of an account)
    layout: Iterable[dict[str, Any]] | None,
    *,
    databases: int,
    hard_names: bool,
    profiles: int,
    fields: int,
    collections: int,
) -> list[dict[str, Any]]:
    """Return the descriptions of the account's databases.

    ``layout`` as it is. Without it a plain database, which every loader takes; with ``hard_names`` a
    second one, whose names loaders stumble over; then an empty one and simple ones, up to
    ``databases``. Each is filled up to that many ``fields`` and ``collections``.
    """
    if layout is not None:
        return list(layout)
    known = [{"profiles": profiles, **_PLAIN}]
    if hard_names:
        known.append({"profiles": _NASTY_PROFILES, **_NASTY})
        databases = max(databases, len(known))
    known.append(_EMPTY)
    rest = [{"profiles": _OTHER_PROFILES} for _ in range(databases - len(known))]
    return [_filled(one, fields, collections) for one in (known + rest)[:databases]]


def targets(layout: list[dict[str, Any]]) -> Targets:
    """Return what mailings can be sent to: the first database, its selections and collections."""
    first = Builder().database(layout[0] if layout else {}, 0)
    views = tuple(view.number for view in first.views)
    return Targets(first.number, views, tuple(one.number for one in first.collections))


def _check(given: dict[str, Any], known: set[str]) -> None:
    if unknown := set(given) - known:
        msg = (
            f"unknown in a layout: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
        raise ValueError(msg)


def _filled(given: dict[str, Any], fields: int, collections: int) -> dict[str, Any]:
    own = list(given.get("fields", [("Email", "email")]))
    own += [(f"Field {n}", "text") for n in range(len(own) + 1, fields + 1)]
    parts = list(given.get("collections", []))
    parts += [{"name": f"Collection {n}"} for n in range(len(parts) + 1, collections + 1)]
    return {**given, "fields": own, "collections": parts}

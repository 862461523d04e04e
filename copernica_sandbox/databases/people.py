"""One write: what it was given, what it does to profiles and subprofiles, and how it is answered."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from copernica_sandbox import php
from copernica_sandbox.databases.conditions import conditions
from copernica_sandbox.databases.editing import REFUSED
from copernica_sandbox.databases.given import secret_text, texts
from copernica_sandbox.databases.listing import asked_of
from copernica_sandbox.http import ApiError, Reply, invalid_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.core import Core
    from copernica_sandbox.databases.shape import Database
    from copernica_sandbox.databases.table import Row, Table
    from copernica_sandbox.http import Call

    Found = tuple[int, Row] | None

_EMPTY = "text/html; charset=UTF-8"  # what PHP says of an answer without a body
_WITH_EMPTY_ANSWERS = 3  # the version from which on writes answer 204


def error_of(element: int) -> str:
    """Return the message for a path whose part (from 0) is missing."""
    return f"Invalid request, element {element} is missing in 'directory' path"


class Writes:
    """One write."""

    def __init__(self, core: Core, call: Call) -> None:
        """Take the account and the call."""
        self.core, self.call = core, call
        self.parts, self.method = call.parts, call.request.method

    @cached_property
    def given(self) -> dict[str, Any]:
        """Return the body: JSON, or a form; anything but an object is as good as nothing."""
        body = self.call.request.body
        if not body.strip():
            return {}
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError:
            return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return value if isinstance(value, dict) else {}

    # Answers

    def made(self, number: int) -> Reply:
        """Answer that something was made."""
        return Reply(201, b"", _EMPTY, [("X-Created", str(number))])

    def changed(self, path: str | None = None) -> Reply:
        """Answer that something was changed; v2 says where to look at it."""
        if self.call.version >= _WITH_EMPTY_ANSWERS:
            return Reply(204, b"", _EMPTY)
        if self.method == "POST":
            return Reply(200, b"", _EMPTY)
        request = self.call.request
        parts = [part for part in self.parts if part]
        if parts[0] in {"profile", "subprofile"} and parts[2:3] == ["fields"]:
            parts = parts[:2]
        url = f"http://{request.host}/{path or '/'.join(parts)}"
        query = f"?{request.query}" if self.core.switches.location_query else ""
        return Reply(303, b"", _EMPTY, [("Location", f"{url}{query}")])

    def gone(self, what: str) -> Reply:
        """Answer that something was removed."""
        if self.call.version >= _WITH_EMPTY_ANSWERS:
            return Reply(204, b"", _EMPTY)
        return Reply(200, b"", _EMPTY, [("X-deleted", what)])

    # People

    def person(self, find: Callable[[int], Found], reference: str) -> Found:
        """Find a (sub)profile by the id in the path, which must be a plain number."""
        return find(php.identity(reference))

    def add_profile(self, base: Database) -> Reply:
        """Add a profile; unknown fields are ignored, also the secret, which only PUT can set."""
        table = self.core.databases.profiles[base.number]
        fields = self._fields_of_many()
        row = {"fields": self._texts(table, fields), "interests": self._interests(table) or ()}
        return self.made(self.core.databases.changes.add(table, [row], self.core.now())[0])

    def change_profiles(self, base: Database) -> Reply:
        """Change all profiles that meet the conditions of the URL; `create` adds one where none does."""
        table = self.core.databases.profiles[base.number]
        return self._change_many(table, self._fields_of_many(), "profile", None)

    def below(self, profile: Row, database: int, reference: str) -> Reply:
        """Add a subprofile, or change those of a profile that meet the conditions of the URL."""
        if self.method not in {"POST", "PUT"}:
            raise invalid_method()
        of_base = [c for c in self.core.databases.collections if c.database == database]
        by_id = (one for one in of_base if str(one.number) == reference)
        by_name = (one for one in of_base if one.name.lower() == reference.lower())
        part = next(by_id, None) or next(by_name, None)
        if part is None:
            message = "Subprofile could not be created"
            raise ApiError(message)
        table = self.core.databases.subprofiles[part.number]
        if self.method == "PUT":
            return self._change_many(table, self.given, "subprofile", profile.number)
        row = {"fields": self._texts(table, self.given), "profile": profile.number}
        return self.made(self.core.databases.changes.add(table, [row], self.core.now())[0])

    def change(self, table: Table, row: Row, fields: Any, *, fields_alone: bool = False) -> Reply:
        """Change one (sub)profile; fields that are no object are ignored."""
        given = fields if isinstance(fields, dict) else {}
        secret = None if fields_alone else self.given.get("secret")
        self.core.databases.changes.write(
            table,
            row,
            self._texts(table, given),
            self.core.now(),
            interests=None if fields_alone else self._interests(table),
            secret=None if secret is None else secret_text(secret),
        )
        return self.changed()

    def change_interests(self, table: Table, row: Row) -> Reply:
        """Set the interests of a profile; POST adds to those that it has."""
        names = self._named(table, self.given.get("interests", self._body()))
        if self.method == "POST":
            names = tuple(name for name in table.interests if name in {*row.interests, *names})
        now = self.core.now()
        self.core.databases.changes.write(table, row, {}, now, interests=names)
        return self.changed()

    def remove(self, table: Table, row: Row, kind: str, *, surplus: bool) -> Reply:
        """Remove a (sub)profile; that it is removed already counts before a wrong path."""
        if row.removed is not None:
            message = f"This {kind} has already been removed"
            raise ApiError(message)
        if surplus:
            raise invalid_method()
        wholly = php.truth(self.call.parameters.get("completely"), default=False)
        self.core.databases.changes.remove(table, [row.number], self.core.now(), completely=wholly)
        return self.gone(f"{kind} {row.number}")

    def ask_for_data(self, kind: str, row: Row) -> Reply:
        """Ask for all data of a person."""
        return self.made(self.core.datarequests.add(kind, row.number, self.core.now()))

    def _change_many(
        self, table: Table, fields: dict[str, Any], kind: str, profile: int | None
    ) -> Reply:
        given_fields = self.call.parameters.get("fields")
        # Of subprofiles also one that is no list is refused, of profiles it is ignored (observed).
        if given_fields is None or (profile is not None and not isinstance(given_fields, list)):
            message = "URL parameter fields is required"
            raise ApiError(message)
        core = self.core
        asked = asked_of(core, self.call, table)
        numbers = core.databases.selector.select(table, asked, core.clock)
        found = (table.find(number) for number in numbers.cut(0, len(numbers)))
        rows = [row for row in found if row and profile in {None, row.owner}]
        given = self._texts(table, fields)
        known = conditions(self.call.parameters, table.fields)
        if not rows and known and php.truth(self.call.parameters.get("create"), default=False):
            new = {"fields": given, "profile": profile}
            number = core.databases.changes.add(table, [new], core.now())[0]
            if self.call.version >= _WITH_EMPTY_ANSWERS:
                return self.made(number)
            # Of a new subprofile neither the id nor the right place is told (observed).
            return self.changed(f"{kind}/{number}" if kind == "profile" else None)
        for row in rows:
            core.databases.changes.write(table, row, given, core.now())
        return self.changed()

    def _fields_of_many(self) -> dict[str, Any]:
        """Return the fields that are given beside other properties; anything else is an error."""
        fields = self.given.get("fields", {})
        if isinstance(fields, list) and not fields:
            return {}
        if not isinstance(fields, dict):
            raise ApiError(REFUSED)
        return fields

    def _texts(self, table: Table, given: dict[str, Any]) -> dict[str, str]:
        return texts(given, table.fields, self.core.clock, self.core.now())

    def _interests(self, table: Table) -> tuple[str, ...] | None:
        found = self.given.get("interests")
        return None if found is None else self._named(table, found)

    def _named(self, table: Table, given: Any) -> tuple[str, ...]:
        """Return the known interests of a list of names, or of an object of names and flags."""
        if isinstance(given, dict):
            given = [name for name, on in given.items() if on and on != "0"]
        names = {str(name).lower() for name in given} if isinstance(given, list) else set()
        return tuple(name for name in table.interests if name.lower() in names)

    def _body(self) -> Any:
        try:
            return orjson.loads(self.call.request.body)
        except orjson.JSONDecodeError:
            return []

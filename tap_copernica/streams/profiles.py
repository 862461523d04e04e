"""Profiles of one database, subprofiles of one collection: one stream each, with the account's fields.

Read in passes (`passes.py`): the first is complete, later ones bring what was modified since.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_copernica.account.definitions import field_ids, meant
from tap_copernica.account.names import FIELDS_PREFIX, fitted
from tap_copernica.account.origin import Origin, names_of
from tap_copernica.errors import ApiError, EndlessError, NotOfferedError
from tap_copernica.reading.parents import is_gone
from tap_copernica.reading.passes import Pass
from tap_copernica.records import fields as f
from tap_copernica.records.known_fields import KnownFields
from tap_copernica.records.personal import holds_text
from tap_copernica.records.profile_rows import ProfileReader
from tap_copernica.streams.base import Stream
from tap_copernica.streams.profile_pages import ProfilePages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import requests

    from tap_copernica.context import CopernicaTap
    from tap_copernica.http.question import Question
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Action, Rules
    from tap_copernica.records.rows import Record

_MODIFIED = "modified"
_COLUMNS = "columns"
_TEXT_FIELDS = "text fields"  # stands in messages for fields whose names are not known


class BaseProfilesStream(Stream):
    """What profiles and subprofiles share."""

    primary_keys = ("ID",)
    replication_key = _MODIFIED
    optional_fields = ("secret",)
    cost = "1 per 1000 rows, at least 1; above 2000 rows 2, and 1 per 100,000 on the bulk host"
    without_bookmark = "all is read again"
    prefix: ClassVar[str]
    """What the names of its streams begin with."""
    parent: ClassVar[str]
    """The field with the id of the database or collection."""
    rows_path: ClassVar[str]
    """The end of the list's path."""

    def __init__(
        self,
        tap: CopernicaTap,
        name: str,
        schema: Schema,
        owner: str | None,
        origin: Origin | None = None,
    ) -> None:
        """Make the stream of one database or collection.

        Args:
            tap: the tap.
            name: the stream's name.
            schema: of its records, from discovery or from a catalog.
            owner: what it reads, like `database/12`; None where the catalog lost it.
            origin: what else the catalog says of it; None where a catalog of an earlier version does not.
        """
        given = schema.get("properties", {})
        fields = given.get("fields", {})
        database = None if origin is None else origin.name
        self.fields_protection = tap.personal.of(name, fields, database=database)
        dropped = self.fields_protection.dropped
        self._read_fields = fields
        own = self.schema_with(f.without(fields, dropped) if dropped else fields)
        if "fields" not in given:
            del own["properties"]["fields"]
        super().__init__(tap, name=name, schema=own)
        # They are written into the catalog, so that a run with it knows what to read.
        self.owner_path = self.catalog_table = owner
        self.origin = origin
        self._field_ids: Mapping[str, int] = {}
        self.catalog_database = None if origin is None else origin.text

    @override
    def personal_actions(self, rules: Rules) -> dict[str, Action]:
        """Add the account's own fields; a catalog may lack those that were dropped before."""
        database = None if self.origin is None else self.origin.name
        known = rules.actions(self.name, self._read_fields, database=database)
        if not any(map(holds_text, self._read_fields.get("properties", {}).values())):
            any_text = {"properties": {_TEXT_FIELDS: {"type": ["string", "null"]}}}
            known |= rules.actions(self.name, any_text, database=database)
        return {**super().personal_actions(rules), **known}

    @staticmethod
    @abstractmethod
    def schema_with(fields: Schema) -> Schema:
        """Make the schema of its records around that of the account's fields."""

    @cached_property
    @override
    def reader(self) -> ProfileReader:
        read = self.read_schema
        if "fields" in read["properties"]:
            read = {**read, "properties": {**read["properties"], "fields": self._read_fields}}
        return ProfileReader(
            self.name,
            read,
            self.settings.clock,
            protection=self.protection,
            fields_protection=self.fields_protection,
            logger=self.logger,
            withheld=self.withheld,
        )

    @override
    def read(self) -> Iterator[Record]:
        owner = self._origin()
        self.belongs_to(owner.path)
        self._say_former_name(owner)
        self._field_ids, hidden = owner.field_ids, owner.hidden
        running = self._pass(hides_modified=_MODIFIED in hidden)
        self.path = f"/{owner.path}/{self.rows_path}"
        pages = ProfilePages(self, owner.id)
        columns = {_COLUMNS: self._columns}
        try:
            for records, reached in (
                pages.by_offset(running) if "id" in hidden else pages.by_id(running)
            ):
                yield from self.emit(records)
                self.write_state(**{"pass": self._dated(reached).state()}, **columns)
                self.calls.check()
            self.evidence = pages.evidence
        except EndlessError:
            self.write_state(**{"pass": None})  # the ids that came cannot be real ones
            raise
        except ApiError as error:
            if is_gone(error):
                raise self._is_gone() from None
            raise
        running = self._dated(running)
        kept = self._fields_after(running)
        self.write_state(self._bookmark_after(running), **{"pass": None}, **columns, fields=kept)

    # Where a pass begins and ends

    def _origin(self) -> Origin:
        """Find what to read: from a catalog that is younger than a day, else from the account."""
        if self.origin is not None and self._is_catalog_enough(self.origin):
            if not self._is_meant(self.origin):
                raise self._is_left_out()
            return self.origin
        definitions = self.tap.definitions
        owner = definitions.owner(self.owner_path, self.name)
        if owner is None:
            raise self._is_gone()
        if not definitions.is_chosen(owner):
            raise self._is_left_out()
        for name in field_ids(owner):  # what the account has got since the catalog was made
            if name not in self.reader.fields.names:
                self.reader.fields.drop(name)
        return Origin.of(owner, self.calls.now())

    def _is_catalog_enough(self, origin: Origin) -> bool:
        if self.tap.definitions.are_known or not origin.is_fresh(self.calls.now()):
            return False
        # An entry of `databases` that the catalog does not know may be a mistake. A number that is no id in
        # it may be the id of another database, even if one is called so. The account tells.
        known, entries = self._databases_of_catalog, self.settings.databases or ()
        return all(
            entry in map(str, known) if entry.isdecimal() else meant(entry, known)
            for entry in entries
        )

    def _is_meant(self, origin: Origin) -> bool:
        known, entries = self._databases_of_catalog, self.settings.databases
        return entries is None or any(origin.database in meant(entry, known) for entry in entries)

    @property
    def _databases_of_catalog(self) -> dict[int, str]:
        """The names of the databases that the catalog knows, by their ids: the same for all streams."""
        streams = self.tap.streams.values()
        origins = (one.origin for one in streams if isinstance(one, BaseProfilesStream))
        return self.run.shared("databases of the catalog", lambda: names_of(origins))

    def _is_gone(self) -> NotOfferedError:
        what = self.owner_path or "such list"
        return NotOfferedError(f"{self.name}: the account has no {what} any more.", "")

    def _is_left_out(self) -> NotOfferedError:
        return NotOfferedError(f"{self.name}: the setting `databases` leaves it out.", "")

    def _say_former_name(self, owner: Origin) -> None:
        """Warn if the state shows that the stream had another name before, so that all is read again."""
        if self._has_state():
            return
        for name, state in self.tap.bookmarks.items():
            # States of earlier versions do not say what they belong to, and names in them were not cut.
            if (
                name != self.name
                and name.startswith(self.prefix)
                and (state.get("source") == owner.path or fitted(name) == self.name)
            ):
                self.logger.warning(
                    "%s: this stream was called %s before. It is read whole under its new name, into a "
                    "table of its own.",
                    self.name,
                    name,
                )

    def _has_state(self) -> bool:
        return self.bookmark is not None or self.progress("pass") is not None

    def _pass(self, *, hides_modified: bool) -> Pass:
        """Go on with the pass in the state, or begin one."""
        if hides_modified:
            self.logger.info(
                "%s: a field of the account is called `modified` and hides the time of the last change "
                "in filters, so all rows are read.",
                self.name,
            )
        complete = Pass(self.began, None, fields=self._known_fields.text)
        unfinished = Pass.of_state(self.progress("pass")) if self.is_incremental else None
        if self._has_other_columns() or self._has_new_fields(unfinished):
            return complete
        since = None if hides_modified else self._since()
        if unfinished is None:
            return complete if since is None else Pass(complete.began, since)
        return replace(unfinished, since=None) if hides_modified else unfinished

    def _dated(self, running: Pass) -> Pass:
        """Correct when a pass began, once the API's clock is known: no later than that clock says."""
        return replace(running, began=min(running.began, self.began))

    @property
    def _known_fields(self) -> KnownFields:
        """The fields that are selected."""
        mask, own = self.mask, self.own_schema["properties"]
        return KnownFields(
            [name for name in own if name != "fields" and mask[("properties", name)]],
            {
                name: schema
                for name, schema in self._account_fields.items()
                if mask[("properties", "fields", "properties", name)]
            },
            self._field_ids,
        )

    def _has_new_fields(self, unfinished: Pass | None) -> bool:
        """Tell whether fields are new since the last complete pass, or since this one began; warn if so."""
        if not self.is_incremental or not self._has_state():
            return False
        is_complete = unfinished is not None and unfinished.since is None
        before = unfinished.fields if unfinished and is_complete else self.progress("fields")
        new = self._known_fields.new_since(before)
        if new:
            self.logger.warning(
                "%s: new since the last complete read, or of another type or id: %s. All rows are read once "
                "more, so that all have these values: a call per %d rows, or per 100,000 from the bulk host.",
                *(self.name, ", ".join(f"`{name}`" for name in new), self.settings.page_size),
            )
        return bool(new)

    def _fields_after(self, finished: Pass) -> str:
        """Give the fields that all rows have after a pass."""
        if finished.since is None and finished.fields is not None:
            return self._known_fields.still(finished.fields)
        return self._known_fields.still(self.progress("fields"))

    @property
    def _columns(self) -> list[list[str]] | None:
        """Pairs of a field and its column's name, where that is another; None where there are none.

        A list, not an object: Meltano merges objects of states key by key, and takes lists from the newest.
        """
        if not self.config.get("flattening_enabled"):
            return None
        fields = self._account_fields.items()
        return sorted([name, field["title"]] for name, field in fields if "title" in field) or None

    @property
    def _account_fields(self) -> dict[str, Schema]:
        """The schemas of the account's fields; none where the catalog lacks them."""
        fields: dict[str, Schema] = (
            self.own_schema["properties"].get("fields", {}).get("properties", {})
        )
        return fields

    def _has_other_columns(self) -> bool:
        """Tell whether a field's column has another name than in the run before; warn if so."""
        if not self._has_state():
            return False
        before, now = _pairs(self.progress(_COLUMNS)), _pairs(self._columns)
        changed = [name for name in self._account_fields if before.get(name) != now.get(name)]
        if changed and self.is_incremental:
            self.logger.warning(
                "%s: other columns than before for %s. All rows are read once more, so that none lacks these "
                "values.",
                self.name,
                ", ".join(
                    f"`{name}` (now {FIELDS_PREFIX}{now.get(name, name)})" for name in changed
                ),
            )
        return bool(changed)

    def _since(self) -> datetime | None:
        reached = self.reached()
        if reached is None:
            return None
        return self._legal(self.reads_again_from(reached, self.calls.now()))

    def _bookmark_after(self, finished: Pass) -> str:
        """Give the bookmark after a pass: when it began. The next one reads what changed meanwhile."""
        return self.bookmark_at(self._legal(finished.began - self.settings.lag))

    def _legal(self, instant: datetime) -> datetime:
        """Move an instant back to a time that occurs once on the account's clock."""
        clock = self.settings.clock
        return clock.instant(clock.legal_before(clock.wall(instant)))

    # Calls

    def bulk_request(self, question: Question, last: int) -> requests.PreparedRequest:
        """Make the request for rows above an id from the bulk host, with credentials in it."""
        request = self.run.bulk.moved(self.prepared(question, last), self.url_base)
        return self.authenticator(request)


def _pairs(value: object) -> dict[str, str]:
    """Read what `_columns` gave from a state, which may hold anything."""
    pairs = value if isinstance(value, list) else []
    return {
        str(pair[0]): str(pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2  # noqa: PLR2004
    }


_SECRET = f.text("Code that opens the profile without a login; optional.", f.PERSON)
_CREATED = f.moment("When it was created, in UTC.")
_CHANGED = f.moment("When a field of it last changed, in UTC.")
_REMOVED = f.moment("When it was removed, in UTC; lists hold none that was.")


class ProfilesStream(BaseProfilesStream):
    """Profiles of one database."""

    prefix = "profiles_"
    path = "/database/{id}/profiles"
    parent = "database"
    rows_path = "profiles"

    @staticmethod
    @override
    def schema_with(fields: Schema) -> Schema:
        return f.record(
            ID=f.key(f.integer("Id of the profile.", f.LINK)),
            fields=fields,
            interests=f.listing("Names of the interests that are on.", f.text("Name.", f.NONE)),
            database=f.integer("Id of its database (`databases.ID`).", f.NONE),
            secret=_SECRET,
            created=_CREATED,
            modified=_CHANGED,
            removed=_REMOVED,
        )


class SubprofilesStream(BaseProfilesStream):
    """Subprofiles of one collection."""

    prefix = "subprofiles_"
    path = "/collection/{id}/subprofiles"
    parent = "collection"
    rows_path = "subprofiles"

    @staticmethod
    @override
    def schema_with(fields: Schema) -> Schema:
        return f.record(
            ID=f.key(f.integer("Id of the subprofile.", f.LINK)),
            fields=fields,
            profile=f.integer("Id of its profile.", f.LINK),
            collection=f.integer("Id of its collection (`collections.ID`).", f.NONE),
            secret=_SECRET,
            created=_CREATED,
            modified=_CHANGED,
            removed=_REMOVED,
        )


KINDS: tuple[type[BaseProfilesStream], ...] = (ProfilesStream, SubprofilesStream)

"""Makes typed records of the API's rows: matches names, casts values, handles missing and unknown fields."""

from __future__ import annotations

import threading
from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from tap_copernica.errors import UnreadableError
from tap_copernica.records.casts import CANNOT_BE_CAST, PartlyLostError, caster, plain_name
from tap_copernica.records.machines import is_machine
from tap_copernica.records.strict import StrictLane, StrictRows, derive, fits_strict_lane

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.http.pagination import StrictPage
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Protection

Record = dict[str, Any]

# Unknown fields that are warned of, and names whose field is remembered: bounds on memory and log.
_MOST_NAMES = 200
_MOST_SPELLINGS = 1000
# Fields that the tap works out of others; the API does not have them.
_DERIVED = frozenset({"is_machine"})


class RecordReader:
    """Turns rows of one stream into records of its schema; safe to use from several threads.

    Names are matched whatever their case, with or without hyphens and underscores. A value that
    cannot be cast becomes null and is counted; in a required field it is an error. Fields that the
    schema does not have are dropped and named once.
    """

    def __init__(  # noqa: PLR0913 - what a stream knows of its rows
        self,
        stream: str,
        schema: Schema,
        clock: AccountClock,
        *,
        required: Iterable[str],
        logger: logging.Logger,
        aliases: Mapping[str, str] | None = None,
        withheld: Iterable[str] = (),
        protection: Protection | None = None,
    ) -> None:
        """Make it.

        Args:
            stream: the stream's name.
            schema: of its records.
            clock: what wall-clock times are read by.
            required: fields that must have a value.
            logger: takes warnings.
            aliases: other names that the API has for fields.
            withheld: fields that the API has and the catalog does not: they are dropped without a warning.
            protection: what is done with personal fields, after derived fields are worked out from them.
        """
        self.stream = stream
        self.names = list(schema["properties"])
        self.required = tuple(required)
        self.logger = logger
        self.uncast: Counter[str] = Counter()
        self._known = {self.normal(name): name for name in self.names}
        for alias, name in (aliases or {}).items():
            self._known[self.normal(alias)] = name
        self._casts = {name: caster(field, clock) for name, field in schema["properties"].items()}
        self._field_of = lru_cache(_MOST_SPELLINGS)(self._field_meant)
        self._dropped: set[str] = set()
        self._withheld = frozenset(map(self.normal, withheld))
        self._lock = threading.Lock()
        self._protection = protection
        self._tells_machines = {"is_machine", "useragent"} <= set(self.names)
        self._schema, self._clock = schema, clock

    @cached_property
    def strict_page(self) -> StrictPage | None:
        """What decodes pages that are exactly as documented; None where no page of this stream can be."""
        derived = _DERIVED.intersection(self.names)
        if self._withheld or not fits_strict_lane(self._schema, derived):
            return None
        return StrictLane(self._schema, self._clock, self.required, derived).page

    def records(self, rows: Sequence[Any], **injected: Any) -> list[Record]:
        """Read rows into records, in their order.

        Args:
            rows: the API's rows.
            injected: fields that the rows lack, such as their parent's id.

        Raises:
            UnreadableError: if a row is no object, or a required field is missing or cannot be cast.
        """
        absent = {name: injected.get(name) for name in self.names}
        return list(self.finished([self._record(row, dict(absent)) for row in rows]))

    def of_page(self, rows: Sequence[Any], **injected: Any) -> Sequence[Record]:
        """Give the records of a page, as `records` does; a page from the strict lane has them already."""
        if isinstance(rows, StrictRows):
            return self.finished(rows)
        return self.records(rows, **injected)

    def finished(self, records: Sequence[Record]) -> Sequence[Record]:
        """Add fields that the tap works out to typed records, then hash, cut or drop personal fields."""
        if self._tells_machines:
            derive(records, "is_machine", is_machine, of="useragent")
        if self._protection is not None:
            self._protection.apply(records)
        return records

    def _record(self, row: Any, record: Record) -> Record:
        """Put the values of a row into `record`, which already has values for fields that the row lacks."""
        if not isinstance(row, dict):
            raise UnreadableError(self._says("the API sent a row that is not an object"))
        values: Record = {}
        for name, value in row.items():
            field = self._field_of(name)
            # If two names mean the same field, the one that the schema has wins.
            if field is not None and (name == field or field not in values):
                values[field] = value
        for field, value in values.items():
            try:
                record[field] = self._casts[field](value)
            except CANNOT_BE_CAST as error:
                record[field] = self._what_is_left(field, value, error)
        for name in self.required:
            if record[name] is None:
                what = "is empty in a row" if name in values else "is missing from a row"
                raise UnreadableError(self._says(f"its required field `{name}` {what}"))
        return record

    def normal(self, name: str) -> str:
        """Give a name in the form in which names that mean the same are equal."""
        return plain_name(name)

    def knows(self, names: Iterable[str]) -> bool:
        """Tell whether the schema has at least one of these names."""
        return any(self.normal(name) in self._known for name in names)

    def log_losses(self) -> None:
        """Say once, at the stream's end, how many values could not be cast."""
        for field, times in sorted(self.uncast.items()):
            self.logger.warning(
                "%s.%s: %d values could not be cast and are null.", self.stream, field, times
            )

    def _what_is_left(self, name: str, value: Any, error: Exception) -> Any:
        """Give what becomes of a value that cannot be cast, or only in part; count what is lost."""
        if isinstance(error, PartlyLostError):
            for path, lost in error.lost:
                self._lose(name + path, lost)
            return error.value
        if name in self.required:
            kind = type(error).__name__
            reason = f"`{name}` has {_kind_of(value)} that cannot be read ({kind})"
            raise UnreadableError(self._says(reason)) from None
        self._lose(name, value)
        return None

    def _lose(self, name: str, value: Any) -> None:
        """Count a value that becomes null; warn of the first one of each field."""
        with self._lock:
            self.uncast[name] += 1
            first = self.uncast[name] == 1
        if first:
            self.logger.warning(
                "%s.%s: %s cannot be cast; it becomes null.", self.stream, name, _kind_of(value)
            )

    def _field_meant(self, name: str) -> str | None:
        """Give the field that a name means; None if the schema has none, with a warning unless withheld."""
        field = self._known.get(self.normal(name))
        if field is None and self.normal(name) not in self._withheld:
            self.drop(name)
        return field

    def drop(self, name: str) -> None:
        """Warn, once, that a field is left out since the schema does not have it."""
        with self._lock:
            if name in self._dropped or len(self._dropped) >= _MOST_NAMES:
                return
            self._dropped.add(name)
        self.warn_of_unknown(name[:100])

    def warn_of_unknown(self, name: str) -> None:
        """Log the warning of `drop`."""
        self.logger.warning(
            "%s: the API sends an undocumented field `%s`; it is dropped.", self.stream, name
        )

    def _says(self, what: str) -> str:
        return (
            f"{self.stream}: {what}. Nothing of this window was written. If it stays so, please report it "
            "as an unexpected API answer."
        )


def _kind_of(value: Any) -> str:
    """Say what a value is, without the value."""
    length = len(value if isinstance(value, (dict, list)) else str(value))
    return f"a value of type {type(value).__name__} and length {length}"

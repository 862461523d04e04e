"""Rows of the API to typed records: names, types, what is missing and what is too much."""

from __future__ import annotations

import threading
from collections import Counter
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tap_copernica.errors import UnreadableError
from tap_copernica.records.casts import (
    CANNOT_BE_CAST,
    PartlyLostError,
    caster,
    column_caster,
    plain_name,
)
from tap_copernica.records.machines import is_machine
from tap_copernica.records.strict import StrictLane, StrictRows, derive, is_simple

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.http.pagination import Quick
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Protection

Record = dict[str, Any]

# An API that makes up names must not fill the memory or the log.
_MOST_NAMES = 200
# Fields that the tap works out; the API has none of them.
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
        """Take the stream's name and schema, the clock for its times, and the fields that must be there.

        `protection` is what is done with personal fields; what hangs on them is worked out before.

        `aliases` are other names of fields. What is `withheld` is documented, and not wanted: it is
        dropped without a word.
        """
        self.stream = stream
        self.names = list(schema["properties"])
        self._names = frozenset(self.names)
        self.required = frozenset(required)
        self.logger = logger
        self.uncast: Counter[str] = Counter()
        self._known = {self.normal(name): position for position, name in enumerate(self.names)}
        for alias, name in (aliases or {}).items():
            self._known[self.normal(alias)] = self.names.index(name)
        self._casts = [caster(field, clock) for field in schema["properties"].values()]
        self._columns = [column_caster(field, clock) for field in schema["properties"].values()]
        self._shapes: dict[tuple[str, ...], list[int | None]] = {}
        self._dropped: set[str] = set()
        self._withheld = frozenset(map(self.normal, withheld))
        self._lock = threading.Lock()
        self._protection = protection
        self._tells_machines = {"is_machine", "useragent"} <= self._names
        self._schema, self._clock = schema, clock

    @cached_property
    def quick(self) -> Quick | None:
        """What decodes pages that are exactly as documented; None where no page of this stream can be."""
        derived = _DERIVED & self._names
        if self._withheld or not is_simple(self._schema, derived):
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
        return list(self.finished(self._read(rows, injected)))

    def of_page(self, rows: Sequence[Any], **injected: Any) -> Sequence[Record]:
        """Give the records of a page, which may have come through the strict lane; as `records`."""
        if isinstance(rows, StrictRows):
            return self.finished(rows)
        return self.records(rows, **injected)

    def finished(self, records: Sequence[Record]) -> Sequence[Record]:
        """Add to typed records what the tap works out, then change or take out what is personal."""
        if self._tells_machines:
            derive(records, "is_machine", is_machine, of="useragent")
        if self._protection is not None:
            self._protection.apply(records)
        return records

    def _read(self, rows: Sequence[Any], injected: Record) -> list[Record]:
        if not rows:
            return []
        if set(map(type, rows)) != {dict}:
            raise UnreadableError(self._says("the API sent a row that is not an object"))
        shape = tuple(rows[0])
        raw = _columns(shape, rows)
        if raw is not None:
            return self._same_shape(shape, list(rows), raw, injected)
        records: list[Record] = []
        for shape, group in groupby(rows, key=tuple):
            run = list(group)
            records += self._same_shape(shape, run, _columns(shape, run) or [], injected)
        return records

    def normal(self, name: str) -> str:
        """Give what names that mean the same have in common."""
        return plain_name(name)

    def knows(self, names: Iterable[str]) -> bool:
        """Tell whether one of these names, or more, is in the schema."""
        return any(self.normal(name) in self._known for name in names)

    def log_losses(self) -> None:
        """Say once, at the stream's end, how many values could not be cast."""
        for field, times in sorted(self.uncast.items()):
            self.logger.warning(
                "%s.%s: %d values could not be cast and are null.", self.stream, field, times
            )

    def _same_shape(
        self,
        shape: tuple[str, ...],
        rows: list[Record],
        raw: Sequence[Sequence[Any]],
        injected: Record,
    ) -> list[Record]:
        """Read rows that have the same names, column by column; `raw` holds the columns of `shape`."""
        sources = self._shapes.get(shape) or self._learn(shape)
        columns: list[Sequence[Any]] = []
        for position, source in enumerate(sources):
            if source is None:
                columns.append(self._absent(position, len(rows), injected))
            else:
                columns.append(self._cast(position, raw[source]))
        withheld = [
            name for name in shape if self._withheld and self.normal(name) in self._withheld
        ]
        if self._names.issuperset(set(shape).difference(withheld)):
            for name in withheld:
                for row in rows:
                    del row[name]
            return self._in_place(rows, columns, [None if s is None else raw[s] for s in sources])
        return [dict(zip(self.names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _in_place(
        self,
        rows: list[Record],
        columns: Sequence[Sequence[Any]],
        raw: Sequence[Sequence[Any] | None],
    ) -> list[Record]:
        """Make the API's own rows the records, since they have the schema's names and no other.

        Half the time of building new ones: a text, for one, stays where it is.
        """
        for name, column, before in zip(self.names, columns, raw, strict=True):
            if column is not before:
                for row, value in zip(rows, column, strict=True):
                    row[name] = value
        return rows

    def _cast(self, position: int, values: Sequence[Any]) -> Sequence[Any]:
        name = self.names[position]
        column = self._columns[position](values)
        if column is None:
            column = [self._cast_one(position, value) for value in values]
        if name in self.required and None in column:
            raise UnreadableError(self._says(f"its required field `{name}` is empty in a row"))
        return column

    def _cast_one(self, position: int, value: Any) -> Any:
        name = self.names[position]
        try:
            return self._casts[position](value)
        except PartlyLostError as error:
            for path, lost in error.lost:
                self._lose(name + path, lost)
            return error.value
        except CANNOT_BE_CAST as error:
            if name in self.required:
                reason = (
                    f"`{name}` has {_kind_of(value)} that cannot be read ({type(error).__name__})"
                )
                raise UnreadableError(self._says(reason)) from None
            self._lose(name, value)
            return None

    def _lose(self, name: str, value: Any) -> None:
        """Count a value that becomes null; the first one of a field is warned of."""
        with self._lock:
            self.uncast[name] += 1
            first = self.uncast[name] == 1
        if first:
            self.logger.warning(
                "%s.%s: %s cannot be cast; it becomes null.", self.stream, name, _kind_of(value)
            )

    def _absent(self, position: int, count: int, injected: Record) -> list[Any]:
        name = self.names[position]
        if name in injected:
            return [injected[name]] * count
        if name in self.required:
            raise UnreadableError(self._says(f"its required field `{name}` is missing from a row"))
        return [None] * count

    def _learn(self, shape: tuple[str, ...]) -> list[int | None]:
        """Find where in a row of this shape each field is, and name what the schema does not have."""
        sources: list[int | None] = [None] * len(self.names)
        for index, name in enumerate(shape):
            position = self._known.get(self.normal(name))
            if position is None and self.normal(name) in self._withheld:
                continue
            if position is None:
                self.drop(name)
            elif sources[position] is None or name == self.names[position]:
                sources[position] = index
        if len(self._shapes) >= _MOST_NAMES:
            self._shapes.clear()
        self._shapes[shape] = sources
        return sources

    def drop(self, name: str) -> None:
        """Leave a field out, since the schema does not have it."""
        with self._lock:
            if name in self._dropped or len(self._dropped) >= _MOST_NAMES:
                return
            self._dropped.add(name)
        self.warn_of_unknown(name[:100])

    def warn_of_unknown(self, name: str) -> None:
        """Name a field that the schema does not have, once."""
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


def _columns(shape: tuple[str, ...], rows: Sequence[Record]) -> Sequence[Sequence[Any]] | None:
    """Give the values of each name, for all rows; None where the rows do not all have these names."""
    if set(map(len, rows)) != {len(shape)}:
        return None
    try:
        if len(shape) == 1:  # of one name, itemgetter gives the bare value
            return [[row[shape[0]] for row in rows]]
        return list(zip(*map(itemgetter(*shape), rows), strict=True)) if shape else []
    except KeyError:
        return None

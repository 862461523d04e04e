"""The strict lane: a page that is exactly as documented, decoded straight into typed rows.

It takes a page only if each value can mean one thing: a whole number (a number, or a text of digits), a
text, a plain time. Any other page goes the tolerant way (`rows.RecordReader`): one with another kind of
value, with a field that the schema lacks, or with damaged text. Both ways give the same records, warnings
and counts (`test_strict.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Annotated, Any, overload

import msgspec
from typing_extensions import override

from tap_copernica.http.pagination import Page
from tap_copernica.records.casts import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_copernica.clock import AccountClock
    from tap_copernica.records.fields import Schema

    Record = dict[str, Any]

# A text of digits is read as the number that it is, the text "null" as null, as `casts.integer` has it.
# One with an exponent or a point is read as a float, and there is no float that this type takes.
_NUMBER = (
    Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | Annotated[float, msgspec.Meta(gt=0, lt=0)]
)
_TYPES: dict[str, Any] = {"integer": _NUMBER, "string": str, "date-time": str}
# For a field that the tap works out: a page that has a value under its name goes the tolerant way.
_NOTHING = Annotated[str, msgspec.Meta(max_length=0)] | None
# After this many pages in a row that had to go the tolerant way, the strict lane is not tried any more.
_MOST_MISSES = 3
_COUNTS = ("start", "limit", "count", "total")
_ENCODER = msgspec.json.Encoder()


class StrictRows(Sequence["Record"]):
    """The records of a page; one becomes a dict only when somebody looks at it."""

    __slots__ = ("_structs",)

    def __init__(self, structs: list[Any]) -> None:
        """Take typed rows."""
        self._structs = structs

    @override
    def __len__(self) -> int:
        return len(self._structs)

    @override
    def __iter__(self) -> Iterator[Record]:
        return iter(msgspec.to_builtins(self._structs))

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> StrictRows: ...
    @override
    def __getitem__(self, place: int | slice) -> Record | StrictRows:
        if isinstance(place, slice):
            return StrictRows(self._structs[place])
        record: Record = msgspec.to_builtins(self._structs[place])
        return record

    def column(self, name: str) -> Sequence[Any]:
        """Give the values of a field."""
        return list(map(attrgetter(name), self._structs))

    def set(self, name: str, values: Sequence[Any]) -> None:
        """Give each record its value of a field."""
        for one, value in zip(self._structs, values, strict=True):
            setattr(one, name, value)

    def at(self, places: Collection[int]) -> StrictRows:
        """Give the records at these places."""
        return StrictRows([self._structs[place] for place in places])

    def lines(self) -> bytes:
        """Write a line of JSON for each record."""
        return _ENCODER.encode_lines(self._structs)


def column_of(records: Sequence[Record], *names: str) -> Sequence[Any]:
    """Give the values of a field of records, or the tuples of several."""
    if not isinstance(records, StrictRows):
        return list(map(itemgetter(*names), records))
    columns = [records.column(name) for name in names]
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))


def derive(
    records: Sequence[Record], name: str, work_out: Callable[[Any], Any], *, of: str
) -> None:
    """Work a field of each record out from another one, in place."""
    values = list(map(work_out, column_of(records, of)))
    if isinstance(records, StrictRows):
        records.set(name, values)
        return
    for record, value in zip(records, values, strict=True):
        record[name] = value


def leave_out(records: Sequence[Record], names: Collection[str]) -> None:
    """Take fields out of each record, in place."""
    if isinstance(records, StrictRows):
        nothing = [msgspec.UNSET] * len(records)  # which is never written
        for name in names:
            records.set(name, nothing)
        return
    for record in records:
        for name in names:
            record.pop(name, None)


def some_of(records: Sequence[Record], places: Collection[int]) -> Sequence[Record]:
    """Give the records at these places."""
    if isinstance(records, StrictRows):
        return records.at(places)
    return [records[place] for place in places]


class StrictLane:
    """Decodes the pages of one stream; safe to use from several threads."""

    def __init__(
        self,
        schema: Schema,
        clock: AccountClock,
        required: Collection[str],
        derived: Collection[str],
    ) -> None:
        """Make the types for a schema.

        Args:
            schema: with `properties` of the kinds that `is_simple` allows.
            clock: what wall-clock times are read by.
            required: fields that are never null.
            derived: fields that no page has.
        """
        sent = {name: one for name, one in schema["properties"].items() if name not in derived}
        self._clock = clock
        self._times = [name for name, one in sent.items() if kind_of(one) == "date-time"]
        fields: list[tuple[str, Any, Any]] = [
            (name, _NOTHING, None)
            if name in derived
            else (name, _TYPES[kind_of(one)], msgspec.NODEFAULT)
            if name in required
            else (name, _TYPES[kind_of(one)] | None, None)
            for name, one in schema["properties"].items()
        ]
        # gc=False: a row holds numbers and texts alone, so the garbage collector need not look at it.
        row = msgspec.defstruct("Row", fields, kw_only=True, forbid_unknown_fields=True, gc=False)
        page = msgspec.defstruct(
            "Envelope",
            [("data", list[row]), *((name, int | str | None, None) for name in _COUNTS)],  # type: ignore[valid-type]
            kw_only=True,
            forbid_unknown_fields=True,
        )
        self._decoder = msgspec.json.Decoder(page, strict=False)
        self._misses = 0

    def page(self, body: bytes | bytearray) -> Page | None:
        """Decode a page whose rows are typed; None for one that has to go the tolerant way."""
        if self._misses >= _MOST_MISSES:
            return None
        try:
            envelope: Any = self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError):  # ValueError: bytes that are no UTF-8
            self._misses += 1
            return None
        rows = StrictRows(envelope.data)
        if not rows or not self._cast(rows):
            self._misses += bool(rows)
            return None  # an empty page is for `Page.of` to judge
        self._misses = 0
        return Page.holding(rows, {"limit": envelope.limit, "total": envelope.total})

    def _cast(self, rows: StrictRows) -> bool:
        """Turn times into UTC, in place; tell whether all of them were plain."""
        for name in self._times:
            times = self._clock.utc_texts(rows.column(name))
            if times is None:
                return False
            rows.set(name, times)
        return True


def is_simple(schema: Schema, derived: Collection[str]) -> bool:
    """Tell whether a page of these records can take the strict lane."""
    return all(
        name in derived or (kind_of(one) in _TYPES and name.isidentifier())
        for name, one in schema["properties"].items()
    )

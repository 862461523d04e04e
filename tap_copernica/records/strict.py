"""The strict lane: a page that is exactly as documented, decoded straight into typed rows.

It takes a page only if each value can mean one thing: a whole number (a number, or a text of digits), a
text, a plain time. Any other page goes the tolerant way (`rows.RecordReader`): one with another kind of
value, with a field that the schema lacks, or with damaged text. Both ways give the same records, warnings
and counts (`test_strict.py`).

How it connects:

- A `Lane` decodes for one stream: `page` takes the body of an answer, `rows` an array of rows.
- The stream's reader has `page` as `strict_page`. `Question.strict_page` takes it to the client, which tries
  it before the tolerant decoder. The reader has `rows` as `strict_rows`, for rows of the bulk host.
- Both decode into `StrictRows`. Code that needs a column reads or sets that alone (`column_of`, `derive`).
- The strict lane decodes, the fast path writes (`output/writer.py::FastPath`). `FastPath.encode` takes the
  records of both ways, and makes no dicts of `StrictRows`. Without a fast path `StrictRows` become dicts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Annotated, Any, overload

import msgspec
from typing_extensions import override

from tap_copernica.http.pagination import Page
from tap_copernica.records.casts import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from tap_copernica.clock import AccountClock
    from tap_copernica.records.fields import Schema

    Record = dict[str, Any]

# A text of digits is read as the number that it is, the text "null" as null, as `casts.integer` has it.
# `int` alone would read the text "1e3" as 1000, in which the tolerant way sees no number. With `float` in the
# type, msgspec reads what has an exponent or a point as a float, and the bounds refuse every float.
NUMBER = (
    Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | Annotated[float, msgspec.Meta(gt=0, lt=0)]
)
_TYPES: dict[str, Any] = {"integer": NUMBER, "string": str, "date-time": str}
# For a field that the tap works out: a page that has a value under its name goes the tolerant way.
_NOTHING = Annotated[str, msgspec.Meta(max_length=0)] | None
# After so many pages in a row that did not fit, the lane is not tried any more: the API answers otherwise
# than documented, and each page would be decoded twice.
_MOST_MISSES = 3
_COUNTS = ("start", "limit", "count", "total")
_ENCODER = msgspec.json.Encoder()


class StrictRows(Sequence["Record"]):
    """The records of a page, which become dicts only if looked at: all at once in a loop, else one.

    The dicts are copies: changing one changes no record. `set` does.
    """

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
        """Give the values of a field; objects as dicts, if the first value is one."""
        values = list(map(attrgetter(self._attribute(name)), self._structs))
        is_object = bool(values) and isinstance(values[0], msgspec.Struct)
        return msgspec.to_builtins(values) if is_object else values

    def set(self, name: str, values: Sequence[Any]) -> None:
        """Give each record its value of a field."""
        attribute = repeat(self._attribute(name))
        calls = map(setattr, self._structs, attribute, values)
        deque(calls, maxlen=0)  # makes the calls, in a loop in C

    def inner(self, name: str) -> StrictRows:
        """Give the objects under a field; setting a value in one changes the record."""
        return StrictRows(list(map(attrgetter(name), self._structs)))

    def at(self, places: Collection[int]) -> StrictRows:
        """Give the records at these places."""
        return StrictRows([self._structs[place] for place in places])

    def lines(self) -> bytes:
        """Write a line of JSON for each record."""
        return _ENCODER.encode_lines(self._structs)

    def _attribute(self, name: str) -> str:
        """Give the name of a struct's attribute for a field, which is not always the field's.

        The account's own fields of profiles may have any text as a name. `ProfileLane` calls their attributes
        `f0`, `f1` and so on, and keeps the names for JSON.
        """
        kind = type(self._structs[0]) if self._structs else None
        return kind.__struct_fields__[kind.__struct_encode_fields__.index(name)] if kind else name


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
        nothing = [msgspec.UNSET] * len(records)  # msgspec does not write a field that is UNSET
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


def struct(
    name: str, fields: Iterable[tuple[str, Any, Any]], rename: Mapping[str, str] | None = None
) -> Any:
    """Make the type of an object with these fields and no other: the name, type and default of each."""
    # gc=False: nothing in it can lead back to it, so the garbage collector need not look at it.
    return msgspec.defstruct(
        name, fields, rename=rename, kw_only=True, forbid_unknown_fields=True, gc=False
    )


class Lane(ABC):
    """Decodes the rows of one stream; safe to use from several threads."""

    def __init__(self, row: Any) -> None:
        """Take the type of a row."""
        counts = [(name, int | str | None, None) for name in _COUNTS]
        page = struct("Envelope", [("data", list[row], msgspec.NODEFAULT), *counts])
        self._pages = msgspec.json.Decoder[Any](page, strict=False)
        self._lists = msgspec.json.Decoder[Any](list[row], strict=False)
        self._misses = 0

    def page(self, body: bytes) -> Page | None:
        """Decode a page; None for one that has to go the tolerant way."""
        envelope = self._decoded(self._pages, body)
        if envelope is None or not envelope.data:
            return None  # an empty page is for `Page.of` to judge
        rows = self._cast_rows(envelope.data)
        if rows is None:
            return None
        return Page.holding(rows, {"limit": envelope.limit, "total": envelope.total})

    def rows(self, array: bytes) -> StrictRows | None:
        """Decode a list of rows; None for one that has to go the tolerant way."""
        structs = self._decoded(self._lists, array)
        return self._cast_rows(structs) if structs else None

    @abstractmethod
    def cast(self, rows: StrictRows) -> bool:
        """Convert in place what the decoder leaves as text, such as times; False if a value cannot be."""

    def _decoded(self, decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
        if self._misses >= _MOST_MISSES:
            return None
        try:
            return decoder.decode(body)
        except msgspec.ValidationError:
            self._misses += 1
        except ValueError:  # no JSON, or damaged text: that says nothing of other pages
            pass
        return None

    def _cast_rows(self, structs: list[Any]) -> StrictRows | None:
        rows = StrictRows(structs)
        is_cast = self.cast(rows)
        self._misses = 0 if is_cast else self._misses + 1
        return rows if is_cast else None


class StrictLane(Lane):
    """The lane of a stream whose fields are numbers, texts and times."""

    def __init__(
        self,
        schema: Schema,
        clock: AccountClock,
        required: Collection[str],
        derived: Collection[str],
    ) -> None:
        """Make the types for a schema.

        Args:
            schema: with `properties` of the kinds that `fits_strict_lane` allows.
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
        super().__init__(struct("Row", fields))

    @override
    def cast(self, rows: StrictRows) -> bool:
        for name in self._times:
            times = self._clock.utc_texts(rows.column(name))
            if times is None:
                return False
            rows.set(name, times)
        return True


def fits_strict_lane(schema: Schema, derived: Collection[str]) -> bool:
    """Tell whether a page of these records can take the strict lane."""
    return all(
        name in derived or (kind_of(one) in _TYPES and name.isidentifier())
        for name, one in schema["properties"].items()
    )

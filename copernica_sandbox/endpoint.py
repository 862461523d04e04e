"""What the catalogue says about one endpoint, and the short form in which it says it."""

from __future__ import annotations

from dataclasses import dataclass

ALL = (2, 3, 4)
TIMED = {
    "abuses",
    "clicks",
    "deliveries",
    "destinations",
    "emailings",
    "errors",
    "impressions",
    "unsubscribes",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record as the documentation gives it.

    ``kind`` says what is written: ``id`` (numeric text), ``idnumber`` (number), ``hash``,
    ``number``, ``digits`` (a count as text), ``text``, ``time``, ``flag``, ``archived`` (1 or null),
    ``person`` (an object of name and email), ``address`` (the same as one text), ``totals`` (an
    object of numbers), ``digittotals`` (an object of numbers as text), ``object`` or ``list``.
    """

    name: str
    kind: str
    versions: tuple[int, ...] = ALL


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One GET of the API, the rows or the object that it returns, and its parameters.

    ``path`` is that of v2 and v3 without the version, ``*`` standing for an id.
    """

    stream: str
    path: str
    family: str
    kind: str
    fields: tuple[Field, ...]
    versions: tuple[int, ...] = ALL
    period: tuple[str, str] = ("", "")  # the parameters of the lower and the upper bound
    filters: tuple[str, ...] = ()  # what fields[] understands
    choices: tuple[str, ...] = ()  # further parameters that select rows
    choices_v4: tuple[str, ...] = ()
    unique: bool = False
    single: bool = False
    bare: bool = False  # the list comes with its data alone around it
    of: str = ""  # the stream whose rows these are, where it is another
    parent: str = ""  # what the id in the path is of, under the name that events give it

    def named(self, version: int) -> tuple[Field, ...]:
        """Return the fields that a version has, in the documented order."""
        return tuple(field for field in self.fields if version in field.versions)

    @property
    def key(self) -> str:
        """Return the name of the id field, whose case differs between endpoints."""
        return self.fields[0].name

    @property
    def timed(self) -> bool:
        """Tell whether the rows lie on the account's time line."""
        return self.kind in TIMED

    @property
    def time(self) -> str:
        """Return the name of the field that says when a row came about."""
        return "timestampsent" if self.kind == "destinations" else "timestamp"

    @property
    def whole_days(self) -> bool:
        """Tell whether the period is given in dates instead of times."""
        return self.period == ("from", "to")

    @property
    def source(self) -> str:
        """Return the stream whose rows these are."""
        return self.of or self.stream


def fields(text: str) -> tuple[Field, ...]:
    """Read ``name:kind`` or ``name:kind@versions`` items, such as ``profile:id@2``."""
    result = []
    for item in text.split():
        name, _, kind = item.partition(":")
        kind, _, versions = kind.partition("@")
        result.append(Field(name, kind, tuple(int(v) for v in versions) or ALL))
    return tuple(result)

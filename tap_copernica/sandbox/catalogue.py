"""The one list of endpoints.

Path, versions, fields with their JSON type per version, and how each is asked for a period.

Facts are those of Copernica's public documentation of v2, v3 and v4. Handlers, tests and prose
follow this list; code knows nothing about a single endpoint but how its rows come about
(`records.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

ALL = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record as the documentation gives it.

    ``kind`` says what is written: ``id`` (numeric text), ``idnumber`` (number), ``number``,
    ``digits`` (a count as text), ``text``, ``time``, ``flag``, ``object`` or ``list``.
    """

    name: str
    kind: str
    versions: tuple[int, ...] = ALL


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One GET of the API that returns rows of a stream."""

    stream: str
    path: str
    family: str
    kind: str
    fields: tuple[Field, ...]
    versions: tuple[int, ...] = ALL
    period: tuple[str, str] = ("", "")  # the parameters of the lower and the upper bound
    filters: tuple[str, ...] = ()  # what fields[] understands
    unique: bool = False

    def named(self, version: int) -> tuple[Field, ...]:
        """Return the fields that a version has, in the documented order."""
        return tuple(field for field in self.fields if version in field.versions)

    @property
    def key(self) -> str:
        """Return the name of the id field, whose case differs between endpoints."""
        return self.fields[0].name


def _fields(text: str) -> tuple[Field, ...]:
    """Read ``name:kind`` or ``name:kind@versions`` items, such as ``profile:id@2``."""
    result = []
    for item in text.split():
        name, _, kind = item.partition(":")
        kind, _, versions = kind.partition("@")
        result.append(Field(name, kind, tuple(int(v) for v in versions) or ALL))
    return tuple(result)


_TIMES = ("begintime", "endtime")

ENDPOINTS = (
    Endpoint(
        "clicks", "ms/clicks", "ms", "clicks",
        _fields(
            "ID:id mailing:id link:text timestamp:time ip:text useragent:text destination:id"
            " profile:id@2 subprofile:id@2"
        ),
        period=_TIMES, filters=("timestamp",), unique=True,
    ),
)  # fmt: skip

BY_STREAM = {endpoint.stream: endpoint for endpoint in ENDPOINTS}

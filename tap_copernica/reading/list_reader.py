"""Reads whole lists, which have no period to ask for, until they are known to be complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_copernica.errors import UnreadableError
from tap_copernica.http.question import Question
from tap_copernica.reading.complete import CompleteReader, ListToRead
from tap_copernica.reading.verdict import Limits
from tap_copernica.records.casts import integer_or_none
from tap_copernica.records.chunks import PlainChunk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_copernica.reading.evidence import Evidence
    from tap_copernica.reading.sources import ListSource
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.records.chunks import Encode
    from tap_copernica.records.rows import Record
    from tap_copernica.records.spill import Records

Row = dict[str, Any]


class Listed(NamedTuple):
    """A list that is complete: the ids of its rows, and what was made of these."""

    ids: set[Any]
    records: Records


class ListReader:
    """Reads lists for one stream. What one list teaches about the API's paging is used for the next."""

    def __init__(self, source: ListSource) -> None:
        """Make the calls in the name of this stream."""
        self._source = source
        self._lists = CompleteReader(source)

    @property
    def evidence(self) -> Evidence | None:
        """What all lists together showed, None before the first."""
        return self._lists.evidence

    def rows(
        self, path: str, params: Mapping[str, Any] | None = None, page_size: int | None = None
    ) -> list[Row]:
        """Read a list as `read` does; give its rows as the API sent them, each once."""
        return list(self.read(path, list, params=params, page_size=page_size).records.records())

    def read(
        self,
        path: str,
        made: Callable[[Sequence[Row]], Sequence[Record]],
        encode: Encode = PlainChunk,
        *,
        params: Mapping[str, Any] | None = None,
        page_size: int | None = None,
    ) -> Listed:
        """Read a list of objects with an `ID`, each once, in the order of their first appearance.

        Args:
            path: the list, as v2 and v3 call it.
            made: makes records of rows.
            encode: makes chunks of records.
            params: what else to ask.
            page_size: rows per call, where it is not the setting.

        Raises:
            UnreadableError: if no reading can be trusted to be complete.
        """
        name, settings = self._source.name, self._source.settings

        def take(rows: Sequence[Any], _: Reading) -> tuple[list[int], Sequence[Record]]:
            return [id_of(row, name) for row in rows], made(rows)

        wanted = ListToRead(
            question=Question(path=path, params=params or {}),
            page_size=page_size or settings.page_size,
            take=take,
            what=f"the list {path}",
            after_failure="Nothing of it was written.",
            limits=Limits(divisible=False, tries=settings.max_tries),
            encode=encode,
        )
        found = self._lists.read(wanted)
        records = found.records
        if found.has_repeats:
            records = records.distinct(lambda record: id_of(record, name))
        return Listed(found.ids, records)


def lowered(row: object, stream: str) -> Row:
    """Give an object of the API with its names in lower case: how they are written varies."""
    if not isinstance(row, dict):
        msg = f"{stream}: the API sent {type(row).__name__} where an object was expected."
        raise UnreadableError(msg)
    return {str(name).lower(): value for name, value in row.items()}


def id_of(row: object, stream: str) -> int:
    """Give the `ID` of an object.

    Raises:
        UnreadableError: if it has none.
    """
    found = integer_or_none(lowered(row, stream).get("id"))
    if found is None:
        msg = f"{stream}: the API sent an object without a readable `ID`."
        raise UnreadableError(msg)
    return found

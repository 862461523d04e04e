"""Whole lists: what has no period to ask for, read until it is known to be complete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_copernica.errors import ApiError, UnreadableError
from tap_copernica.http.question import Question
from tap_copernica.reading.verdict import Limits, Reading, Step, Trust, judge, page_size_of_try
from tap_copernica.records.casts import integer_or_none
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.records.spill import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tap_copernica.reading.sources import ListSource
    from tap_copernica.reading.verdict import Verdict
    from tap_copernica.records.chunks import Encode
    from tap_copernica.records.rows import Record

Row = dict[str, Any]


class Listed(NamedTuple):
    """A list that is complete: the ids of its rows, and what was made of these."""

    ids: set[Any]
    records: Records


class ListReader:
    """Reads lists on behalf of one stream; what it learns of the API's paging serves all of them."""

    def __init__(self, stream: ListSource) -> None:
        """Make the calls in the name of this stream."""
        self.stream = stream
        self._trust = Trust()

    def rows(
        self, path: str, params: Mapping[str, Any] | None = None, page_size: int | None = None
    ) -> list[Row]:
        """Read a list of objects with an `ID`, each once, as `read` does; give them as they came."""
        return list(self.read(path, list, params=params, page_size=page_size).records.records())

    def read(
        self,
        path: str,
        made: Callable[[list[Row]], Sequence[Record]],
        encode: Encode = PlainChunk,
        *,
        params: Mapping[str, Any] | None = None,
        page_size: int | None = None,
    ) -> Listed:
        """Read a list of objects with an `ID`, each once, in the order of their first appearance.

        The verdict on what was read is that of `verdict.judge`, as for events: as many ids as `total`
        promised, or else two readings that agree.

        Args:
            path: the list, as v2 and v3 call it.
            made: makes records of rows.
            encode: makes chunks of records.
            params: what else to ask.
            page_size: rows per call, where it is not the setting.

        Raises:
            UnreadableError: if no reading can be trusted to be complete.
        """
        asked = Question(path=path, params=params or {})
        tries = self.stream.settings.max_tries
        limits = Limits(divisible=False, tries=tries)
        earlier: list[Reading] = []
        kept = Records(encode)
        while True:
            size = page_size or self.stream.settings.page_size
            biggest = earlier[0].biggest if earlier else 0
            reading = Reading(page_size_of_try(len(earlier), size, biggest))
            verdict = self._pages(asked, reading, earlier, limits, lambda new: kept.add(made(new)))
            if verdict.step is Step.FAIL:
                msg = (
                    f"{self.stream.name}: the list {path} could not be read completely: "
                    f"{verdict.reason}. Nothing of it was written. Run again later; if it stays so, try "
                    "another `page_size`."
                )
                raise UnreadableError(msg)
            if verdict.step is not Step.AGAIN:
                break
            earlier.append(reading)
        ids: set[Any] = set().union(*(one.ids for one in earlier))
        if verdict.unite or ids <= reading.ids:
            return Listed(ids | reading.ids, kept)
        # What the last reading lacks is gone.
        return Listed(
            reading.ids, kept.only(lambda record: id_of(record, self.stream.name) in reading.ids)
        )

    def _pages(
        self,
        asked: Question,
        reading: Reading,
        earlier: Sequence[Reading],
        limits: Limits,
        keep: Callable[[list[Row]], None],
    ) -> Verdict:
        """Read page by page until the verdict is another than to go on; keep rows not seen before."""
        question = replace(asked, limit=reading.limit, total=self._trust.totals)
        for page in self.stream.pages(question):
            ids = [id_of(row, self.stream.name) for row in page.rows]
            seen = [one.ids for one in (reading, *earlier)]
            new = {
                number: row
                for number, row in zip(ids, page.rows, strict=True)
                if not any(number in those for those in seen)
            }
            keep(list(new.values()))
            reading.add(ids, total=page.total, limit=page.limit)
            self._trust.largest = max(self._trust.largest, reading.biggest)
            verdict = judge(reading, earlier, self._trust, limits)
            if verdict.step is Step.LOOK_FAR:
                found = self.stream.has_rows_beyond(question)
                limits = limits.after_looking_far(found=found)
                verdict = judge(reading, earlier, self._trust, limits)
            if verdict.step is not Step.MORE:
                break
        return verdict


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


def is_gone(error: ApiError) -> bool:
    """Tell whether the API refused a call because what the path names does not exist (any more).

    Seen on v2: `No database with supplied ID`, `No collection with given ID`, `No entity …` (O, RM).
    """
    words = error.said.lower().rpartition("error 400: ")[2]
    return words.startswith("no ") and " with " in words

"""The one loop that reads a list until it is known to be complete: the rows of a window, or a whole list.

It asks page by page and obeys `verdict.judge`. It runs in worker threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_copernica.errors import ApiError, UnreadableError
from tap_copernica.http.pagination import Page
from tap_copernica.reading.evidence import Evidence
from tap_copernica.reading.verdict import (
    Limits,
    Reading,
    Step,
    Trust,
    Verdict,
    judge,
    page_size_of_try,
)
from tap_copernica.records.chunks import Encode, PlainChunk
from tap_copernica.records.rows import Record
from tap_copernica.records.spill import Records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.http.question import Question
    from tap_copernica.reading.sources import ListSource

Take = Callable[[Sequence[Any], Reading], tuple[Sequence[Hashable], Sequence[Record]]]
"""Makes records of a page's rows; gives the keys of all rows, and the records to keep."""


@dataclass(frozen=True, kw_only=True)
class ListToRead:
    """What to read completely.

    Attributes:
        question: asks for it; its `limit` and `total` are the loop's to choose.
        page_size: rows per page, at first.
        take: makes records of the rows of a page.
        what: what it is called in messages.
        after_failure: a sentence for the error message: what was written, what not.
        limits: what limits the reading.
        encode: makes chunks of records.
        compare: what the step `COMPARE` calls: finds out whether totals ignore the period. None for whole
            lists, which never get that step.
        expect: called with the number of pages after the first page, if that names a total and more pages
            follow.
    """

    question: Question
    page_size: int
    take: Take
    what: str
    after_failure: str
    limits: Limits
    encode: Encode = PlainChunk
    compare: Callable[[], None] | None = None
    expect: Callable[[float], None] | None = None


class ListOutcome(NamedTuple):
    """What was read.

    Attributes:
        records: those of the last reading, or of all readings where the verdict says so.
        ids: the keys of all rows.
        reading: the last reading.
        verdict: DONE, or SPLIT: then the records are not complete, and not for use.
        evidence: with DONE, what shows that no row is missing.
    """

    records: Records
    ids: set[Hashable]
    reading: Reading
    verdict: Verdict
    evidence: Evidence

    @property
    def has_repeats(self) -> bool:
        """Whether a record may be there more than once."""
        return self.reading.repeated or self.verdict.unite


class CompleteReader:
    """Reads for one stream. What one list teaches about the API's paging is used for the next.

    Attributes:
        trust: what was learned.
        evidence: what all lists together showed, None before the first.
    """

    def __init__(self, source: ListSource) -> None:
        """Make calls through `source`."""
        self.trust = Trust()
        self.evidence: Evidence | None = None
        self._adding = threading.Lock()
        self._source = source

    def read(self, wanted: ListToRead) -> ListOutcome:
        """Read until all rows are known to be there, or the window must be cut.

        Raises:
            UnreadableError: if no reading can be trusted.
        """
        earlier: list[Reading] = []
        records_of_earlier = Records()
        while True:
            biggest = earlier[0].biggest if earlier else 0
            reading = Reading(page_size_of_try(len(earlier), wanted.page_size, biggest))
            records = Records(wanted.encode)
            verdict = self._pages(wanted, reading, earlier, records)
            if verdict.step is Step.FAIL:
                raise UnreadableError(self._unreadable(wanted, verdict.reason))
            if verdict.step is not Step.AGAIN:
                break
            earlier.append(reading)
            records_of_earlier.add_all(records)
        if verdict.total_wrong:
            self._total_was_wrong(wanted)
        ids = reading.ids
        if verdict.unite:
            # The last reading comes first, so that its copies are those that are kept (`new_places`).
            records.add_all(records_of_earlier)
            ids = ids.union(*(one.ids for one in earlier))
        evidence = Evidence.of(reading, verdict, len(ids), earlier)
        with self._adding:  # `trust` needs no lock: an update of it that is lost costs a call
            self.evidence = evidence if self.evidence is None else self.evidence + evidence
        return ListOutcome(records, ids, reading, verdict, evidence)

    def distrust(self, reason: str) -> None:
        """Use no total any more in this run."""
        self.trust.totals = False
        self._source.logger.warning(
            "%s: the API's `total` is not used any more in this run: %s. Pages are read until an empty "
            "one instead.",
            self._source.name,
            reason,
        )

    def _pages(
        self, wanted: ListToRead, reading: Reading, earlier: Sequence[Reading], records: Records
    ) -> Verdict:
        """Read page by page, as long as the verdict says MORE; give the first other verdict."""
        question = replace(wanted.question, limit=reading.limit, total=self.trust.totals)
        limits = wanted.limits
        for page in self._asked(question, reading):
            keys, kept = wanted.take(page.rows, reading)
            records.add(kept)
            reading.add(keys, total=page.total, limit=page.limit)
            self.trust.largest = max(self.trust.largest, reading.biggest)
            limits = replace(limits, calls_left=self._source.calls.left)
            while True:
                verdict = judge(reading, earlier, self.trust, limits)
                if verdict.step is Step.COMPARE and wanted.compare is not None:
                    wanted.compare()
                    limits = replace(limits, parent_total=None)
                elif verdict.step is Step.LOOK_FAR:
                    limits = replace(limits, ends=not self._source.has_rows_beyond(question))
                else:
                    break
            if verdict.step is not Step.MORE:
                return verdict
            if wanted.expect is not None and reading.pages == 1 and reading.total and not earlier:
                wanted.expect(reading.total / reading.limit)
        msg = "the pages of a list ended, and the last one got no verdict"  # an empty page always does
        raise AssertionError(msg)  # pragma: no cover

    def _asked(self, question: Question, reading: Reading) -> Iterator[Page]:
        """Ask for page after page. If the one behind all promised rows is refused, it is taken for empty.

        Whether the API refuses a `start` behind the last row is unknown.
        """
        try:
            yield from self._source.pages(question)
        except ApiError:
            if reading.total is None or not 0 < reading.total <= len(reading.ids):
                raise
            yield Page([])

    def _unreadable(self, wanted: ListToRead, reason: str) -> str:
        return (
            f"{self._source.name}: {wanted.what} could not be read completely: {reason}. "
            f"{wanted.after_failure} Run again later; if it stays so, try another `page_size`."
        )

    def _total_was_wrong(self, wanted: ListToRead) -> None:
        believed = self.trust.totals
        self.trust.total_was_wrong()
        if self.trust.wrong == 1:
            self._source.logger.warning(
                "%s: the API's `total` for %s is wrong: two readings gave the same rows, and not that "
                "many. The rows are taken.",
                self._source.name,
                wanted.what,
            )
        if believed and not self.trust.totals:
            self.distrust("it was wrong several times")

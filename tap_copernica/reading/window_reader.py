"""Reads one window: what to ask for, and which rows of an answer are its own. Runs in worker threads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from tap_copernica.clock import now, rfc3339
from tap_copernica.errors import IgnoredFilterError
from tap_copernica.http.question import Question
from tap_copernica.reading.complete import CompleteReader, ListToRead
from tap_copernica.reading.verdict import Limits, Step
from tap_copernica.reading.windows import Window, split
from tap_copernica.records.chunks import PlainChunk, new_places
from tap_copernica.records.spill import Records
from tap_copernica.records.strict import column_of, some_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from datetime import datetime

    from tap_copernica.reading.complete import ListOutcome
    from tap_copernica.reading.evidence import Evidence
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.reading.sources import WindowSource
    from tap_copernica.reading.verdict import Reading, Trust
    from tap_copernica.records.chunks import Chunk, Encode
    from tap_copernica.records.rows import Record


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a window: its records, or the parts to read instead.

    Attributes:
        window: the window, as it was read.
        records: its records. One may be there more than once if there is a `key`.
        load: how many pages they fill.
        parts: what to read instead; then there are no records.
        until: where the window was trimmed: only records before this timestamp are the window's.
        key: gives a record's key; None if no record is there twice.
        evidence: what shows that no record is missing; None for parts.
        started: when the reading was begun, in UTC.
    """

    window: Window
    records: Records = field(default_factory=Records)
    load: float = 0.0
    parts: Sequence[Window] = ()
    until: str | None = None
    key: Callable[[Record], object] | None = None
    evidence: Evidence | None = None
    started: datetime | None = None

    def own_records(self, time: Callable[[Record], str]) -> Iterator[Chunk]:
        """Give the window's records, a page at a time; each key once, if there is a `key`."""
        seen: set[object] = set()
        for chunk in self.records.chunks():
            if self.until is None and self.key is None:
                yield chunk
                continue
            yield chunk.only(self._own_places(chunk.records(), time, seen))

    def _own_places(
        self, records: Sequence[Record], time: Callable[[Record], str], seen: set[object]
    ) -> list[int]:
        """Find which records of a page are the window's, and no copies of others (`new_places`)."""
        places = [
            place
            for place, record in enumerate(records)
            if self.until is None or time(record) < self.until
        ]
        if self.key is None:
            return places
        return new_places(records, places, self.key, seen)


class WindowQuestion:
    """What to ask for a window: a list, and its bounds in the parameters of a filter."""

    def __init__(
        self,
        stream: WindowSource,
        window: Window,
        used: PeriodFilter,
        kept: tuple[str, str],
        path: str | None = None,
    ) -> None:
        """Ask for the stream's own list, or for the one at `path`, and keep rows between two times."""
        self.window = window
        self.filter = used
        self.begin, self.end = stream.asked(window)
        clock = stream.settings.clock
        self.earliest = rfc3339(clock.instant(self.begin - stream.grain))
        self.latest = rfc3339(clock.instant(self.end + stream.grain))
        self.first, self.after = kept
        self.question = Question(
            path=path or stream.path,
            params={**used.params(self.begin, self.end), **stream.extra_params},
            strict_page=stream.reader.strict_page,
        )


class WindowReader:
    """Reads the windows of one stream. What one window teaches about the API is used for the next."""

    def __init__(self, stream: WindowSource, encode: Encode = PlainChunk) -> None:
        """Read for this stream, with its first filter; `encode` makes a chunk of each page's records."""
        self.stream = stream
        self.encode = encode
        self._lists = CompleteReader(stream)
        self.filter = stream.filters[0]
        self._clock = stream.settings.clock
        self._key = itemgetter(*stream.key_fields)
        self._time_field = cast("str", stream.time_field)

    @property
    def trust(self) -> Trust:
        """What this run has learned of the API's paging."""
        return self._lists.trust

    def read(self, window: Window, expect: Callable[[float], None] | None = None) -> Result:
        """Read a window until its rows are known to be complete, or it must be cut.

        Args:
            window: the window.
            expect: called with the number of its pages, as soon as its first page tells it.

        Raises:
            IgnoredFilterError: if the API ignores every way to ask for a period.
            UnreadableError: if no reading can be trusted.
        """
        while True:
            used, started = self.filter, now()
            try:
                return replace(self._read(window, used, expect), started=started)
            except IgnoredFilterError:
                following = self.stream.filters.index(used) + 1
                if following == len(self.stream.filters):
                    raise
                self.filter = self.stream.filters[following]

    def kept_between(self, window: Window) -> tuple[str, str]:
        """Give the timestamps from which, and before which, a window's rows are kept."""
        return self.stream.kept_between(window)

    def question(
        self, window: Window, used: PeriodFilter, path: str | None = None
    ) -> WindowQuestion:
        """Make the question for a window: about the stream's own list, or the one at `path`."""
        return WindowQuestion(self.stream, window, used, self.kept_between(window), path)

    def _read(
        self, window: Window, used: PeriodFilter, expect: Callable[[float], None] | None
    ) -> Result:
        question = self.question(window, used)
        divisible = self.stream.can_be_cut(window)
        found = self.complete(question, divisible=divisible, expect=expect)
        reading, verdict = found.reading, found.verdict
        if verdict.step is Step.SPLIT:
            self.trust.stable = self.trust.stable and not reading.repeated
            parts = split(window, verdict.parts, self.stream.window_edge, reading.total)
            return Result(window, parts=parts)
        if self.stream.is_blurred(window, reading, (question.begin, question.end)):
            return Result(window, parts=[window])
        key = self._key if found.has_repeats else None
        records, evidence = found.records, found.evidence
        return Result(window, records, load=reading.load, key=key, evidence=evidence)

    def complete(
        self,
        question: WindowQuestion,
        *,
        divisible: bool,
        expect: Callable[[float], None] | None = None,
    ) -> ListOutcome:
        """Read the list that a question asks for until it is known to be complete, or must be cut.

        Raises:
            UnreadableError: if no reading can be trusted.
        """

        def take(
            rows: Sequence[Any], reading: Reading
        ) -> tuple[Sequence[Hashable], Sequence[Record]]:
            records = self.stream.reader.of_page(rows)
            keys = column_of(records, *self.stream.key_fields)
            return keys, self._own(records, question, reading)

        settings, window = self.stream.settings, question.window
        return self._lists.read(
            ListToRead(
                question=question.question,
                page_size=settings.page_size,
                take=take,
                what=f"the rows of {window}",
                after_failure=(
                    "Nothing of this window was written; what came before it is in the state."
                ),
                limits=Limits(
                    divisible=divisible,
                    parent_total=window.parent_total,
                    tries=settings.max_tries,
                ),
                encode=self.encode,
                compare=partial(self._compare, question),
                expect=expect,
            )
        )

    def _own(
        self, rows: Sequence[Record], question: WindowQuestion, reading: Reading
    ) -> Sequence[Record]:
        """Give those rows of a page that lie in the window.

        The period that was asked for is a little wider, so there may be rows just outside of the window.

        Raises:
            IgnoredFilterError: if a row lies further outside, so that the API has ignored the filter.
        """
        if not rows:
            return rows
        times = column_of(rows, self._time_field)
        earliest, latest = min(times), max(times)
        if earliest < question.earliest or latest > question.latest:
            msg = (
                f"{self.stream.name}: the API ignores the filter {question.filter.described}: asked for "
                f"{question.begin} to {question.end}, it gave a row of "
                f"{earliest if earliest < question.earliest else latest}. Nothing of this window was "
                "written. Check `timezone`; if it is right, this API cannot be read by time."
            )
            raise IgnoredFilterError(msg)
        reading.earliest = min(reading.earliest or earliest, earliest)
        reading.latest = max(reading.latest, latest)
        first, after = question.first, question.after
        if first <= earliest and latest < after:
            return rows
        return some_of(rows, [n for n, time in enumerate(times) if first <= time < after])

    def _compare(self, question: WindowQuestion) -> None:
        """Ask for the total of another part of the same window.

        Where it is no smaller than the total of the window that was cut, `total` ignores the period.
        """
        window = question.window
        if window.sibling is None or window.parent_total is None:
            return
        sibling = self.question(window.sibling, question.filter)
        total = next(iter(self.stream.pages(replace(sibling.question, limit=1)))).total
        if total is not None and total >= window.parent_total:
            self._lists.distrust("it is the same for different periods")

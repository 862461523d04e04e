"""Reads one window: asks page by page and obeys `verdict.judge`. Runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from tap_copernica.clock import rfc3339
from tap_copernica.errors import IgnoredFilterError, UnreadableError
from tap_copernica.http.question import Question
from tap_copernica.reading.verdict import (
    Limits,
    Reading,
    Step,
    Trust,
    Verdict,
    judge,
    page_size_of_try,
)
from tap_copernica.reading.windows import Window, is_divisible, split
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.records.spill import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.reading.sources import WindowSource
    from tap_copernica.records.chunks import Chunk, Encode
    from tap_copernica.records.rows import Record


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a window: its records, or the parts to read instead.

    Attributes:
        window: the window, as it was read.
        records: its records, where the API repeated some more than once.
        load: how many pages they fill.
        parts: what to read instead; then there are no records.
        until: the timestamp before which records are kept, where the window was trimmed.
        key: gives a record's key, where one may come twice.
    """

    window: Window
    records: Records = field(default_factory=Records)
    load: float = 0.0
    parts: Sequence[Window] = ()
    until: str | None = None
    key: Callable[[Record], object] | None = None

    def own_records(self, time: Callable[[Record], str]) -> Iterator[Chunk]:
        """Give the window's records, each key once, a page at a time."""
        seen: set[object] = set()
        for chunk in self.records.chunks():
            if self.until is None and self.key is None:
                yield chunk
                continue
            yield chunk.only(self._own_places(chunk.records(), time, seen))

    def _own_places(
        self, records: Sequence[Record], time: Callable[[Record], str], seen: set[object]
    ) -> list[int]:
        """Find which of these records are the window's, and new: the last one of each key."""
        places = [
            place
            for place, record in enumerate(records)
            if self.until is None or time(record) < self.until
        ]
        if self.key is None:
            return places
        new = {self.key(records[place]): place for place in places}
        places = [place for key, place in new.items() if key not in seen]
        seen.update(new)
        return places


class WindowQuestion:
    """What to ask for a window: a list, and its bounds in the parameters of a filter."""

    def __init__(
        self, stream: WindowSource, window: Window, used: PeriodFilter, path: str | None = None
    ) -> None:
        """Ask for the stream's own list, or for the one at `path`."""
        self.window = window
        self.filter = used
        self.begin, self.end = stream.asked(window)
        clock = stream.settings.clock
        self.earliest = rfc3339(clock.instant(self.begin - stream.grain))
        self.latest = rfc3339(clock.instant(self.end + stream.grain))
        self.first, self.after = stream.kept_between(window)
        self._path = path or stream.path
        self._params = {**used.params(self.begin, self.end), **stream.extra_params}

    def of(self, limit: int, *, total: bool) -> Question:
        """Give the question for the window's list, with this limit."""
        return Question(path=self._path, params=self._params, limit=limit, total=total)


class WindowReader:
    """Reads the windows of one stream; what it learns of the API serves all of them."""

    def __init__(self, stream: WindowSource, encode: Encode = PlainChunk) -> None:
        """Read for this stream, with its first filter; `encode` makes chunks of records at once."""
        self.stream = stream
        self.encode = encode
        self.trust = Trust()
        self.filter = stream.filters[0]
        self._clock = stream.settings.clock
        self._key = itemgetter(*stream.key_fields)
        self._time = itemgetter(stream.time_field)

    def read(self, window: Window) -> Result:
        """Read a window until its rows are known to be complete, or it must be cut.

        Raises:
            IgnoredFilterError: if the API ignores every way to ask for a period.
            UnreadableError: if no reading can be trusted.
        """
        while True:
            used = self.filter
            try:
                return self._read(window, used)
            except IgnoredFilterError:
                following = self.stream.filters.index(used) + 1
                if following == len(self.stream.filters):
                    raise
                self.filter = self.stream.filters[following]

    def _read(self, window: Window, used: PeriodFilter) -> Result:
        question = WindowQuestion(self.stream, window, used)
        divisible = self.stream.next_edge(window.start) is None and is_divisible(
            window, self.stream.cut
        )
        records, reading, verdict = self.complete(question, divisible=divisible)
        if verdict.step is Step.SPLIT:
            self.trust.stable = self.trust.stable and not reading.repeated
            parts = split(window, verdict.parts, self.stream.cut, reading.total)
            return Result(window, parts=parts)
        if self.stream.is_blurred(window, reading, (question.begin, question.end)):
            return Result(window, parts=[window])
        key = self._key if reading.repeated or verdict.unite else None
        return Result(window, records, load=reading.load, key=key)

    def complete(
        self, question: WindowQuestion, *, divisible: bool
    ) -> tuple[Records, Reading, Verdict]:
        """Read the list that a question asks for until it is known to be complete, or must be cut.

        Raises:
            UnreadableError: if no reading can be trusted.
        """
        limits = Limits(
            divisible=divisible,
            parent_total=question.window.parent_total,
            tries=self.stream.settings.max_tries,
        )
        earlier: list[Reading] = []
        united = self._new_records()
        while True:
            biggest = earlier[0].biggest if earlier else 0
            page_size = self.stream.settings.page_size
            reading = Reading(page_size_of_try(len(earlier), page_size, biggest))
            records, verdict = self._pages(question, reading, earlier, limits)
            if verdict.step is Step.FAIL:
                raise UnreadableError(self._unreadable(question.window, verdict.reason))
            if verdict.step is not Step.AGAIN:
                break
            earlier.append(reading)
            united.add_all(records)
        self.trust.seams_hold = self.trust.seams_hold or verdict.seams_hold
        if verdict.total_wrong:
            self._total_was_wrong(question.window)
        if verdict.unite:
            records.add_all(united)
        return records, reading, verdict

    def _pages(
        self, question: WindowQuestion, reading: Reading, earlier: Sequence[Reading], limits: Limits
    ) -> tuple[Records, Verdict]:
        """Ask for pages until there is a verdict on them."""
        records = self._new_records()
        verdict = Verdict(Step.MORE)
        for page in self.stream.pages(question.of(reading.limit, total=self.trust.totals)):
            rows = self.stream.reader.records(page.rows)
            records.add(self._own(rows, question, reading))
            reading.add(list(map(self._key, rows)), total=page.total, limit=page.limit)
            self.trust.largest = max(self.trust.largest, reading.biggest)
            limits = replace(limits, calls_left=self.stream.calls.left)
            verdict = judge(reading, earlier, self.trust, limits)
            if verdict.step is Step.COMPARE:
                self._compare(question)
                limits = replace(limits, parent_total=None)
                verdict = judge(reading, earlier, self.trust, limits)
            if verdict.step is Step.LOOK_FAR:
                found = self.stream.has_rows_beyond(question.of(1, total=False))
                limits = limits.after_looking_far(found=found)
                verdict = judge(reading, earlier, self.trust, limits)
            if verdict.step is not Step.MORE:
                break
        return records, verdict

    def _new_records(self) -> Records:
        return Records(self.encode)

    def _own(self, rows: list[Record], question: WindowQuestion, reading: Reading) -> list[Record]:
        """Give the window's own rows of a page: the API may have added a bound's, a second beside it.

        Raises:
            IgnoredFilterError: if a row is further away, so that the API has ignored the filter.
        """
        if not rows:
            return rows
        times = list(map(self._time, rows))
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
        return [row for row, time in zip(rows, times, strict=True) if first <= time < after]

    def _compare(self, question: WindowQuestion) -> None:
        """Ask for the total of another part of the same window.

        Where that is as large as the window's own total was, `total` ignores the period.
        """
        window = question.window
        if window.sibling is None or window.parent_total is None:
            return
        sibling = WindowQuestion(self.stream, window.sibling, question.filter)
        total = next(iter(self.stream.pages(sibling.of(1, total=True)))).total
        if total is not None and total >= window.parent_total:
            self._distrust("it is the same for different periods")

    def _unreadable(self, window: Window, reason: str) -> str:
        return (
            f"{self.stream.name}: the rows of {window} could not be read completely: {reason}. Nothing "
            "of this window was written; what came before it is in the state. Run again later; if it "
            "stays so, try another `page_size`."
        )

    def _total_was_wrong(self, window: Window) -> None:
        self.trust.total_was_wrong()
        if self.trust.wrong == 1:
            self.stream.logger.warning(
                "%s: the API's `total` for %s is wrong: two readings gave the same rows, and not that "
                "many. The rows are taken.",
                self.stream.name,
                window,
            )
        if not self.trust.totals:
            self._distrust("it was wrong several times")

    def _distrust(self, reason: str) -> None:
        self.trust.totals = False
        self.stream.logger.warning(
            "%s: the API's `total` is not used any more in this run: %s. Pages are read until an empty "
            "one instead.",
            self.stream.name,
            reason,
        )

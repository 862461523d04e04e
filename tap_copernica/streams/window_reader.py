"""Reads one window: asks page by page and obeys `windows.judge`. Runs in a worker thread."""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_copernica.clock import SECOND, rfc3339
from tap_copernica.errors import IgnoredFilterError, UnreadableError
from tap_copernica.windows import (
    Limits,
    Reading,
    Step,
    Trust,
    Verdict,
    Window,
    is_divisible,
    judge,
    page_size_of_try,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.rows import Record
    from tap_copernica.streams.filters import PeriodFilter
    from tap_copernica.streams.windowed import WindowedStream


class Result(NamedTuple):
    """What became of a window: its records, or the parts to read instead.

    Attributes:
        window: the window, as it was read.
        records: its records, each key once.
        load: how many pages they fill.
        parts: what to read instead; then there are no records.
    """

    window: Window
    records: list[Record]
    load: float = 0.0
    parts: Sequence[Window] = ()


class _Question:
    """What to ask for a window: its bounds, in the parameters of a filter."""

    def __init__(self, stream: WindowedStream, window: Window, used: PeriodFilter) -> None:
        self.window = window
        self.filter = used
        self.begin, self.end = stream.asked(window)
        clock = stream.settings.clock
        self.earliest = rfc3339(clock.instant(self.begin - SECOND))
        self.latest = rfc3339(clock.instant(self.end + SECOND))
        self._params = {**used.params(self.begin, self.end), **stream.extra_params}

    def of(self, limit: int, *, total: bool) -> dict[str, Any]:
        """Give the question as `CopernicaStream.pages` takes it."""
        return {"params": self._params, "limit": limit, "total": total}


class WindowReader:
    """Reads the windows of one stream; what it learns of the API serves all of them."""

    def __init__(self, stream: WindowedStream) -> None:
        """Read for this stream, with its first filter."""
        self.stream = stream
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
        question = _Question(self.stream, window, used)
        limits = Limits(
            divisible=self.stream.next_edge(window.start) is None
            and is_divisible(window, self._clock.legal_before),
            whole=window.whole,
            tries=self.stream.settings.max_tries,
        )
        earlier: list[Reading] = []
        united: list[Record] = []
        while True:
            biggest = earlier[0].biggest if earlier else 0
            page_size = self.stream.settings.page_size
            reading = Reading(page_size_of_try(len(earlier), page_size, biggest))
            records, verdict = self._pages(question, reading, earlier, limits)
            if verdict.step is not Step.AGAIN:
                records = united + records if verdict.unite else records
                return self._obey(verdict, question, reading, records)
            earlier.append(reading)
            united += records

    def _pages(
        self, question: _Question, reading: Reading, earlier: Sequence[Reading], limits: Limits
    ) -> tuple[list[Record], Verdict]:
        """Ask for pages until there is a verdict on them."""
        records: list[Record] = []
        verdict = Verdict(Step.MORE)
        for page in self.stream.pages(question.of(reading.limit, total=self.trust.totals)):
            rows = self.stream.reader.records(page.rows)
            self._check_period(rows, question, reading)
            reading.add(list(map(self._key, rows)), total=page.total, limit=page.limit)
            self.trust.largest = max(self.trust.largest, reading.biggest)
            records += rows
            limits = replace(limits, calls_left=self.stream.calls.left)
            verdict = judge(reading, earlier, self.trust, limits)
            if verdict.step is Step.COMPARE:
                self._compare(question)
                limits = replace(limits, whole=None)
                verdict = judge(reading, earlier, self.trust, limits)
            if verdict.step is not Step.MORE:
                break
        return records, verdict

    def _check_period(self, rows: Sequence[Record], question: _Question, reading: Reading) -> None:
        """Make sure that the API did not ignore the filter; a second more on each side is a bound's."""
        if not rows:
            return
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

    def _compare(self, question: _Question) -> None:
        """Ask for a sibling's total: where both parts report the whole's, it is not the window's."""
        window = question.window
        if window.sibling is None or window.whole is None:
            return
        sibling = _Question(self.stream, window.sibling, question.filter)
        total = next(iter(self.stream.pages(sibling.of(1, total=True)))).total
        if total is not None and total >= window.whole:
            self._distrust("it is the same for different periods")

    def _obey(
        self, verdict: Verdict, question: _Question, reading: Reading, records: list[Record]
    ) -> Result:
        window = question.window
        if verdict.step is Step.SPLIT:
            self.trust.stable = self.trust.stable and not reading.repeated
            parts = split(window, verdict.parts, self._clock.legal_before, reading.total)
            return Result(window, [], parts=parts)
        if verdict.step is Step.FAIL:
            msg = (
                f"{self.stream.name}: the rows of {window} could not be read completely: "
                f"{verdict.reason}. Nothing of this window was written; what came before it is in the "
                "state. Run again later; if it stays so, try another `page_size`."
            )
            raise UnreadableError(msg)
        if self.stream.is_blurred(window, records, (question.begin, question.end)):
            return Result(window, [], parts=[window])
        self.trust.seams = self.trust.seams or verdict.seams_hold
        if verdict.total_wrong:
            self._total_was_wrong(window)
        return Result(
            window, self._kept(window, reading, records, unite=verdict.unite), reading.load
        )

    def _kept(
        self, window: Window, reading: Reading, records: list[Record], *, unite: bool
    ) -> list[Record]:
        """Give the window's own records: the API may add a bound's, and pages may repeat some."""
        if reading.repeated or unite:
            records = list({self._key(record): record for record in records}.values())
        first, after = self.stream.kept_between(window)
        if not unite and first <= reading.earliest and reading.latest < after:
            return records
        return [record for record in records if first <= self._time(record) < after]

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

"""Mailings that were sent, of both kinds. Their counters change for weeks after sending.

Streams that ask something for each mailing are children of the stream of mailings (`EmailingChild`). They
take the mailings from a list (`EmailingStream.mailings`), so that a run asks for each period once. If the
stream of mailings is selected, the new windows that it reads are added to that list. It then reads from the
earliest time that it or a child needs:

    first needed          writes from                         list end        newest edge    now
    |---------------------|-----------------------------------|---------------|--------------|
      only for the list     for the list, and rows to write     for next runs   `lag_minutes`

A child that begins later could get newer mailings, but all lists end at the same time, so that the rows of
one run fit together.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from dataclasses import replace
from datetime import datetime, time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from typing_extensions import override

from tap_copernica.clock import DAY, SECOND, rfc3339
from tap_copernica.errors import StreamError
from tap_copernica.http.pool import result_of
from tap_copernica.http.question import Question
from tap_copernica.reading.coverage import Kind
from tap_copernica.reading.filters import BetweenTimes
from tap_copernica.reading.mailings import Emailing, Mailings
from tap_copernica.reading.window_reader import WindowReader
from tap_copernica.reading.windows import Window
from tap_copernica.records import fields as f
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.streams.base import Stream
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from tap_copernica.reading.window_reader import Result
    from tap_copernica.records.chunks import Chunk
    from tap_copernica.records.rows import Record

FROM_ADDRESS = f.mapping(
    "The sender.", name=f.text("Name.", f.NONE), email=f.text("E-mail address.", f.NONE)
)
TARGET = f.mapping(
    "Whom it was sent to.",
    type=f.text("Kind of the target: database, view, collection and so on.", f.NONE),
    sources=f.listing(
        "The target and what it belongs to.",
        f.mapping("One of them.", id=f.integer("Id.", f.NONE), type=f.text("Kind.", f.NONE)),
    ),
)


class Listing(NamedTuple):
    """The mailings that were sent before `until`, an instant in UTC, in order of sending."""

    emailings: Sequence[Emailing]
    until: datetime


class EmailingStream(WindowedStream):
    """Mailings by the time they were sent.

    Whether the API looks at the time of day in bounds is unknown. So whole days are asked for, with a day
    more on each side, and rows outside the window are dropped here.
    """

    primary_keys = ("id",)
    replication_key = "timestamp"
    filters = (BetweenTimes("fromdate", "todate"),)
    first_width = 64 * DAY
    grain = DAY
    follows_counters = True

    _writes_from = ""  # the timestamp from which rows are written; earlier ones are only listed
    _listed_until: datetime | None = None  # the end of the last window that was added to `mailings`

    @override
    def window_edge(self, edge: datetime) -> datetime:
        return self.settings.clock.legal_before(datetime.combine(edge.date(), time()))

    @override
    def asked(self, window: Window) -> tuple[datetime, datetime]:
        first, last = window.start - DAY, window.end - SECOND + 2 * DAY
        return datetime.combine(first.date(), time()), datetime.combine(last.date(), time())

    # Reading: for this stream and, where they need more, for its children

    @override
    def read(self) -> Iterator[Record]:
        yield from super().read()
        # Children's lists end where this stream stopped reading, even if newer mailings are there by now.
        self.mailings.list_end = self._listed_until

    @property
    @override
    def can_go_back(self) -> bool:
        # Streams that ask for each mailing need all mailings of the period, in order of sending.
        return super().can_go_back and not self._child_streams()

    @override
    def from_when(self, start: datetime) -> datetime:
        self._writes_from = rfc3339(start)
        return self._first_needed(start)

    @override
    def new_window_reader(self) -> WindowReader:
        return WindowReader(self, PlainChunk if self._child_streams() else self.encode)

    @override
    def _write(self, result: Result) -> Iterator[Record]:
        if self._reads_for_children():
            self._note_mailings(result)
        yield from super()._write(result)

    @override
    def kept_records(self, chunk: Chunk) -> Chunk:
        if not self._reads_for_children():
            return chunk
        first = self._writes_from
        return PlainChunk([one for one in chunk.records() if one["timestamp"] >= first])

    def _note_mailings(self, result: Result) -> None:
        """Add a window's mailings to the list: from `start_date` on, if that lies inside the window."""
        clock, end = self.settings.clock, result.window.end
        start = self.period_end(clock.wall(clock.parse(self.kept_between(result.window)[0])))
        if start < end:
            self.mailings.note(replace(result, window=Window(start, end)))
            self._listed_until = end

    def _reads_for_children(self) -> bool:
        """Tell whether the windows under way are those that the children need too: the new ones."""
        return self._stretch.kind is Kind.NEW and bool(self._child_streams())

    def _child_streams(self) -> list[EmailingChild]:
        """Find the selected streams that ask something for each of these mailings."""
        streams = [one for one in self.tap.streams.values() if isinstance(one, EmailingChild)]
        return [one for one in streams if one.parent is type(self) and one.selected]

    def _first_needed(self, start: datetime) -> datetime:
        """Give the instant from which mailings are needed: `start`, or earlier for a child."""
        for stream in self._child_streams():
            with contextlib.suppress(StreamError):  # that stream reports it when it is read
                start = min(start, stream.needs_from())
        return start

    # What children are given

    @cached_property
    def mailings(self) -> Mailings:
        """The mailings that this run has listed, for whatever stream."""
        return Mailings(self, self._newest_edge)

    def listing(self, since: datetime) -> Listing:
        """Give the mailings that were sent since an instant, as far as this run reads.

        There may be earlier ones, which other children need: callers drop those. If this stream is not
        selected, the mailings are asked for here.
        """
        clock, end_date = self.settings.clock, self.settings.end_date
        first = self.period_edge(clock.wall(self._first_needed(since)))
        last = None if end_date is None else self.period_end(clock.wall(end_date))
        found, list_end = result_of(self.run.pool, partial(self.mailings.since, first, last))
        until = clock.instant(list_end)
        # `end_date` may lie before the edge at which the list ends.
        until = until if end_date is None else min(until, end_date)
        before = rfc3339(until)
        return Listing([one for one in found if one.timestamp < before], until)

    def one_more(
        self, known: Container[int], wanted: Callable[[Emailing], bool]
    ) -> Emailing | None:
        """Ask for one page; give a wanted mailing of any time that is not known, None if it has none.

        If all known mailings are refused, this one shows whether the account has the endpoint.
        """
        page = next(self.pages(Question(path=self.path, params=self.extra_params)))
        with contextlib.suppress(StreamError):
            found = sorted(map(Emailing.of, self.reader.records(page.rows)))
            return next((one for one in found if one.id not in known and wanted(one)), None)
        return None

    def _newest_edge(self) -> datetime:
        """Give the latest edge by now; `last_edge` is the latest edge when this stream began."""
        return self.period_edge(self.settings.clock.wall(self.calls.now() - self.settings.lag))


class EmailingChild(Stream):
    """A stream that asks something for each mailing, so that it needs mailings from some time on."""

    parent: ClassVar[type[EmailingStream]]

    @abstractmethod
    def needs_from(self) -> datetime:
        """Give the instant from which this run needs mailings."""


class EmailingsStream(EmailingStream):
    """Drag-and-drop mailings that were sent."""

    name = "emailings"
    path = "/ms/emailings"
    names_ids_of = {"template": "templates"}  # noqa: RUF012 - never changed
    schema = f.record(
        id=f.key(f.integer("Id of the emailing.", f.NONE)),
        timestamp=f.moment("When it was sent, in UTC."),
        template=f.integer("Id of the template (`templates.id`).", f.NONE),
        subject=f.text("Subject line.", f.NONE),
        from_address=FROM_ADDRESS,
        destinations=f.integer("Number of recipients.", f.NONE),
        type=f.text("mass or individual.", f.NONE),
        target=TARGET,
    )

    @property
    @override
    def extra_params(self) -> dict[str, Any]:
        # The live page of v4 knows `status`, and without it gives only `sent`. The stream is to have all.
        return {"status": "all"} if self.settings.api_version == "v4" else {}


class PublisherEmailingsStream(EmailingStream):
    """HTML mailings that were sent, with their counters.

    The counters of rare events tell whether there can be new events (`publisher_events.py`).
    """

    counts = ("errors", "unsubscribes", "abuses")
    _counters: dict[str, dict[int, int]] = {}  # noqa: RUF012 - never changed; `read` makes its own

    name = "publisher_emailings"
    path = "/publisher/emailings"
    names_ids_of = {"template": "publisher_templates", "document": "publisher_documents"}  # noqa: RUF012
    schema = f.record(
        id=f.key(f.integer("Id of the emailing.", f.NONE)),
        timestamp=f.moment("When it was sent, in UTC."),
        document=f.integer("Id of the document (`publisher_documents.id`).", f.NONE),
        template=f.integer("Id of the template (`publisher_templates.id`).", f.NONE),
        subject=f.text("Subject line.", f.NONE),
        description=f.text("Description of the mailing.", f.NONE),
        from_address=FROM_ADDRESS,
        destinations=f.integer("Number of recipients.", f.NONE),
        testgroups=f.integer("Number of test groups of a split run.", f.NONE),
        finalgroup=f.integer("Id of the final group of a split run.", f.NONE),
        type=f.text("mass or individual.", f.NONE),
        clicks=f.integer("Number of clicks.", f.NONE),
        impressions=f.integer("Number of opens.", f.NONE),
        errors=f.integer("Number of errors.", f.NONE),
        unsubscribes=f.integer("Number of unsubscriptions.", f.NONE),
        abuses=f.integer("Number of complaints.", f.NONE),
        contenttype=f.text("html, text or both.", f.NONE),
        target=TARGET,
    )

    @override
    def read(self) -> Iterator[Record]:
        self._counters = {name: {} for name in self.counts}
        if self._counters:
            self.run.counted_before = self.reached()
        yield from super().read()

    @override
    def notice(self, records: Sequence[Record]) -> None:
        for name, counted in self._counters.items():
            counted.update((one["id"], one[name]) for one in records if one.get(name))

    @override
    def after_reading(self) -> None:
        if self._counters:  # empty after the past is read, which comes later in the run
            self.run.counters, self._counters = self._counters, {}

"""Mailings that were sent, of both kinds. Their counters change for weeks after sending.

Streams that need mailings take them from `EmailingStream.mailings`: a run asks for each period once.
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
    """The mailings that were sent until an instant, in UTC, in order of sending."""

    emailings: Sequence[Emailing]
    until: datetime


class EmailingStream(WindowedStream):
    """Mailings by the time they were sent. Whether the API looks at the time of day in bounds is unknown.

    So whole days are asked for, a day more on each side, and rows are filtered here.
    """

    primary_keys = ("id",)
    replication_key = "timestamp"
    filters = (BetweenTimes("fromdate", "todate"),)
    first_width = 64 * DAY
    grain = DAY
    follows_counters = True

    _own_start = ""  # the timestamp from which this stream itself needs mailings; its children may need older
    _listed_until: datetime | None = None  # the end of the last window that was added to `mailings`

    @override
    def window_edge(self, edge: datetime) -> datetime:
        return self.settings.clock.legal_before(datetime.combine(edge.date(), time()))

    @override
    def asked(self, window: Window) -> tuple[datetime, datetime]:
        first, last = window.start - DAY, window.end - SECOND + 2 * DAY
        return datetime.combine(first.date(), time()), datetime.combine(last.date(), time())

    # One list for this stream and for those that ask something for each mailing

    @cached_property
    def mailings(self) -> Mailings:
        """The mailings that this run has listed, for whatever stream."""
        return Mailings(self, self._newest_edge)

    def listing(self, since: datetime) -> Listing:
        """Give the mailings that were sent since an instant, as far as this run reads."""
        clock, end = self.settings.clock, self.settings.end_date
        first = self.period_edge(clock.wall(self._earliest(since)))
        last = None if end is None else self.period_end(clock.wall(end))
        found = result_of(self.run.pool, partial(self.mailings.since, first, last))
        until = self._end_of(self.mailings.until or first)
        before = rfc3339(until)
        return Listing([one for one in found if one.timestamp < before], until)

    def one_more(
        self, known: Container[int], wanted: Callable[[Emailing], bool]
    ) -> Emailing | None:
        """Find a wanted mailing, of any time, that is not among the known ones; makes one call."""
        page = next(self.pages(Question(path=self.path, params=self.extra_params)))
        with contextlib.suppress(StreamError):
            found = sorted(map(Emailing.of, self.reader.records(page.rows)))
            return next((one for one in found if one.id not in known and wanted(one)), None)
        return None

    @override
    def read(self) -> Iterator[Record]:
        yield from super().read()
        if self._child_streams():
            self.mailings.until = self._listed_until

    @property
    @override
    def can_go_back(self) -> bool:
        # Streams that ask for each mailing need all mailings of the period, in order of sending.
        return super().can_go_back and not self._child_streams()

    @override
    def new_window_reader(self) -> WindowReader:
        return WindowReader(self, PlainChunk if self._child_streams() else self.encode)

    @override
    def from_when(self, start: datetime) -> datetime:
        self._own_start = rfc3339(start)
        return self._earliest(start)

    @override
    def kept_records(self, chunk: Chunk) -> Chunk:
        if self._stretch.kind is not Kind.NEW or not self._child_streams():
            return chunk
        start = self._own_start
        return PlainChunk([one for one in chunk.records() if one["timestamp"] >= start])

    @override
    def _write(self, result: Result) -> Iterator[Record]:
        if self._stretch.kind is Kind.NEW and self._child_streams():
            self._note_mailings(result)
        yield from super()._write(result)

    def _note_mailings(self, result: Result) -> None:
        """Add the mailings of a window to the list; only from `start_date` on, which may lie in it."""
        clock, end = self.settings.clock, result.window.end
        start = self.period_end(clock.wall(clock.parse(self.kept_between(result.window)[0])))
        if start < end:
            self.mailings.note(replace(result, window=Window(start, end)))
            self._listed_until = end

    def _child_streams(self) -> list[EmailingChild]:
        """Find the selected streams that ask something for each of these mailings."""
        streams = [one for one in self.tap.streams.values() if isinstance(one, EmailingChild)]
        return [one for one in streams if one.parent is type(self) and one.selected]

    def _earliest(self, since: datetime) -> datetime:
        """Give the first instant from which this stream or one of its children needs mailings."""
        for stream in self._child_streams():
            with contextlib.suppress(StreamError):  # that stream reports it when it is read
                since = min(since, stream.needs_from())
        return since

    def _newest_edge(self) -> datetime:
        return self.period_edge(self.settings.clock.wall(self.calls.now() - self.settings.lag))

    def _end_of(self, edge: datetime) -> datetime:
        """Give the instant of a wall-clock edge, `end_date` where that comes first."""
        instant = self.settings.clock.instant(edge)
        return min(instant, self.settings.end_date or instant)


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
        # The live page of v4 knows `status`, and leaves out all but `sent` without it.
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
        yield from super().read()

    @override
    def notice(self, records: Sequence[Record]) -> None:
        for name, counted in self._counters.items():
            counted.update((one["id"], one[name]) for one in records if one.get(name))

    @override
    def after_reading(self) -> None:
        if self._counters:  # empty after the past is read, which comes later in the run
            self.run.counters, self._counters = self._counters, {}

"""Mailings that were sent, of both kinds. Their counters change for weeks after sending.

One listing serves a run: that of the mailings' own stream, or, where that is not selected, of the
first stream that asks something for each mailing (`per_emailing.py`).
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from typing_extensions import override

from tap_copernica.clock import DAY, SECOND, rfc3339
from tap_copernica.errors import StreamError
from tap_copernica.http.pool import result_of
from tap_copernica.http.question import Question
from tap_copernica.reading.coverage import Kind
from tap_copernica.reading.filters import BetweenTimes
from tap_copernica.reading.window_reader import Result, WindowReader
from tap_copernica.reading.windows import Window
from tap_copernica.records import fields as f
from tap_copernica.records.chunks import PlainChunk
from tap_copernica.streams.base import Stream
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

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


class Emailing(NamedTuple):
    """What others need of a mailing; in order of sending."""

    timestamp: str  # RFC 3339 in UTC
    id: int
    testgroups: int


@dataclass
class Listing:
    """The mailings that were sent in a period.

    Attributes:
        since: the first instant of the period.
        until: the instant before which it ends, in UTC.
        emailings: the mailings, in order of sending.
    """

    since: datetime
    until: datetime
    emailings: list[Emailing] = field(default_factory=list)


class EmailingStream(WindowedStream):
    """Mailings by the time they were sent; whether a time part of the bounds counts is unknown.

    So whole days are asked for, with one to spare on each side, and rows are filtered here.
    """

    primary_keys = ("id",)
    replication_key = "timestamp"
    filters = (BetweenTimes("fromdate", "todate"),)
    first_width = 64 * DAY
    grain = DAY

    _listing: Listing | None = None
    _noted: Listing | None = None
    _own_start = ""

    @property
    @override
    def lookback(self) -> timedelta:
        """A trailing period is read again, since counters change after sending."""
        return max(self.settings.lookback, self.settings.statistics_window)

    @override
    def window_edge(self, edge: datetime) -> datetime:
        return self.settings.clock.legal_before(datetime.combine(edge.date(), time()))

    @override
    def asked(self, window: Window) -> tuple[datetime, datetime]:
        first, last = window.start - DAY, window.end - SECOND + 2 * DAY
        return datetime.combine(first.date(), time()), datetime.combine(last.date(), time())

    # One listing for this stream and for those that ask something for each mailing

    def listing(self, since: datetime) -> Listing:
        """Give the mailings that were sent since an instant, which are listed once per run."""
        if self._listing is None or self._listing.since > since:
            self._listing = result_of(self.run.pool, partial(self._list, self._earliest(since)))
        return self._listing

    def one_more(
        self, known: Container[int], wanted: Callable[[Emailing], bool]
    ) -> Emailing | None:
        """Find a mailing that exists, of any time, and is none of those known; makes one call."""
        page = next(self.pages(Question(path=self.path, params=self.extra_params)))
        with contextlib.suppress(StreamError):
            found = sorted(map(_noted, self.reader.records(page.rows)))
            return next((one for one in found if one.id not in known and wanted(one)), None)
        return None

    @override
    def read(self) -> Iterator[Record]:
        yield from super().read()
        self._listing = self._noted
        if self._listing is not None:
            self._listing.emailings.sort()

    @property
    @override
    def can_go_back(self) -> bool:
        # Streams that ask for each mailing take the listing of the whole period, in order.
        return super().can_go_back and not self._child_streams()

    @override
    def new_window_reader(self) -> WindowReader:
        return WindowReader(self, PlainChunk if self._child_streams() else self.encode)

    @override
    def from_when(self, start: datetime) -> datetime:
        self._own_start = rfc3339(start)
        since = self._earliest(start)
        if self._child_streams():
            self._noted = Listing(since, since)
        return since

    @override
    def kept_records(self, chunk: Chunk) -> Chunk:
        if self._noted is None:
            return chunk
        records = chunk.records()
        self._noted.emailings += map(_noted, records)
        if self._stretch.kind is not Kind.NEW:
            return chunk
        start = self._own_start
        return PlainChunk([record for record in records if record["timestamp"] >= start])

    @override
    def _write(self, result: Result) -> Iterator[Record]:
        yield from super()._write(result)
        if self._noted is not None:
            self._noted.until = max(self._noted.until, self._end_of(result.window.end))

    def _child_streams(self) -> list[EmailingChild]:
        """Find the selected streams that ask something for each of these mailings."""
        streams = [one for one in self.tap.streams.values() if isinstance(one, EmailingChild)]
        return [one for one in streams if one.parent is type(self) and one.selected]

    def _earliest(self, since: datetime) -> datetime:
        """Give the first instant that this stream or one of those needs."""
        for stream in self._child_streams():
            with contextlib.suppress(StreamError):  # which it will tell itself
                since = min(since, stream.needs_from())
        return since

    def _end_of(self, edge: datetime) -> datetime:
        """Give the instant of a wall-clock edge, `end_date` where that comes first."""
        instant = self.settings.clock.instant(edge)
        return min(instant, self.settings.end_date or instant)

    def _list(self, since: datetime) -> Listing:
        """List mailings without writing them; runs in a worker thread."""
        self._began, self._api_clock_known = self.calls.now(), self.calls.api_date is not None
        first, last = self.period_edge(self.settings.clock.wall(since)), self.last_edge()
        if self.settings.end_date is not None:
            last = min(last, self.period_end(self.settings.clock.wall(self.settings.end_date)))
        emailings: list[Emailing] = []
        if first < last:
            self._collect(WindowReader(self), Window(first, last), emailings)
        until = self._end_of(min(last, self.last_edge()))  # now that the API's clock is known
        before = rfc3339(until)
        return Listing(since, until, sorted(one for one in emailings if one.timestamp < before))

    def _collect(self, reader: WindowReader, window: Window, into: list[Emailing]) -> None:
        result = reader.read(window)
        for part in result.parts:
            self._collect(reader, part, into)
        for chunk in result.own_records(itemgetter(self.time_field)):
            into += map(_noted, chunk.records())


class EmailingChild(Stream):
    """A stream that asks something for each mailing, so that it needs mailings from some time on."""

    parent: ClassVar[type[EmailingStream]]

    @abstractmethod
    def needs_from(self) -> datetime:
        """Give the instant from which this run needs mailings."""


def _noted(record: Record) -> Emailing:
    return Emailing(record["timestamp"], record["id"], record.get("testgroups") or 0)


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

    Those of rare events tell whether there can be new ones (`publisher_events.py`).
    """

    counts = ("errors", "unsubscribes", "abuses")
    _counters: dict[str, dict[int, int]] | None = None

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
    def notice(self, records: Sequence[Record]) -> None:
        if self._counters is None:
            self._counters = {name: {} for name in self.counts}
        for name, counted in self._counters.items():
            counted.update((one["id"], one[name]) for one in records if one.get(name))

    @override
    def after_reading(self) -> None:
        self.run.counters = self._counters or {name: {} for name in self.counts}

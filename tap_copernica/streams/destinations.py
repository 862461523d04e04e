"""Who received a mailing: one row per message, read in whole days."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.clock import DAY
from tap_copernica.errors import ApiError
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.filters import BetweenDays, FieldBounds
from tap_copernica.reading.window_reader import Result, WindowQuestion, WindowReader
from tap_copernica.reading.windows import Window
from tap_copernica.records import fields as f
from tap_copernica.records.spill import Records
from tap_copernica.streams.emailings import PublisherEmailingsStream
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.reading.verdict import Reading
    from tap_copernica.records.chunks import Encode
    from tap_copernica.records.rows import Record


class DestinationStream(WindowedStream):
    """Recipients by the day they were mailed; only complete days are read.

    Whether `from` and `to` include their day is unknown: a day more on each side is asked for, until
    an answer shows that a bound's day comes along. Rows are filtered here in any case.
    """

    primary_keys = ("id",)
    replication_key = "timestampsent"
    filters = (BetweenDays(),)
    grain = DAY
    whole_days = True

    _from_is_inclusive = False
    _to_is_inclusive = False

    @override
    def period_edge(self, edge: datetime) -> datetime:
        return super().period_edge(datetime.combine(edge.date(), time()))

    @override
    def window_edge(self, edge: datetime) -> datetime:
        return self.period_edge(edge)

    @override
    def period_end(self, edge: datetime) -> datetime:
        return self.period_edge(_midnight_after(edge))

    @override
    def asked(self, window: Window) -> tuple[datetime, datetime]:
        first = datetime.combine(window.start.date(), time())
        end = _midnight_after(window.end)
        return (
            first if self._from_is_inclusive else first - DAY,
            end - DAY if self._to_is_inclusive else end,
        )

    @override
    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Learn from the rows of the days beside the window's; its own are all there."""
        if reading.ids:
            first, after = self.between(window)
            if asked[0] < datetime.combine(window.start.date(), time()):
                self._from_is_inclusive = self._from_is_inclusive or reading.earliest < first
            if asked[1] >= _midnight_after(window.end):
                self._to_is_inclusive = self._to_is_inclusive or reading.latest >= after
        return False


class DestinationsStream(DestinationStream):
    """Recipients of drag-and-drop mailings."""

    name = "destinations"
    path = "/ms/destinations"
    schema = f.record(
        id=f.key(f.integer("Id of the destination, which events name.")),
        messageID=f.text("Hash that names the message."),
        timestampsent=f.moment("When the message was sent, in UTC."),
        profile=f.integer("Id of the recipient's profile; null once it was removed."),
        subprofile=f.integer("Id of the recipient's subprofile, if one was mailed."),
        mailing=f.integer("Id of the emailing (`emailings.id`)."),
        unsubscribed=f.flag("Whether the recipient triggered the unsubscribe behaviour."),
    )


class PublisherDestinationsStream(DestinationStream):
    """Recipients of HTML mailings. v2 knows them by mailing only: one list for each of the period."""

    name = "publisher_destinations"
    path = "/publisher/destinations"
    optional_in = ("v2",)
    cost = "1 per 1000 rows, at least 1; in v2 at least 1 per mailing of the last days"
    aliases = {"emailing-group": "mailing_group"}  # noqa: RUF012 - what the Dutch pages call it
    schema = f.record(
        id=f.key(f.text("Hash that names the destination.")),
        timestampsent=f.moment("When the message was sent, in UTC."),
        internal=f.integer("Number of the destination, which events name."),
        profile=f.integer("Id of the recipient's profile; null once it was removed."),
        subprofile=f.integer("Id of the recipient's subprofile, if one was mailed."),
        mailing=f.integer("Id of the emailing (`publisher_emailings.id`)."),
        mailing_group=f.integer("Id of the mailing group (`mailing-group` in the API)."),
    )

    @property
    @override
    def can_go_back(self) -> bool:
        # In v2 recipients are read mailing by mailing, and followed while a mailing is still being sent.
        return super().can_go_back and self.settings.api_version != "v2"

    @override
    def new_window_reader(self) -> WindowReader:
        if self.settings.api_version == "v2":
            return DestinationsByEmailing(self, self.encode)
        return super().new_window_reader()


class _WhateverPeriod(PublisherEmailingsStream):
    """Mailings also from before `start_date`: a recipient's own time decides about the recipient."""

    @override
    def kept_between(self, window: Window) -> tuple[str, str]:
        return self.between(window)


class DestinationsByEmailing(WindowReader):
    """Reads a day's recipients mailing by mailing, as v2 offers them."""

    # A mailing may take this long to be sent to its last recipient.
    _SENDING = 2 * DAY
    _FILTER = FieldBounds("timestampsent")

    def __init__(
        self,
        stream: PublisherDestinationsStream,
        encode: Encode,
    ) -> None:
        """Read for this stream; the mailings are read as their own stream reads them."""
        super().__init__(stream, encode)
        self._emailings = WindowReader(_WhateverPeriod(stream.tap))

    @override
    def read(self, window: Window) -> Result:
        records = Records(self.encode)
        load, repeated, evidence = 0.0, False, Evidence(0, 0, Proof.COUNTED, 1, 0)
        for emailing in self._ids(Window(window.start - self._SENDING, window.end)):
            path = f"/publisher/emailing/{emailing}/destinations"
            question = WindowQuestion(self.stream, window, self._FILTER, path)
            try:
                found = self.complete(question, divisible=False)
            except ApiError as error:
                if "no entity" not in error.said.lower():
                    raise
                self.stream.logger.warning("%s The emailing is gone; it is skipped.", error.message)
                continue
            records.add_all(found.records)
            load += found.reading.load
            evidence += found.evidence
            repeated = repeated or found.has_repeats
        key = self._key if repeated else None
        return Result(window, records, load, key=key, evidence=evidence)

    def _ids(self, window: Window) -> Iterator[int]:
        result = self._emailings.read(window)
        for part in result.parts:
            yield from self._ids(part)
        for chunk in result.own_records(self._sent):
            yield from (record["id"] for record in chunk.records())

    @staticmethod
    def _sent(record: Record) -> str:
        return str(record["timestamp"])


def _midnight_after(edge: datetime) -> datetime:
    """Give the first midnight at or after a wall-clock time, on a clock without odd hours."""
    midnight = datetime.combine(edge.date(), time())
    return midnight if midnight == edge else midnight + DAY

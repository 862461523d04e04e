"""Who received a mailing: one row per message, read in whole days."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.clock import DAY
from tap_copernica.reading.filters import BetweenDays
from tap_copernica.records import fields as f
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.reading.windows import Window


class DestinationStream(WindowedStream):
    """Recipients by the day they were mailed; only complete days are read.

    Whether `from` and `to` include their day is unknown. So a day more is asked for on each side, until an
    answer has rows of that day: then the bound is known to include it. Rows are filtered here in any case.
    """

    primary_keys = ("id",)
    replication_key = "timestampsent"
    filters = (BetweenDays(),)
    grain = DAY
    whole_days = True

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
    def outer_edges(self, window: Window) -> tuple[datetime, datetime]:
        return datetime.combine(window.start.date(), time()), _midnight_after(window.end)

    @override
    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Learn from rows of the days beside the window whether bounds include their day; never ask again."""
        self.learn_bounds(window, reading, asked)
        return False


class DestinationsStream(DestinationStream):
    """Recipients of drag-and-drop mailings."""

    name = "destinations"
    path = "/ms/destinations"
    schema = f.record(
        id=f.key(f.integer("Id of the destination, which events name.", f.LINK)),
        messageID=f.text("Hash that names the message.", f.LINK),
        timestampsent=f.moment("When the message was sent, in UTC."),
        profile=f.integer("Id of the recipient's profile; null once it was removed.", f.LINK),
        subprofile=f.integer("Id of the recipient's subprofile, if one was mailed.", f.LINK),
        mailing=f.integer("Id of the emailing (`emailings.id`).", f.NONE),
        unsubscribed=f.flag("Whether the recipient triggered the unsubscribe behaviour."),
    )


def _midnight_after(edge: datetime) -> datetime:
    """Give the first midnight at or after a wall-clock time, whether or not that midnight exists."""
    midnight = datetime.combine(edge.date(), time())
    return midnight if midnight == edge else midnight + DAY

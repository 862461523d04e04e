"""Mailings that were sent, of both kinds. Their counters change for weeks after sending."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica import fields as f
from tap_copernica.clock import DAY, SECOND
from tap_copernica.streams.filters import BetweenTimes
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from tap_copernica.windows import Window

FROM_ADDRESS = f.mapping("The sender.", name=f.text("Name."), email=f.text("E-mail address."))
TARGET = f.mapping(
    "Whom it was sent to.",
    type=f.text("Kind of the target: database, view, collection and so on."),
    sources=f.listing(
        "The target and what it belongs to.",
        f.mapping("One of them.", id=f.integer("Id."), type=f.text("Kind.")),
    ),
)


class EmailingStream(WindowedStream):
    """Mailings by the time they were sent; whether a time part of the bounds counts is unknown.

    So whole days are asked for, with one to spare on each side, and rows are filtered here.
    """

    primary_keys = ("id",)
    replication_key = "timestamp"
    filters = (BetweenTimes("fromdate", "todate"),)
    first_width = 64 * DAY
    grain = DAY

    @property
    @override
    def lookback(self) -> timedelta:
        """A trailing period is read again, since counters change after sending."""
        return max(self.settings.lookback, self.settings.statistics_window)

    @override
    def cut(self, edge: datetime) -> datetime:
        return self.settings.clock.legal_before(datetime.combine(edge.date(), time()))

    @override
    def asked(self, window: Window) -> tuple[datetime, datetime]:
        first, last = window.start - DAY, window.end - SECOND + 2 * DAY
        return datetime.combine(first.date(), time()), datetime.combine(last.date(), time())


class EmailingsStream(EmailingStream):
    """Drag-and-drop mailings that were sent."""

    name = "emailings"
    path = "/ms/emailings"
    schema = f.record(
        id=f.key(f.integer("Id of the emailing.")),
        timestamp=f.moment("When it was sent, in UTC."),
        template=f.integer("Id of the template (`templates.id`)."),
        subject=f.text("Subject line."),
        from_address=FROM_ADDRESS,
        destinations=f.integer("Number of recipients."),
        type=f.text("mass or individual."),
        target=TARGET,
    )

    @property
    @override
    def extra_params(self) -> dict[str, Any]:
        # The live page of v4 knows `status`, and leaves out all but `sent` without it.
        return {"status": "all"} if self.settings.api_version == "v4" else {}


class PublisherEmailingsStream(EmailingStream):
    """HTML mailings that were sent, with their counters."""

    name = "publisher_emailings"
    path = "/publisher/emailings"
    schema = f.record(
        id=f.key(f.integer("Id of the emailing.")),
        timestamp=f.moment("When it was sent, in UTC."),
        document=f.integer("Id of the document (`publisher_documents.id`)."),
        template=f.integer("Id of the template (`publisher_templates.id`)."),
        subject=f.text("Subject line."),
        description=f.text("Description of the mailing."),
        from_address=FROM_ADDRESS,
        destinations=f.integer("Number of recipients."),
        testgroups=f.integer("Number of test groups of a split run."),
        finalgroup=f.integer("Id of the final group of a split run."),
        type=f.text("mass or individual."),
        clicks=f.integer("Number of clicks."),
        impressions=f.integer("Number of opens."),
        errors=f.integer("Number of errors."),
        unsubscribes=f.integer("Number of unsubscriptions."),
        abuses=f.integer("Number of complaints."),
        contenttype=f.text("html, text or both."),
        target=TARGET,
    )

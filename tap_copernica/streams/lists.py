"""Lists that are read whole: templates, documents, schedules, coupon campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_copernica.http.pool import result_of
from tap_copernica.records import fields as f
from tap_copernica.streams.base import Stream
from tap_copernica.streams.emailings import FROM_ADDRESS, TARGET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.reading.list_reader import Listed
    from tap_copernica.records.rows import Record


class ListStream(Stream):
    """A list without a usable time of change: read whole, and written once it is complete."""

    primary_keys = ("id",)
    cost = "1 per 1000 rows, at least 1"

    @override
    def is_outdated(self) -> bool:
        return self.run.named.highest(self.name) > (self.progress("highest") or 0)

    @override
    def kept_of_list(self) -> dict[str, Any]:
        # An id that a mailing names and the list lacks was removed: no reason to read the list again today.
        highest = max(self.whole().ids, default=0)
        return {"highest": max(highest, self.run.named.highest(self.name))}

    @property
    def page_size(self) -> int:
        """Rows per call."""
        return self.settings.page_size

    @override
    def read(self) -> Iterator[Record]:
        for chunk in self.whole().records.chunks():
            yield from self.emit_chunk(chunk)

    def whole(self) -> Listed:
        """Give the complete list. It is read once per run, also if several streams need it."""
        return self.run.shared(self.name, lambda: result_of(self.run.pool, self._listed))

    def _listed(self) -> Listed:
        return self.list_reader.read(
            self.path,
            self.reader.records,
            self.encode,
            params=self.extra_params,
            page_size=self.page_size,
        )


class TemplatesStream(ListStream):
    """Templates of drag-and-drop mailings."""

    name = "templates"
    read_order = 1  # after the mailings of this run, which name templates
    path = "/ms/templates"
    schema = f.record(
        id=f.key(f.integer("Id of the template.", f.NONE)),
        name=f.text("Name of the template.", f.NONE),
        from_address=FROM_ADDRESS,
        subject=f.text("Subject line.", f.NONE),
        type=f.text("json (drag-and-drop) or html.", f.NONE),
        archived=f.flag("Whether it is archived; documented for v3 and v4."),
        directory=f.integer("Id of its folder, if it is in one; documented for v3 and v4.", f.NONE),
    )


class PublisherTemplatesStream(ListStream):
    """Templates of HTML mailings."""

    name = "publisher_templates"
    read_order = 1
    path = "/publisher/templates"
    schema = f.record(
        id=f.key(f.integer("Id of the template.", f.NONE)),
        name=f.text("Name of the template.", f.NONE),
        archived=f.flag("Whether it is archived."),
    )


class PublisherDocumentsStream(ListStream):
    """Documents that HTML mailings were made of; their HTML only where `optional_fields` names `source`."""

    name = "publisher_documents"
    read_order = 1
    path = "/publisher/documents"
    optional_fields = ("source",)
    schema = f.record(
        id=f.key(f.integer("Id of the document.", f.NONE)),
        template=f.integer("Id of its template (`publisher_templates.id`).", f.NONE),
        name=f.text("Name of the document.", f.NONE),
        from_address=FROM_ADDRESS,
        subject=f.text("Subject line.", f.NONE),
        archived=f.flag("True where it is archived, else null."),
        source=f.text("The HTML; large, so it is optional.", f.NONE),
    )

    # Rows per page: so that a page of large documents stays far below the bound on one answer.
    _WITH_SOURCE: ClassVar[int] = 100

    @property
    def has_source(self) -> bool:
        """Whether the HTML is wanted."""
        in_catalog = "source" in self.effective_schema["properties"]
        return in_catalog and bool(self.mask[("properties", "source")])

    @property
    @override
    def extra_params(self) -> dict[str, Any]:
        return {} if self.has_source else {"source": "false"}

    @property
    @override
    def page_size(self) -> int:
        return min(super().page_size, self._WITH_SOURCE) if self.has_source else super().page_size


class ScheduledEmailingsStream(ListStream):
    """Drag-and-drop mailings that are planned."""

    name = "scheduled_emailings"
    names_ids_of = {"template": "templates"}  # noqa: RUF012 - never changed
    frequent = True
    path = "/ms/scheduledemailings"
    schema = f.record(
        id=f.key(f.integer("Id of the scheduled emailing.", f.NONE)),
        start=f.moment("When the schedule begins, in UTC."),
        rrule=f.text("How it repeats, as an iCalendar rule.", f.NONE),
        template=f.integer("Id of the template (`templates.id`).", f.NONE),
        next=f.moment("When it runs next, in UTC."),
        previous=f.moment("When it ran last, in UTC."),
        subject=f.text("Subject line.", f.NONE),
        from_address=FROM_ADDRESS,
        type=f.text("mass or individual.", f.NONE),
        target=TARGET,
    )


class PublisherScheduledEmailingsStream(ListStream):
    """HTML mailings that are planned."""

    name = "publisher_scheduled_emailings"
    names_ids_of = {"template": "publisher_templates", "document": "publisher_documents"}  # noqa: RUF012
    frequent = True
    path = "/publisher/scheduledemailings"
    schema = f.record(
        id=f.key(f.integer("Id of the scheduled emailing.", f.NONE)),
        next=f.moment("When it runs next, in UTC."),
        previous=f.moment("When it ran last, in UTC."),
        interval=f.mapping(
            "How often it repeats.",
            count=f.integer("How many units.", f.NONE),
            unit=f.text("The unit.", f.NONE),
        ),
        iterations=f.integer("Number of runs; -1 is without end.", f.NONE),
        processed_iterations=f.integer("Runs so far.", f.NONE),
        scheduled_iterations=f.integer("Runs left; -1 is without end.", f.NONE),
        document=f.integer("Id of the document (`publisher_documents.id`).", f.NONE),
        template=f.integer("Id of the template (`publisher_templates.id`).", f.NONE),
        subject=f.text("Subject line.", f.NONE),
        description=f.text("Description of the mailing.", f.NONE),
        from_address=FROM_ADDRESS,
        testgroups=f.integer("Number of test groups of a split run.", f.NONE),
        emailing_type=f.text("normal, splitrun or A/B test.", f.NONE),
        contenttype=f.text("html, text or both.", f.NONE),
        target=TARGET,
    )


class CouponCampaignsStream(ListStream):
    """Campaigns that coupons belong to."""

    name = "coupon_campaigns"
    path = "/couponcampaigns"
    api_versions = ("v3", "v4")
    primary_keys = ("ID",)
    aliases: ClassVar[dict[str, str]] = {"code": "name"}  # what the list's example calls it
    schema = f.record(
        ID=f.key(f.integer("Id of the campaign.", f.NONE)),
        name=f.text("Name of the campaign.", f.NONE),
        description=f.text("Description of the campaign.", f.NONE),
        archived=f.flag("Whether it is archived."),
        available=f.integer("Coupons that can still be sent.", f.NONE),
        sent=f.integer("Coupons that were sent.", f.NONE),
        redeemed=f.integer("Coupons that were redeemed.", f.NONE),
        tags=f.listing("Its tags.", f.text("A tag.", f.NONE)),
    )

"""Counters: of each mailing, of test groups, and of all that was sent with a template or document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.records import fields as f
from tap_copernica.records.spill import Records
from tap_copernica.streams.emailings import EmailingsStream, PublisherEmailingsStream
from tap_copernica.streams.groups import test_groups
from tap_copernica.streams.lists import PublisherDocumentsStream, TemplatesStream
from tap_copernica.streams.per_emailing import PerEmailing
from tap_copernica.streams.per_listed import PerListed

if TYPE_CHECKING:
    from tap_copernica.reading.mailings import Emailing
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record

_SENT = f.moment("When the mailing was sent, in UTC.")


def counters(*names: str) -> dict[str, Schema]:
    """Make a field for each kind of event: how many events, and how many recipients they come from."""
    return {
        name: f.mapping(
            f"Number of {name}.",
            total=f.integer("All of them.", f.NONE),
            unique=f.integer("Recipients behind them.", f.NONE),
        )
        for name in names
    }


_DOMINANT = f.mapping(
    "Recipients, each under the strongest result only; documented for v3 and v4.",
    **{
        name: f.integer(f"Number of {name}.", f.NONE)
        for name in (
            "destinations",
            "errors",
            "abuses",
            "unsubscribes",
            "clicks",
            "impressions",
            "deliveries",
        )
    },
)
_UNKNOWN = f.mapping("Recipients without a known result.", total=f.integer("All of them.", f.NONE))


class EmailingStatisticsStream(PerEmailing):
    """Counters of each drag-and-drop mailing."""

    name = "emailing_statistics"
    path = "/ms/emailing/{id}/statistics"
    parent = EmailingsStream
    parent_field = "mailing"
    primary_keys = ("mailing",)
    schema = f.record(
        mailing=f.key(f.integer("Id of the emailing (`emailings.id`).", f.NONE)),
        timestamp=_SENT,
        destinations=f.integer("Number of recipients.", f.NONE),
        **counters(
            "abuses",
            "clicks",
            "deliveries",
            "errors",
            "impressions",
            "retries",
            "unsubscribes",
        ),
        unknown=_UNKNOWN,
        dominant_results=_DOMINANT,
    )


class PublisherEmailingStatisticsStream(PerEmailing):
    """Counters of each HTML mailing."""

    name = "publisher_emailing_statistics"
    path = "/publisher/emailing/{id}/statistics"
    parent = PublisherEmailingsStream
    parent_field = "emailing"
    primary_keys = ("emailing",)
    schema = f.record(
        emailing=f.key(f.integer("Id of the emailing (`publisher_emailings.id`).", f.NONE)),
        timestamp=_SENT,
        destinations=f.integer("Number of recipients; documented for v3 and v4.", f.NONE),
        **counters("abuses", "clicks", "deliveries", "errors", "impressions", "unsubscribes"),
        unknown=_UNKNOWN,
        dominant_results=_DOMINANT,
    )


class PublisherTestGroupStatisticsStream(PerEmailing):
    """Counters of each test group."""

    name = "publisher_test_group_statistics"
    path = "/publisher/testgroup/{id}/statistics"
    parent = PublisherEmailingsStream
    parent_field = "emailing"
    primary_keys = ("testgroup",)
    read_order = 2  # the groups are known by then, where they are read too
    only_tested = True
    cost = "1 per test group of the last days"
    schema = f.record(
        testgroup=f.key(f.integer("Id of the test group (`publisher_test_groups.ID`).", f.NONE)),
        emailing=f.integer("Id of the emailing (`publisher_emailings.id`).", f.NONE),
        timestamp=_SENT,
        **counters("abuses", "clicks", "errors", "impressions", "unsubscribes"),
        unknown=_UNKNOWN,
    )

    @override
    def records_of(self, emailing: Emailing) -> list[Record]:
        records: list[Record] = []
        for group in test_groups(self, emailing.id).ids:
            row = self.object_at(self.path.format(id=group))
            records += self.made([row], emailing, testgroup=group)
        return records


class ListedStatistics(PerListed):
    """Counters of one row of a list, whose id is the key."""

    @override
    def records_of(self, number: int) -> Records:
        row = self.object_at(self.path.format(id=number))
        records = Records(self.encode)
        records.add(self.reader.records([row], **{self.key_fields[0]: number}))
        return records


class TemplateStatisticsStream(ListedStatistics):
    """Counters of all that was sent with a drag-and-drop template."""

    name = "template_statistics"
    path = "/ms/template/{id}/statistics"
    parent = TemplatesStream
    primary_keys = ("template",)
    schema = f.record(
        template=f.key(f.integer("Id of the template (`templates.id`).", f.NONE)),
        destinations=f.integer("Number of recipients.", f.NONE),
        **counters(
            "abuses",
            "clicks",
            "deliveries",
            "errors",
            "impressions",
            "retries",
            "unsubscribes",
        ),
    )


class PublisherDocumentStatisticsStream(ListedStatistics):
    """Counters of all that was sent with an HTML document."""

    name = "publisher_document_statistics"
    path = "/publisher/document/{id}/statistics"
    parent = PublisherDocumentsStream
    primary_keys = ("document",)
    schema = f.record(
        document=f.key(f.integer("Id of the document (`publisher_documents.id`).", f.NONE)),
        **counters("abuses", "clicks", "errors", "impressions", "unsubscribes"),
        unknown=_UNKNOWN,
    )

"""The streams, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.streams.account import AccountStream
from tap_copernica.streams.clicks import ClicksStream
from tap_copernica.streams.consumption import ConsumptionStream
from tap_copernica.streams.coupons import (
    CouponsStream,
)
from tap_copernica.streams.databases import (
    CollectionFieldsStream,
    CollectionsStream,
    DatabaseFieldsStream,
    DatabaseInterestsStream,
    DatabasesStream,
    MiniviewsStream,
    ViewsStream,
)
from tap_copernica.streams.destinations import DestinationsStream, PublisherDestinationsStream
from tap_copernica.streams.emailings import EmailingsStream, PublisherEmailingsStream
from tap_copernica.streams.events import (
    AbusesStream,
    DeliveriesStream,
    ErrorsStream,
    ImpressionsStream,
    UnsubscribesStream,
)
from tap_copernica.streams.groups import (
    EmailingHyperlinksStream,
    EmailingSnapshotsStream,
    PublisherFinalGroupsStream,
    PublisherTestGroupsStream,
)
from tap_copernica.streams.ids import (
    MiniviewSubprofileIdsStream,
    ProfileIdsStream,
    SubprofileIdsStream,
    ViewProfileIdsStream,
)
from tap_copernica.streams.lists import (
    CouponCampaignsStream,
    PublisherDocumentsStream,
    PublisherScheduledEmailingsStream,
    PublisherTemplatesStream,
    ScheduledEmailingsStream,
    TemplatesStream,
)
from tap_copernica.streams.logs import LOGS
from tap_copernica.streams.publisher_events import (
    PublisherAbusesStream,
    PublisherClicksStream,
    PublisherDeliveriesStream,
    PublisherErrorsStream,
    PublisherImpressionsStream,
    PublisherUnsubscribesStream,
)
from tap_copernica.streams.statistics import (
    EmailingStatisticsStream,
    PublisherDocumentStatisticsStream,
    PublisherEmailingStatisticsStream,
    PublisherTestGroupStatisticsStream,
    TemplateStatisticsStream,
)

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

STREAMS: tuple[type[Stream], ...] = (
    AbusesStream,
    AccountStream,
    ClicksStream,
    CollectionFieldsStream,
    CollectionsStream,
    ConsumptionStream,
    CouponCampaignsStream,
    CouponsStream,
    DatabaseFieldsStream,
    DatabaseInterestsStream,
    DatabasesStream,
    DeliveriesStream,
    DestinationsStream,
    EmailingHyperlinksStream,
    EmailingSnapshotsStream,
    EmailingStatisticsStream,
    EmailingsStream,
    ErrorsStream,
    ImpressionsStream,
    MiniviewSubprofileIdsStream,
    MiniviewsStream,
    ProfileIdsStream,
    SubprofileIdsStream,
    ViewProfileIdsStream,
    PublisherAbusesStream,
    PublisherClicksStream,
    PublisherDeliveriesStream,
    PublisherDestinationsStream,
    PublisherDocumentStatisticsStream,
    PublisherDocumentsStream,
    PublisherEmailingStatisticsStream,
    PublisherEmailingsStream,
    PublisherErrorsStream,
    PublisherFinalGroupsStream,
    PublisherImpressionsStream,
    PublisherScheduledEmailingsStream,
    PublisherTemplatesStream,
    PublisherTestGroupStatisticsStream,
    PublisherTestGroupsStream,
    PublisherUnsubscribesStream,
    ScheduledEmailingsStream,
    TemplateStatisticsStream,
    TemplatesStream,
    UnsubscribesStream,
    ViewsStream,
    *LOGS,
)
"""Every stream whose schema is known without asking the API."""

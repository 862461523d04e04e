"""Events of HTML mailings (Publisher), read by time through conditions in `fields[]`."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_copernica.clock import rfc3339
from tap_copernica.output.report import Rest
from tap_copernica.reading.filters import FieldBounds
from tap_copernica.records import fields as f
from tap_copernica.streams.events import EventStream, client

if TYPE_CHECKING:
    from tap_copernica.records.fields import Schema


# While the counters of mailings do not change, rare events are asked for after six hours: one stream of them
# in a run, so that they do not all come in the same hour. After nine hours none waits any more.
_USUALLY_EVERY = timedelta(hours=6)
_AT_LEAST_EVERY = timedelta(hours=9)


class PublisherEventStream(EventStream):
    """One row per event. The API ignores a condition that it does not understand, so rows are checked."""

    filters = (FieldBounds(),)


class RareEventStream(PublisherEventStream):
    """Events that are few, and that mailings count. While no counter changes, no call is made.

    The counters come with the list of mailings, which is read in any case. They do not count everything, for
    example not the events of mailings older than `statistics_window_days`. So the events are asked for every
    six to nine hours all the same. Nothing is lost, since the bookmark stays where it is.
    """

    read_order = 1  # the mailings' counters are known by then
    counter: ClassVar[str]
    """The counter of a mailing that counts these events."""

    @override
    def why_rests(self) -> Rest | None:
        return super().why_rests() or (Rest.UNCHANGED if self._is_unchanged() else None)

    @override
    def after_reading(self) -> None:
        self.write_state(counted=[self._counted(), rfc3339(self.calls.now())])

    def _is_unchanged(self) -> bool:
        settings = self.settings
        if settings.full_table_frequency == "always" or settings.reread or settings.end_date:
            return False
        lacks_past = self._covered_from() is None or self._gap() is not None
        if self.counter not in self.run.counters or lacks_past:
            return False
        match self.progress("counted"):
            case [str(counted), str(at)]:
                since = self.calls.now() - self.instant_of_state(at)
                if counted != self._counted() or since < timedelta():
                    return False
                return since < _USUALLY_EVERY or self._can_wait(since)
        return False

    def _can_wait(self, since: timedelta) -> bool:
        """Tell whether another stream has this run's turn, and the next run comes in time for this one."""
        before = self.run.counted_before
        if before is None or since + (self.calls.now() - before) >= _AT_LEAST_EVERY:
            return False
        return self.run.shared("turn of rare events", lambda: self.name) != self.name

    def _counted(self) -> str | None:
        """Give a digest of the counters, None where they are not known in this run."""
        counters = self.run.counters.get(self.counter)
        if counters is None:
            return None
        return hashlib.sha256(repr(sorted(counters.items())).encode()).hexdigest()[:12]


def event(what: str, **own: Schema) -> Schema:
    """Make the schema of an event: id and time, then its own fields, then mailing and recipient."""
    return f.record(
        ID=f.key(f.integer(f"Id of the {what}.", f.NONE)),
        timestamp=f.moment(f"When the {what} happened, in UTC."),
        **own,
        emailing=f.integer("Id of the emailing (`publisher_emailings.id`).", f.NONE),
        destination=f.integer("Id of the recipient (`publisher_destinations.internal`).", f.LINK),
        profile=f.integer("Id of the profile; null once the profile was removed.", f.LINK),
        subprofile=f.integer("Id of the subprofile, if one was mailed.", f.LINK),
    )


class PublisherClicksStream(PublisherEventStream):
    """Clicks on links."""

    name = "publisher_clicks"
    path = "/publisher/clicks"
    schema = event(
        "click",
        link_id=f.integer("Id of the clicked link.", f.NONE),
        link=f.text("The clicked URL, or a tag in braces.", f.URL),
        link_title=f.text("Title of the link.", f.NONE),
        **client("the click came from"),
        referer=f.text("HTTP referer, where the browser sent one.", f.URL),
    )


class PublisherDeliveriesStream(PublisherEventStream):
    """Messages that were accepted by the recipient's mail server."""

    name = "publisher_deliveries"
    path = "/publisher/deliveries"
    schema = event(
        "delivery",
        attempt=f.integer("Number of the attempt that succeeded, from 0.", f.NONE),
        smtp_response=f.text(
            "Answer of the receiving server (`smtp-response` in the API).", f.FREE_TEXT
        ),
    )


class PublisherImpressionsStream(PublisherEventStream):
    """Opens of messages."""

    name = "publisher_impressions"
    path = "/publisher/impressions"
    schema = event(
        "impression",
        **client("opened the message"),
        device=f.text("desktop, tablet, mobile or unknown.", f.NONE),
        referer=f.text("HTTP referer, where the browser sent one.", f.URL),
    )


class PublisherErrorsStream(RareEventStream):
    """Messages that could not be delivered."""

    name = "publisher_errors"
    counter = "errors"
    path = "/publisher/errors"
    schema = event(
        "error",
        errorcode=f.text("Enhanced SMTP status code, such as 5.1.1.", f.NONE),
        description=f.text("Text of the receiving server.", f.FREE_TEXT),
        errortype=f.text("Class of the error, such as nohost or mailmessage.", f.NONE),
        errortypedescription=f.text("What that class means.", f.NONE),
    )


class PublisherUnsubscribesStream(RareEventStream):
    """Unsubscriptions."""

    name = "publisher_unsubscribes"
    counter = "unsubscribes"
    path = "/publisher/unsubscribes"
    schema = event(
        "unsubscription",
        source=f.text("How it came in: by a link or by e-mail.", f.NONE),
        success=f.flag("Whether the recipient was unsubscribed."),
    )


class PublisherAbusesStream(RareEventStream):
    """Complaints about messages."""

    name = "publisher_abuses"
    counter = "abuses"
    path = "/publisher/abuses"
    schema = event(
        "complaint",
        recognized_as=f.text("Format of the report: arf, JMR or none.", f.NONE),
        feedback_type=f.text("Kind of complaint, such as abuse or fraud.", f.NONE),
        arf_version=f.text("Version of the ARF format.", f.NONE),
        details=f.text("The report, if there is one.", f.FREE_TEXT),
    )

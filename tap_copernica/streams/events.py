"""Events of drag-and-drop mailings (Marketing Suite): one row per open, delivery and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.reading.filters import BetweenTimes, FieldBounds
from tap_copernica.records import fields as f
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from tap_copernica.records.fields import Schema


class EventStream(WindowedStream):
    """One row per event, read by time through `begintime` and `endtime`."""

    primary_keys = ("ID",)
    replication_key = "timestamp"


def client(did: str) -> dict[str, Schema]:
    """Make the fields of the client behind an event, of whose address is said what it did."""
    return {
        "ip": f.text(f"IPv4 or IPv6 address that {did}.", f.PERSON),
        "useragent": f.text("User agent of the browser or mail client.", f.PERSON),
        "is_machine": f.flag(
            "Whether its user agent is a machine's, such as a mail proxy; null if unknown."
        ),
    }


def event(what: str, **own: Schema) -> Schema:
    """Make the schema of an event: id, mailing and time, then its own fields, then the recipient's ids."""
    return f.record(
        ID=f.key(f.integer(f"Id of the {what}.", f.NONE)),
        mailing=f.integer("Id of the emailing (`emailings.id`).", f.NONE),
        timestamp=f.moment(f"When the {what} happened, in UTC."),
        **own,
        destination=f.integer("Id of the message's recipient (`destinations.id`).", f.LINK),
        profile=f.integer("Id of the profile; documented for v2 only.", f.LINK),
        subprofile=f.integer(
            "Id of the subprofile, if one was mailed; documented for v2 only.", f.LINK
        ),
    )


class DeliveriesStream(EventStream):
    """Messages that were accepted by the recipient's mail server."""

    name = "deliveries"
    path = "/ms/deliveries"
    schema = event(
        "delivery", attempts=f.integer("Attempts until the message was accepted.", f.NONE)
    )


class ImpressionsStream(EventStream):
    """Opens of messages."""

    name = "impressions"
    path = "/ms/impressions"
    filters = (BetweenTimes(), FieldBounds())
    schema = event(
        "impression",
        **client("opened the message"),
        device=f.text("desktop, tablet, mobile or unknown.", f.NONE),
    )


class ErrorsStream(EventStream):
    """Messages that could not be delivered."""

    name = "errors"
    path = "/ms/errors"
    schema = event(
        "error",
        status=f.text("Status of the error, where there is one.", f.NONE),
        errorcode=f.text("Code of the error.", f.NONE),
        description=f.text("What happened; may quote the receiving server.", f.FREE_TEXT),
        errortype=f.text("Class of the error, where it was recognised.", f.NONE),
    )


class AbusesStream(EventStream):
    """Complaints about messages."""

    name = "abuses"
    path = "/ms/abuses"
    schema = event(
        "complaint", report=f.mapping("The report; what is in it is not documented.", f.FREE_TEXT)
    )


class UnsubscribesStream(EventStream):
    """Unsubscriptions; documented for v3 and v4, skipped with a warning where the API has none."""

    name = "unsubscribes"
    path = "/ms/unsubscribes"
    schema = f.record(
        ID=f.key(f.integer("Id of the unsubscription.", f.NONE)),
        mailing=f.integer("Id of the emailing (`emailings.id`).", f.NONE),
        timestamp=f.moment("When it happened, in UTC."),
        destination=f.integer("Id of the message's recipient (`destinations.id`).", f.LINK),
        source=f.text("How it was triggered, for example by a click.", f.NONE),
    )

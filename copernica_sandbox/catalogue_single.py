"""The part of the catalogue about single things: one destination, group, person, template, document."""

from __future__ import annotations

from copernica_sandbox.endpoint import Endpoint, fields

_TIMES = ("begintime", "endtime")
_SENDING_TIMES = ("fromdate", "todate")
_SINCE_V3 = (3, 4)
_DESTINATION = "ID:id messageID:hash timestampsent:time profile:id subprofile:id mailing:id"
_PUBLISHER_DESTINATION = (
    "ID:hash timestampsent:time internal:id profile:id subprofile:id mailing:id"
)
_OF_PERSON = "ID:id timestampsent:time profile:id subprofile:id mailing:id"
_EMAILING = (
    "id:id timestamp:time template:id subject:text from_address:person destinations:number"
    " type:text target:object"
)
_PUBLISHER_EMAILING = (
    "id:id timestamp:time document:id template:id subject:text from_address:person"
    " destinations:digits testgroups:number finalgroup:id type:text clicks:digits"
    " impressions:digits contenttype:text target:object"
)
_CHOICES = ("type", "followups", "mindestinations", "maxdestinations")
_PUBLISHER_CHOICES = ("type", "followups", "test")
_DOCUMENT = "id:id template:id name:text from_address:address subject:text"
_BLOCK = "ID:id parentID:text name:text iteration:digits condition:text"
_RECIPIENT = "ID:hash timestampsent:time internal:id profile:object subprofile:object mailing:id"
_COUNTED = "abuses clicks deliveries errors impressions retries unsubscribes"
_COUNTERS = " ".join(f"{kind}:totals" for kind in _COUNTED.split())


def _ms_recipient(word: str) -> list[Endpoint]:
    """Return what there is of one recipient; the docs call it destination and message."""
    prefix = "" if word == "destination" else "message_"
    return [
        Endpoint(
            f"{prefix}destination", f"ms/{word}/*", "ms", "destination", fields(_DESTINATION),
            single=True, parent="destination",
        ),
        Endpoint(
            f"{prefix}destination_statistics", f"ms/{word}/*/statistics", "ms",
            "destination_statistics", fields(f"ID:id {_COUNTERS}"), single=True, period=_TIMES,
            parent="destination",
        ),
    ]  # fmt: skip


def _people(kind: str) -> list[Endpoint]:
    """Return what was sent to one profile or subprofile."""
    return [
        Endpoint(
            f"{kind}_emailings", f"{kind}/*/ms/emailings", "ms", "emailings", fields(_EMAILING),
            period=_SENDING_TIMES, choices=_CHOICES, of="emailings", parent=kind,
        ),
        Endpoint(
            f"{kind}_publisher_emailings", f"{kind}/*/publisher/emailings", "publisher",
            "emailings", fields(_PUBLISHER_EMAILING), period=_SENDING_TIMES,
            choices=(*_CHOICES, "test"), of="publisher_emailings", parent=kind,
        ),
        Endpoint(
            f"{kind}_destinations", f"{kind}/*/ms/destinations", "ms", "destinations",
            fields(_OF_PERSON), filters=("timestampsent",), of="destinations", parent=kind,
        ),
        Endpoint(
            f"{kind}_publisher_destinations", f"{kind}/*/publisher/destinations", "publisher",
            "destinations", fields(_PUBLISHER_DESTINATION), filters=("timestampsent",),
            of="publisher_destinations", parent=kind,
        ),
        Endpoint(
            f"{kind}_publisher_document", f"{kind}/*/publisher/document/*", "publisher",
            "personal_document",
            fields(
                "id:id template:id name:text description:text from_address:address subject:text"
                " archived:flag source:text"
            ),
            versions=_SINCE_V3, single=True, parent=kind,
        ),
    ]  # fmt: skip


SINGLES = (
    *_ms_recipient("destination"),
    *_ms_recipient("message"),
    Endpoint(
        "publisher_destination", "publisher/destination/*", "publisher", "destination",
        fields(_PUBLISHER_DESTINATION), single=True, parent="destination",
    ),
    Endpoint(
        "publisher_message", "publisher/message/*", "publisher", "destination",
        fields(_PUBLISHER_DESTINATION), single=True, parent="destination",
    ),
    Endpoint(
        "publisher_destination_fields", "publisher/destination/*/fields", "publisher",
        "destination_fields", fields(_RECIPIENT), single=True, parent="destination",
    ),
    Endpoint(
        "publisher_destination_statistics", "publisher/destination/*/statistics", "publisher",
        "destination_statistics", fields(f"ID:id {_COUNTERS}"), single=True,
        parent="destination",
    ),
    *_people("profile"),
    *_people("subprofile"),
    Endpoint(
        "template", "ms/template/*", "ms", "templates",
        fields(
            "id:id name:text from_address:person subject:text type:text archived:flag@34"
            " directory:id@34"
        ),
        single=True, of="templates", parent="template",
    ),
    Endpoint(
        "scheduled_emailing", "ms/scheduledemailing/*", "ms", "scheduled",
        fields(
            "id:id start:time rrule:text template:id next:time previous:time subject:text"
            " from_address:person type:text target:object tags:list"
        ),
        single=True, of="scheduled_emailings", parent="scheduledemailing",
    ),
    Endpoint(
        "publisher_scheduled_emailing", "publisher/scheduledemailing/*", "publisher",
        "scheduled",
        fields(
            "id:id next:time previous:time interval:object iterations:number"
            " processed_iterations:digits scheduled_iterations:digits document:idnumber"
            " template:idnumber subject:text description:text from_address:person"
            " testgroups:number emailing_type:text contenttype:text target:object"
        ),
        single=True, of="publisher_scheduled_emailings", parent="scheduledemailing",
    ),
    Endpoint(
        "publisher_template", "publisher/template/*", "publisher", "templates",
        fields(
            "id:id name:text description:text@34 from_address:address@34 subject:text@34"
            " archived:flag source:text@34"
        ),
        single=True, of="publisher_templates", parent="template",
    ),
    Endpoint(
        "publisher_template_emailings", "publisher/template/*/emailings", "publisher",
        "emailings", fields(_PUBLISHER_EMAILING), choices=_PUBLISHER_CHOICES,
        of="publisher_emailings", parent="template",
    ),
    Endpoint(
        "publisher_template_documents", "publisher/template/*/documents", "publisher",
        "documents", fields(f"{_DOCUMENT} archived:archived source:text"),
        of="publisher_documents", parent="template",
    ),
    Endpoint(
        "publisher_document", "publisher/document/*", "publisher", "documents",
        fields(f"{_DOCUMENT} archived:archived source:text"), single=True,
        of="publisher_documents", parent="document",
    ),
    Endpoint(
        "publisher_document_emailings", "publisher/document/*/emailings", "publisher",
        "emailings", fields(_PUBLISHER_EMAILING), choices=_PUBLISHER_CHOICES,
        of="publisher_emailings", parent="document",
    ),
    *(
        Endpoint(
            f"publisher_document_{kind}blocks", f"publisher/document/*/{kind}blocks",
            "publisher", f"{kind}blocks", fields(f"{_BLOCK}{more}"), versions=_SINCE_V3,
            parent="document",
        )
        for kind, more in (
            ("image", ""), ("loop", " iterations:digits"), ("text", " content:text")
        )
    ),
    Endpoint(
        "coupon_campaign", "couponcampaign/*", "", "coupon_campaigns",
        fields(
            "ID:id name:text description:text archived:flag available:number sent:number"
            " redeemed:number tags:list"
        ),
        versions=_SINCE_V3, single=True, of="coupon_campaigns", parent="couponcampaign",
    ),
    Endpoint(
        "smsmailing", "smsmailing/*", "", "smsmailings",
        fields(
            "id:id timestamp:time document:id message:text from:text destinations:digits"
            " successes:digits errors:digits unknown:digits target:object"
        ),
        versions=_SINCE_V3, single=True, parent="smsmailing",
    ),
    Endpoint(
        "senderdomain", "senderdomain/*", "", "senderdomains",
        fields("ID:id domain:text approved:flag records:list"), versions=_SINCE_V3,
        single=True, parent="senderdomain",
    ),
    Endpoint(
        "webhook", "webhook/*", "", "webhooks",
        fields("ID:id handler:text trigger:text callers:list"), single=True, parent="webhook",
    ),
    Endpoint(
        "import", "import/*", "", "imports",
        fields(
            "ID:id name:text type:text status:text totallines:digits processedLines:digits"
            " lastrun:removed nextrun:removed lasterror:removed"
        ),
        versions=_SINCE_V3, single=True, parent="import",
    ),
)  # fmt: skip

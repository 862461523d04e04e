"""The one list of endpoints.

Path, versions, fields with their JSON type per version, and how each is asked for a period.

Facts are those of Copernica's public documentation of v2, v3 and v4. Handlers, tests and prose
follow this list; code knows nothing about a single endpoint but how its rows come about.
"""

from __future__ import annotations

from copernica_sandbox.catalogue_content import CONTENT
from copernica_sandbox.catalogue_single import SINGLES
from copernica_sandbox.endpoint import Endpoint, fields

_SENDING_TIMES = ("fromdate", "todate")
_TIMES = ("begintime", "endtime")
_SINCE_V3 = (3, 4)

# What the events of each kind say besides their id, time, mailing and person.
_MS = {
    "clicks": "ID:id mailing:id link:text timestamp:time ip:text useragent:text destination:id",
    "deliveries": "ID:id mailing:id timestamp:time attempts:number destination:id",
    "impressions": "ID:id mailing:id timestamp:time ip:text useragent:text device:text"
    " destination:id",
    "errors": "ID:id mailing:id timestamp:time status:text errorcode:text description:text"
    " errortype:text destination:id",
    "unsubscribes": "ID:id mailing:id timestamp:time destination:id source:text",
    "abuses": "ID:id mailing:id timestamp:time report:object destination:id",
}
_PUBLISHER = {
    "clicks": "ID:id link_id:id link:text link_title:text timestamp:time ip:text useragent:text"
    " referer:text",
    "deliveries": "ID:id timestamp:time attempt:digits smtp-response:text",
    "impressions": "ID:id timestamp:time ip:text useragent:text device:text referer:text",
    "errors": "ID:id timestamp:time errorcode:text description:text errortype:text"
    " errortypedescription:text",
    "unsubscribes": "ID:id timestamp:time source:text success:flag",
    "abuses": "ID:id timestamp:time recognized_as:text feedback_type:text arf_version:text"
    " details:text",
}
_NUMBERED_PROFILE = {"impressions", "unsubscribes"}  # a JSON number in the documented examples
_NAMED_PERSON = " emailing:id destination:id profile:id subprofile:id"


def _ms_events(kind: str) -> list[Endpoint]:
    """Return the account-wide list of a kind, and the list of one mailing."""
    profile = "idnumber" if kind in _NUMBERED_PROFILE else "id"
    versions = _SINCE_V3 if kind == "unsubscribes" else (2, 3, 4)
    account_wide = "" if kind == "unsubscribes" else f" profile:{profile}@2 subprofile:id@2"
    one = " success:flag" if kind == "unsubscribes" else ""
    unique = kind in {"clicks", "unsubscribes"}
    person = "" if kind == "unsubscribes" else f" profile:{profile} subprofile:id"
    return [
        Endpoint(
            kind, f"ms/{kind}", "ms", kind, fields(_MS[kind] + account_wide), versions, _TIMES,
            filters=("timestamp",) if kind in {"clicks", "impressions"} else (), unique=unique,
        ),
        Endpoint(
            f"emailing_{kind}", f"ms/emailing/*/{kind}", "ms", kind,
            fields(f"{_MS[kind]}{one} profile:{profile} subprofile:id"), versions, _TIMES,
            filters=("timestamp",) if kind == "clicks" else (), unique=unique, of=kind, parent="mailing",
        ),
        *(
            Endpoint(
                f"{word}_{kind}", f"ms/{word}/*/{kind}", "ms", kind, fields(_MS[kind] + person),
                versions, _TIMES, filters=("timestamp",) if kind == "clicks" else (),
                unique=unique, of=kind, parent="destination",
            )
            for word in ("destination", "message")  # two words for one thing, the docs say
        ),
    ]  # fmt: skip


def _publisher_events(kind: str) -> list[Endpoint]:
    columns = fields(_PUBLISHER[kind] + _NAMED_PERSON)
    numbered = ("timestamp", "id") if kind in {"deliveries", "impressions"} else ("timestamp",)
    stream = f"publisher_{kind}"
    return [
        Endpoint(
            stream, f"publisher/{kind}", "publisher", kind, columns, filters=numbered
        ),
        Endpoint(
            f"publisher_emailing_{kind}", f"publisher/emailing/*/{kind}", "publisher", kind,
            columns, filters=("timestamp",), of=stream, parent="emailing",
        ),
        Endpoint(
            f"publisher_testgroup_{kind}", f"publisher/testgroup/*/{kind}", "publisher", kind,
            columns, unique=kind in {"clicks", "impressions"}, of=stream, parent="testgroup",
        ),
        Endpoint(
            f"publisher_destination_{kind}", f"publisher/destination/*/{kind}", "publisher", kind,
            columns, filters=("timestamp",), of=stream, parent="destination",
        ),
    ]  # fmt: skip


_EVENTS = [endpoint for kind in _MS for endpoint in (*_ms_events(kind), *_publisher_events(kind))]

_EMAILING = (
    "id:id timestamp:time template:id subject:text from_address:person destinations:number"
    " type:text target:object"
)
_PUBLISHER_EMAILING = (
    "id:id timestamp:time document:id template:id subject:text description:text"
    " from_address:person destinations:digits testgroups:number type:text clicks:digits"
    " impressions:digits"
)
_PUBLISHER_REST = " contenttype:text target:object"

ENDPOINTS = (
    *_EVENTS,
    Endpoint(
        "emailings", "ms/emailings", "ms", "emailings", fields(_EMAILING),
        period=_SENDING_TIMES,
        choices=("type", "followups", "mindestinations", "maxdestinations"),
        choices_v4=("status", "fromid", "toid"),
    ),
    Endpoint(
        "emailing", "ms/emailing/*", "ms", "emailings", fields(f"{_EMAILING} tags:list"),
        single=True, of="emailings", parent="mailing",
    ),
    Endpoint(
        "emailing_statistics", "ms/emailing/*/statistics", "ms", "statistics",
        fields(
            "destinations:digits@2 destinations:number@34 abuses:totals clicks:totals"
            " deliveries:totals errors:totals impressions:totals retries:totals"
            " unsubscribes:totals unknown:totals@34 dominant_results:totals@34"
        ),
        single=True, period=_TIMES, parent="mailing",
    ),
    Endpoint(
        "destinations", "ms/destinations", "ms", "destinations",
        fields(
            "id:id messageID:hash timestampsent:time profile:id subprofile:id mailing:id"
            " unsubscribed:flag"
        ),
        period=("from", "to"), choices=("Unsubscribed",),
    ),
    Endpoint(
        "emailing_destinations", "ms/emailing/*/destinations", "ms", "destinations",
        fields("ID:id timestampsent:time profile:id subprofile:id mailing:id"),
        filters=("timestampsent",), choices=("Unsubscribed",), of="destinations",
        parent="mailing",
    ),
    Endpoint(
        "publisher_emailings", "publisher/emailings", "publisher", "emailings",
        fields(
            f"{_PUBLISHER_EMAILING} errors:digits unsubscribes:digits abuses:digits"
            + _PUBLISHER_REST
        ),
        period=_SENDING_TIMES,
        choices=("type", "followups", "test", "mindestinations", "maxdestinations"),
    ),
    Endpoint(
        "publisher_emailing", "publisher/emailing/*", "publisher", "emailings",
        fields(_PUBLISHER_EMAILING + _PUBLISHER_REST), single=True, of="publisher_emailings",
        parent="emailing",
    ),
    Endpoint(
        "publisher_emailing_statistics", "publisher/emailing/*/statistics", "publisher",
        "statistics",
        fields(
            "destinations:number@34 deliveries:totals@34 errors:totals impressions:totals"
            " clicks:totals unsubscribes:totals abuses:totals unknown:totals"
            " dominant_results:totals@34"
        ),
        single=True, period=_TIMES, parent="emailing",
    ),
    Endpoint(
        "publisher_destinations", "publisher/destinations", "publisher", "destinations",
        fields(
            "id:hash timestampsent:time internal:id profile:id subprofile:id mailing:id"
            " mailing-group:id"
        ),
        versions=_SINCE_V3, period=("from", "to"),
    ),
    Endpoint(
        "publisher_emailing_destinations", "publisher/emailing/*/destinations", "publisher",
        "destinations",
        fields("ID:hash timestampsent:time internal:id profile:id subprofile:id mailing:id"),
        filters=("timestampsent",), of="publisher_destinations", parent="emailing",
    ),
    Endpoint(
        "account", "identity", "", "account",
        fields(
            "id:id name:text description:text company:text customer:object@3 usedBy:object@3"
            " license:object@3"
        ),
        single=True,
    ),
    *CONTENT,
    *SINGLES,
)  # fmt: skip

BY_STREAM = {endpoint.stream: endpoint for endpoint in ENDPOINTS}

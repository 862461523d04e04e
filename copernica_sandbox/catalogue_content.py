"""The part of the catalogue about content and settings: templates, documents, groups, coupons."""

from __future__ import annotations

from copernica_sandbox.endpoint import Endpoint, fields

_TIMES = ("begintime", "endtime")
_SINCE_V3 = (3, 4)
_MODIFIED = ("archived", "modifiedfromdate", "modifiedtodate")
_GROUP = "ID:id document:id template:id name:text from_address:address subject:text timestamp:time"
_RESULTS = (
    "abuses:digittotals clicks:digittotals errors:digittotals impressions:digittotals"
    " unsubscribes:digittotals unknown:digittotals"
)

CONTENT = (
    Endpoint(
        "templates", "ms/templates", "ms", "templates",
        fields(
            "id:id name:text from_address:person subject:text type:text archived:flag@34"
            " directory:id@34"
        ),
        choices=("name", "keyword", "type", "created_before", "created_after"),
    ),
    Endpoint(
        "template_statistics", "ms/template/*/statistics", "ms", "template_statistics",
        fields(
            "destinations:digits abuses:totals clicks:totals deliveries:totals errors:totals"
            " impressions:totals retries:totals unsubscribes:totals"
        ),
        period=_TIMES, single=True, parent="template",
    ),
    Endpoint(
        "publisher_templates", "publisher/templates", "publisher", "templates",
        fields("id:id name:text archived:flag"), choices=_MODIFIED,
    ),
    Endpoint(
        "publisher_documents", "publisher/documents", "publisher", "documents",
        fields(
            "id:id template:id name:text from_address:address subject:text archived:archived"
            " source:text"
        ),
        choices=_MODIFIED,
    ),
    Endpoint(
        "publisher_document_statistics", "publisher/document/*/statistics", "publisher",
        "document_statistics", fields(_RESULTS), period=_TIMES, single=True, parent="document",
    ),
    Endpoint(
        "publisher_test_groups", "publisher/emailing/*/testgroups", "publisher", "test_groups",
        fields(f"{_GROUP} destinations:digits"), parent="emailing",
    ),
    Endpoint(
        "publisher_final_groups", "publisher/emailing/*/finalgroup", "publisher", "final_group",
        fields(f"{_GROUP} destinations:digits"), single=True, parent="emailing",
    ),
    Endpoint(
        "publisher_test_group", "publisher/testgroup/*", "publisher", "test_group",
        fields(f"{_GROUP} destinations:digits".replace(" template:id", "")), single=True,
        parent="testgroup",
    ),
    Endpoint(
        "publisher_test_group_statistics", "publisher/testgroup/*/statistics", "publisher",
        "test_group_statistics", fields(_RESULTS), period=_TIMES, single=True,
        parent="testgroup",
    ),
    Endpoint(
        "scheduled_emailings", "ms/scheduledemailings", "ms", "scheduled",
        fields(
            "id:id start:time rrule:text template:id next:time previous:time subject:text"
            " from_address:person type:text target:object"
        ),
    ),
    Endpoint(
        "publisher_scheduled_emailings", "publisher/scheduledemailings", "publisher",
        "scheduled",
        fields(
            "id:id next:time previous:time interval:object iterations:number"
            " processed_iterations:digits scheduled_iterations:digits document:idnumber"
            " template:idnumber subject:text description:text from_address:person"
            " testgroups:number emailing_type:text contenttype:text target:object"
        ),
    ),
    Endpoint(
        "emailing_snapshots", "ms/emailing/*/snapshot", "ms", "snapshot",
        fields("template:id name:text from_address:address subject:text"),
        versions=_SINCE_V3, single=True, parent="mailing",
    ),
    Endpoint(
        "publisher_emailing_snapshots", "publisher/emailing/*/snapshot", "publisher", "snapshot",
        fields("document:id name:text from_address:address subject:text"),
        single=True, parent="emailing",
    ),
    Endpoint(
        "emailing_hyperlinks", "ms/emailing/*/hyperlinkextensions", "ms", "hyperlinks",
        fields("parameter:text value:text type:text last:flag unique:flag checks:list"),
        versions=_SINCE_V3, parent="mailing", bare=True,
    ),
    Endpoint(
        "publisher_emailing_hyperlinks", "publisher/emailing/*/hyperlinkextensions", "publisher",
        "hyperlinks", fields("all:object shop.example:object"), versions=_SINCE_V3, single=True,
        parent="emailing",
    ),
    Endpoint(
        "coupon_campaigns", "couponcampaigns", "", "coupon_campaigns",
        fields(
            "ID:id code:text name:text description:text archived:flag available:number sent:number"
            " redeemed:number tags:list"
        ),
        versions=_SINCE_V3,
    ),
    Endpoint(
        "coupons", "couponcampaign/*/coupons", "", "coupons",
        fields("ID:id code:text validfrom:time validuntil:time status:text"),
        versions=_SINCE_V3, filters=("code", "status", "valid"), parent="couponcampaign",
    ),
    Endpoint(
        "consumption", "consumption", "", "consumption",
        fields(
            "emails:number texts:number fax:number webpages:number apicalls:number"
            " litmustests:number twofiftyoktests:number"
        ),
        single=True,
    ),
)  # fmt: skip

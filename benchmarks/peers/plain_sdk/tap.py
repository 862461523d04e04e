"""A tap as the Singer SDK's template lays it out: RESTStream, JSONPath, an offset paginator.

Everything else is the SDK's default: type conformance, message writer, retries. Ids are declared
as text, which is what the API sends.
"""

from __future__ import annotations

import decimal
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.helpers.jsonpath import extract_jsonpath
from singer_sdk.pagination import OffsetPaginator
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests

PAGE_SIZE = 1000


class ClicksPaginator(OffsetPaginator):
    """Pages by offset until a page is not full."""

    @override
    def has_more(self, response: requests.Response) -> bool:
        return bool(response.json()["count"] == PAGE_SIZE)


class ClicksStream(RESTStream[int]):
    """Clicks on links in drag-and-drop mailings."""

    name = "clicks"
    path = "/v2/ms/clicks"
    primary_keys: ClassVar[tuple[str, ...]] = ("ID",)
    records_jsonpath = "$.data[*]"
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("ID", th.StringType, required=True),
        th.Property("mailing", th.StringType),
        th.Property("link", th.StringType),
        th.Property("timestamp", th.StringType),
        th.Property("ip", th.StringType),
        th.Property("useragent", th.StringType),
        th.Property("destination", th.StringType),
        th.Property("profile", th.StringType),
        th.Property("subprofile", th.StringType),
    ).to_dict()

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["url"])

    @property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        return APIKeyAuthenticator(
            key="access_token", value=self.config["params"]["access_token"], location="params"
        )

    @override
    def get_new_paginator(self) -> ClicksPaginator:
        return ClicksPaginator(start_value=0, page_size=PAGE_SIZE)

    @override
    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:
        return {**self.config["params"], "start": next_page_token or 0, "limit": PAGE_SIZE}

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        yield from extract_jsonpath(
            self.records_jsonpath, input=response.json(parse_float=decimal.Decimal)
        )


class PlainTap(Tap):
    """A tap with one stream."""

    name = "tap-plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("url", th.StringType, required=True),
        th.Property("params", th.ObjectType(additional_properties=True), required=True),
    ).to_dict()

    @override
    def discover_streams(self) -> list[ClicksStream]:
        return [ClicksStream(self)]


if __name__ == "__main__":
    PlainTap.cli()

"""Lists and single objects that follow from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.sandbox.catalogue import ENDPOINTS, Endpoint
from tap_copernica.sandbox.filters import query
from tap_copernica.sandbox.http import json_reply
from tap_copernica.sandbox.paging import Page
from tap_copernica.sandbox.render import Renderer

if TYPE_CHECKING:
    from tap_copernica.sandbox.core import Core
    from tap_copernica.sandbox.http import Call, Reply

_MOST_DETAILED = 3  # documents three fields more than v2 and v4
_BY_PATH = {tuple(endpoint.path.split("/")): endpoint for endpoint in ENDPOINTS}


def handle(core: Core, call: Call) -> Reply | None:
    """Answer a list of the catalogue or the account's identity; None for any other path."""
    if call.parts == ["identity"]:
        return _object(core, identity(call.version))
    # Surplus parts after a list are ignored (observed on v2).
    endpoint = _BY_PATH.get(tuple(call.parts[:2]))
    if endpoint is None or call.version not in endpoint.versions:
        return None
    return _list(core, call, endpoint)


def _list(core: Core, call: Call, endpoint: Endpoint) -> Reply:
    switches, now = core.switches, core.now()
    asked = query(endpoint, call.parameters, switches, core.clock, now)
    selected = core.selector.select(endpoint, asked, now)
    page = Page(call.parameters, switches)
    fields = endpoint.named(call.version)
    data = Renderer(fields, switches).rows(page.rows(selected))

    def whole() -> int:
        return len(core.selector.select(endpoint, core.everything(), now))

    envelope = page.envelope(data, selected, whole, endpoint.key)
    return json_reply(envelope, unicode_escaped=switches.unicode_escaped)


def _object(core: Core, record: dict[str, Any]) -> Reply:
    switches = core.switches
    return json_reply(
        {"data": record} if switches.wrapped else record, unicode_escaped=switches.unicode_escaped
    )


def identity(version: int) -> dict[str, Any]:
    """Return the account itself; v3 documents three more fields."""
    record: dict[str, Any] = {
        "id": "4",
        "name": "Shop",
        "description": "A made-up account for tests/demos",
        "company": "Shop BV",
    }
    if version == _MOST_DETAILED:
        record["customer"] = {"id": "17", "name": "Shop BV", "isPartner": False}
        record["usedBy"] = []
        record["license"] = {"id": "23", "isTrial": False}
    return record

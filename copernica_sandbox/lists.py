"""Lists and single objects that follow from the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox import narrowed, php, tables
from copernica_sandbox.catalogue import BY_STREAM, ENDPOINTS
from copernica_sandbox.conditions import meets
from copernica_sandbox.filters import Query, query
from copernica_sandbox.http import Reply, json_reply, missing_entity
from copernica_sandbox.paging import Page
from copernica_sandbox.paths import Paths
from copernica_sandbox.records import FIRST_MAILING
from copernica_sandbox.render import Renderer, bare_list, encode
from copernica_sandbox.selection import Built, Planned, ordered

if TYPE_CHECKING:
    from copernica_sandbox.core import Core
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.http import Call
    from copernica_sandbox.records import Row
    from copernica_sandbox.selection import Rows

_PATHS = Paths(ENDPOINTS)
_OBJECTS = {"destination", "destination_fields", "destination_statistics", "personal_document"}


def handle(core: Core, call: Call) -> Reply | None:
    """Answer what the catalogue has; None for any other path."""
    found = _PATHS.find(call.parts)
    if found is None or call.version not in found[0].versions:
        return None
    endpoint, ids = found
    if endpoint.kind in _OBJECTS:
        asked = query(endpoint, call.parameters, call.version, core.situation())
        return _object(core, call, endpoint, narrowed.one(core, endpoint, ids, asked))
    if endpoint.timed:
        return _timed(core, call, endpoint, ids)
    rows = _table(core, call, endpoint, ids[0] if ids else None)
    if endpoint.single and not rows:
        nothing: object = {} if core.switches.no_final_group == "object" else []
        return json_reply(nothing, unicode_escaped=core.switches.unicode_escaped)
    return (
        _object(core, call, endpoint, rows[0])
        if endpoint.single
        else _page(core, call, endpoint, rows)
    )


def _timed(core: Core, call: Call, endpoint: Endpoint, ids: list[str]) -> Reply:
    """Answer a list or an object that lies on the account's time line."""
    if endpoint.parent in narrowed.PARENTS:
        asked = query(endpoint, call.parameters, call.version, core.situation())
        rows = narrowed.rows(core, endpoint, ids[0], asked, call)
        return _page(core, call, endpoint, ordered(rows, endpoint.key, core.switches.order))
    mailing = _mailing(core, endpoint, ids[0]) if ids else None
    if endpoint.single and mailing is not None:
        return _object(core, call, endpoint, _emailing(core, endpoint, mailing))
    return _list(core, call, endpoint, mailing)


def _mailing(core: Core, endpoint: Endpoint, text: str) -> int:
    """Return the number (from 0) of a mailing that exists now; raises ApiError for any other id."""
    family = core.account.families[endpoint.family]
    given = php.identity(text)
    number = given - FIRST_MAILING[endpoint.family]
    stream = "emailings" if endpoint.family == "ms" else "publisher_emailings"
    living = core.living.get(stream)
    gone = living is not None and given in living.removed
    if gone or number not in family.sent(core.everything().ranges[0][0], core.now() + 1):
        raise missing_entity()
    return number


def _list(core: Core, call: Call, endpoint: Endpoint, mailing: int | None) -> Reply:
    switches, now = core.switches, core.now()
    asked = query(endpoint, call.parameters, call.version, core.situation())
    selected = core.selector.select(endpoint, asked, now, mailing=mailing)
    page = Page(call.parameters, switches)
    count, data = _data(core, call, endpoint, selected, page)

    def whole() -> int:
        return len(core.selector.select(endpoint, core.everything(), now, mailing=mailing))

    envelope = encode(page.envelope(count, selected, whole, endpoint.key))
    head, _, tail = envelope.partition(b"[]")
    return Reply(200, b"".join((head, data, tail)))


def _data(
    core: Core, call: Call, endpoint: Endpoint, selected: Rows, page: Page
) -> tuple[int, bytes]:
    """Return how many rows a page has, and them as JSON."""
    written = core.written.get((endpoint.stream, call.version))
    if written is not None and isinstance(selected, Planned):
        start, stop = page.span()
        spans = selected.spans(start, stop)
        ready = None if spans is None else written.page(spans)
        if ready is not None:
            return max(0, min(stop, len(selected)) - start), ready
    rows = Renderer(endpoint.named(call.version), core.switches).rows(page.rows(selected))
    return len(rows), encode(rows, unicode_escaped=core.switches.unicode_escaped)


def _table(core: Core, call: Call, endpoint: Endpoint, parent: str | None) -> list[Row]:
    """Return the rows, or the one row, of an endpoint that lies on no time line."""
    if endpoint.parent in {"mailing", "emailing"}:
        _mailing(core, endpoint, parent or "")
    number = None if parent is None else php.identity(parent)
    asked = query(endpoint, call.parameters, call.version, core.situation())
    rows = tables.rows(core.asked(endpoint, number, asked, call.parameters))
    if endpoint.single:
        return rows
    kept = [row for row in rows if all(meets(row, condition) for condition in asked.conditions)]
    return ordered(kept, endpoint.key, core.switches.order)


def _page(core: Core, call: Call, endpoint: Endpoint, rows: list[Row]) -> Reply:
    switches = core.switches
    renderer = Renderer(endpoint.named(call.version), switches)
    if endpoint.bare:
        if switches.bare_lists == "paged":
            rows = list(Page(call.parameters, switches).rows(Built(rows)))
        value = bare_list(renderer.rows(rows), switches.bare_form)
        return json_reply({"data": value}, unicode_escaped=switches.unicode_escaped)
    page, selected = Page(call.parameters, switches), Built(rows)
    data = renderer.rows(page.rows(selected))
    envelope = page.envelope(len(data), selected, lambda: len(rows), endpoint.key)
    return json_reply({**envelope, "data": data}, unicode_escaped=switches.unicode_escaped)


def _object(core: Core, call: Call, endpoint: Endpoint, row: Row) -> Reply:
    switches = core.switches
    record = Renderer(endpoint.named(call.version), switches).one(row)
    body = {"data": record} if switches.wrapped else record
    return json_reply(body, unicode_escaped=switches.unicode_escaped)


def _emailing(core: Core, endpoint: Endpoint, mailing: int) -> Row:
    sent = core.account.families[endpoint.family].mailings[mailing].sent
    rows = core.selector.select(
        BY_STREAM[endpoint.source], Query(((sent, sent + 1),)), core.now()
    ).cut(0, 1000)
    number = mailing + FIRST_MAILING[endpoint.family]
    return next(row for row in rows if row["id"] == number)

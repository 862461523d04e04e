"""Log files: one per type and day, each one large JSON array, computed from the account's events.

Whether a file's day and times are UTC or the account's is unknown, so the zone is a switch.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import escape
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from copernica_sandbox import content, damage
from copernica_sandbox.clock import WallClock, parse_wall, wall_text
from copernica_sandbox.databases.values import email_of
from copernica_sandbox.filters import Query
from copernica_sandbox.http import Reply, missing_entity
from copernica_sandbox.numbers import mix
from copernica_sandbox.paging import Page
from copernica_sandbox.records import hashed
from copernica_sandbox.render import bare_list, encode
from copernica_sandbox.selection import event_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copernica_sandbox.core import Core
    from copernica_sandbox.http import Call
    from copernica_sandbox.records import Row

_DAY = 86_400
_MANY = 2000  # rows that are in memory at once
_NAME = re.compile(r"^(?P<type>[a-z-]+)\.(?P<day>\d{4}-\d\d-\d\d)\.log$")
_EPOCH = date(1970, 1, 1)
_PLACE = "countrycode countryname regioncode city"
_PERSON = "email tags senderdomain profile subprofile template"
_SENT = "mailingid profileid subprofileid databaseid collectionid senderdomain templateid"
# The columns of each type after `id` and `time`, and the kind of event that its rows are.
_CDM = {
    "attempts": ("destinations", f"{_SENT} tags email"),
    "abuse": ("abuses", f"mail {_PERSON}"),
    "click": ("clicks", f"linkinfo ip header {_PLACE} {_PERSON}"),
    "delivery": ("deliveries", f"attempts {_PERSON}"),
    "error": ("errors", f"type status description code {_PERSON}"),
    "impression": ("impressions", f"ip header {_PLACE} {_PERSON}"),
    "retry": ("deliveries", f"attempt {_PERSON}"),
    "unsubscribe": ("unsubscribes", _PERSON),
}
_POM = {
    "attempts": ("destinations", f"groupid {_SENT} documentid tags email"),
    "abuses": ("abuses", f"mail {_PERSON} groupid document"),
    "clicks": ("clicks", f"ip header {_PLACE} linkinfo {_PERSON} groupid document"),
    "clicks-old": ("clicks", f"ip header {_PLACE} {_PERSON} groupid document"),
    "deliveries": ("deliveries", f"attempts {_PERSON} groupid document"),
    "errors": ("errors", f"type status description code content {_PERSON} groupid document"),
    "impressions": ("impressions", f"ip header {_PLACE} {_PERSON} groupid document"),
    "retries": ("deliveries", f"attempts {_PERSON} groupid document"),
    "unsubscribes": ("unsubscribes", f"{_PERSON} groupid document"),
}
_FEEDBACK = "feedback-loop-errors"
TYPES = (*(f"cdm-{name}" for name in _CDM), *(f"pom-{name}" for name in _POM), _FEEDBACK)
_OLD_TRACKING = 10  # one click in so many went through the old links
_CITIES = (
    ("NL", "Netherlands", "NH", "Amsterdam"),
    ("BE", "Belgium", "VAN", "Antwerpen"),
    ("FR", "France", "IDF", "\u00cele-de-France \u2013 Paris"),
    ("", "", "", ""),
)


def handle(core: Core, call: Call) -> Reply | None:
    """Answer `logfiles` and `logfile/{name}/json`, also as CSV and XML; None for any other path."""
    match call.parts:
        case ["logfiles"]:
            return _listed(core, call)
        case ["logfile", name, "json" | "csv" | "xml" as form]:
            found = _NAME.match(name)
            day = found and found["day"]
            if found is None or found["type"] not in TYPES or day not in days(core):
                raise missing_entity()
            rows = log_rows(core, found["type"], str(day))
            if form != "json":
                return Reply(200, _WRITERS[form](rows), f"text/{form}; charset=UTF-8")
            rows = damage.log_rows(rows, core.switches.damage)
            some = list(islice(rows, _MANY))
            if len(some) < _MANY:
                return _bare(core, some)
            if core.switches.bare_form == "object":
                return _bare(core, [*some, *rows])
            return Reply(200, b"", chunks=_streamed(core, some, rows))
    return None


def _csv(rows: Iterator[Row]) -> bytes:
    """Write rows as CSV, without a header row."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _xml(rows: Iterator[Row]) -> bytes:
    """Write rows as XML, each as a record of elements named like the columns."""
    written = (
        "".join(
            f"<{name}>{'' if value is None else escape(str(value), quote=False)}</{name}>"
            for name, value in row.items()
        )
        for row in rows
    )
    return f"<records>{''.join(f'<record>{row}</record>' for row in written)}</records>".encode()


_WRITERS: dict[str, Callable[[Iterator[Row]], bytes]] = {"csv": _csv, "xml": _xml}


def _streamed(core: Core, some: list[Row], rest: Iterator[Row]) -> Iterator[bytes]:
    """Yield a file of any length, of which some rows are there already."""
    before = b"["
    while some:
        yield before + encode(some, unicode_escaped=core.switches.unicode_escaped)[1:-1]
        before = b","
        with core.lock:
            some = list(islice(rest, _MANY))
    yield b"]"


def _listed(core: Core, call: Call) -> Reply:
    """Return the days that have files; the names of files where a day or a type is asked for."""
    day, kind = call.parameters.get("date"), call.parameters.get("type")
    listed = [one for one in days(core) if day in {None, one}]
    types = [one for one in TYPES if kind in {None, one}]
    names = [f"{name}.{one}.log" for one in listed for name in types]
    if day is None and kind is None:
        names = listed
    if core.switches.bare_lists == "paged":
        start, stop = Page(call.parameters, core.switches).span()
        names = names[start:stop]
    return _bare(core, names)


def _bare(core: Core, values: list[Any]) -> Reply:
    switches = core.switches
    value = bare_list(values, switches.bare_form)
    return Reply(200, encode(value, unicode_escaped=switches.unicode_escaped))


def days(core: Core) -> list[str]:
    """Return the days from the account's first to the present one, in the zone of the files."""
    today = WallClock(core.switches.log_zone).wall(core.now()) // _DAY
    first = core.account.plan.first_day
    if core.switches.retention_days:
        first = max(first, today - core.switches.retention_days)
    return [(_EPOCH + timedelta(days=day)).isoformat() for day in range(first, today + 1)]


def log_rows(core: Core, kind: str, day: str) -> Iterator[Row]:
    """Yield the rows of a file as they are now."""
    clock = WallClock(core.switches.log_zone)
    wall = parse_wall(day) or 0
    if kind == _FEEDBACK:
        yield from _feedback(core, clock, wall)
        return
    prefix, _, name = kind.partition("-")
    family = {"cdm": "ms", "pom": "publisher"}[prefix]
    events, columns = (_CDM if prefix == "cdm" else _POM)[name]
    endpoint = event_list(family, events)
    period = clock.instant(wall), min(clock.instant(wall + _DAY), core.now() + 1)
    selected = core.selector.select(endpoint, Query((period,)), core.now())
    parts = (selected.cut(at, at + _MANY) for at in range(0, len(selected), _MANY))
    for row in chain.from_iterable(parts):
        if not _belongs(row, name):
            continue
        moment = core.clock.instant(parse_wall(row[endpoint.time]) or 0)
        whole = _described(core, row, clock.text(moment))
        yield {column: whole.get(column) for column in ("id", "time", *columns.split())}


def _belongs(row: Row, name: str) -> bool:
    """Tell whether an event is in the file of this type: there are two for clicks and deliveries."""
    if name in {"retry", "retries"}:
        return int(row.get("attempts", int(row.get("attempt", 0)) + 1)) > 1
    if name in {"clicks", "clicks-old"}:
        return bool((row["ID"] % _OLD_TRACKING == 0) == (name == "clicks-old"))
    return True


def _described(core: Core, row: Row, moment: str) -> dict[str, Any]:
    """Return every column that a row of any type can have."""
    destination = int(row.get("destination") or row.get("internal") or row.get("id") or 0)
    mailing = row.get("mailing") or row.get("emailing")
    draw, targets = mix(destination, 71), core.account.plan.targets
    place = _CITIES[draw % len(_CITIES)]
    attempts = row.get("attempts", int(row.get("attempt", 0)) + 1) - 1
    profile = row.get("profile")
    address = email_of(profile) if profile else f"recipient{draw % 100_000}@mail.example"
    own = {name: row.get(name) for name in ("profile", "subprofile", "ip", "description")}
    return {
        **own,
        **dict(zip(_PLACE.split(), place, strict=True)),
        "id": hashed(core.account.plan.seed, destination),
        "time": moment,
        "mailingid": mailing,
        "profileid": row.get("profile"),
        "subprofileid": row.get("subprofile") or 0,
        "databaseid": targets.database,
        "collectionid": targets.collections[0] if row.get("subprofile") else 0,
        "senderdomain": "shop.example",
        "template": 1 + draw % 8,
        "templateid": 1 + draw % 8,
        "document": 1 + draw % 20,
        "documentid": 1 + draw % 20,
        "groupid": row.get("mailing-group") or mailing,
        "tags": ";".join(("spring", "Vip")[: draw % 3]),
        "email": address,
        "header": f"User-Agent: {row.get('useragent')}",
        "linkinfo": str(row.get("link_id") or draw % 900),
        "attempts": attempts,
        "attempt": attempts,
        "type": row.get("errortype"),
        "status": row.get("status"),
        "code": row.get("errorcode"),
        "content": row.get("description"),
        "mail": f"Feedback-Type: abuse\r\nOriginal-Rcpt-To: {address}",
    }


def _feedback(core: Core, clock: WallClock, wall: int) -> Iterator[Row]:
    """Yield the failed calls of webhooks of a day: a few, none of them an event of a mailing."""
    for number in range(mix(core.account.plan.seed, wall, 91) % 5):
        second = wall + mix(wall, number, 92) % _DAY
        if clock.instant(second) <= core.now():
            yield {
                "time": wall_text(second),
                "response": str(500 + number),
                "recipient": content.address(mix(wall, number, 93)),
                "header": "HTTP/1.1 500 Internal Server Error",
            }

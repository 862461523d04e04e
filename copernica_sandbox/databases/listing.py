"""Lists in the API's envelope: definitions, rows, and bare lists of ids; on the bulk host streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import damage, php
from copernica_sandbox.databases.conditions import conditions
from copernica_sandbox.databases.selecting import Asked, bounds
from copernica_sandbox.databases.writing import RowWriter
from copernica_sandbox.http import Reply, json_reply
from copernica_sandbox.paging import Page
from copernica_sandbox.render import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from copernica_sandbox.core import Core
    from copernica_sandbox.databases.selecting import Numbers
    from copernica_sandbox.databases.shape import View
    from copernica_sandbox.databases.table import Table, Touched
    from copernica_sandbox.http import Call

_CHUNK = 500
# The share of a list that the bulk host knows under these values of its switch.
_KNOWN_TO_BULK = {"empty": 0.0, "partial": 1 / 3}
_MANY = 100_000


class Items:
    """A plain list that pages can be cut from."""

    def __init__(self, items: Sequence[Any]) -> None:
        """Take the items in order."""
        self._items = items

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._items)

    def cut(self, start: int, stop: int) -> list[Any]:
        """Return items ``start`` to ``stop`` (exclusive)."""
        return list(self._items[start:stop])


class _Ids:
    """Selected rows of which only the id is known, for the envelope."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def cut(self, start: int, stop: int) -> Sequence[dict[str, Any]]:
        return [{"ID": number} for number in self._numbers.cut(start, stop)]


def listed(core: Core, call: Call, items: Items, write: Callable[[Any], Any]) -> Reply:
    """Return a page of a short list; it never carries nextid."""
    page = Page(call.parameters, core.switches.changed(nextid=False))
    data = [write(item) for item in page.rows(items)]
    envelope = page.envelope(len(data), items, items.__len__, "ID")
    envelope["data"] = data
    return json_reply(envelope, unicode_escaped=core.switches.unicode_escaped)


def rows(core: Core, call: Call, table: Table, owner: int, view: View | None) -> Reply:
    """Return a page of the rows of a table or of a selection of them."""
    switches = core.switches
    streamed = call.bulk and switches.bulk in {"streams", *_KNOWN_TO_BULK}
    asked = asked_of(core, call, table, view)
    numbers = core.databases.selector.select(table, asked, core.clock)
    if call.bulk and switches.bulk in _KNOWN_TO_BULK:
        everything = core.databases.selector.select(table, Asked(view=view), core.clock)
        known = set(everything.cut(0, int(len(everything) * _KNOWN_TO_BULK[switches.bulk])))
        numbers = Items([one for one in numbers.cut(0, len(numbers)) if one in known])
    nextid = switches.nextid and asked.orderby == "id"
    cap = switches.bulk_limit if streamed else switches.page_cap
    page = Page(call.parameters, switches.changed(page_cap=cap, nextid=nextid))
    found = numbers.cut(*page.span())
    dataonly = php.truth(call.parameters.get("dataonly"), default=False)
    writer = RowWriter(table, owner, switches, core.clock, dataonly=dataonly)
    envelope = page.envelope(len(found), _Ids(numbers), lambda: core.databases.size(table), "ID")
    if streamed:
        data = _data(core, table, table.touched, found, writer)
        return Reply(200, b"", chunks=_streamed(envelope, data))
    written = (table.find(number) for number in found)
    envelope["data"] = [writer.row(row) for row in written if row is not None]
    return json_reply(envelope, unicode_escaped=switches.unicode_escaped)


def id_list(core: Core, call: Call, table: Table, view: View | None) -> Reply:
    """Return the ids as a bare list of texts.

    Whether paging works here is contradictory in the documentation, so it is a switch.
    """
    switches = core.switches
    numbers = core.databases.selector.select(table, Asked(view=view), core.clock)
    start, stop = 0, len(numbers)
    if switches.id_lists == "paged":
        start, stop = Page(call.parameters, switches).span()
    if switches.id_list_cut:
        stop = min(stop, start + switches.id_list_cut)
    # In parts, since a list of millions of texts takes much more room than the reply.
    is_object = switches.bare_form == "object"

    def text(at: int) -> str:
        found = numbers.cut(at, min(stop, at + _MANY))
        if is_object:
            return ",".join(f'"{at + n}":"{number}"' for n, number in enumerate(found))
        if switches.damage == "tab":
            return ",".join(f'"{number}{number % 2 * damage.TAB}"' for number in found)
        return ",".join(f'"{number}"' for number in found)

    body = ",".join(map(text, range(start, min(stop, len(numbers)), _MANY)))
    return Reply(200, (f"{{{body}}}" if is_object else f"[{body}]").encode())


def asked_of(core: Core, call: Call, table: Table, view: View | None = None) -> Asked:
    """Return what the parameters of a call ask of a table."""
    parameters, switches = call.parameters, core.switches
    given = () if switches.fields_ignored else conditions(parameters, table.fields)
    ids, moments, rest = bounds(given, core.clock, by_text=switches.bounds == "texts")
    descending = (php.text(parameters.get("order")) or "").lower() in {"desc", "descending"}
    return Asked(
        ids, moments, rest, view, _orderby(parameters, table, switches.nested_ids), descending
    )


def _orderby(parameters: php.Parameters, table: Table, nested_ids: str) -> str:
    """Return what to order by: special names win over fields, what is unknown means the id."""
    name = (php.text(parameters.get("orderby")) or "").lower()
    if name in {"id", "modified", "random"}:
        return name
    found = (
        one for one in table.fields if name in {one.name.lower(), str(one.id_under(nested_ids))}
    )
    field = next(found, None)
    return "id" if field is None else f"/{field.name}"


def _data(
    core: Core, table: Table, touched: Touched, numbers: list[int], writer: RowWriter
) -> Iterator[bytes]:
    """Yield rows as JSON, some at a time, as they were when they were asked for."""
    escaped = core.switches.unicode_escaped
    for start in range(0, len(numbers), _CHUNK):
        with core.lock:
            found = (table.find(number, touched) for number in numbers[start : start + _CHUNK])
            written = [writer.row(row) for row in found if row is not None]
        yield encode(written, unicode_escaped=escaped)[1:-1]


def _streamed(envelope: dict[str, Any], data: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a reply's body around its rows."""
    before, _, after = encode({**envelope, "data": []}).partition(b'"data":[')
    yield before + b'"data":['
    comma = b""
    for part in data:
        yield comma + part
        comma = b","
    yield after

"""The control endpoints about databases (see `sandbox.control`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import StreamingResponse
from starlette.routing import Route

from copernica_sandbox.databases.box import DatabaseBox

if TYPE_CHECKING:
    from starlette.requests import Request

    from copernica_sandbox.core import Core


class _Box(DatabaseBox):
    """The same for a core that is asked over HTTP."""

    def __init__(self, core: Core) -> None:
        self.core = core


def described(core: Core) -> list[dict[str, Any]]:
    """Return what databases there are."""
    return _Box(core).databases


def truth(core: Core, kind: str) -> Route:
    """Return the route that gives the ``profiles`` or ``subprofiles``, one JSON object a line."""

    async def answer(request: Request) -> StreamingResponse:
        box, owner = _Box(core), int(request.path_params["owner"])
        found = box.profiles(owner) if kind == "profiles" else box.subprofiles(owner)
        lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in found)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    return Route(f"/sandbox/{kind}/{{owner:int}}", answer, methods=["GET"])


def change(core: Core, body: dict[str, Any]) -> dict[str, Any]:
    """Change, remove and add rows, add a field, rename or drop an owner; return the new ids.

    ``database`` or ``collection`` says where. ``change`` and ``remove`` are lists of ids, ``fields``
    the values for ``change``; ``add`` is a number or a list of rows; ``add_field`` a name and a
    type, ``rename`` a name, ``drop`` is true. ``after_calls`` or ``at`` put it off.
    """
    box = _Box(core)
    when: dict[str, Any] = {key: body[key] for key in ("after_calls", "at") if key in body}
    values: dict[str, Any] = {key: body[key] for key in ("fields", "secret") if key in body}
    result: dict[str, Any] = {}
    result |= _change_owner(box, body)
    if body.get("drop"):
        return result
    if "database" in body:
        owner = body["database"]
        if "interests" in body:
            values["interests"] = body["interests"]
        if "change" in body:
            box.change_profiles(owner, body["change"], **values, **when)
        if "remove" in body:
            box.remove_profiles(owner, body["remove"], **when)
        if "add" in body:
            result["ids"] = box.add_profiles(owner, body["add"], **when)
        return result
    owner = body["collection"]
    if "change" in body:
        box.change_subprofiles(owner, body["change"], **values, **when)
    if "remove" in body:
        box.remove_subprofiles(owner, body["remove"], **when)
    if "add" in body:
        result["ids"] = box.add_subprofiles(owner, body["add"], **when)
    return result


def _change_owner(box: DatabaseBox, body: dict[str, Any]) -> dict[str, Any]:
    """Change a database or a collection itself; return what is new of it."""
    owner = body["database"] if "database" in body else body["collection"]
    result: dict[str, Any] = {}
    if "add_field" in body:
        result["field"] = box.add_field(owner, *body["add_field"])
    if "rename" in body:
        box.rename(owner, body["rename"])
    if body.get("drop"):
        box.drop(owner)
    return result

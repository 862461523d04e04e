"""From a request to a reply.

Exchange of tokens, version, names and authorisation come first, then the handler that knows the
path.

Handlers are functions ``(core, call) -> Reply | None``; the first that does not answer None wins.
Another part of the API is added with `register`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from copernica_sandbox import auth, bodies, lists, logs, php
from copernica_sandbox.databases import handlers as databases
from copernica_sandbox.databases import writes
from copernica_sandbox.http import ApiError, Call, Reply, invalid_method

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.core import Core
    from copernica_sandbox.http import Request

    Handler = Callable[[Core, Call], Reply | None]

_VERSION = re.compile(r"^v(\d)$")
_NEW_NAMES = {"draganddrop": "ms", "html": "publisher"}
_NEWEST = 4
_PREFIXED = 3  # observed on v3 only

BULK = "bulk"  # first part of the paths that stand for the host that streams large lists

_READING = {"GET", "HEAD"}
_METHODS = {*_READING, "POST", "PUT", "DELETE"}

_writers: list[Handler] = [writes.handle]
_handlers: list[Handler] = [lists.handle, logs.handle, bodies.handle, databases.handle]


def register(handler: Handler) -> None:
    """Add a handler for more paths; it is asked after those that exist."""
    if handler not in _handlers:
        _handlers.append(handler)


def answer(core: Core, request: Request) -> Reply:
    """Return the reply to any request outside `/sandbox/`."""
    if request.path in auth.EXCHANGE_PATHS and request.method == "POST":
        return auth.exchange(core, request)
    parts = _parts(request.path)
    bulk = parts[:1] == [BULK]
    parts = parts[1:] if bulk else parts
    match = _VERSION.match(parts[0]) if parts else None
    version = int(match[1]) if match else 1
    if match:
        parts = parts[1:]
    try:
        return _authorised(core, request, version, parts, bulk=bulk)
    except ApiError as error:
        prefixed = version == _PREFIXED and core.switches.v3_prefix
        return error.reply(prefix="Copernica REST API Error 400: " if prefixed else "")


def _parts(path: str) -> list[str]:
    """Return the parts of a path; empty ones count, but for those at its begin and its end."""
    return path.strip("/").split("/") if path.strip("/") else []


def _authorised(
    core: Core, request: Request, version: int, parts: list[str], *, bulk: bool
) -> Reply:
    if request.method not in _METHODS or not 1 <= version <= _NEWEST:
        raise invalid_method()
    parameters = php.parameters(request.pairs)
    auth.check(core, request, version, php.text(parameters.pop("access_token", None)))
    if not bulk and (moved := _moved(core, request, parts)):
        return moved
    if parts[:1] == ["moved"]:
        parts = parts[1:]
    call = Call(version, _old_names(core, version, parts), parameters, request, bulk=bulk)
    for handler in _handlers if request.method in _READING else _writers:
        reply = handler(core, call)
        if reply is not None:
            return reply
    raise invalid_method()


def _old_names(core: Core, version: int, parts: list[str]) -> list[str]:
    """Return the path in the names of v2 and v3, which v4 renames.

    Raises for the family that is switched off.
    """
    names = core.switches.names if version == _NEWEST else "old"
    place = 2 if parts[:1] in (["profile"], ["subprofile"]) else 0
    if len(parts) <= place or parts[place] not in {*_NEW_NAMES, *_NEW_NAMES.values()}:
        return parts
    name = parts[place]
    if names == ("old" if name in _NEW_NAMES else "new"):
        raise invalid_method()
    return [*parts[:place], _NEW_NAMES.get(name, name), *parts[place + 1 :]]


def _moved(core: Core, request: Request, parts: list[str]) -> Reply | None:
    form = core.switches.moved
    if form == "no" or parts[:1] == ["moved"] or request.path.endswith("/"):
        return None
    path = f"{request.path}/"
    if form == "path":
        path = f"{request.path[:3]}/moved{request.path[3:]}"
    query = f"?{request.query}" if request.query else ""
    return Reply(301, b"", "text/html", [("Location", f"http://{request.host}{path}{query}")])

"""The endpoints under `/sandbox/`.

A test in another process looks at the sandbox and changes it by them.

They need no token, are no API calls and are not counted. All bodies are JSON.

GET  /sandbox/calls           calls by path
GET  /sandbox/requests        every call as [path, [[name, value], ...]]
GET  /sandbox/rows/<stream>   the truth, one JSON object a line (`?late=1`: with rows not shown yet)
GET  /sandbox/paths           every path that is served, with an example of it in this account
GET  /sandbox/switches        switches in force; POST an object to change some
POST /sandbox/reset           forget the calls counted so far
POST /sandbox/faults          {"kind": "503", "calls": [2], ...} sets a rule; [] or null clears all
POST /sandbox/clock           {"now": "2026-06-01T12:00:00+00:00"}; null: the machine's clock
GET  /sandbox/databases       what databases there are, with ids, fields and counts
GET  /sandbox/profiles/<id>   the truth of a database, /sandbox/subprofiles/<id> of a collection
POST /sandbox/databases       {"database": 11, "change": [ids]} and more (`databases.control.change`)
POST /sandbox/events          {"stream": "clicks", "add": [{...}], "remove": [ids]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from copernica_sandbox.databases import control as databases
from copernica_sandbox.examples import examples
from copernica_sandbox.faults import Fault
from copernica_sandbox.tables import streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from copernica_sandbox.core import Core


def application(core: Core) -> Starlette:
    """Return the control endpoints of one sandbox.

    A request that cannot be done is answered 400 with the reason.
    """

    def looking(path: str, look: Callable[[], Any]) -> Route:
        async def answer(_request: Request) -> Response:
            return _json(look())

        return Route(path, answer, methods=["GET"])

    def changing(path: str, change: Callable[[Any], Any]) -> Route:
        async def answer(request: Request) -> Response:
            return _json(change(orjson.loads(await request.body() or b"null")) or {"done": True})

        return Route(path, answer, methods=["POST"])

    async def rows(request: Request) -> Response:
        stream = request.path_params["stream"]
        if stream not in streams():
            msg = f"no rows of {stream!r}; known: {', '.join(streams())}"
            raise ValueError(msg)
        found = core.rows(stream, late="late" in request.query_params)
        lines = (orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in found)
        return StreamingResponse(lines, media_type="application/x-ndjson")

    routes = [
        looking("/sandbox/calls", lambda: dict(core.calls)),
        looking("/sandbox/requests", lambda: list(core.requests)),
        looking("/sandbox/paths", lambda: list(examples(core))),
        looking("/sandbox/switches", lambda: core.switches),
        Route("/sandbox/rows/{stream}", rows, methods=["GET"]),
        looking("/sandbox/databases", lambda: databases.described(core)),
        databases.truth(core, "profiles"),
        databases.truth(core, "subprofiles"),
        changing("/sandbox/databases", lambda body: databases.change(core, body)),
        changing("/sandbox/switches", lambda body: core.switch(**body)),
        changing("/sandbox/reset", lambda _body: core.reset_calls()),
        changing("/sandbox/faults", lambda body: _set_fault(core, body)),
        changing("/sandbox/clock", lambda body: core.set_clock(body["now"])),
        changing("/sandbox/events", lambda body: _change_events(core, body)),
    ]
    refused = dict.fromkeys((KeyError, ValueError, TypeError), _refuse)
    return Starlette(routes=routes, exception_handlers=refused)


def fault(  # noqa: PLR0913  (these are the rule's own parts)
    kind: str,
    *,
    calls: list[int] | None = None,
    probability: float | None = None,
    seed: int = 0,
    path: str = "",
    times: int | None = None,
    **options: Any,
) -> Fault:
    """Return a rule from its parts as `Sandbox.fault` and `/sandbox/faults` take them."""
    numbers = None if calls is None else frozenset(calls)
    return Fault(kind, numbers, probability, seed, path, times, options)


def _set_fault(core: Core, body: Any) -> None:
    if body:
        core.faults.add(fault(**body))
    else:
        core.faults.clear()


def _change_events(core: Core, body: Any) -> dict[str, list[int | str]]:
    core.remove(body["stream"], body.get("remove", []))
    return {"ids": core.add(body["stream"], body.get("add", []))}


async def _refuse(_request: Request, error: Exception) -> Response:
    return _json({"error": f"{type(error).__name__}: {error}"}, status=400)


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")

"""Compares a folder of shapes of the real API's answers (`shapes.py`) with what is simulated."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from copernica_sandbox import api, auth
from copernica_sandbox.clock import wall_text
from copernica_sandbox.examples import Ids
from copernica_sandbox.http import Request
from copernica_sandbox.logs import TYPES
from copernica_sandbox.shapes import differences, read, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from copernica_sandbox.core import Core

_DAY = 86_400
_NEW = {"draganddrop": "ms", "html": "publisher"}


def compare(core: Core, folder: Path) -> int:
    """Print where the simulated API differs, and how many files were compared.

    Returns:
        0 where nothing differs, 1 where something does or there is nothing to compare.
    """
    compared = differing = 0
    for name, file in read(folder):
        compared += 1
        found = list(_of_file(core, file))
        differing += bool(found)
        for one in found:
            sys.stdout.write(f"{name}: {file['version']}/{file['path'].strip('/')}: {one}\n")
    sys.stdout.write(f"{compared} answers compared, {differing} differ\n")
    return 0 if compared and not differing else 1


def _of_file(core: Core, file: dict[str, Any]) -> Iterator[str]:
    parts = [_NEW.get(part, part) for part in file["path"].strip("/").split("/")]
    filled = Ids(core).filled("/".join("*" if part == "{id}" else part for part in parts))
    if filled is None:
        yield "there is no id for this path in the simulated account"
        return
    status, body = _asked(core, file["version"], filled, _parameters(core, file))
    if status != file.get("status", 200):
        yield f"status {file.get('status', 200)} in the real API, simulated {status}"
        return
    yield from differences([file["body"]], [shape_of(body)])


def _parameters(core: Core, file: dict[str, Any]) -> dict[str, str]:
    """Return values for the parameters that were given, of which a shape has the names alone."""
    today = core.clock.text(core.now())[:10]
    first = wall_text(core.account.plan.first_day * _DAY)[:10]
    known = {
        **dict.fromkeys(("begin", "begintime", "from", "fromdate"), first),
        **dict.fromkeys(("end", "endtime", "to", "todate"), today),
        "limit": "100",
        "total": "true" if "total" in file["body"].get("keys", {}) else "false",
        "source": "false",
        "dataonly": "true",
        "type": TYPES[0],
    }
    return {name: known[name] for name in file.get("params", ()) if name in known}


def _asked(core: Core, version: str, path: str, parameters: dict[str, str]) -> tuple[int, Any]:
    """Ask the simulated API, without a server around it."""
    pairs = [("access_token", core.token), *parameters.items()]
    headers = {"authorization": f"Bearer {auth.issue(core)}"}
    query = urlencode(pairs)
    request = Request("GET", f"/{version}/{path}", query, pairs, headers, b"", "localhost")
    reply = api.answer(core, request)
    body = b"".join(reply.chunks) if reply.chunks is not None else reply.body
    try:
        return reply.status, json.loads(body)
    except ValueError:
        return reply.status, body.decode("utf-8", "replace")

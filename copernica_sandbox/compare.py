"""Compares a folder of shapes of the real API's answers (`shapes.py`) with what is simulated."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from copernica_sandbox import api, auth
from copernica_sandbox.examples import Ids
from copernica_sandbox.http import Request
from copernica_sandbox.shapes import differences, read, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from copernica_sandbox.core import Core

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
            sys.stdout.write(f"{name}: {file['version']}/{file['path']}: {one}\n")
    sys.stdout.write(f"{compared} answers compared, {differing} differ\n")
    return 0 if compared and not differing else 1


def _of_file(core: Core, file: dict[str, Any]) -> Iterator[str]:
    path = "/".join(_NEW.get(part, part) for part in file["path"].strip("/").split("/"))
    filled = Ids(core).filled(path)
    if filled is None:
        yield "there is no id for this path in the simulated account"
        return
    status, body = _asked(core, file["version"], filled, file.get("parameters") or {})
    if status != file.get("status", 200):
        yield f"status {file.get('status', 200)} in the real API, simulated {status}"
        return
    yield from differences(file["shape"], shape_of(body))


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

"""Tokens: the query token of v2 and v3, and for v4 the exchange of an API token for a JWT.

A JWT lives in real time, also where the account's clock stands still, because its holder judges it
by a real clock.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from copernica_sandbox.http import ApiError, Reply, error_reply
from copernica_sandbox.render import encode

if TYPE_CHECKING:
    from copernica_sandbox.core import Core
    from copernica_sandbox.http import Request

EXCHANGE_PATHS = {"/", "/authenticate"}
_FIRST_WITH_JWT = 4
_REFUSED = "Invalid access token"


def check(core: Core, request: Request, version: int, token: str | None) -> None:
    """Let a call with a valid token pass; raises ApiError otherwise."""
    if version < _FIRST_WITH_JWT:
        if token != core.token or core.switches.v4_only:
            raise ApiError(_REFUSED)
        return
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise _refused(core)
    if core.switches.raw_token_as_bearer and bearer == core.token:
        return
    if not _valid(core, bearer.strip()):
        raise _refused(core)


def _refused(core: Core) -> ApiError:
    body = encode({"error": {"message": _REFUSED}})
    answers = {
        "400json": Reply(400, body),
        "400words": error_reply(400, "Expired token"),
        "400empty": Reply(400, b""),
        "401json": Reply(401, body),
        "401empty": Reply(401, b""),
        "403": Reply(403, body),
        "498": Reply(498, b""),
    }
    return ApiError(_REFUSED, answers[core.switches.expired_jwt])


def exchange(core: Core, request: Request) -> Reply:
    """Answer a form that exchanges the API token: the bare text of a JWT, or a refusal."""
    form = parse_qs(request.body.decode("utf-8", "replace"))
    if form.get("access_token", [""])[0] != core.token:
        refusals = {
            "400json": error_reply(400, _REFUSED),
            "401": Reply(401, b"Unauthorized", "text/plain"),
            "200text": Reply(200, _REFUSED.encode(), "text/plain"),
        }
        return refusals[core.switches.failed_exchange]
    token = issue(core)
    bodies = {
        "text": token.encode(),
        "padded": f"\n{token}\n".encode(),
        "marked": codecs.BOM_UTF8 + token.encode(),
        "json_string": encode(token),
        "json_object": encode({"token": token}),
    }
    return Reply(200, bodies[core.switches.jwt_body], core.switches.jwt_content_type)


def issue(core: Core) -> str:
    """Return a new JWT (HS256) with its ``iat`` and ``exp``."""
    now = int(time.time()) + core.switches.clock_offset_seconds
    payload = {
        "iss": "copernica-sandbox",
        "iat": now,
        "exp": now + core.switches.jwt_lifetime_seconds,
    }
    head = f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_part(payload)}"
    return f"{head}.{_signature(core, head)}"


def _valid(core: Core, token: str) -> bool:
    head, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(core, head).encode()):
        return False
    text = head.partition(".")[2]
    payload = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return bool(payload["exp"] > time.time() + core.switches.clock_offset_seconds)


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def _signature(core: Core, head: str) -> str:
    digest = hmac.new(core.token.encode(), head.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

"""Tokens: the query token of v2 and v3, and for v4 the exchange of an API token for a JWT.

A JWT lives in real time, also where the account's clock stands still, because its holder judges it by a real clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson

from tap_copernica.sandbox.http import ApiError, Reply
from tap_copernica.sandbox.render import encode

if TYPE_CHECKING:
    from tap_copernica.sandbox.core import Core
    from tap_copernica.sandbox.http import Request

EXCHANGE_PATHS = {"/", "/authenticate"}
_REFUSED = "Invalid access token"


def check(core: Core, request: Request, version: int, token: str | None) -> None:
    """Let a call with a valid token pass; raises ApiError or Refused otherwise."""
    if version < 4:
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


class RefusedError(ApiError):
    """A refusal whose form a switch decides."""

    def __init__(self, answer: Reply) -> None:
        """Take the whole answer."""
        super().__init__(_REFUSED, answer.status)
        self.answer = answer

    def reply(self, *, prefix: str = "") -> Reply:
        """Return the answer as it is."""
        del prefix
        return self.answer


def _refused(core: Core) -> RefusedError:
    body = encode({"error": {"message": _REFUSED}})
    match core.switches.expired_jwt:
        case "401json":
            return RefusedError(Reply(401, body))
        case "401empty":
            return RefusedError(Reply(401, b""))
        case "403":
            return RefusedError(Reply(403, body))
        case _:
            return RefusedError(Reply(400, body))


def exchange(core: Core, request: Request) -> Reply:
    """Answer a form that exchanges the API token: the bare text of a JWT, or a refusal."""
    form = parse_qs(request.body.decode("utf-8", "replace"))
    if form.get("access_token", [""])[0] != core.token:
        match core.switches.failed_exchange:
            case "401":
                return Reply(401, b"Unauthorized", "text/plain")
            case "200text":
                return Reply(200, _REFUSED.encode(), "text/plain")
            case _:
                return Reply(400, encode({"error": {"message": _REFUSED}}))
    token = issue(core)
    match core.switches.jwt_body:
        case "padded":
            return Reply(200, f"\n{token}\n".encode(), "text/plain")
        case "json_string":
            return Reply(200, encode(token))
        case "json_object":
            return Reply(200, encode({"token": token}))
        case _:
            return Reply(200, token.encode(), "text/plain")


def issue(core: Core) -> str:
    """Return a new JWT (HS256) with its ``iat`` and ``exp``."""
    now = int(time.time()) + core.switches.clock_offset_seconds
    payload = {"iss": "copernica-sandbox", "iat": now, "exp": now + core.switches.jwt_lifetime_seconds}
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

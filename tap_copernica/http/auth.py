"""How a call proves who it is for: the query token of v2 and v3, the JWT of v4."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.auth import AuthBase
from typing_extensions import override

from tap_copernica.errors import TokenError
from tap_copernica.http.transport import raise_for_passing_failure
from tap_copernica.redaction import add_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.http.calls import Calls
    from tap_copernica.http.transport import Transport

# A JWT is valid for 24 hours (D); renew it this long before its end, so that none expires on the way.
_MARGIN_SECONDS = 60.0
_JWT_PARTS = 3
_CALLER = "authentication"


class Authenticator(Protocol):
    """Puts credentials into a request; calling it twice on one request does no harm."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Give the request with credentials in it."""

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Get new credentials after `request` was refused; False if there can be none."""


class QueryToken(AuthBase):
    """v2 and v3: `?access_token=…` in the query of every URL (D rest-requests)."""

    def __init__(self, token: str) -> None:
        """Take the API token."""
        self._token = token

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        names = [name for name, _ in parse_qsl(urlsplit(request.url or "").query)]
        if "access_token" not in names:
            request.prepare_url(request.url, {"access_token": self._token})
        return request

    def renew(self, request: requests.PreparedRequest) -> bool:  # noqa: ARG002 - see Authenticator
        """There is nothing to renew: the token is what it is."""
        return False


class JwtBearer(AuthBase):
    """v4: the token is exchanged for a JWT, kept in memory only, one for all threads."""

    def __init__(self, token: str, url: str, transport: Transport, calls: Calls) -> None:
        """Take the API token, and where and how to exchange it (setting `auth_url`)."""
        self._token = token
        self._url = url
        self._transport = transport
        self._calls = calls
        self._lock = threading.Lock()
        self._jwt: str | None = None
        self._renew_at = 0.0

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._get_jwt()
            request.headers["Authorization"] = f"Bearer {self._jwt}"
        return request

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Get a new JWT, unless another thread has done so since this request was made."""
        with self._lock:
            if request.headers.get("Authorization") == f"Bearer {self._jwt}":
                self._get_jwt()
        return True

    def _get_jwt(self) -> None:
        jwt = self._calls.tried(self._exchange, _CALLER)
        add_secret(jwt)
        self._jwt = jwt
        self._renew_at = time.monotonic() + seconds_of_use(jwt)

    def _exchange(self) -> str:
        """Make the exchange call: a form goes out, the bare JWT comes back (D, O)."""
        self._calls.count(_CALLER)
        form = {"access_token": self._token}
        # Not prepared by the session: that would ask this very authenticator for the JWT.
        request = requests.Request("POST", self._url, data=form).prepare()
        response = self._transport.send(request)
        raise_for_passing_failure(response)
        jwt = find_jwt(response.text) if response.ok else None
        if jwt is None:
            msg = (
                f"The API token was not exchanged for a JWT (HTTP {response.status_code}). Check "
                "`access_token` and `auth_url`: the token may be mistyped, revoked, limited to certain "
                "IP addresses, or not meant for the REST API."
            )
            raise TokenError(msg)
        return jwt


def find_jwt(body: str) -> str | None:
    """Find the JWT in an answer: bare text (D), or in a JSON string or object (TS)."""
    text = body.strip()
    if text.startswith(('"', "{")):
        try:
            decoded = json.loads(text)
        except (ValueError, RecursionError):
            return None
        candidates = decoded.values() if isinstance(decoded, dict) else [decoded]
        text = next((one for one in candidates if isinstance(one, str) and _is_jwt(one)), "")
    return text if _is_jwt(text) else None


def _is_jwt(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == _JWT_PARTS and all(parts[:2]) and not set(text) & set(" <>\r\n\t")


def seconds_of_use(jwt: str) -> float:
    """Give for how long to use a JWT, by its own `iat` and `exp`, whatever this machine's clock says."""
    try:
        payload = jwt.split(".")[1]
        # The padding that a JWT leaves out; too much of it does no harm.
        claims: Mapping[str, float] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        lifetime = float(claims["exp"]) - float(claims.get("iat", time.time()))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return 3600.0
    # A lifetime of less than nothing is a clock that is off: then a refusal tells when to renew.
    return max(lifetime - min(_MARGIN_SECONDS, lifetime / 10), 0.0) if lifetime > 0 else 3600.0

"""How a call proves who it is for: the query token of v2 and v3, the JWT of v4."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from requests.auth import AuthBase
from typing_extensions import override

from tap_copernica.errors import RunError, StreamError, TokenError
from tap_copernica.http.transport import raise_for_passing_failure, without_mark
from tap_copernica.redaction import add_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.http.calls import Calls
    from tap_copernica.http.transport import Transport

# A JWT is valid for 24 hours (documented). It is renewed this long before its end, so that none expires on
# the way to the API.
_MARGIN_SECONDS = 60.0
# Three parts in base64url; the last, its signature, may be empty. Nothing else fits into a header.
_JWT = re.compile(r"[\w-]+=*\.[\w-]+=*\.[\w-]*=*", re.ASCII)
# A refused call is tried again with a new JWT. If so many new ones in a row did not help, and the last one is
# younger than this, it is the call that is refused: else each of a thousand refused calls would cost three.
_MOST_IN_VAIN = 3
_NEW_SECONDS = 600.0
# The name under which the report counts the calls of the exchange.
_CALLER = "authentication"


class Authenticator(Protocol):
    """Puts credentials into a request; calling it twice on one request does no harm."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Give the request with credentials in it."""

    def renew(self, request: requests.PreparedRequest, *, anyway: bool = False) -> bool:
        """Get new credentials, since `request` was refused; False if there are none to get.

        Args:
            request: the call that was refused.
            anyway: get them also where new ones have not helped so far.
        """

    def renewal_helped(self) -> None:
        """Note that a call was refused, and answered when it was made with new credentials."""


class QueryToken(AuthBase):
    """v2 and v3: `?access_token=…` in the query of every URL, as documented."""

    def __init__(self, token: str) -> None:
        """Take the API token."""
        self._credentials = urlencode({"access_token": token})

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        url, mark, fragment = (request.url or "").partition("#")
        if "access_token" not in url or "access_token" not in dict(parse_qsl(urlsplit(url).query)):
            joint = "&" if "?" in url else "?"
            request.url = f"{url}{joint}{self._credentials}{mark}{fragment}"
        return request

    def renew(self, request: requests.PreparedRequest, *, anyway: bool = False) -> bool:  # noqa: ARG002 - see Authenticator
        """Give False: a token cannot be renewed."""
        return False

    def renewal_helped(self) -> None:
        """Do nothing: there is no renewal."""


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
        self._made_at = 0.0
        self.answered_as: str | None = None  # the Content-Type of the exchange
        self.seconds_of_life: float | None = None
        self._in_vain = 0  # renewals in a row after which the call was refused all the same

    @override
    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self._lock:
            if time.monotonic() >= self._renew_at:
                self._get_jwt()
            request.headers["Authorization"] = f"Bearer {self._jwt}"
        return request

    def renew(self, request: requests.PreparedRequest, *, anyway: bool = False) -> bool:
        """Get a new JWT, unless another thread has done so since this request was made.

        Returns:
            False if several new ones in a row did not help, and the last is still new: then the API refuses
            the call, not the JWT.
        """
        with self._lock:
            if request.headers.get("Authorization") == f"Bearer {self._jwt}":
                is_new = time.monotonic() - self._made_at < _NEW_SECONDS
                if self._in_vain >= _MOST_IN_VAIN and is_new and not anyway:
                    return False
                self._in_vain += 1
                self._get_jwt()
        return True

    def renewal_helped(self) -> None:
        """Note that a call was refused, and answered when it was made with the new JWT."""
        self._in_vain = 0

    def _get_jwt(self) -> None:
        try:
            jwt = self._calls.tried(self._exchange, _CALLER)
        except StreamError as error:  # without a JWT no stream can be read
            msg = f"{error.message} Check `auth_url` too."
            raise RunError(msg) from None
        add_secret(jwt)
        self._jwt = jwt
        self._made_at = time.monotonic()
        self._renew_at = self._made_at + seconds_of_use(jwt)

    def _exchange(self) -> str:
        """Make the exchange call: a form goes out, the bare JWT comes back (documented and observed)."""
        self._calls.count(_CALLER)
        form = {"access_token": self._token}
        # Not prepared by the session: that would ask this very authenticator for the JWT.
        request = requests.Request("POST", self._url, data=form).prepare()
        response = self._transport.send(request)
        raise_for_passing_failure(response)
        is_answer = response.ok and not response.is_redirect
        jwt = find_jwt(response.content) if is_answer else None
        if jwt is None:
            msg = (
                f"The API token was not exchanged for a JWT (HTTP {response.status_code}). Check "
                "`access_token` and `auth_url`: the token may be mistyped, revoked, limited to certain "
                "IP addresses, or not meant for the REST API."
            )
            raise TokenError(msg)
        self.answered_as = response.headers.get("Content-Type", "")
        self.seconds_of_life = lifetime_of(jwt)
        return jwt


def find_jwt(body: bytes) -> str | None:
    """Find the JWT in an answer: bare text, as documented, or anywhere in JSON, as another client has it."""
    text = without_mark(body).decode("utf-8", "replace").strip()
    if text.startswith(('"', "{", "[")):
        try:
            found = _texts(json.loads(text))
        except (ValueError, RecursionError):
            return None
        return next((one.strip() for one in found if _JWT.fullmatch(one.strip())), None)
    return text if _JWT.fullmatch(text) else None


def _texts(value: object) -> list[str]:
    """Give every text in decoded JSON."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


def lifetime_of(jwt: str) -> float | None:
    """Give for how many seconds a JWT is valid, by its own `iat` and `exp`; None where it does not say."""
    try:
        payload = jwt.split(".")[1]
        # A JWT has no padding; too much of it does no harm.
        claims: Mapping[str, float] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return float(claims["exp"]) - float(claims.get("iat", time.time()))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None


def seconds_of_use(jwt: str) -> float:
    """Give for how long to use a JWT, whatever this machine's clock says."""
    lifetime = lifetime_of(jwt)
    # A JWT that seems to be over already shows a wrong clock. Then it is used until it is refused.
    if lifetime is None or not lifetime > 0:
        return 3600.0
    return max(lifetime - min(_MARGIN_SECONDS, lifetime / 10), 0.0)

"""What a refusal means: a wrong token, a JWT that has expired, or something about one call only."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_copernica.errors import ApiError, DoubtfulError, NotOfferedError, TokenError
from tap_copernica.http.decoding import tolerant

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

# The token counts as working for so many seconds after a call was answered.
_STILL_WORKS = 60.0
_WHAT_TO_CHECK = (
    "Check `access_token`: it may be mistyped, revoked, limited to certain IP addresses, or valid for "
    "another version only (then set `api_version`, for example to v4)."
)
# Messages of the API itself (docs/api-facts.md): they show that it has accepted the token.
_OF_THE_API = re.compile(
    r"invalid (method|request|data)|\bno .*\b(with|found|given|available)\b|no licen[cs]e"
    r"|could not be|already been|url parameter|field id|failed to"
)
# Words of JWT libraries and proxies for a token that is wrong or has expired.
_OF_A_TOKEN = re.compile(r"token|\bjwt\b|expired|signature|bearer|authenti|authori|credential")
_STATUSES_OF_A_TOKEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, 498, 419, 440})


def message_of(response: requests.Response) -> str:
    """Give the API's own words, from `{"error":{"message":…}}`; nothing of a body of another form."""
    try:
        said = tolerant(response.content)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        said = None
    if not isinstance(said, str):
        return response.reason or "no reason given"
    return " ".join(said.split())[:200]


def refusal(
    stream: str, path: str, version: str, status: int, said: str
) -> TokenError | ApiError | DoubtfulError:
    """Say what an answer of 400 or above means. All errors of the application are 400 (observed).

    Args:
        stream: for which stream the call was made.
        path: what was asked for.
        version: the API version.
        status: the HTTP status.
        said: the API's own words.

    Returns:
        The error. A `DoubtfulError` if words and status do not show whether it is the token (or JWT) that
        is refused, or this call.
    """
    words = said.lower()
    refused = (
        f"{stream}: the API refused the access token (HTTP {status}: {said}). {_WHAT_TO_CHECK}"
    )
    doubtful = status in _STATUSES_OF_A_TOKEN
    if version == "v4":
        doubtful |= bool(_OF_A_TOKEN.search(words)) or not _OF_THE_API.search(words)
    elif not doubtful and ("access token" in words or "token" in words.split()):
        return TokenError(refused)
    if doubtful:
        told = (
            f"{stream}: the API refused the call (HTTP {status}: {said}), though the token works for "
            "other calls. It may lack the right to this one: check the rights of `access_token` in the "
            "Copernica dashboard, or deselect the stream."
        )
        return DoubtfulError(told, said, refused)
    if "invalid method" in words:
        return NotOfferedError(f"{stream}: this account has no `{path}` under {version}.", said)
    hint = " Check `api_url`." if status == HTTPStatus.NOT_FOUND else ""
    return ApiError(f"{stream}: the API refused the call (HTTP {status}: {said}).{hint}", said)


class TokenTrust:
    """Tells whether the token works: after a recent answer it does, otherwise the account is asked for."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet. `monotonic` is a clock in seconds."""
        self._monotonic = monotonic
        self._answered_at: float | None = None

    def answered(self) -> None:
        """Note that a call was answered."""
        self._answered_at = self._monotonic()

    def judge(self, error: DoubtfulError, ask: Callable[[], object]) -> ApiError | TokenError:
        """Give the error that a doubtful refusal means: of the token, or of this call only.

        Args:
            error: the refusal.
            ask: makes a call that every token may make; raises an error if it is refused.
        """
        if self._answered_at is None or self._monotonic() - self._answered_at > _STILL_WORKS:
            try:
                ask()
            except (DoubtfulError, TokenError):
                return TokenError(error.of_the_token)
            except ApiError:  # an answer of the API itself: it has accepted the token
                pass
            self.answered()
        return ApiError(error.message, error.said)

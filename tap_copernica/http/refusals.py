"""What a refusal means: a wrong token, a JWT that has expired, or something about one call only."""

from __future__ import annotations

import re
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tap_copernica.errors import ApiError, DoubtfulError, NotOfferedError, TokenError
from tap_copernica.http.decoding import tolerant

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

_WHAT_TO_CHECK = (
    "Check `access_token`: it may be mistyped, revoked, limited to certain IP addresses, or valid for "
    "another version only (then set `api_version`, for example to {other})."
)
_OBSERVED = "invalid access token"  # under v2 and v3 (docs/api-facts.md)
_WHAT_NEXT = (
    "Run again later; if it stays so, check the rights of `access_token` in the Copernica dashboard, or "
    "deselect the stream."
)
# Messages of the API itself (docs/api-facts.md): they show that it has accepted the token.
_OF_THE_API = re.compile(
    r"invalid (method|request|data)|\bno .*\b(with|found|given|available)\b|no licen[cs]e"
    r"|could not be|already been|url parameter|field id|failed to"
)
# Words of JWT libraries and proxies for a token that is wrong or has expired.
_OF_A_TOKEN = re.compile(r"token|\bjwt\b|expired|signature|bearer|authenti|authori|credential")
_TIME = re.compile(r"(?:^|[<>=])(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)$")
_STATUSES_OF_A_TOKEN = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, 498, 419, 440})


class RefusedCall(NamedTuple):
    """A call that was refused, for messages.

    Attributes:
        stream: for which stream it was made.
        path: the path of that stream's list, with `{id}` in the place of ids.
        asked: what was asked for, as `asked_for` says it.
        version: the API version.
        is_first: whether the API has answered no call of this run.
    """

    stream: str
    path: str
    asked: str
    version: str
    is_first: bool


def asked_for(url: str, url_base: str) -> str:
    """Say what a call asked for: its path, and the period if it names one.

    Nothing else of its query: what conditions ask for may identify somebody.

    Args:
        url: the call's URL.
        url_base: what URLs of calls begin with.
    """
    parts = urlsplit(url.removeprefix(url_base))
    times = [found[1] for _, value in parse_qsl(parts.query) if (found := _TIME.search(value))]
    period = f" for {' to '.join(times)}" if len(times) == len(("begin", "end")) else ""
    return f"`{parts.path}`{period}"


def is_error(body: object) -> bool:
    """Tell whether decoded JSON is the API's refusal, whatever the status."""
    return isinstance(body, dict) and body.keys() == {"error"}


def words_of(body: object) -> str:
    """Give the API's own words, from `{"error":{"message":…}}`; empty if the JSON has none."""
    said = body.get("error") if isinstance(body, dict) else None
    said = said.get("message") if isinstance(said, dict) else said
    return " ".join(said.split())[:200] if isinstance(said, str) else ""


def message_of(response: requests.Response) -> str:
    """Give the API's own words; nothing of a body that has no `error`."""
    try:
        said = words_of(tolerant(response.content))
    except ValueError:
        said = ""
    no_words = "an error without a message" if response.ok else response.reason
    return said or no_words or "no reason given"


def refusal(call: RefusedCall, status: int, said: str) -> TokenError | ApiError | DoubtfulError:
    """Say what an answer of 400 or above means. All errors of the application are 400 (observed).

    Args:
        call: what was refused.
        status: the HTTP status.
        said: the API's own words.

    Returns:
        The error. A `DoubtfulError` if words and status do not show whether it is the token (or JWT) that
        is refused, or this call.
    """
    words, is_missing = said.lower(), status == HTTPStatus.NOT_FOUND
    what = f"{call.stream}: the API refused {call.asked} (HTTP {status}: {said})"
    to_check = _WHAT_TO_CHECK.format(other="v2" if call.version == "v4" else "v4")
    of_the_token = (
        f"{call.stream}: the API refused the access token (HTTP {status}: {said}). {to_check}"
        f"{' Check `api_url` too.' if is_missing else ''}"
    )
    doubtful = status in _STATUSES_OF_A_TOKEN
    if call.version == "v4":
        doubtful |= bool(_OF_A_TOKEN.search(words)) or not _OF_THE_API.search(words)
    elif _OBSERVED in words:
        return TokenError(of_the_token)
    else:
        doubtful |= "access token" in words or "token" in words.split()
    if doubtful:
        told = f"{what}, though the token works for other calls. {_WHAT_NEXT}"
        return DoubtfulError(told, said, of_the_token)
    if "invalid method" in words:
        msg = f"{call.stream}: this account has no `{call.path}` under {call.version}."
        return NotOfferedError(msg, said)
    if is_missing and call.is_first:
        return ApiError(f"{what}. Check `api_url`.", said)
    return ApiError(f"{what}. {_WHAT_NEXT}", said)


class TokenTrust:
    """Tells whether a refusal is of the token or of one call: a call for the account settles it.

    A good answer shows that the token works only if its call was begun after the refusal had come: a token
    may be revoked at any time. For the further refusals of a stream the account is not asked for again until
    a call of that stream is answered. So a stream that is always refused costs one such call.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet. `monotonic` is a clock in seconds."""
        self._monotonic = monotonic
        self._lock = threading.Lock()  # threads that are refused at the same time ask once
        self._works_since = self._refused_since = float("-inf")
        self._refused_streams: set[str] = set()

    def begin(self) -> float:
        """Give the time, to hand to `answered` once the call that begins now has been answered."""
        return self._monotonic()

    def answered(self, stream: str, begun: float) -> None:
        """Note that a call of a stream was answered, which was begun at a time."""
        self._works_since = max(self._works_since, begun)
        self._refused_streams.discard(stream)

    def judge(
        self, error: DoubtfulError, stream: str, ask: Callable[[], object]
    ) -> ApiError | TokenError:
        """Give the error that a doubtful refusal means: of the token, or of this call only.

        Args:
            error: the refusal.
            stream: whose call was refused.
            ask: makes a call that every token may make; raises an error if it is refused.
        """
        came = self._monotonic()
        with self._lock:
            if self._refused_since > came:
                return TokenError(error.of_the_token)
            if self._works_since <= came and stream not in self._refused_streams:
                begun = self._monotonic()
                try:
                    ask()
                except (DoubtfulError, TokenError):
                    self._refused_since = begun
                    return TokenError(error.of_the_token)
                except ApiError:  # an answer of the API itself: it has accepted the token
                    pass
                self._works_since = max(self._works_since, begun)
            self._refused_streams.add(stream)
        return ApiError(error.message, error.said)

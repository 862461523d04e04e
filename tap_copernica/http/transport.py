"""One HTTP exchange: a session per thread, bounds of time and size, failures told apart."""

from __future__ import annotations

import codecs
import re
import threading
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from typing_extensions import override

from tap_copernica import clock
from tap_copernica.errors import RunError, TransientError
from tap_copernica.http.bounds import MOST_BYTES
from tap_copernica.http.environment import environment_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3.connectionpool import ConnectionPool

    from tap_copernica.http.calls import Calls

_OVERLOADED = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
_TRANSIENT = _OVERLOADED | {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
# The body of an answer may take this many times `request_timeout`, which bounds each single wait.
_WHOLE_CALL = 10
# A large file must arrive at least this fast on average.
_LEAST_BYTES_PER_SECOND = 20_000
# So many bytes of an answer are unpacked at a time; no round number. If a member of a gzip body ends exactly
# there, urllib3 2.8 repeats what follows, more with each such member (docs/upstream.md).
PIECE = (1 << 18) + 3
_ASKS_FOR_LOGIN = HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
_IS_A_PAGE = (
    "Run again later; if it stays so, check `api_url`, and whether a proxy answers in the place of "
    "the API."
)
_WHAT_TO_CHECK = "Check `api_url` and the variables HTTPS_PROXY, HTTP_PROXY and ALL_PROXY."
# How many bytes of a body's begin are looked at, to see whether it is HTML; blank lines may come first.
_HEAD_BYTES = 1 << 10


class _Answer(requests.Response):
    """An answer without a jar for cookies, which takes longer to make than all the rest.

    No call needs one: requests are prepared apart from their session, so no cookie ever goes back.
    """

    def __init__(self, request: requests.PreparedRequest, raw: urllib3.BaseHTTPResponse) -> None:
        """Take the request and the answer of urllib3, whose body is still to be read."""
        self.__dict__.update(_content=False, _content_consumed=False)  # as `Response` has it
        self.raw, self.status_code, self.reason = raw, raw.status, raw.reason or ""
        self.headers = CaseInsensitiveDict(raw.headers)
        self.encoding = get_encoding_from_headers(self.headers)
        self.request, self.url, self.history = request, request.url or "", []


class _Adapter(HTTPAdapter):
    """Sends the requests of a thread's session."""

    def __init__(self) -> None:
        """Begin without a connection."""
        super().__init__()
        self._pools: dict[str, ConnectionPool] = {}

    @override
    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> ConnectionPool:
        # Worked out once per host, like the environment's settings (`Transport._environment`).
        host = _host_of(request.url or "")
        if host not in self._pools:
            self._pools[host] = super().get_connection_with_tls_context(
                request, verify, proxies, cert
            )
        return self._pools[host]

    @override
    def build_response(
        self, req: requests.PreparedRequest, resp: urllib3.BaseHTTPResponse
    ) -> _Answer:
        return _Answer(req, resp)


class Transport:
    """Sends requests; what fails on the way is a `TransientError` or a `RunError`."""

    def __init__(self, calls: Calls, timeout: float, user_agent: str = "tap-copernica") -> None:
        """Take the run's calls, and the settings `request_timeout`, in seconds, and `user_agent`."""
        self.user_agent = user_agent
        self.timeout = timeout
        self._calls = calls
        self._threads = threading.local()

    @property
    def seconds_of_a_call(self) -> float:
        """How long the body of an answer may take, after its head has come."""
        return self.timeout * _WHOLE_CALL

    @property
    def session(self) -> requests.Session:
        """This thread's session: `requests` does not promise that one can be shared."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            for scheme in ("https://", "http://"):
                session.mount(scheme, _Adapter())
            self._threads.settings = {}
        return session

    def send(
        self,
        request: requests.PreparedRequest,
        into: IO[bytes] | None = None,
        most: int = MOST_BYTES,
    ) -> requests.Response:
        """Send a request and read the whole answer; the caller follows redirects.

        Args:
            request: what to send.
            into: where to put the body of a good answer, instead of memory.
            most: bytes that the body may have.

        Raises:
            TransientError: if no answer, or only a part of one, came in time.
            RunError: if the host's certificate or the proxy's address is wrong, the body too large, or
                the file system full.
            Interrupted: if the run must end.
        """
        request.headers["User-Agent"] = self.user_agent
        try:
            response = self._begin(request, self.timeout)
            with response:
                self._read(response, into if response.ok else None, most)
        except requests.exceptions.SSLError as error:
            raise _tls_failure(error) from None
        except requests.exceptions.Timeout:
            msg = f"no answer within {self.timeout:g} s"
            raise TransientError(msg, unreachable=True) from None
        except requests.exceptions.ConnectionError as error:
            _raise_for_proxy(str(error))
            msg = f"no connection to the API ({_cause(error)})"
            raise TransientError(msg, unreachable=True) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            msg = f"the API's answer broke off ({_cause(error)})"
            raise TransientError(msg) from None
        return response

    def open(self, request: requests.PreparedRequest, connect_timeout: float) -> requests.Response:
        """Send a request and give the answer with its body still to be read.

        Args:
            request: what to send.
            connect_timeout: seconds to wait for a connection.

        Raises:
            requests.RequestException: if no answer begins in time.
            RunError: if the environment's proxy or certificates cannot be used.
        """
        return self._begin(request, (min(connect_timeout, self.timeout), self.timeout))

    def _begin(
        self, request: requests.PreparedRequest, timeout: float | tuple[float, float]
    ) -> requests.Response:
        """Send a request; the body of the answer is still to be read."""
        url = request.url or ""
        try:
            # Not by the session itself, which would go through redirects and cookies.
            return self.session.get_adapter(url).send(
                request, stream=True, timeout=timeout, **self._environment(url)
            )
        except (ValueError, urllib3.exceptions.LocationValueError) as error:
            # Without its text, in which the address of a proxy may stand, with a password.
            msg = f"A call could not be made ({type(error).__name__}). {_WHAT_TO_CHECK}"
            raise RunError(msg) from None

    def _environment(self, url: str) -> dict[str, Any]:
        """Give the proxy and CA settings of the environment, worked out once per thread and host."""
        host = _host_of(url)
        known: dict[str, dict[str, Any]] = self._threads.settings
        if host not in known:
            known[host] = environment_of(self.session, url)
        return known[host]

    def _read(self, response: requests.Response, into: IO[bytes] | None, most: int) -> None:
        began, size, file = time.monotonic(), 0, into
        parts: list[bytes] = []
        if file is not None:
            file.seek(0)
            file.truncate()
        # `read1` gives what has arrived, not a full chunk: a server that sends byte by byte would pass the
        # deadline unseen otherwise.
        while chunk := response.raw.read1(PIECE, decode_content=True):
            if not size and is_page(chunk):  # read into memory, for the message, not into the file
                file = None
            size += len(chunk)
            if file is None:
                parts.append(chunk)
            else:
                _write_chunk(chunk, file)
            self._calls.check()
            passed = time.monotonic() - began
            # A large file may take longer, as long as it does not arrive too slowly.
            more = 0 if file is None else size / _LEAST_BYTES_PER_SECOND
            if passed > self.seconds_of_a_call + more:
                msg = f"an answer was not complete after {passed:.0f} s"
                raise TransientError(msg)
            bound = min(most, MOST_BYTES) if file is None else most
            if size > bound:
                msg = (
                    f"The API sent more than {bound >> 20} MB in one answer; nothing of it was written. "
                    "Check `api_url`; if that is right, lower `page_size`."
                )
                raise RunError(msg)
        # As `Response.content` does; a response that is consumed gives its connection back.
        response.__dict__.update(_content=b"".join(parts), _content_consumed=True)


def _host_of(url: str) -> str:
    """Give the scheme and the host of a URL."""
    return url[: url.find("/", len("https://"))]


def _write_chunk(chunk: bytes, into: IO[bytes]) -> None:
    try:
        into.write(chunk)
    except OSError as error:
        msg = (
            f"An answer could not be kept in a temporary file ({error.strerror}). Make room, or let "
            "TMPDIR name a folder that has some."
        )
        raise RunError(msg) from None


def without_mark(body: bytes) -> bytes:
    """Give a body without the byte order mark that may stand before its text."""
    return body.removeprefix(codecs.BOM_UTF8)


def is_page(body: bytes) -> bool:
    """Tell whether a body begins like a page for people, which is never the API's own.

    Its `Content-Type` tells nothing: PHP calls whatever it writes `text/html` (assumed).
    """
    return without_mark(body[:_HEAD_BYTES]).lstrip().startswith(b"<")


def _raise_for_proxy(text: str) -> None:
    """Raise `RunError` if the proxy refuses the call, unless the proxy is only overloaded."""
    found = re.search(r"Tunnel connection failed: (4\d\d)", text)
    if found and int(found[1]) not in _TRANSIENT:
        raise RunError(_proxy_refuses(int(found[1])))


def _proxy_refuses(status: int) -> str:
    why = "it asks for a login" if status == _ASKS_FOR_LOGIN else "it does not let the call through"
    return (
        f"The proxy refused the call (HTTP {status}): {why}. Check HTTPS_PROXY, HTTP_PROXY and "
        "ALL_PROXY, or let NO_PROXY name the API's host."
    )


def raise_for_passing_failure(response: requests.Response) -> None:
    """Raise an error if a call failed in a way that may pass, or if the proxy asks for a login.

    Overload is 503 or 504 with an HTML page and lasts minutes (observed); 429 is not documented.

    Raises:
        TransientError: for overload, any other HTTP 5xx, HTTP 408 or 425, an empty body, a page of HTML.
        RunError: if the proxy asks for a login.
    """
    status = response.status_code
    if status == _ASKS_FOR_LOGIN:
        raise RunError(_proxy_refuses(status))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TRANSIENT:
        msg = f"the API answered HTTP {status}"
        overloaded = status in _OVERLOADED
        raise TransientError(msg, overloaded=overloaded, retry_after=_retry_after(response))
    if not response.ok or response.is_redirect:
        return
    if not response.content:
        msg = f"the API sent nothing under HTTP {status}"
        raise TransientError(msg)
    if is_page(response.content):
        msg = f"the API sent an HTML page under HTTP {status}"
        raise TransientError(msg, advice=_IS_A_PAGE)


def _retry_after(response: requests.Response) -> float | None:
    """Read `Retry-After`, in seconds or a date; neither documented nor observed, honoured if it comes."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        # By the API's own clock, if it tells the time: this machine's may differ.
        since = parsedate_to_datetime(response.headers["Date"])
    except (ValueError, TypeError, IndexError):
        return None
    except KeyError:
        since = clock.now()
    if until.tzinfo is None or since.tzinfo is None:  # "-0000": a time without a zone, in UTC
        until, since = until.replace(tzinfo=UTC), since.replace(tzinfo=UTC)
    return max(0.0, (until - since).total_seconds())


def _tls_failure(error: requests.exceptions.SSLError) -> RunError | TransientError:
    """Tell a certificate that is not trusted from a handshake that broke off, as was seen once."""
    if "CERTIFICATE_VERIFY_FAILED" in str(error) or "doesn't match" in str(error):
        return RunError(
            "The certificate of the API's host is not trusted. Check `api_url`; behind a proxy that "
            "opens TLS, set REQUESTS_CA_BUNDLE to its certificate file."
        )
    return TransientError(f"the TLS connection failed ({_cause(error)})", unreachable=True)


def _cause(error: BaseException) -> str:
    """Name the innermost cause of a failed call: without its text, which holds the URL."""
    reason: object = error
    while isinstance(reason, BaseException):
        inner = getattr(reason, "reason", None) or (reason.args[0] if reason.args else None)
        inner = next((arg for arg in reason.args if isinstance(arg, BaseException)), inner)
        if not isinstance(inner, BaseException):
            break
        reason = inner
    return type(reason).__name__

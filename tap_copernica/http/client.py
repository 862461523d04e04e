"""Calls to the API: URLs per version, paging, retries, what an answer means. No Singer state."""

from __future__ import annotations

import os
import tempfile
from abc import abstractmethod
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import orjson
from singer_sdk.streams.rest import HTTPRequest, PageContext, RESTStream
from typing_extensions import override

from tap_copernica.errors import (
    ApiError,
    DoubtfulError,
    NotOfferedError,
    RunError,
    StreamError,
    TokenError,
    TransientError,
)
from tap_copernica.http.pagination import (
    MOST_ROWS,
    OffsetPaginator,
    Page,
    body_of,
    keep_page,
    page_of,
)
from tap_copernica.http.refusals import message_of, refusal
from tap_copernica.http.transport import (
    MOST_BYTES,
    MOST_FILE_BYTES,
    MOST_PAGE_BYTES,
    raise_for_passing_failure,
    without_mark,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import requests
    from singer_sdk.helpers.types import Context
    from singer_sdk.pagination import BaseAPIPaginator

    from tap_copernica.http.auth import Authenticator
    from tap_copernica.http.calls import Calls
    from tap_copernica.http.connection import Connection
    from tap_copernica.settings import Settings

_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_REDIRECTS = 3
_EDGE = 64  # bytes at either end of a downloaded body that hold its bracket


class CopernicaStream(RESTStream[int]):
    """What every stream of the API shares. A subclass names its `path` as v2 and v3 call it."""

    allow_redirects = False  # followed by hand, to the same host only: the URL carries the token

    @property
    @abstractmethod
    def run(self) -> Connection:
        """What the calls of this run share."""

    @property
    def settings(self) -> Settings:
        """The tap's settings, typed."""
        return self.run.settings

    @property
    def calls(self) -> Calls:
        """The run's account of calls."""
        return self.run.calls

    @property
    @override
    def url_base(self) -> str:
        """`api_url` and the API version, without a slash at the end."""
        return f"{self.settings.api_url}/{self.settings.api_version}"

    @property
    @override
    def authenticator(self) -> Authenticator:
        """The tap's one authenticator: one JWT for all streams and threads."""
        return self.run.authenticator

    @property
    @override
    def requests_session(self) -> requests.Session:
        """The session of the calling thread."""
        return self.run.transport.session

    @override
    def get_url(self, context: Context | None) -> str:
        """Give the URL of a call.

        Args:
            context: may name another `path` than the stream's own, and the `names` to put it in.
        """
        question = context or {}
        path: str = question.get("path", self.path)
        return self.url_base + self.run.names.put(path, question.get("names"))

    @override
    def get_new_paginator(self) -> BaseAPIPaginator[int]:
        """Page by offset."""
        return OffsetPaginator()

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        """Make the request for one page.

        Args:
            page: the offset, and in its context the question: `params`, `limit`, whether `total` is
                wanted, `path` where it is not the stream's own, `single` for what is no list, and `bare`
                for one that comes without an envelope.
        """
        question = page.stream_context or {}
        if question.get("single"):
            params = question.get("params", {})
            return HTTPRequest(url=self.get_url(question), params=params, headers=self.http_headers)
        start = page.next_page_token or 0
        params = {
            **question.get("params", {}),
            "start": start,
            "limit": question.get("limit", self.settings.page_size),
        }
        if start or not question.get("total", True):
            params["total"] = "false"  # the API counts faster without (D)
        return HTTPRequest(url=self.get_url(question), params=params, headers=self.http_headers)

    def pages(self, question: Mapping[str, Any]) -> Iterator[Page]:
        """Ask for a list page by page, until an empty one or until the caller has seen enough.

        Args:
            question: see `get_http_request`.
        """
        paginator = self.get_new_paginator()
        while not paginator.finished:
            response = self.answer(question, paginator.current_value)
            yield page_of(response)
            paginator.advance(response)

    def has_rows_beyond(self, question: Mapping[str, Any]) -> bool:
        """Ask whether a list has a row where no list of an account has one: then its pages never end."""
        try:
            return bool(page_of(self.answer({**question, "limit": 1}, MOST_ROWS)).rows)
        except ApiError:  # refused, as an offset that is too large
            return False

    def single(self, path: str, params: Mapping[str, Any] | None = None) -> object:
        """Ask for what is no list; give the decoded JSON."""
        return body_of(self.answer({"path": path, "params": params or {}, "single": True}))

    def download(self, path: str) -> IO[bytes]:
        """Ask for one JSON array of any size; give it in a temporary file, where it begins.

        The file is nobody else's, and gone when it is closed or the process ends.
        """
        return self._into_file({"path": path, "single": True, "most": MOST_FILE_BYTES})

    def download_page(self, question: Mapping[str, Any], start: int) -> IO[bytes]:
        """Ask for a page of a list of any size, bare or in its envelope; give it as `download` does."""
        return self._into_file({**question, "most": MOST_PAGE_BYTES}, start)

    def _into_file(self, question: Mapping[str, Any], start: int = 0) -> IO[bytes]:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller's
        try:
            self.answer({**question, "into": file}, start)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        file.seek(_EDGE - len(without_mark(file.read(_EDGE).ljust(_EDGE))))
        return file

    def answer(self, question: Mapping[str, Any], start: int = 0) -> requests.Response:
        """Make one call, with retries, under whichever names this API version knows the path."""
        names = self.run.names
        send = self.request_decorator(self._request)
        for family in names.to_try(question.get("path", self.path)):
            try:
                request = self._prepare({**question, "names": family}, start)
                response: requests.Response = send(request, question)
            except NotOfferedError as error:
                refusal = error
            else:
                names.answered(family)
                return response
        raise refusal

    @override
    def request_decorator(self, func: Any) -> Any:
        """Make `func` again while it fails in a way that may pass, and once with a new JWT."""

        def send(request: requests.PreparedRequest, context: Context | None) -> requests.Response:
            def once() -> requests.Response:
                return func(request, context)  # type: ignore[no-any-return] # RequestFunc is untyped

            try:
                response = self.calls.tried(once, self.name)
            except DoubtfulError as error:
                response = self._again(once, request, error)
            self.run.trust.answered()
            return response

        return send

    def _again(
        self,
        once: Callable[[], requests.Response],
        request: requests.PreparedRequest,
        error: DoubtfulError,
    ) -> requests.Response:
        """Make a call again with a new JWT, where that may help; else say what the refusal means."""
        if self.authenticator.renew(request):
            try:
                response = self.calls.tried(once, self.name)
            except DoubtfulError as again:
                error = again
            else:
                self.authenticator.renewal_helped()
                return response
        raise self.run.trust.judge(error, self._ask_for_the_account) from None

    @override
    def _request(
        self, prepared_request: requests.PreparedRequest, context: Context | None
    ) -> requests.Response:
        request = self.authenticator(prepared_request)
        question = context or {}
        into: IO[bytes] | None = question.get("into")
        is_list = not question.get("single")
        for _ in range(_MOST_REDIRECTS + 1):
            self.calls.count(self.name)
            response = self.run.transport.send(request, into, question.get("most", MOST_BYTES))
            if response.status_code not in _REDIRECTS:
                if into is not None and response.ok and not response.content:
                    check_array(into, or_envelope=is_list)
                else:
                    self.validate_response(response)
                    if is_list:
                        keep_page(response, bare=question.get("bare", False))
                self.calls.note_date(response.headers)
                return response
            request = self.authenticator(self._redirected(request, response))
        msg = f"{self.name}: the API redirects in a circle. Check `api_url`."
        raise StreamError(msg)

    @override
    def validate_response(self, response: requests.Response) -> None:
        """Look at status and content type, then decode the body.

        Raises:
            TransientError: for what may pass: overload, and a body that is cut off or no JSON.
            TokenError: if the token or JWT was refused.
            NotOfferedError: if the API has no such path.
            ApiError: for every other refusal, also one under HTTP 200.
        """
        raise_for_passing_failure(response)
        if not response.ok:
            raise self._refusal(response)
        body = self._json(response)
        if isinstance(body, dict) and body.keys() == {"error"}:
            raise self._refusal(response)
        response.__dict__["body"] = body

    def _json(self, response: requests.Response) -> object:
        try:
            return orjson.loads(without_mark(response.content))
        except orjson.JSONDecodeError:
            msg = f"the API sent {len(response.content)} bytes that are no JSON, or cut off"
            raise TransientError(msg) from None

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """Give the rows of a page, as the API sent them."""
        return page_of(response).rows

    @abstractmethod
    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]: ...

    def _prepare(self, question: Mapping[str, Any], start: int) -> requests.PreparedRequest:
        page = PageContext[int](stream_context=question, next_page_token=start)
        request = self.get_http_request(page=page)
        return self.build_prepared_request(
            method=request.method,
            url=request.url,
            params=request.encode_params(),
            headers=request.headers,
        )

    def _redirected(
        self, request: requests.PreparedRequest, response: requests.Response
    ) -> requests.PreparedRequest:
        """Follow a redirect on the same host; the docs allow 301 for moved GETs."""
        target = urljoin(request.url or "", response.headers.get("Location", ""))
        if urlsplit(target)[:2] != urlsplit(request.url or "")[:2]:
            host = urlsplit(target).hostname
            msg = (
                f"{self.name}: the API redirects to another host ({host}), which is refused because "
                "the token would go with it. If that host is Copernica's, set `api_url` to it."
            )
            raise RunError(msg)
        moved = request.copy()
        moved.prepare_url(target, None)
        return moved

    def _refusal(self, response: requests.Response) -> TokenError | ApiError:
        said = message_of(response)
        version = self.settings.api_version
        return refusal(self.name, self.path, version, response.status_code, said)

    def _ask_for_the_account(self) -> None:
        """Make the call that every token may make: `/identity`."""
        request = self._prepare({"path": "/identity", "single": True}, 0)
        self.calls.tried(lambda: self._request(request, {"single": True}), self.name)


def check_array(file: IO[bytes], *, or_envelope: bool = False) -> None:
    """Make sure that a downloaded body is a JSON array that was not cut off.

    Args:
        file: the body.
        or_envelope: it may also be an object, which has the array in it.

    Raises:
        TransientError: if its first and last byte say something else.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    first = without_mark(file.read(_EDGE)).lstrip()[:1]
    file.seek(max(0, size - _EDGE))
    last = file.read().rstrip()[-1:]
    if first + last not in ((b"[]", b"{}") if or_envelope else (b"[]",)):
        msg = f"the API sent {size} bytes that are no JSON array, or cut off"
        raise TransientError(msg)

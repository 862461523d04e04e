"""Calls to the API: URLs per version, paging, retries, what an answer means. No Singer state."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import requests
from singer_sdk.streams.rest import HTTPRequest, RESTStream
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
from tap_copernica.http.bounds import (
    MOST_BYTES,
    MOST_FILE_BYTES,
    MOST_PAGE_BYTES,
    MOST_REDIRECTS,
    MOST_ROWS,
)
from tap_copernica.http.decoding import Decoder
from tap_copernica.http.downloads import check_array, error_in, go_to_begin
from tap_copernica.http.pagination import (
    OffsetPaginator,
    Page,
    body_of,
    keep_page,
    keep_strict_page,
    page_of,
)
from tap_copernica.http.question import AskedPage, Question
from tap_copernica.http.refusals import RefusedCall, asked_for, is_error, message_of, refusal
from tap_copernica.http.transport import raise_for_passing_failure
from tap_copernica.temporary import temporary_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Context
    from singer_sdk.pagination import BaseAPIPaginator
    from singer_sdk.streams.rest import PageContext

    from tap_copernica.http.auth import Authenticator
    from tap_copernica.http.calls import Calls
    from tap_copernica.http.connection import Connection
    from tap_copernica.settings import Settings

_REDIRECTS = {301, 302, 303, 307, 308}


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
        """The counter of the run's calls, and its limits."""
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

    @cached_property
    def decoder(self) -> Decoder:
        """What decodes the answers."""
        return Decoder(self.name, self.logger)

    @override
    def get_new_paginator(self) -> BaseAPIPaginator[int]:
        """Page by offset."""
        return OffsetPaginator()

    @override
    def get_http_request(self, *, page: PageContext[int]) -> HTTPRequest:
        """Make the request for one page.

        Args:
            page: an `AskedPage`; any other is a page of the stream's own list.
        """
        asked = page if isinstance(page, AskedPage) else None
        question = asked.question if asked else Question(path=self.path)
        path = self.run.names.spelled(question.path, asked.family if asked else None)
        params = question.params_at(page.next_page_token or 0, self.settings.page_size)
        return HTTPRequest(url=self.url_base + path, params=params, headers=self.http_headers)

    def pages(self, question: Question) -> Iterator[Page]:
        """Ask for a list page by page, until an empty one or until the caller has seen enough."""
        paginator = self.get_new_paginator()
        while not paginator.finished:
            response = self.answer(question, paginator.current_value)
            yield page_of(response)
            paginator.advance(response)

    def has_rows_beyond(self, question: Question) -> bool:
        """Ask whether a list has a row where no list of an account has one: then its pages never end."""
        try:
            return bool(page_of(self.answer(replace(question, limit=1), MOST_ROWS)).rows)
        except ApiError:  # refused, as an offset that is too large
            return False

    def single(self, path: str, params: Mapping[str, Any] | None = None) -> object:
        """Ask for one object; give the decoded JSON."""
        return body_of(self.answer(Question(path=path, params=params or {}, is_object=True)))

    def download(self, path: str) -> IO[bytes]:
        """Ask for one JSON array of any size; give it in a temporary file, where it begins.

        The file is nobody else's, and gone when it is closed or the process ends.
        """
        return self._into_file(Question(path=path, is_object=True), 0, MOST_FILE_BYTES)

    def download_page(self, question: Question, start: int) -> IO[bytes]:
        """Ask for a page of a list of any size, bare or in its envelope; give it as `download` does."""
        return self._into_file(question, start, MOST_PAGE_BYTES)

    def _into_file(self, question: Question, start: int, most: int) -> IO[bytes]:
        file = temporary_file()
        try:
            self.answer(question, start, into=file, most=most)
        except BaseException:
            file.close()
            raise
        go_to_begin(file)
        return file

    def answer(
        self,
        question: Question,
        start: int = 0,
        *,
        into: IO[bytes] | None = None,
        most: int = MOST_BYTES,
    ) -> requests.Response:
        """Make one call, with retries, under the names that this API version may have for the path.

        Args:
            question: what to ask.
            start: the position of the page, as `Question.params_at` takes it.
            into: where to put the body, instead of memory.
            most: bytes that the body may have.
        """
        names = self.run.names
        for family in names.to_try(question.path):
            request = self.prepared(question, start, family)
            try:
                response = self._tried(
                    request, partial(self._exchange, request, question, into, most)
                )
            except NotOfferedError as error:
                refusal = error
            else:
                names.answered(question.path, family)
                return response
        if names.has_answered(question.path):
            msg = (
                f"{self.name}: the API refused `{question.path}` ({refusal.said}), though it answered "
                "such calls before. Run again later; please report it if it stays so."
            )
            raise ApiError(msg, refusal.said)
        raise refusal

    def _tried(
        self, request: requests.PreparedRequest, exchange: Callable[[], requests.Response]
    ) -> requests.Response:
        """Make a call again while it fails in a way that may pass, and once with a new JWT."""
        trust = self.run.token_trust
        begun = trust.begin()
        try:
            response = self.calls.tried(exchange, self.name, self._says_what(request))
        except DoubtfulError as error:
            response = self._again(exchange, request, error)
        trust.answered(self.name, begun)
        return response

    def _again(
        self,
        exchange: Callable[[], requests.Response],
        request: requests.PreparedRequest,
        error: DoubtfulError,
    ) -> requests.Response:
        """Try once more with a new JWT; if that does not help, raise the error that the refusal means."""
        is_renewed = self.authenticator.renew(request)
        if is_renewed:
            try:
                response = self.calls.tried(exchange, self.name, self._says_what(request))
            except DoubtfulError as again:
                error = again
            else:
                self.authenticator.renewal_helped()
                return response
        ask = partial(self._ask_for_identity, renews=not is_renewed)
        raise self.run.token_trust.judge(error, self.name, ask) from None

    def _exchange(
        self,
        request: requests.PreparedRequest,
        question: Question,
        into: IO[bytes] | None,
        most: int,
    ) -> requests.Response:
        """Send a request, follow its redirects, and check what came."""
        request = self.authenticator(request)
        for _ in range(MOST_REDIRECTS + 1):
            self.calls.count(self.name)
            response = self.run.transport.send(request, into, most)
            if response.status_code not in _REDIRECTS:
                if into is not None and response.ok and not response.content:
                    self._check_file(into, question, response)
                else:
                    self._check_and_keep(response, question)
                self.calls.note_date(response.headers)
                return response
            request = self.authenticator(self._redirected(request, response))
        msg = f"{self.name}: the API redirects in a circle. Check `api_url`."
        raise StreamError(msg)

    def _check_file(self, file: IO[bytes], question: Question, response: requests.Response) -> None:
        """Check an answer whose body is in a file."""
        error = error_in(file)
        if error:
            response.__dict__["_content"] = error
            raise self._refusal(response)
        check_array(file, or_envelope=not question.is_object)

    def _check_and_keep(self, response: requests.Response, question: Question) -> None:
        """Check an answer, and keep what it holds for `page_of` or `body_of`."""
        if (
            response.ok
            and question.strict_page is not None
            and keep_strict_page(response, question.strict_page)
        ):
            return
        self.validate_response(response)
        if not question.is_object:
            keep_page(response, bare=question.is_bare)

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
        if is_error(body):
            raise self._refusal(response)
        response.__dict__["body"] = body

    def _json(self, response: requests.Response) -> object:
        try:
            return self.decoder.loads(response.content)
        except ValueError:
            msg = f"the API sent {len(response.content)} bytes that are no JSON, or cut off"
            raise TransientError(msg) from None

    @override
    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """Give the rows of a page, as the API sent them."""
        return page_of(response).rows

    @abstractmethod
    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]: ...

    def prepared(
        self, question: Question, start: int, family: str | None = None
    ) -> requests.PreparedRequest:
        """Make the request for a page, without credentials."""
        asked = self.get_http_request(page=AskedPage(None, start, question, family))
        # Not by a session, as the SDK does: it would work out cookies and logins for each call anew.
        request = requests.PreparedRequest()
        request.prepare_method(asked.method)
        request.url = "?".join(filter(None, (_prepared_url(asked.url), asked.encode_params())))
        request.prepare_headers(asked.headers)
        return request

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
        call = RefusedCall(
            stream=self.name,
            path=self.path,
            asked=asked_for(response.request.url or "", self.url_base),
            version=self.settings.api_version,
            is_first=not self.run.names.have_answered,
        )
        return refusal(call, response.status_code, message_of(response))

    def _says_what(self, request: requests.PreparedRequest) -> Callable[[], str]:
        """Say for messages what a request asks for: its path and period, no more of it."""
        return partial(asked_for, request.url or "", self.url_base)

    def _ask_for_identity(self, *, renews: bool) -> None:
        """Make the call that every token may make: `/identity`.

        Args:
            renews: whether to make it once more with a new JWT if it is refused: the one in use may be over.
        """
        question = Question(path="/identity", is_object=True)
        request = self.prepared(question, 0)
        exchange = partial(self._exchange, request, question, None, MOST_BYTES)
        try:
            self.calls.tried(exchange, self.name)
        except DoubtfulError:
            if not renews or not self.authenticator.renew(request, anyway=True):
                raise
            self.calls.tried(exchange, self.name)


@lru_cache(maxsize=256)
def _prepared_url(url: str) -> str:
    """Give a URL without parameters as `requests` writes it."""
    request = requests.PreparedRequest()
    request.prepare_url(url, None)
    return request.url or url

"""The host for large lists: up to 100,000 rows in one answer, parsed as they arrive.

Copernica documents it (on the Dutch page on paging) as the same API, which streams some lists, above all
profiles, and as less reliable than the API's own host. So an error here is no failure of the stream: rows
that arrived whole are kept, and the API's own host is asked for the rest.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import requests
import urllib3

from tap_copernica.http.bounds import MOST_BYTES, MOST_HEAD
from tap_copernica.http.json_rows import CutOffError, NotAnArrayError, elements
from tap_copernica.http.pagination import Page
from tap_copernica.http.refusals import is_error, words_of
from tap_copernica.http.transport import PIECE, is_page, without_mark

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Iterator, Sequence

    from tap_copernica.http.calls import Calls
    from tap_copernica.http.json_rows import Decode, StrictRowsOf
    from tap_copernica.http.transport import Transport
    from tap_copernica.settings import Settings

# So many rows an answer has at most, as documented.
ROWS_PER_ANSWER = 100_000
_CONNECT_SECONDS = 10.0


class NoBulkError(Exception):
    """The bulk host gave no usable answer."""


class BrokenOffError(Exception):
    """An answer broke off; the rows that were given before are whole."""


class BulkHost:
    """The bulk host in one run: once it has failed, it is not asked again."""

    def __init__(
        self, settings: Settings, transport: Transport, calls: Calls, logger: logging.Logger
    ) -> None:
        """Take the settings. If `bulk_url` is empty or the API's own host, the bulk host is not used."""
        self._transport = transport
        self._calls = calls
        self._logger = logger
        self.url_base = f"{settings.bulk_url}/{settings.api_version}"
        self.is_used = settings.bulk_url not in {"", settings.api_url}

    def give_up(self, stream: str, reason: object) -> None:
        """Use the other host for the rest of the run; say so once."""
        if self.is_used:
            self.is_used = False
            self._logger.warning(
                "%s: the bulk host is not used any more in this run (%s). `api_url` is asked instead, "
                "in pages of `page_size` rows. Set `bulk_url` to an empty text to skip this try.",
                stream,
                reason,
            )

    def moved(self, request: requests.PreparedRequest, url_base: str) -> requests.PreparedRequest:
        """Give a request to the API's own host, whose URLs begin with `url_base`, to this host instead."""
        url = request.url or ""
        request.prepare_url(self.url_base + url.removeprefix(url_base), None)
        return request

    def rows(
        self,
        request: requests.PreparedRequest,
        stream: str,
        decode: Decode,
        strict_rows: StrictRowsOf | None = None,
    ) -> Iterator[Sequence[Any]]:
        """Make one call and give its rows as they arrive, some at a time.

        Args:
            request: the call, with credentials in it.
            stream: on whose behalf.
            decode: decodes JSON.
            strict_rows: decodes an array of rows that are exactly as documented; None if nothing can.

        Raises:
            NoBulkError: if no usable answer begins.
            BrokenOffError: if the answer breaks off, after the rows that are whole.
        """
        self._calls.count(stream)
        try:
            response = self._transport.open(request, _CONNECT_SECONDS)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NoBulkError(type(error).__name__) from None
        with response:
            if response.status_code != HTTPStatus.OK:
                msg = f"HTTP {response.status_code}"
                raise NoBulkError(msg)
            self._calls.note_date(response.headers)
            patience = _Patience(self._transport.seconds_of_a_call)
            for rows in rows_of(self._parts(response, patience), decode, strict_rows):
                patience.renew()
                yield rows

    def _parts(self, response: requests.Response, patience: _Patience) -> Iterator[bytes]:
        try:
            while part := response.raw.read1(PIECE, decode_content=True):
                self._calls.check()
                patience.take(part)
                yield part
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise BrokenOffError(type(error).__name__) from None


class _Patience:
    """Bounds how many bytes may come, and how much time may pass, until the next rows of an answer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Begin anew: there were rows."""
        self._until = time.monotonic() + self._seconds
        self._size = 0

    def take(self, part: bytes) -> None:
        """Count a part of the answer; raises `BrokenOffError` once there were no rows for too long."""
        self._size += len(part)
        if self._size > MOST_BYTES:
            msg = f"{MOST_BYTES >> 20} MB without rows"
            raise BrokenOffError(msg)
        if time.monotonic() > self._until:
            msg = f"no rows in {self._seconds:g} s"
            raise BrokenOffError(msg)


def rows_of(
    parts: Iterable[bytes], decode: Decode, strict_rows: StrictRowsOf | None = None
) -> Iterator[Sequence[Any]]:
    """Read the rows of an answer from its bytes, without ever holding all of it.

    Args:
        parts: the bytes of the envelope, cut anywhere; may raise `BrokenOffError`.
        decode: decodes JSON.
        strict_rows: decodes an array of rows that are exactly as documented; None if nothing can.

    Yields:
        Rows, some at a time.

    Raises:
        BrokenOffError: if the JSON ends early or is damaged, after the rows that are whole.
        NoBulkError: if it is no list.
    """
    failure: list[BrokenOffError] = []

    def arrived() -> Iterator[bytes]:
        try:
            yield from parts
        except BrokenOffError as error:
            failure.append(error)

    try:
        yield from elements(_data(arrived()), decode, strict_rows=strict_rows)
    except CutOffError:
        raise (failure or [BrokenOffError("cut off")])[0] from None
    except NotAnArrayError as error:
        if failure:
            raise failure[0] from None
        rows = _other_form(error.head, decode)
        if rows:
            yield rows


def _data(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Give the parts of an answer without a byte order mark; raises `NoBulkError` for an HTML page."""
    is_first = True
    for arrived in parts:
        part = without_mark(arrived) if is_first else arrived
        if is_first and is_page(part):
            msg = "it sent an HTML page"
            raise NoBulkError(msg)
        if part:  # the parser would take an empty part for the end
            is_first = False
            yield part


def _other_form(head: bytes, decode: Decode) -> list[Any]:
    """Read a short answer without an array under `data`: PHP writes an empty array as an object."""
    if len(head) > MOST_HEAD:
        msg = "its answer is no list"
        raise NoBulkError(msg)
    try:
        body = decode(head)
    except ValueError:
        msg = "cut off"
        raise BrokenOffError(msg) from None
    if is_error(body):
        msg = f"it refused the call: {words_of(body) or 'an error without a message'}"
        raise NoBulkError(msg)
    try:
        return list(Page.of(body).rows)
    except ValueError as error:
        raise NoBulkError(str(error)) from None

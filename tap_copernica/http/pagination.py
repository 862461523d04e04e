"""Pages of a list: what an answer holds, and where the next one starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from tap_copernica.errors import IS_UNDOCUMENTED, TransientError
from tap_copernica.http.bounds import MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import requests

    StrictPage = Callable[[bytes], "Page | None"]
    """Decodes a page in the strict lane; gives None for one that is not exactly as documented."""


_LONGEST_COUNT = 20  # characters


@dataclass(slots=True)
class Page:
    """One answer of a list: `{start, limit, count, data[, total]}` (docs/api-facts.md).

    Attributes:
        rows: its rows: as the API sent them, or typed.
        limit: the limit it names, which a cap may have lowered; None where it names none.
        total: the rows of the whole list that it promises; None where it names none.
    """

    rows: Sequence[Any]
    limit: int | None = None
    total: int | None = None

    @classmethod
    def of(cls, body: object, *, bare: bool = False) -> Page:
        """Read an answer.

        Args:
            body: the decoded JSON: the envelope, or a bare list as `profileids` sends.
            bare: this list may come without an envelope and be empty. For other lists a bare `[]` is no
                answer: PHP writes `[]` for anything that is empty.

        Raises:
            ValueError: if it is neither, or has a `count` of rows and none of them.
        """
        if isinstance(body, dict) and all(name.isdecimal() for name in body):
            body = list(body.values())  # PHP writes a list with gaps, or an empty one, as an object
        if isinstance(body, list) and (body or bare):
            return cls(body)
        if not isinstance(body, dict):
            msg = f"expected a list in an envelope, got {_kind_of(body)}"
            raise ValueError(msg)  # noqa: TRY004 - what is wrong is the API's answer
        rows = body.get("data")
        if isinstance(rows, dict):  # PHP writes a list with gaps, or an empty one, as an object
            rows = list(rows.values())
        if not isinstance(rows, list):
            msg = f"expected a list under `data`, got {_kind_of(rows)}"
            raise ValueError(msg)  # noqa: TRY004 - what is wrong is the API's answer
        if not rows and _count(body.get("count")):
            msg = f"it says that it holds {_count(body['count'])} rows, and holds none"
            raise ValueError(msg)
        return cls.holding(rows, body)

    @classmethod
    def holding(cls, rows: Sequence[Any], envelope: Mapping[str, Any]) -> Page:
        """Make the page of these rows; the envelope may name a limit and a total."""
        return cls(rows, limit=_count(envelope.get("limit")), total=_count(envelope.get("total")))


def body_of(response: requests.Response) -> object:
    """Give the JSON that `CopernicaStream.validate_response` has decoded from this response."""
    return response.__dict__["body"]


def keep_page(response: requests.Response, *, bare: bool = False) -> None:
    """Read a page from a validated response, and keep it in the response for `page_of`.

    Args:
        response: the response.
        bare: see `Page.of`.

    Raises:
        TransientError: if its JSON is something else than a list.
    """
    try:
        response.__dict__["page"] = Page.of(body_of(response), bare=bare)
    except ValueError as error:
        msg = f"the API sent something else than a list: {error}"
        raise TransientError(msg, advice=IS_UNDOCUMENTED) from None


def keep_strict_page(response: requests.Response, strict_page: StrictPage) -> bool:
    """Keep a page in the response, for `page_of`, if it is exactly as documented; tell whether it is."""
    page = strict_page(response.content)
    if page is not None:
        response.__dict__["page"] = page
    return page is not None


def page_of(response: requests.Response) -> Page:
    """Give the page that was kept in a response."""
    page: Page = response.__dict__["page"]
    return page


class PagePaginator(BaseAPIPaginator[int]):
    """Goes on until an empty page: the API may give fewer rows than were asked for."""

    def __init__(self, start_value: int = 0) -> None:
        """Begin at an offset, or after an id."""
        super().__init__(start_value)

    @override
    def has_more(self, response: requests.Response) -> bool:
        """Tell whether another page may exist."""
        return bool(page_of(response).rows)


class OffsetPaginator(PagePaginator):
    """Pages by `start`: go on after the rows that came.

    `start` is an offset (observed), though the English docs call it an id. `verdict.judge` decides whether to
    stop before the empty page.
    """

    @override
    def get_next(self, response: requests.Response) -> int | None:
        """Give the offset after the rows of this response; a cap may have made them fewer than asked."""
        return self.current_value + len(page_of(response).rows)


class KeysetPaginator(PagePaginator):
    """Pages by the last id: ask for ids above it, in their order.

    With an offset, a row that is added or removed between two pages shifts all rows after it. Here it does
    not.
    """

    @override
    def get_next(self, response: requests.Response) -> int | None:
        """Give the last row's id."""
        row = {str(name).lower(): value for name, value in page_of(response).rows[-1].items()}
        return int(row["id"])


def _kind_of(value: object) -> str:
    """Name what came instead of a list, in the words of JSON."""
    if value is None or isinstance(value, bool):
        return "nothing" if value is None else str(value).lower()
    if isinstance(value, list):
        return "an empty list without one"
    return "a text" if isinstance(value, str) else "a number"


def _count(value: object) -> int | None:
    """Read a count, which may come as text; None for anything else, and for more than `MOST_ROWS`."""
    if isinstance(value, str) and len(value) < _LONGEST_COUNT and value.strip().isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MOST_ROWS else None

"""What a call asks for: a typed and frozen object, so that threads can share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from singer_sdk.streams.rest import PageContext

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.http.pagination import StrictPage


@dataclass(frozen=True, kw_only=True)
class Question:
    """Asks for a list or an object of the API; all pages of a list have the same question.

    Attributes:
        path: as v2 and v3 call it.
        params: parameters that every call has.
        limit: rows per page; None asks for `page_size`.
        total: whether the first page shall say how many rows the whole list has.
        is_bare: whether the list may come without an envelope.
        is_object: whether it asks for one object, which has no pages.
        strict_page: decodes pages of this list that are exactly as documented; None if nothing can.
    """

    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    total: bool = True
    is_bare: bool = False
    is_object: bool = False
    strict_page: StrictPage | None = field(default=None, compare=False)

    def params_at(self, position: int, page_size: int) -> dict[str, Any]:
        """Give the parameters of one call.

        Args:
            position: where the page begins: the number of rows before it (in `PassQuestion` an id).
            page_size: rows per page, where the question has no `limit`.
        """
        if self.is_object:
            return dict(self.params)
        params = {**self.params, "start": position, "limit": self.limit or page_size}
        if position or not self.total:
            params["total"] = "false"  # documented: such an answer is faster
        return params


@dataclass(slots=True)
class AskedPage(PageContext[int]):
    """A page of a list, as the SDK's hook `get_http_request` gets it.

    Attributes:
        question: what the list is asked for with.
        family: the family of path names to use (`path_names.py`); None for the likelier one.
    """

    question: Question
    family: str | None = None

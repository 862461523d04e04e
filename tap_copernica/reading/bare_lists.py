"""Lists that come without an envelope: whether they are paged is undocumented, so it is found out.

Such an answer does not say how much there is. So it is asked for what comes after it: where the same
comes again, the list ignores `start` and was whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.errors import EndlessError
from tap_copernica.http.bounds import MOST_BARE_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.http.pagination import Page
    from tap_copernica.http.question import Question


class BareLists:
    """The bare lists of one endpoint, for the whole run: that it ignores `start` is learnt once."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ignores_start = False

    def rows(self, page_at: Callable[[Question, int], Page], question: Question) -> list[Any]:
        """Read a list to its end.

        Args:
            page_at: makes one call: asks for the page at an offset.
            question: what to ask.

        Raises:
            EndlessError: if ever new rows come.
        """
        rows = list(page_at(question, 0).rows)
        known = _texts(rows)
        while rows and not self._ignores_start:
            page = list(page_at(question, len(rows)).rows)
            new = _texts(page)
            if known <= new:  # from its beginning again, maybe with what was added meanwhile
                self._ignores_start = True
                return page
            if new <= known:
                break
            rows += page
            known |= new
            if len(rows) > MOST_BARE_ROWS:
                msg = f"the list {question.path} has no end: it gave {len(rows)} rows."
                raise EndlessError(msg)
        return rows


def _texts(rows: list[Any]) -> set[str]:
    return set(map(repr, rows))

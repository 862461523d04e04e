"""Lists that come without an envelope. Whether the API pages them is undocumented, so it is found out.

Such an answer does not say how many rows there are. So the reader asks for the rows after it. If the same
rows come again, the list ignores `start`, and the first answer was the whole list.
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
    """Reads the bare lists of one endpoint in a run; whether it ignores `start` is found out once."""

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
            if known <= new:  # the whole list again, maybe with rows that were added meanwhile
                self._ignores_start = True
                return page
            if new <= known:  # the end: no row, or only rows that came before
                break
            rows += page
            known |= new
            if len(rows) > MOST_BARE_ROWS:
                msg = f"the list {question.path} has no end: it gave {len(rows)} rows."
                raise EndlessError(msg)
        return rows


def _texts(rows: list[Any]) -> set[str]:
    return set(map(repr, rows))

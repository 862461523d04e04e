"""What the readers in this room need of the stream that they read for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from tap_copernica.http.calls import Calls
    from tap_copernica.http.pagination import Page
    from tap_copernica.http.question import Question
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.reading.verdict import Reading
    from tap_copernica.reading.windows import Window
    from tap_copernica.records.rows import RecordReader
    from tap_copernica.settings import Settings


class ListSource(Protocol):
    """Asks for pages of lists."""

    name: str

    @property
    def settings(self) -> Settings:
        """The tap's settings."""

    @property
    def calls(self) -> Calls:
        """The run's counter of calls."""

    @property
    def logger(self) -> logging.Logger:
        """Where to warn."""

    def pages(self, question: Question) -> Iterator[Page]:
        """Ask for a list page by page."""

    def has_rows_beyond(self, question: Question) -> bool:
        """Ask whether a list has a row at an offset beyond all real lists: then its pages never end."""


class WindowSource(ListSource, Protocol):
    """Also knows how to ask for a window, and which rows of the answer belong to it."""

    path: str
    key_fields: tuple[str, ...]
    time_field: str | None

    @property
    def filters(self) -> Sequence[PeriodFilter]:
        """The ways to ask for a period; the next is tried where the API ignores one."""

    @property
    def grain(self) -> timedelta:
        """How far from what was asked a row may lie before the filter counts as ignored."""

    @property
    def extra_params(self) -> dict[str, Any]:
        """Parameters that every call has besides the period."""

    @property
    def reader(self) -> RecordReader:
        """Turns rows into records."""

    def asked(self, window: Window) -> tuple[datetime, datetime]:
        """Give the bounds to ask for."""

    def between(self, window: Window) -> tuple[str, str]:
        """Give the timestamps from which, and before which, rows are inside a window."""

    def kept_between(self, window: Window) -> tuple[str, str]:
        """Give the timestamps from which, and before which, a window's rows are kept."""

    def window_edge(self, edge: datetime) -> datetime:
        """Give the last time, not after `edge`, at which one window may end and the next begin."""

    def can_be_cut(self, window: Window) -> bool:
        """Tell whether a window may be read in parts."""

    def is_blurred(
        self, window: Window, reading: Reading, asked: tuple[datetime, datetime]
    ) -> bool:
        """Tell whether a window must be asked for again, with other bounds.

        So it is where the rows show that the API treats a bound otherwise than was assumed; `asked` gives
        the better bounds from then on. The argument `asked` has the bounds of this answer.
        """

"""The streams, one module per family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.streams.events import ClicksStream

if TYPE_CHECKING:
    from tap_copernica.streams.base import Stream

STREAMS: tuple[type[Stream], ...] = (ClicksStream,)
"""Every stream whose schema is known without asking the API."""

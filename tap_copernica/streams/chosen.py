"""The streams that a catalog selects: there must be one, and a warning names those that do not exist.

`sync_windows` does not count: its rows are about other streams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.errors import RunError
from tap_copernica.output.state import BOOKMARK
from tap_copernica.streams.profiles import BaseProfilesStream
from tap_copernica.streams.sync_windows import SyncWindowsStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.catalog import CatalogEntry
    from singer_sdk.streams import Stream

    from tap_copernica.context import CopernicaTap


def count_chosen(tap: CopernicaTap, *, may_be_none: bool) -> int:
    """Count the streams that are selected; warn of those that do not exist.

    Raises:
        RunError: if none is selected: nothing would be read, and nobody would notice.
    """
    chosen = _chosen(tap)
    catalog: Mapping[str, CatalogEntry] = tap.input_catalog or {}
    unknown = [
        name
        for name, entry in catalog.items()
        if name not in tap.streams and entry.metadata.root.selected
    ]
    if unknown:
        tap.logger.warning(
            "The catalog selects streams that %s does not have: %s.",
            tap.run.settings.api_version,
            ", ".join(unknown),
        )
    if not chosen and not may_be_none:
        msg = (
            "No stream is selected, so nothing would be read. Select some in the catalog, or with "
            "Meltano's `select`; its patterns must fit names that `--discover` gives."
        )
        raise RunError(msg)
    return len(chosen)


def begins_later(tap: CopernicaTap) -> RunError | None:
    """Give an error if the run could read nothing, since `start_date` lies in the future; else None.

    A stream with a bookmark goes on from there. Profiles, and lists without a time, are read whatever the
    date is.
    """
    start = tap.run.settings.start_date
    if start is None or start <= tap.run.calls.now():
        return None
    for stream in _chosen(tap):
        is_read_whole = stream.replication_key is None or isinstance(stream, BaseProfilesStream)
        if is_read_whole or stream.get_context_state(None).get(BOOKMARK) is not None:
            return None
    return RunError(
        f"Setting `start_date` ({tap.config.get('start_date')}) lies in the future, so none of the selected "
        "streams has anything to read until then. Give the date from which to read."
    )


def _chosen(tap: CopernicaTap) -> list[Stream]:
    return [
        stream
        for stream in tap.streams.values()
        if stream.selected and not isinstance(stream, SyncWindowsStream)
    ]

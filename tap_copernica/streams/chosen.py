"""The streams that a catalog selects: some must be, and those that do not exist are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_copernica.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.singerlib.catalog import CatalogEntry

    from tap_copernica.context import CopernicaTap


def count_chosen(tap: CopernicaTap, *, may_be_none: bool) -> int:
    """Count the streams that are selected; warn of those that do not exist.

    Raises:
        RunError: if there are none: then nothing would be read, and nobody would notice.
    """
    chosen = [stream for stream in tap.streams.values() if stream.selected]
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

"""What a state remembers so that the next run makes fewer calls.

Beside its bookmark a stream keeps the day on which its list was read whole (`read_on`, in the account's zone),
a digest of the fields and settings it was read with (`read_as`), the highest id in the list or in mailings that
name its rows (`highest`), and the day on which an API had no such endpoint (`absent_on`, `absent_at`). What
belongs to no single stream is kept under the key `run`, beside `bookmarks`; see `RunMemory`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from tap_copernica.output.state import BookmarkedStream

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

RUN = "run"
# Settings that change what a target gets of the same rows.
_SHAPING = (
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_separator",
    "flattening_max_key_length",
    "stream_maps",
    "personal_data",
    "personal_data_overrides",
    "plain_fields",
)


class RememberingStream(BookmarkedStream):
    """A stream whose state says what need not be asked for again today."""

    def read_on(self, day: str) -> bool:
        """Tell whether the list was read on this day, with the same fields and settings as now."""
        return bool(self.progress("read_on") == day and self.progress("read_as") == self.shape())

    def absent_on(self, day: str, where: str) -> bool:
        """Tell whether an API, `where`, said on this day that it has no such endpoint."""
        return (self.progress("absent_on"), self.progress("absent_at")) == (day, where)

    def remember(self, **kept: Any) -> None:
        """Write STATE with more to keep, for incremental and FULL_TABLE streams alike."""
        if self.is_incremental:
            self.write_state(**kept)
        else:
            self.write_progress(**kept)

    def shape(self) -> str:
        """Give a digest of all that decides what a target gets of a row: fields, types, selection, maps."""
        properties = self.schema["properties"]
        selected = {name: properties[name] for name in properties if self.mask[("properties", name)]}
        unselected = sorted("/".join(path) for path, chosen in self.mask.items() if not chosen)
        shaping = {name: self.config.get(name) for name in _SHAPING}
        told = [selected, self.primary_keys, unselected, shaping]
        text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS, default=str)
        return hashlib.sha256(text).hexdigest()[:12]


class RunMemory:
    """What the state keeps that belongs to no single stream.

    Attributes:
        is_written: whether a STATE with all of it was written.
    """

    def __init__(self, state: MutableMapping[str, Any]) -> None:
        """Take the tap's state."""
        self._state = state
        self.is_written = True

    @property
    def kept(self) -> Mapping[str, Any]:
        """What is kept, empty where there is nothing yet."""
        found = self._state.get(RUN)
        return found if isinstance(found, dict) else {}

    def keep(self, **values: Any) -> None:
        """Keep more; it is in every STATE from now on. None is kept for what is not needed any more."""
        now = {**self.kept, **values}
        if now != self.kept:
            self._state[RUN], self.is_written = now, False

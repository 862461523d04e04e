"""What a state remembers that belongs to no single stream: under the key `run`, beside `bookmarks`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

RUN = "run"


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

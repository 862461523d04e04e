"""Records in the form in which they leave: encoded where they are read, while they are still at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.records.rows import Record


class Form(Protocol):
    """A way to write records; safe to use from several threads."""

    def encode(self, records: Sequence[Record]) -> bytes:
        """Write records that are as they shall leave."""

    def records(self, data: bytes) -> Sequence[Record]:
        """Read records back; times are RFC 3339 texts."""

    def only(self, data: bytes, places: Sequence[int]) -> bytes:
        """Give the records at these places, in their order."""


class Chunk(NamedTuple):
    """Records, ready to be written; `size` says how many."""

    data: bytes
    size: int
    form: Form

    def records(self) -> Sequence[Record]:
        """Read the records back."""
        return self.form.records(self.data)

    def only(self, places: Sequence[int]) -> Chunk:
        """Give a chunk of the records at these places."""
        if len(places) == self.size:
            return self
        return Chunk(self.form.only(self.data, places), len(places), self.form)

"""Chunks: the records of a page, plain or already encoded as they will be written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import orjson
from typing_extensions import override

if TYPE_CHECKING:
    from tap_copernica.records.rows import Record


class Form(Protocol):
    """A format that records are written in, such as JSON lines; safe to use from several threads."""

    def encode(self, records: Sequence[Record]) -> bytes:
        """Encode records that nothing changes any more."""

    def records(self, data: bytes) -> Sequence[Record]:
        """Read records back; times are RFC 3339 texts."""

    def only(self, data: bytes, places: Sequence[int]) -> bytes:
        """Give the records at these places, in their order."""


class Chunk(ABC):
    """Records of one stream, in their order."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many records it has."""

    @abstractmethod
    def records(self) -> Sequence[Record]:
        """Give the records; times are RFC 3339 texts."""

    @abstractmethod
    def only(self, places: Sequence[int]) -> Chunk:
        """Give a chunk of the records at these places."""

    @abstractmethod
    def encoded(self, encode: Callable[[Sequence[Record]], EncodedChunk]) -> EncodedChunk:
        """Give the records as an encoded chunk; `encode` encodes them if they are plain."""

    @abstractmethod
    def packed(self) -> tuple[bytes, Callable[[bytes], Chunk]]:
        """Give bytes to keep in a file, and a function that makes the chunk of them again."""


Encode = Callable[["Sequence[Record]"], Chunk]
"""Makes a chunk of records as soon as they are read."""


@dataclass(frozen=True, slots=True)
class PlainChunk(Chunk):
    """Records as they are: something must still look at them or change them."""

    rows: Sequence[Record]

    @property
    @override
    def size(self) -> int:
        return len(self.rows)

    @override
    def records(self) -> Sequence[Record]:
        return self.rows

    @override
    def only(self, places: Sequence[int]) -> PlainChunk:
        return PlainChunk([self.rows[place] for place in places])

    @override
    def encoded(self, encode: Callable[[Sequence[Record]], EncodedChunk]) -> EncodedChunk:
        return encode(self.rows)

    @override
    def packed(self) -> tuple[bytes, Callable[[bytes], Chunk]]:
        return orjson.dumps(list(self.rows)), _unpacked


@dataclass(frozen=True, slots=True)
class EncodedChunk(Chunk):
    """Records as bytes that only need to be written."""

    data: bytes
    count: int
    form: Form

    @property
    @override
    def size(self) -> int:
        return self.count

    @override
    def records(self) -> Sequence[Record]:
        return self.form.records(self.data)

    @override
    def only(self, places: Sequence[int]) -> EncodedChunk:
        if len(places) == self.count:
            return self
        return EncodedChunk(self.form.only(self.data, places), len(places), self.form)

    @override
    def encoded(self, encode: Callable[[Sequence[Record]], EncodedChunk]) -> EncodedChunk:
        return self

    @override
    def packed(self) -> tuple[bytes, Callable[[bytes], Chunk]]:
        return self.data, partial(EncodedChunk, count=self.count, form=self.form)


def new_places(
    records: Sequence[Record],
    places: Iterable[int],
    key: Callable[[Record], object],
    seen: set[object],
) -> list[int]:
    """Choose which copy of a row is kept, if the API repeats rows where one page ends and the next begins.

    It is the one of the first page that has it; of several on one page the last. A copy on a later page was
    read some seconds later and may be newer. But a row is only promised as it was at some time since its
    reading began, and a change after that is for the next run, so the first page can be written at once.

    Args:
        records: the records of a page.
        places: those to choose from.
        key: gives a record's key.
        seen: the keys of earlier pages; those of this page are added.

    Returns:
        The places of the records to keep.
    """
    last = {key(records[place]): place for place in places}
    new = [place for one, place in last.items() if one not in seen]
    seen.update(last)
    return new


def _unpacked(data: bytes) -> PlainChunk:
    return PlainChunk(orjson.loads(data))

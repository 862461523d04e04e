"""Which fields the rows in the warehouse have. A new field is null in rows that were read before it.

The state keeps eight hexadecimal digits for each field. They show that a field is new or has another type,
in a text that stays short even with hundreds of fields. After a `;` follow sixteen digits for each field of
the account whose id is known: the same eight, and eight of its id. They show that a name belongs to another
field now: of two fields that swapped their names, the rows before hold each other's values.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_copernica.records.fields import Schema

_DIGITS = 8
_IDS_FOLLOW = ";"


class KnownFields:
    """The fields of a schema that are selected.

    Attributes:
        text: what the state keeps of them.
    """

    def __init__(
        self, own: Iterable[str], custom: Mapping[str, Schema], ids: Mapping[str, int]
    ) -> None:
        """Take the names of the tap's own fields, the schemas of the account's, and ids of these by name."""
        self._names = {_digest(name): name for name in own}
        self._ids: dict[str, str] = {}
        for name, schema in custom.items():
            kind = [*schema.get("type", ()), schema.get("format", "")]
            digest = _digest("fields", name, *kind)
            self._names[digest] = name
            if name in ids:
                self._ids[digest] = _digest(f"{ids[name]}")
        self.text = _text(self._names, self._ids)

    def new_since(self, text: object) -> list[str]:
        """Name the fields that are new, of another type or of another id, since the state kept `text`.

        An id counts where it is known now and was known then. Without such a text, as in states of earlier
        versions, no field counts as new.
        """
        if not isinstance(text, str):
            return []
        known, ids = _parsed(text)
        return [
            name
            for digest, name in self._names.items()
            if digest not in known
            or (digest in self._ids and ids.get(digest, self._ids[digest]) != self._ids[digest])
        ]

    def still(self, text: object) -> str:
        """Give the text to keep after a pass: the fields that `text` had already, and that are still there.

        The ids of `text` stay, and those that it lacked are added. Without such a text, as in states of
        earlier versions, all fields are kept.
        """
        if not isinstance(text, str):
            return self.text
        known, ids = _parsed(text)
        return _text(known & self._names.keys(), {**self._ids, **ids})


def _text(digests: Iterable[str], ids: Mapping[str, str]) -> str:
    kept = sorted(digests)
    with_ids = "".join(digest + ids[digest] for digest in kept if digest in ids)
    return "".join(kept) + (_IDS_FOLLOW + with_ids if with_ids else "")


def _parsed(text: str) -> tuple[set[str], dict[str, str]]:
    """Read the digits of fields, and the digits of their ids by those."""
    fields, _, ids = text.partition(_IDS_FOLLOW)
    pairs = _parts(ids, 2 * _DIGITS)
    return set(_parts(fields, _DIGITS)), {pair[:_DIGITS]: pair[_DIGITS:] for pair in pairs}


def _parts(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]

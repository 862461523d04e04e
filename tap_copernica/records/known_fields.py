"""Which fields the rows in the warehouse have: a field that is new is null in rows read before it.

The state keeps eight hexadecimal digits for each field: enough to see that one is new, or has another
type, in a text that stays short where there are hundreds.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_copernica.records.fields import Schema

_DIGITS = 8


class KnownFields:
    """The fields of a schema that are selected.

    Attributes:
        text: what the state keeps of them.
    """

    def __init__(self, own: Iterable[str], custom: Mapping[str, Schema]) -> None:
        """Take the names of the tap's own fields, and the schemas of the account's."""
        digests = {_digest(name): name for name in own}
        for name, schema in custom.items():
            kind = [*schema.get("type", ()), schema.get("format", "")]
            digests[_digest("fields", name, *kind)] = name
        self._names = digests
        self.text = "".join(sorted(digests))

    def new_since(self, text: object) -> list[str]:
        """Name the fields that are new, or of another type, since the state kept a text.

        A state that has none, of an earlier version, makes nothing new.
        """
        if not isinstance(text, str):
            return []
        known = set(_parts(text))
        return [name for digest, name in self._names.items() if digest not in known]

    def still(self, text: object) -> str:
        """Give what to keep after a pass that was not complete: fields that were there before it too."""
        if not isinstance(text, str):
            return self.text
        return "".join(part for part in _parts(text) if part in self._names)


def _parts(text: str) -> list[str]:
    return [text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]

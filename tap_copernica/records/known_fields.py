"""Which fields the rows in the warehouse have. A new field is null in rows that were read before it.

The state keeps eight hexadecimal digits for each field. They show that a field is new or has another type,
in a text that stays short even with hundreds of fields.
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
        """Name the fields that are new, or of another type, since the state kept `text`.

        Without such a text, as in states of earlier versions, no field counts as new.
        """
        if not isinstance(text, str):
            return []
        known = set(_parts(text))
        return [name for digest, name in self._names.items() if digest not in known]

    def still(self, text: object) -> str:
        """Give the text to keep after a pass: the fields that `text` had already, and that are still there.

        Without such a text, as in states of earlier versions, all fields are kept.
        """
        if not isinstance(text, str):
            return self.text
        return "".join(part for part in _parts(text) if part in self._names)


def _parts(text: str) -> list[str]:
    return [text[at : at + _DIGITS] for at in range(0, len(text), _DIGITS)]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_DIGITS]

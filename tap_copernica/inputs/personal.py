"""The settings on personal data: what they are, and how they are read."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from singer_sdk import typing as th

from tap_copernica.redaction import add_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.inputs.reader import Reader

WAYS = ("keep", "hash", "drop")
SHORTEST_KEY = 16
"""A key of hashes with fewer characters is warned of."""

PROPERTIES = (
    th.Property(
        "personal_data",
        th.StringType,
        default="keep",
        allowed_values=list(WAYS),
        title="Personal data",
        description=(
            "What happens to columns that can identify a person: keep, hash (HMAC-SHA256 with `hash_key`; "
            "free texts are dropped) or drop. docs/privacy.md lists them."
        ),
    ),
    th.Property(
        "hash_key",
        th.StringType,
        secret=True,
        title="Hash key",
        description=(
            "Key of the hashes, at least 16 characters; required with `personal_data: hash`. Another key, "
            "other hashes."
        ),
    ),
    th.Property(
        "personal_data_overrides",
        th.ObjectType(additional_properties=th.StringType),
        title="Personal data overrides",
        description=(
            "Exceptions by column, `stream.field` or pattern: "
            '{"clicks.ip": "drop", "profiles_*.Email": "hash"}.'
        ),
    ),
    th.Property(
        "plain_fields",
        th.ArrayType(th.StringType),
        title="Plain fields",
        description=(
            "Text fields of the account that identify nobody, by `field` or `database.field`, or pattern: "
            "[Language, Customers.Segment]. All others count as personal."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class PersonalSettings:
    """What is to happen to personal data.

    Attributes:
        way: keep, hash or drop.
        key: of the hashes.
        overrides: a way by the name or pattern of a column, `stream.field`.
        plain_fields: names and patterns of the account's fields that identify nobody.
    """

    way: str = "keep"
    key: str | None = field(default=None, repr=False)
    overrides: Mapping[str, str] = field(default_factory=dict)
    plain_fields: tuple[str, ...] = ()

    @property
    def has_short_key(self) -> bool:
        """Whether values are hashed with a key so short that it can be found by trying keys."""
        is_hashed = "hash" in {self.way, *self.overrides.values()}
        return is_hashed and len((self.key or "").strip()) < SHORTEST_KEY

    @property
    def text(self) -> str | None:
        """What a state keeps of these settings, to compare later ones with; None if all data stays as it is.

        The key is not in it, only four digits of a hash, which are enough to notice another key.
        """
        if self.way == "keep" and not self.overrides:
            return None
        mark = hmac.new((self.key or "").encode(), b"hash_key", hashlib.sha256).hexdigest()[:4]
        kept = {
            "personal_data": self.way,
            "personal_data_overrides": dict(self.overrides),
            "plain_fields": list(self.plain_fields),
            "hash_key": mark if self.key else None,
        }
        return json.dumps({name: value for name, value in kept.items() if value})


def of_text(text: object) -> tuple[PersonalSettings, str | None]:
    """Read what `text` gave from a state: the settings, without the key, and the four digits of its hash."""
    try:
        kept = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        kept = {}
    kept = kept if isinstance(kept, dict) else {}
    way, overrides = kept.get("personal_data"), kept.get("personal_data_overrides")
    plain = kept.get("plain_fields")
    found = PersonalSettings(
        way if way in WAYS else "keep",
        None,
        {
            name: one
            for name, one in (overrides if isinstance(overrides, dict) else {}).items()
            if one in WAYS
        },
        tuple(map(str, plain)) if isinstance(plain, list) else (),
    )
    return found, kept.get("hash_key")


def read(reader: Reader, plain_fields: tuple[str, ...]) -> PersonalSettings:
    """Read the settings on personal data; `plain_fields` is given, already read."""
    way = reader.choice("personal_data")
    key = reader.config.get("hash_key")
    if isinstance(key, str) and key:
        add_secret(key)
    given = reader.config.get("personal_data_overrides") or {}
    if not isinstance(given, dict) or not all(
        isinstance(one, str) and one in WAYS for one in given.values()
    ):
        reader.problem(
            "personal_data_overrides",
            f"does not give one of {', '.join(WAYS)} for each column; give an object like "
            '{"clicks.ip": "drop"}.',
        )
        given = {}
    if "hash" in {way, *given.values()} and not (isinstance(key, str) and key.strip()):
        reader.problem(
            "hash_key",
            "is missing; give a long random text, and keep it: with another key hashes do not join.",
        )
    return PersonalSettings(
        way, key if isinstance(key, str) else None, dict(given), tuple(plain_fields)
    )

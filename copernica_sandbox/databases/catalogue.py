"""The GETs about databases: path, versions and fields, as the documentation gives them.

The texts of v2, v3 and v4 are the same for this group. `intentions` is in the text but in no
example, so it is a switch. Types of fields are those of `endpoint.Field`; ``removed`` is false or,
as observed on v2, the time of the removal.
"""

from __future__ import annotations

from dataclasses import dataclass

from copernica_sandbox.endpoint import Field
from copernica_sandbox.endpoint import fields as listed


@dataclass(frozen=True, slots=True)
class Record:
    """A kind of record and the paths that return it, braces where an id stands."""

    name: str
    paths: tuple[str, ...]
    fields: tuple[Field, ...]
    dataonly: tuple[str, ...] = ()  # what dataonly=true leaves

    def cut(self, *, dataonly: bool) -> tuple[Field, ...]:
        """Return the fields to write, in the documented order."""
        return tuple(f for f in self.fields if not dataonly or f.name in self.dataonly)


def _record(name: str, paths: str, fields: str, dataonly: str = "") -> Record:
    return Record(name, tuple(paths.split()), listed(fields), tuple(dataonly.split()))


_VIEW = (
    "ID:id name:text description:text parent-type:text parent-id:id has-children:flag"
    " has-referred:flag has-rules:flag database:id last-built:time"
)
DATABASE = _record(
    "database", "databases database/{}",
    "ID:id name:text description:text archived:flag created:time fields:list interests:list"
    " collections:list intentions:object",
)  # fmt: skip
FIELD = _record(
    "field", "database/{}/fields collection/{}/fields",
    "ID:id name:text type:text value:text displayed:flag ordered:flag length:digits"
    " textlines:digits hidden:flag index:flag",
)  # fmt: skip
INTEREST = _record("interest", "database/{}/interests", "ID:id name:text group:text")
COLLECTION = _record(
    "collection", "database/{}/collections collection/{}",
    "ID:id name:text database:id fields:list intentions:object",
)  # fmt: skip
VIEW = _record("view", "database/{}/views view/{}", f"{_VIEW} intentions:object")
CHILD_VIEW = _record("child view", "view/{}/views miniview/{}/views", _VIEW)
MINIVIEW = _record(
    "miniview", "collection/{}/miniviews miniview/{}",
    "ID:id name:text description:text parent-type:text parent-id:id collection:id last-built:time"
    " intentions:object",
)  # fmt: skip
UNSUBSCRIBE = _record(
    "unsubscribe",
    "database/{}/unsubscribe collection/{}/unsubscribe",
    "behavior:text fields:object",
)
PROFILE = _record(
    "profile", "database/{}/profiles view/{}/profiles profile/{}",
    "ID:id fields:object interests:list database:id secret:text created:time modified:time"
    " removed:removed",
    "ID fields interests modified",
)  # fmt: skip
SUBPROFILE = _record(
    "subprofile",
    "collection/{}/subprofiles miniview/{}/subprofiles profile/{}/subprofiles/{} subprofile/{}",
    "ID:id secret:text fields:object profile:id collection:id created:time modified:time"
    " removed:removed",
    "ID fields profile collection modified",
)  # fmt: skip
_RULE = "ID:id name:text view:id conditions:list inversed:flag disabled:flag"
RULE = _record("rule", "view/{}/rules view/{}/rule/{} rule/{}", _RULE)
MINIRULE = _record(
    "minirule",
    "miniview/{}/rules miniview/{}/minirules miniview/{}/minirule/{} minirule/{}",
    _RULE.replace("name:text", "name:text description:text"),
)
FILE = _record(
    "file",
    "profile/{}/files",
    "ID:id name:text directory:text author:text created:time modified:time size:number",
)
RECORDS = (
    DATABASE,
    FIELD,
    INTEREST,
    COLLECTION,
    VIEW,
    CHILD_VIEW,
    MINIVIEW,
    UNSUBSCRIBE,
    PROFILE,
    SUBPROFILE,
    RULE,
    MINIRULE,
    FILE,
)

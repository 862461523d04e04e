"""Every path that is served: by which methods, in which versions, and how sure it is that it exists.

The documentation's table and `/sandbox/paths` follow from this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copernica_sandbox import bodies
from copernica_sandbox.catalogue import ENDPOINTS
from copernica_sandbox.databases import writes
from copernica_sandbox.databases.catalogue import RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL = (2, 3, 4)
NEW_NAMES = {"ms": "draganddrop", "publisher": "html"}
_IDS = "database/*/profileids collection/*/subprofileids view/*/profileids miniview/*/subprofileids"
_REST = "profile/*/fields profile/*/interests subprofile/*/fields logfiles"
_LOGS = "logfile/*/json logfile/*/csv logfile/*/xml"
# Seen in the recordings and the code of clients that were used with the real API.
_OBSERVED = {
    "GET": {
        "databases", "database/*", "database/*/profiles", "database/*/profileids",
        "database/*/unsubscribe", "collection/*/subprofiles", "collection/*/subprofileids",
        "profile/*", "profile/*/fields", "subprofile/*", "subprofile/*/fields", "identity",
        "ms/emailings", "ms/emailing/*/statistics", "publisher/emailings",
        "publisher/emailing/*/deliveries", "publisher/emailing/*/impressions",
        "publisher/emailing/*/clicks", "publisher/emailing/*/errors",
        "publisher/emailing/*/unsubscribes", "publisher/emailing/*/abuses",
        "publisher/emailing/*/destinations",
    },
    "POST": {
        "database/*", "database/*/profiles", "collection/*", "profile/*",
        "profile/*/subprofiles/*", "subprofile/*", "database/*/field/*", "collection/*/field/*",
        "database/*/intentions", "database/*/unsubscribe", "collection/*/intentions",
        "collection/*/unsubscribe", "profile/*/fields", "subprofile/*/fields",
    },
    "PUT": {
        "database/*/profiles", "profile/*", "profile/*/fields", "profile/*/subprofiles/*",
        "subprofile/*", "subprofile/*/fields",
    },
    "DELETE": {"profile/*", "subprofile/*"},
}  # fmt: skip
# Named by an overview, or by the words that two things are one, but by no page of their own.
_INFERRED = {
    "GET": {"miniview/*/minirules"},
    "POST": {"interest/*"},
}
_ALIAS = "ms/message/*"
_DOCUMENTED_ALIAS = f"{_ALIAS}/body"


@dataclass(frozen=True, slots=True)
class Served:
    """One path, ``*`` standing for an id, in the names of v2 and v3.

    Attributes:
        path: without the version.
        methods: each with how sure it is: observed, documented or inferred.
        versions: those of GET, or of all methods where there is no GET.
    """

    path: str
    methods: tuple[tuple[str, str], ...]
    versions: tuple[int, ...]

    @property
    def new_path(self) -> str:
        """Return the path in the names that v4 prefers."""
        return "/".join(NEW_NAMES.get(part, part) for part in self.path.split("/"))


def served() -> list[Served]:
    """Return all paths, sorted."""
    versions: dict[str, tuple[int, ...]] = {}
    for path, of in _reading():
        versions[path] = tuple(sorted({*versions.get(path, ()), *of}))
    methods = {path: ["GET"] for path in versions}
    for method, paths in writes.PATHS.items():
        for path in paths:
            methods.setdefault(path, []).append(method)
    return [
        Served(path, tuple((one, sureness(one, path)) for one in found), versions.get(path, ALL))
        for path, found in sorted(methods.items())
    ]


def sureness(method: str, path: str) -> str:
    """Say how sure it is that a path exists: observed, documented or inferred."""
    if path in _OBSERVED.get(method, ()):
        return "observed"
    alias = path.startswith(_ALIAS) and not path.startswith(_DOCUMENTED_ALIAS)
    return "inferred" if alias or path in _INFERRED.get(method, ()) else "documented"


def _reading() -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the paths of GET with their versions."""
    for endpoint in ENDPOINTS:
        yield endpoint.path, endpoint.versions
    for record in RECORDS:
        for path in record.paths:
            yield path.replace("{}", "*"), ALL
    for path in f"{_IDS} {_REST} {_LOGS}".split():
        yield path, ALL
    yield from bodies.PATHS

"""Paths with ids that the account has, so that whoever tries a path need not look for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import groups, logs
from copernica_sandbox.databases.files import files_of
from copernica_sandbox.databases.rules import rule_of
from copernica_sandbox.records import FIRST_MAILING
from copernica_sandbox.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox.core import Core

_ONE = {
    "couponcampaign", "datarequest", "import", "senderdomain", "smsmailing", "template",
    "document", "webhook",
}  # fmt: skip
_SCHEDULE = 81  # the first there is


def examples(core: Core) -> Iterator[dict[str, Any]]:
    """Yield every path that is served, with an example of it; none where the account lacks an id."""
    ids = Ids(core)
    for one in served():
        yield {
            "path": one.path,
            "path_v4": one.new_path,
            "methods": dict(one.methods),
            "versions": [f"v{version}" for version in one.versions],
            "example": ids.filled(one.path),
        }


class Ids:
    """Finds ids for the places in a path."""

    def __init__(self, core: Core) -> None:
        """Take the account."""
        self._core = core

    def filled(self, path: str) -> str | None:
        """Return a path with ids in it; None where there is nothing of a kind."""
        parts: list[str] = []
        for part in path.split("/"):
            found = self._of(parts, path) if part == "*" else part
            if found is None:
                return None
            parts.append(found)
        return "/".join(parts)

    def _of(self, before: list[str], path: str) -> str | None:
        """Return the id that follows these parts of a path."""
        kind = before[-1]
        if kind in _ONE:
            return "1"
        if kind in {"body", "content"}:
            return "html"
        if before[0] in {"ms", "publisher"}:
            return self._of_mailing(before[0], kind, split="group" in path)
        if kind == "logfile":
            return f"{logs.TYPES[0]}.{logs.days(self._core)[-1]}.log"
        return self._of_database(kind)

    def _of_mailing(self, family: str, kind: str, *, split: bool) -> str | None:
        mailings = self._core.account.families[family]
        sent = mailings.sent(-(1 << 40), self._core.now() + 1)
        wanted = split or kind == "testgroup"
        tested = [n for n in sent if not wanted or groups.tested(mailings.mailings[n])]
        if kind == "scheduledemailing":
            return str(_SCHEDULE)
        if not tested:
            return None
        if kind == "testgroup":
            return str(groups.identity(tested[0], 0))
        if kind == "emailing":
            return str(tested[0] + FIRST_MAILING[family])
        return "1"  # a destination, by its number

    def _of_database(self, kind: str) -> str | None:
        databases = self._core.databases
        bases, parts = databases.databases, databases.collections
        views = [view for base in bases for view in base.views]
        minis = [view for part in parts for view in part.miniviews]
        rows = {
            "profile": [
                number for table in databases.profiles.values() for number in table.first_ids()
            ],
            "subprofile": [
                n for table in databases.subprofiles.values() for n in table.first_ids()
            ],
        }
        found: dict[str, list[Any]] = {
            "database": [base.number for base in bases],
            "collection": [part.number for part in parts],
            "subprofiles": [part.number for part in parts],
            "field": [field.place for base in bases for field in base.fields],
            "interest": [one.number for base in bases for one in base.interests],
            "view": [view.number for view in views],
            "miniview": [view.number for view in minis],
            "rule": [rule_of(view, bases[0], str)["ID"] for view in views[:1]],
            "minirule": [rule_of(view, parts[0], str)["ID"] for view in minis[:1]],
            **rows,
        }
        if kind == "file" and rows["profile"]:
            profile = databases.profile(rows["profile"][0])
            files = files_of(profile[1], self._core.clock) if profile else []
            found["file"] = [file["ID"] for file in files]
        return str(found[kind][0]) if found.get(kind) else None

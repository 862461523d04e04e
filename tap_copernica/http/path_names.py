"""Names of paths: some have another name in v4 than in v2 and v3."""

from __future__ import annotations

import re


class PathNames:
    """The two families of path names, the old and the new one, and which of them this API knows.

    v2, v3 and the older docs of v4 say `/ms/…` and `/publisher/…`; today's docs of v4 say `/draganddrop/…`
    and `/html/…`. Whether v4 still knows the old names is unknown. The family that is answered first is used
    for the rest of the run.
    """

    OLD, NEW = "old", "new"
    _RENAMED = (("/ms/", "/draganddrop/"), ("/publisher/", "/html/"))

    def __init__(self, api_version: str) -> None:
        """Begin with the documented names of the version."""
        self._answered: set[str] = set()
        self._families = [self.NEW, self.OLD] if api_version == "v4" else [self.OLD]

    def to_try(self, path: str) -> list[str]:
        """Give the families to try for a path, the likelier first."""
        renamed = any(path.startswith(old) for old, _ in self._RENAMED)
        return self._families if renamed else self._families[:1]

    @property
    def have_answered(self) -> bool:
        """Whether the API answered any path in this run."""
        return bool(self._answered)

    def has_answered(self, path: str) -> bool:
        """Tell whether the API answered this path in this run, also with other ids in it."""
        return _endpoint(path) in self._answered

    def answered(self, path: str, family: str) -> None:
        """Note that the API answered a path under a family's name."""
        self._answered.add(_endpoint(path))
        if family != self._families[0]:
            self._families = self._families[::-1]

    def spelled(self, path: str, family: str | None = None) -> str:
        """Give a path of v2 and v3 under the name that a family has for it; without one, the likelier."""
        if (family or self._families[0]) == self.NEW:
            for old, new in self._RENAMED:
                if path.startswith(old):
                    return new + path.removeprefix(old)
        return path


def _endpoint(path: str) -> str:
    """Give a path without the ids and names of files in it."""
    return "/".join("*" if re.search(r"\d", part) else part for part in path.split("/"))

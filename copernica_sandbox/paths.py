"""Finding what a path stands for, whatever ids are in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copernica_sandbox.endpoint import Endpoint


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    endpoint: Endpoint | None = None


class Paths:
    """The paths of endpoints, in which ``*`` stands for an id."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Take the endpoints; one path may be that of several, of which the first counts."""
        self._root = _Node()
        for endpoint in endpoints:
            node = self._root
            for part in endpoint.path.split("/"):
                node = node.children.setdefault(part, _Node())
            node.endpoint = node.endpoint or endpoint

    def find(self, parts: list[str]) -> tuple[Endpoint, list[str]] | None:
        """Return the endpoint of a path and the ids in it.

        Surplus parts after a list are ignored, after an object they are an error (observed on v2).
        """
        node, ids = self._root, []
        found: tuple[Endpoint, list[str]] | None = None
        for depth, part in enumerate(parts, 1):
            following = node.children.get(part)
            if following is None:
                following = node.children.get("*")
                ids.append(part)
            if following is None:
                return found
            node = following
            if node.endpoint is not None and (depth == len(parts) or not node.endpoint.single):
                found = node.endpoint, list(ids)
        return found

"""Failures to inject: which call fails, and how.

What a failure looks like on the wire is `wire.py`'s business.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "404": "HTML under 404",
    "502": "HTML under 502",
    "503": "`Loadbalancer Error` HTML under 503",
    "504": "`Loadbalancer Error` HTML under 504",
    "429": "429, with option retry_after (seconds or a date) as Retry-After",
    "500": "JSON error under 500",
    "400": "an application error, with option message",
    "empty": "the connection is closed without a byte",
    "reset": "the connection is reset",
    "truncated": "200 whose body ends before Content-Length",
    "chunk_cut": "200 whose chunked body breaks off, after option bytes where given",
    "invalid_json": "200 with JSON that is cut and closed properly",
    "html": "200 with an HTML page",
    "hang": "no answer for option seconds (default 30), then the connection is closed",
    "drip": "the right answer, byte by byte over option seconds (default 5)",
    "redirect_same": "302 to the same URL on this host",
    "redirect_other": "302 to the same URL on option host (default localhost), token included",
}


@dataclass(slots=True)
class Fault:
    """One rule: the calls it concerns and the failure they get.

    Calls are counted from 1 at the moment the rule is set, those of ``path`` (a part of the path)
    only. Without ``calls`` and ``probability`` every such call fails. ``times`` limits how many
    fail.
    """

    kind: str
    calls: frozenset[int] | None = None
    probability: float | None = None
    seed: int = 0
    path: str = ""
    times: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    injected: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        """Refuse an unknown kind and seed the dice."""
        if self.kind not in KINDS:
            msg = f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}"
            raise ValueError(msg)
        self._random.seed(self.seed)

    def strikes(self, path: str) -> bool:
        """Count a call and tell whether it fails."""
        if self.path not in path or (self.times is not None and self.injected >= self.times):
            return False
        self.seen += 1
        struck = self.calls is None or self.seen in self.calls
        if self.probability is not None:
            struck = struck and self._random.random() < self.probability
        self.injected += struck
        return struck


class Faults:
    """The rules in force, in the order in which they were set."""

    def __init__(self) -> None:
        """Begin without any."""
        self._rules: list[Fault] = []
        self._lock = threading.Lock()
        self.injected = 0

    def add(self, fault: Fault) -> None:
        """Set a rule."""
        with self._lock:
            self._rules.append(fault)

    def clear(self) -> None:
        """Drop all rules."""
        with self._lock:
            self._rules.clear()

    def pick(self, path: str) -> Fault | None:
        """Return the first rule that strikes this call; every rule counts it."""
        with self._lock:
            struck = [rule for rule in self._rules if rule.strikes(path)]
            self.injected += bool(struck)
            return struck[0] if struck else None

"""Limits of time that do not fail where other programs take the machine."""

from __future__ import annotations

import os


def limit(seconds: float) -> float:
    """Give a limit in seconds: on an idle machine that one, on a busy one as much more as it is busy."""
    waiting, *_ = os.getloadavg()
    return seconds * max(1.0, waiting / (os.cpu_count() or 1))

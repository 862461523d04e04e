"""The command `copernica-sandbox`."""

from __future__ import annotations

import importlib.util
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_NEEDED = ("orjson", "starlette", "uvicorn")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a simulated account until SIGINT or SIGTERM; returns the exit status."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        sys.stderr.write(
            "copernica-sandbox needs the extra `sandbox`: in a clone, pip install '.[sandbox]'\n"
        )
        return 1
    from copernica_sandbox.command import run  # noqa: PLC0415  (it imports the extra)

    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return run(arguments, stopped)


if __name__ == "__main__":
    sys.exit(main())

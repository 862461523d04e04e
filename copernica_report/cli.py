"""The command `copernica-report`."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEEDED = ("altair", "duckdb", "jinja2", "vl_convert")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report that the command line asks for; returns the exit status."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        sys.stderr.write(
            "copernica-report needs the extra `report`: in a clone, pip install '.[report]'\n"
        )
        return 1
    from copernica_report.command import run  # noqa: PLC0415  (it imports the extra)

    return run(arguments)

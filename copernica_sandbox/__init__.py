"""A simulated Copernica REST API on localhost.

A made-up account to test and measure extractors against.

`Sandbox` serves it from Python, the command `copernica-sandbox` from a shell. It imports nothing of
the tap, so that a mistake is never on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from copernica_sandbox.box import Sandbox

__all__ = ["Sandbox"]


def __getattr__(name: str) -> Any:
    """Import `Sandbox` when it is first used.

    The command must work without the extra, to say what is missing.
    """
    if name == "Sandbox":
        from copernica_sandbox.box import Sandbox  # noqa: PLC0415

        return Sandbox
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)

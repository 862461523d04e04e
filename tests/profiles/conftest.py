from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from copernica_sandbox.switches import Switches
from tap_copernica import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {
    "seed": 7,
    "databases": 3,
    "hard_names": True,
    "profiles": 230,
    "clicks_per_day": 0,
}


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox(**ACCOUNT, now=NOW) as box:
        yield box


@pytest.fixture
def box(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return an account with a plain, a nasty and an empty database, as it was made.

    This machine's clock stands still as the account's does: however long a run takes, it is then.
    """
    monkeypatch.setattr(clock, "now", lambda: running.now)
    running.restore()
    running.reset_calls()
    running.clear_faults()
    running.now = NOW
    default = Switches()
    running.switch(**{name: getattr(default, name) for name in Switches.__slots__})
    return running

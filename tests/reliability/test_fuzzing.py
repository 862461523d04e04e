"""Fuzzing: a bounded, fixed part in every test run; `make soak` for as long as asked.

`SOAK_SECONDS=1200 pytest tests/reliability/test_fuzzing.py -s` goes on with new seeds until then.
"""

from __future__ import annotations

import os
import sys
import time

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.reliability.machine import LivingAccount
from tests.reliability.world import TALLY

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
BOUNDED = hypothesis.settings(
    max_examples=40,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    # A failure is reported as it was found: making it smaller takes minutes (SHRINK=1 does).
    phases=[hypothesis.Phase.generate] + [hypothesis.Phase.shrink] * bool(os.environ.get("SHRINK")),
    suppress_health_check=list(hypothesis.HealthCheck),
)


def test_no_row_is_lost_whatever_happens_to_the_account_the_api_and_the_tap() -> None:
    run_state_machine_as_test(LivingAccount, settings=BOUNDED)
    assert not TALLY.lost
    assert not TALLY.secrets


@pytest.mark.skipif(not SOAK_SECONDS, reason="make soak")
def test_soak() -> None:
    first = seed = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
    until = time.monotonic() + SOAK_SECONDS
    settings = hypothesis.settings(BOUNDED, derandomize=False, max_examples=20)
    try:
        while time.monotonic() < until:
            seeded = hypothesis.seed(seed)(type("LivingAccount", (LivingAccount,), {}))
            run_state_machine_as_test(seeded, settings=settings)
            seed += 1
    finally:
        sys.stderr.write(f"\nsoak, seeds {first} to {seed}: {TALLY}\n")
    assert not TALLY.lost
    assert not TALLY.secrets

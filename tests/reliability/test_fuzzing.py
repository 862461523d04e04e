"""Fuzzing of every family: a bounded, fixed part in every test run; `make soak` for as long as asked.

`SOAK_SECONDS=1200 pytest tests/reliability/test_fuzzing.py -k soak` goes on with new seeds until then.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from copernica_sandbox.switches import Switches
from tests.reliability.families import FAMILIES, FUZZED, NOT_FUZZED
from tests.support.tally import TALLIES

if TYPE_CHECKING:
    from tests.reliability.machine import LivingAccount

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
BOUNDED = hypothesis.settings(
    max_examples=3 if SOAK_SECONDS else 2,
    stateful_step_count=25,
    derandomize=True,
    deadline=None,
    database=None,
    # A failure is reported as it was found: making it smaller takes minutes (SHRINK=1 does).
    phases=[hypothesis.Phase.generate] + [hypothesis.Phase.shrink] * bool(os.environ.get("SHRINK")),
    suppress_health_check=list(hypothesis.HealthCheck),
)

SEEDED = hypothesis.settings(BOUNDED, derandomize=False)


def seeded(family: type[LivingAccount], seed: int) -> type[LivingAccount]:
    """Give a family whose examples follow from a seed."""
    return hypothesis.seed(seed)(type(family.__name__, (family,), {}))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.kind.family)
def test_no_row_is_lost_whatever_happens_to_the_account_the_api_and_the_tap(
    family: type[LivingAccount],
) -> None:
    run_state_machine_as_test(family, settings=BOUNDED)
    tally = TALLIES[family.kind.family]
    for seed in range(9):  # where no run was let end, nothing was compared
        if not tally.compared:
            run_state_machine_as_test(seeded(family, seed), settings=SEEDED)
    assert tally.runs
    assert tally.compared
    assert not tally.wrongs


def test_every_switch_of_the_api_is_fuzzed_or_has_a_reason() -> None:
    switches = {one.name for one in dataclasses.fields(Switches)}
    assert switches == FUZZED | NOT_FUZZED.keys()
    assert not FUZZED & NOT_FUZZED.keys()
    folder = Path(__file__).parents[2]
    for name, reason in NOT_FUZZED.items():
        files = [folder / file for file in re.findall(r"tests/\w+/\w+\.py", reason)]
        assert any(name in one.read_text() for one in files), f"{name}: {reason}"


@pytest.mark.soak
def test_soak() -> None:
    first = seed = int(os.environ.get("SOAK_SEED", str(time.time_ns() % 1_000_000)))
    until = time.monotonic() + SOAK_SECONDS
    try:
        while time.monotonic() < until:
            for family in FAMILIES:
                run_state_machine_as_test(seeded(family, seed), settings=SEEDED)
            seed += 1
    finally:
        sys.stderr.write(f"\nsoak, seeds {first} to {seed}\n")
    assert not any(tally.wrongs for tally in TALLIES.values())

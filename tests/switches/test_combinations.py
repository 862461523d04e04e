"""Unknowns of the API in combination: a fixed, seeded sample of them, and those that bite each other."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.switches.accounts import account, assert_exact, assert_exact_or_refused, read
from tests.switches.test_single_switches import named

CHOICES: dict[str, list[Any]] = {
    "begin_inclusive": [True, False],
    "end_inclusive": [False, True],
    "bounds": ["texts", "instants"],
    "order": ["asc", "desc", "shuffled"],
    "page_cap": [1000, 7, 13],
    "cap_echoed": [True, False],
    "total": ["exact", "absent", "string", "account", "three_high", "zero"],
    "nextid": [False, True],
    "id_type": ["documented", "string", "number", "mixed"],
    "key_case": ["documented", "upper", "lower", "mixed"],
    "nothing": ["null", "mixed"],
    "extra_fields": [False, True],
    "zone": ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "UTC"],
}


def sample(number: int) -> dict[str, Any]:
    """Draw one setting of every switch; the same number gives the same."""
    dice = random.Random(f"switches {number}")
    drawn = {name: dice.choice(values) for name, values in CHOICES.items()}
    return {name: value for name, value in drawn.items() if value != CHOICES[name][0]}


ALWAYS = 30  # of 60


@pytest.mark.parametrize(
    "number",
    [
        *range(ALWAYS),
        *(pytest.param(number, marks=pytest.mark.soak) for number in range(ALWAYS, 60)),
    ],
)
def test_any_combination_gives_exactly_the_accounts_rows(number: int) -> None:
    switches = sample(number)
    with account(rows=200, **switches) as box:
        output = read(box, concurrency=(1, 4, 8)[number % 3])
        assert_exact(box, output)


BITING: list[dict[str, Any]] = [
    {"seam": seam, "total": total, "order": order, "page_cap": cap}
    for seam in ("repeat", "hide")
    for total in ("exact", "string", "absent", "three_high", "zero", "account")
    for order, cap in (("asc", 1000), ("shuffled", 7))
]


@pytest.mark.parametrize(
    "switches",
    [
        # In every run each total under both seams, with one of the orders in turn.
        pytest.param(one, marks=[] if number % 2 == number // 2 % 2 else [pytest.mark.soak])
        for number, one in enumerate(BITING)
    ],
    ids=named,
)
def test_seams_under_any_total_give_the_rows_or_a_clear_failure(switches: dict[str, Any]) -> None:
    with account(rows=200, **switches) as box:
        assert_exact_or_refused(box, read(box, concurrency=4))

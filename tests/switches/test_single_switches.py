"""Each unknown of the API, one at a time: the rows are the account's, whichever way it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.crossed import crossed
from tests.switches.accounts import account, assert_exact, assert_exact_or_refused, read

EXACT: list[dict[str, Any]] = [
    {},
    {"begin_inclusive": False},
    {"end_inclusive": True},
    {"begin_inclusive": False, "end_inclusive": True},
    {"bounds": "instants"},
    {"bounds": "instants", "begin_inclusive": False, "end_inclusive": True},
    {"default_period": "month"},
    {"fields_ignored": True},
    {"order": "desc"},
    {"order": "shuffled"},
    {"page_cap": 7},
    {"page_cap": 7, "cap_echoed": False},
    {"page_cap": 1},
    {"total": "absent"},
    {"total": "string"},
    {"total": "account"},
    {"total": "three_high"},
    {"total": "zero"},
    {"nextid": True},
    {"id_type": "string"},
    {"id_type": "number"},
    {"id_type": "mixed"},
    {"key_case": "upper"},
    {"key_case": "lower"},
    {"key_case": "mixed"},
    {"nothing": "zero"},
    {"nothing": "false"},
    {"nothing": "empty"},
    {"nothing": "mixed"},
    {"extra_fields": True},
    {"unicode_escaped": False},
    {"marker": " é\u2028<>"},
    {"marker": " \uf8ff\uf8fe"},  # damaged text
    {"marker": " \uf8ff\uf8fe", "unicode_escaped": False},
    {"moved": "slash"},
    {"zone": "UTC"},
    {"zone": "America/New_York"},
    {"zone": "Australia/Lord_Howe"},
    {"zone": "Asia/Kathmandu"},
    {"zone": "Australia/Lord_Howe", "bounds": "instants"},
]


def named(switches: dict[str, Any]) -> str:
    return ",".join(f"{name}={value}" for name, value in switches.items()) or "defaults"


@pytest.mark.parametrize(
    ("switches", "concurrency"),
    crossed(EXACT, [1, 4]),
    ids=lambda value: named(value) if isinstance(value, dict) else str(value),
)
def test_every_switch_gives_exactly_the_accounts_rows(
    switches: dict[str, Any], concurrency: int
) -> None:
    with account(rows=300, **switches) as box:
        assert_exact(box, read(box, concurrency=concurrency))


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("seam", ["repeat", "hide"])
def test_unstable_seams_give_the_rows_or_a_clear_failure(seam: str, concurrency: int) -> None:
    with account(rows=300, seam=seam) as box:
        assert_exact_or_refused(box, read(box, concurrency=concurrency))


@pytest.mark.parametrize("seam", ["repeat", "hide"])
def test_unstable_seams_are_no_obstacle_where_a_page_holds_a_second(seam: str) -> None:
    with account(rows=300, dense=30, seam=seam) as box:
        assert_exact(box, read(box))

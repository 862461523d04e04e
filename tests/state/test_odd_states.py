"""What no run has written at a key of the state is passed over: nothing fails, and nothing is missing."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import discovered, select
from tests.support.runs import only, run

if TYPE_CHECKING:
    from collections.abc import Iterator
DAYS = "0001-01-01T00:00:00", "9999-12-31T00:00:00"
ANYTHING: list[Any] = [True, -1, 1.5, 10**18, "x", [], [[]], {}, [None, None], ["x", "y", "z"]]
ENTRIES = [
    *([None, "x", {}], ["x", 5, None], [5, 6, 7], [1, *DAYS], True, -1, "../x"),
    [1, "2026-05-29T00:00:00+00:00", "2026-05-30T00:00:00+00:00"],
]
REFUSED = [
    [{"parent": one, "since": "2026-06-01"} for one in (first, [1, 2, 3])] for first in ENTRIES
]
OPEN = [
    [{"mailing": 1, "days": {name: count}}]
    for name, count in [
        *(("x", "y"), ("x", None), ("a/b", -5)),
        ("2026-05-29T00:00:00+00:00/2026-05-30T00:00:00+00:00", 3),
    ]
]
COMPLETE = [[[1, -2, "9999-12-31"]], [[1, 2, "x"]], [[True, None, 5]]]
CASES = [
    *product(["profiles_customers"], ["source", "pass", "fields", "columns"], ANYTHING),
    *product(["emailing_statistics"], ["finished", "pass_until"], ANYTHING),
    *product(
        ["emailing_statistics", "publisher_destinations", "log_cdm_click"], ["refused"], REFUSED
    ),
    *product(["publisher_destinations"], ["open", "complete"], [*ANYTHING, *OPEN, *COMPLETE]),
    *product(
        ["template_statistics"], ["finished", "at", "version", "refused"], [*ANYTHING, *REFUSED]
    ),
    *product(["consumption", "log_cdm_click"], ["read_again"], ANYTHING),
    *product(["consumption"], ["end_is_next_day"], [one for one in ANYTHING if one is not True]),
]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, days=4, clicks_per_day=6, profiles=8, now="2026-06-01T12:00:00Z") as box:
        yield box


@pytest.fixture(scope="module")
def catalog(box: Sandbox) -> dict[str, Any]:
    return discovered(box)


@pytest.mark.parametrize("stream", sorted({stream for stream, _, _ in CASES}))
def test_what_stands_at_a_key_of_the_state_hides_no_row(
    box: Sandbox, catalog: dict[str, Any], stream: str
) -> None:
    chosen = only(select(catalog, stream))
    settings: dict[str, Any] = {"start_date": "2026-05-29", "page_size": 5, "bulk_url": ""}
    right = run(box, catalog=chosen, **settings)
    assert right.error is None
    for name, key, value in CASES:
        if name == stream:
            output = run(box, {"bookmarks": {stream: {key: value}}}, chosen, **settings)
            assert output.error is None, (key, value)
            assert all(row in output.records(stream) for row in right.records(stream)), (key, value)

"""Accounts whose every row a test knows, with rows wherever a reading could lose one."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from copernica_sandbox import Sandbox
from tests.support.runs import run, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.runs import Output

SECOND = timedelta(seconds=1)
START = "2025-10-16T22:00:00+00:00"
NOW = "2025-10-30T12:00:00+00:00"
EDGE = "2025-10-30T11:55:00+00:00"  # five minutes of lag before NOW
DENSE = 45  # rows in one second: more than a page of the tests holds
PAGE = 40


def account(*, rows: int = 900, dense: int = DENSE, **switches: Any) -> Sandbox:
    """Give a sandbox, not yet started, around the autumn night of 2025, all of its rows added."""
    box = Sandbox(seed=3, days=30, clicks_per_day=0, now=NOW, switches=switches)
    box.add("clicks", list(_rows(box.switches.zone, rows, dense)))
    return box


def _rows(zone: str, rows: int, dense: int) -> Iterator[dict[str, Any]]:
    dice = random.Random(11)
    first, last = datetime.fromisoformat(START), datetime.fromisoformat(NOW)
    span = int((last - first).total_seconds())
    instants = [first + timedelta(seconds=dice.randrange(-20_000, span)) for _ in range(rows)]
    instants += [datetime(2025, 10, 20, 8, 0, 0, tzinfo=UTC)] * dense
    edge = datetime.fromisoformat(EDGE)
    for bound in (first, edge):
        instants += [bound - SECOND, bound, bound + SECOND]
    # Both occurrences of the repeated hour, in all zones of the tests that have one.
    night = datetime(2025, 10, 25, 22, 0, tzinfo=UTC)
    instants += [night + timedelta(minutes=7 * number) for number in range(60)]
    midnight = datetime(2025, 10, 21, 22, 0, tzinfo=UTC)
    instants += [
        midnight + timedelta(hours=hour) + off * SECOND for hour in range(4) for off in (-1, 0, 1)
    ]
    for instant in instants:
        wall = instant.astimezone(ZoneInfo(zone))
        yield {"timestamp": f"{wall:%Y-%m-%d %H:%M:%S}", "fold": wall.fold}


def read(box: Sandbox, **settings: Any) -> Output:
    """Read an account whole, with pages small enough that windows have several."""
    plain = {"start_date": START, "page_size": PAGE, "max_tries": 4, "timezone": box.switches.zone}
    return run(box, **{**plain, **settings})


def assert_exact(box: Sandbox, output: Output, since: str = START, until: str = EDGE) -> None:
    """Compare sets of ids with the account's own rows of `[since, until)`."""
    assert output.error is None, output.error
    ids = output.ids()
    expected = truth(box, since, until)
    assert set(ids) == expected, (
        f"lost {sorted(expected - set(ids))[:5]} of {len(expected)}, "
        f"from outside {sorted(set(ids) - expected)[:5]}"
    )
    assert len(ids) == len(set(ids)), "a row was written twice in one run"
    assert output.bookmark == until


def assert_exact_or_refused(box: Sandbox, output: Output) -> None:
    """Accept a clear failure, if every row of the covered period is there and no other."""
    if output.error is None:
        assert_exact(box, output)
        return
    assert "could not be read completely" in str(output.error)
    assert set(output.ids()) == truth(box, *covered(output))


def covered(output: Output) -> tuple[str, str]:
    """Give the period that is covered by a run that may have failed before its first window."""
    clicks = output.state.get("bookmarks", {}).get("clicks", {})
    return clicks.get("covered_from", START), clicks.get("replication_key_value", START)

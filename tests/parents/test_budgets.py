"""Small budgets: runs that follow one another come to the end, or one says that they never would."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from copernica_sandbox.logs import log_rows
from tap_copernica import clock
from tap_copernica.errors import RunError
from tests.parents.truth import NOON
from tests.support.profiles import CUSTOMERS, discovered, select
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Hashable

SINCE = "2026-05-28"
ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 5, "clicks_per_day": 6, "mailings_per_day": 1, "databases": 1,
    "profiles": 40, "now": NOON,
}  # fmt: skip
# The least budget with which each stream comes to its end, and the key of its records.
STREAMS = {
    "emailing_statistics": (2, "mailing"),
    "template_statistics": (2, "template"),
    "coupons": (3, "ID"),
    "templates": (1, "id"),
    "consumption": (1, "date"),
    "log_cdm_click": (3, "row"),
    "profile_ids": (3, "ID"),
}
DAYS = [f"2026-05-{day}" for day in (28, 29, 30, 31)]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine's clock agree with the API's, so that no day is asked for that is yet to come."""
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(NOON))


def truth(box: Sandbox, stream: str) -> set[Hashable]:
    if stream == "consumption":
        return set(DAYS)
    if stream == "profile_ids":
        return {row["ID"] for row in box.profiles(11)}
    if stream == "log_cdm_click":
        return {
            (day, number)
            for day in DAYS
            for number, _ in enumerate(log_rows(box.core, "cdm-click", day))
        }
    rows = box.rows(stream)
    if stream.startswith("emailing"):
        sent = {row["id"]: row["instant"] for row in box.rows("emailings")}
        return {r["mailing"] for r in rows if sent[r["mailing"]].isoformat() >= "2026-05-27T22"}
    return {row[STREAMS[stream][1]] for row in rows}


def runs_to_the_end(
    box: Sandbox, caplog: pytest.LogCaptureFixture, **settings: Any
) -> tuple[list[dict[str, Any]], RunError | None]:
    """Run again and again; give all records, and the error that ended it if one did."""
    records: list[dict[str, Any]] = []
    state: Any = None
    for _ in range(100):
        caplog.clear()
        box.reset_calls()
        output = run(box, state=state, start_date=SINCE, bulk_url="", **settings)
        assert box.calls.total() <= settings["max_api_calls"]
        records += [m["record"] for m in output.messages if m["type"] == "RECORD"]
        state = output.state or state
        if output.error is not None:
            assert isinstance(output.error, RunError)
            return records, output.error
        if "is used up" not in caplog.text:
            return records, None
    pytest.fail("100 runs neither finished nor said that the budget is too small")


@pytest.mark.parametrize(("budget", "concurrency"), [(1, 1), (2, 4), (3, 8)])
@pytest.mark.parametrize("stream", STREAMS)
def test_a_small_budget_comes_to_the_end_or_says_that_it_is_too_small(
    stream: str, budget: int, concurrency: int, caplog: pytest.LogCaptureFixture
) -> None:
    least, key = STREAMS[stream]
    with Sandbox(**ACCOUNT) as box:
        records, error = runs_to_the_end(
            box, caplog, streams=(stream,), api_version="v3",
            max_api_calls=budget, concurrency=concurrency,
        )  # fmt: skip
        if budget < least:
            assert error is not None
            assert error.exit_code == 1
            assert f"{stream}: `max_api_calls` ({budget}) was used up before" in error.message
            return
        assert error is None
        found = {(r["date"], r["row"]) if key == "row" else r[key] for r in records}
        assert found == truth(box, stream)


@pytest.mark.parametrize("budget", [1, 2, 3])
def test_profiles_need_no_call_beside_those_for_their_pages(
    budget: int, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(**ACCOUNT) as box:
        catalog = select(discovered(box), CUSTOMERS)
        records, error = runs_to_the_end(
            box, caplog, catalog=catalog, max_api_calls=budget, page_size=10
        )
        assert error is None
        assert [record["ID"] for record in records] == [row["ID"] for row in box.profiles(11)]


@pytest.mark.parametrize("budget", [2, 3])
@pytest.mark.parametrize("opened", ["2026-05-28", "2026-05-31", "2026-06-01"])
def test_what_end_means_is_found_within_a_small_budget(
    budget: int, opened: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With `end` on the next day, also where the first days of the account have nothing."""
    account = {**ACCOUNT, "start": opened, "switches": {"consumption_end_inclusive": False}}
    del account["days"]
    with Sandbox(**account) as box:
        records, error = runs_to_the_end(
            box, caplog, streams=("consumption",), max_api_calls=budget, concurrency=2
        )
        assert (error is not None) == (budget < 3)
        if error is None:
            used = {record["date"]: record["apicalls"] for record in records}
            assert [day for day in DAYS if used[day]] == [day for day in DAYS if day >= opened]

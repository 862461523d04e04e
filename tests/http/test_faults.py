"""What the API and the network can do to a call."""

from __future__ import annotations

from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.support.crossed import crossed
from tests.support.runs import run, truth

NOON = "2026-06-01T12:00:00+00:00"
EDGE = "2026-06-01T11:55:00+00:00"
PASSING = [
    "502", "503", "504", "429", "500", "empty", "reset", "truncated", "chunk_cut", "invalid_json", "html",
]  # fmt: skip


@pytest.mark.parametrize("kind", PASSING)
def test_what_may_pass_is_tried_again_and_then_given_up(kind: str) -> None:
    with Sandbox(seed=1, days=20, clicks_per_day=100, now=NOON) as box:
        box.fault(kind, calls=[1, 2, 4])
        output = run(box, start_date="2026-05-20T00:00:00Z")
        assert output.error is None
        assert set(output.ids()) == truth(box, "2026-05-20T00:00:00+00:00", EDGE)
        box.clear_faults()
        box.reset_calls()
        box.fault(kind)
        failed = run(box, start_date="2026-05-20T00:00:00Z", max_tries=3)
        assert isinstance(failed.error, RunError)
        assert "3 tries" in failed.error.message
        assert failed.records() == []
        assert box.calls.total() <= 3


def test_a_hang_is_bounded_by_request_timeout() -> None:
    with Sandbox(seed=1, days=5, clicks_per_day=10, now=NOON) as box:
        box.fault("hang", calls=[1], seconds=20)
        output = run(box, start_date="2026-05-30T00:00:00Z", request_timeout=0.3)
        assert output.error is None
        assert set(output.ids()) == truth(box, "2026-05-30T00:00:00+00:00", EDGE)


@pytest.mark.parametrize("api_version", ["v2", "v3", "v4"])
def test_a_refusal_is_final_and_keeps_the_apis_words(api_version: str) -> None:
    with Sandbox(seed=1, days=5, clicks_per_day=10, now=NOON) as box:
        box.fault("400", path="clicks", message="No database with supplied ID")
        output = run(box, start_date="2026-05-30", api_version=api_version)
        assert isinstance(output.error, RunError)
        assert "No database with supplied ID" in output.error.message
        assert sum(n for path, n in box.calls.items() if "clicks" in path) == 1


@pytest.mark.parametrize("api_version", ["v2", "v4"])
def test_a_wrong_token_ends_the_run_and_says_what_to_do(api_version: str) -> None:
    with Sandbox(seed=1, days=5, clicks_per_day=10, now=NOON) as box:
        output = run(
            box, access_token="wrong-token", start_date="2026-05-30", api_version=api_version
        )
        assert isinstance(output.error, RunError)
        assert "`access_token`" in output.error.message
        assert "wrong-token" not in output.error.message
        assert box.calls.total() <= 2


@pytest.mark.parametrize("api_version", ["v3", "v4"])
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("at", [2, 6])
def test_a_token_that_is_revoked_in_mid_run_ends_the_run(
    api_version: str, concurrency: int, at: int
) -> None:
    streams = ("clicks", "impressions", "deliveries", "publisher_clicks", "templates")
    with Sandbox(seed=1, days=20, clicks_per_day=100, now=NOON) as box:
        # The exchange goes on giving JWTs.
        box.fault(
            "400", path=f"{api_version}/", calls=[*range(at, 99)], message="Invalid access token"
        )
        output = run(
            box,
            streams=streams,
            start_date="2026-05-13",
            api_version=api_version,
            concurrency=concurrency,
        )
        assert isinstance(output.error, RunError)
        assert "refused the access token" in output.error.message
        assert "`access_token`" in output.error.message
        # Those that were under way, each once more with a new JWT, and one call for the account.
        assert box.calls.total() <= at + 4 + 2 * concurrency


def test_redirects_are_followed_on_the_same_host_only() -> None:
    with Sandbox(seed=1, days=5, clicks_per_day=10, now=NOON) as box:
        box.fault("redirect_same", calls=[1])
        assert run(box, start_date="2026-05-30").error is None
        box.clear_faults()
        box.fault("redirect_other")
        output = run(box, start_date="2026-05-30")
        assert isinstance(output.error, RunError)
        assert "another host" in output.error.message


@pytest.mark.parametrize("budget", [1, 2, 3, 5, 20])
def test_small_budgets_end_cleanly_and_always_advance(budget: int) -> None:
    with Sandbox(seed=2, days=10, clicks_per_day=2000, now=NOON) as box:
        state: dict[str, Any] = {}
        seen: set[int] = set()
        for _ in range(400):
            box.reset_calls()
            output = run(
                box,
                state=state,
                start_date="2026-05-25T00:00:00Z",
                end_date="2026-05-27T00:00:00Z",
                max_api_calls=budget,
                lookback_minutes=0,
            )
            assert output.error is None
            assert box.calls.total() <= budget
            seen |= set(output.ids())
            state = output.state or state
            if (
                state.get("bookmarks", {}).get("clicks", {}).get("replication_key_value", "")
                >= "2026-05-27"
            ):
                break
        assert seen == truth(box, "2026-05-25T00:00:00+00:00", "2026-05-27T00:00:00+00:00")


def test_a_budget_too_small_for_one_second_says_so() -> None:
    with Sandbox(days=1, clicks_per_day=0, now=NOON) as box:
        box.add("clicks", [{"timestamp": "2026-05-28 10:00:00"}] * 50)
        state: dict[str, Any] = {}
        for _ in range(90):
            output = run(box, state=state, start_date="2026-05-28", page_size=10, max_api_calls=3)
            if output.error is not None:
                break
            state = output.state or state
        assert isinstance(output.error, RunError)
        assert "`max_api_calls`" in output.error.message


SWITCHES: list[dict[str, Any]] = [
    {"begin_inclusive": False, "end_inclusive": True},
    {"begin_inclusive": False, "end_inclusive": False},
    {"order": "desc"},
    {"order": "shuffled"},
    {"id_type": "number"},
    {"id_type": "mixed"},
    {"key_case": "lower"},
    {"key_case": "mixed"},
    {"page_cap": 20},
    {"page_cap": 20, "cap_echoed": False},
    {"page_cap": 20, "cap_echoed": False, "total": "absent", "order": "shuffled"},
    {"total": "absent"},
    {"total": "string"},
    {"total": "account"},
    {"total": "three_high"},
    {"total": "zero"},
    {"seam": "repeat"},
    {"seam": "repeat", "total": "absent"},
    {"seam": "hide"},
    {"extra_fields": True},
    {"nothing": "mixed"},
    {"bounds": "instants"},
    {"names": "old"},
    {"names": "new"},
    {"moved": "slash"},
    {"date_header": "off"},
    {"date_header": "garbage"},
    {"jwt_lifetime_seconds": 1, "expired_jwt": "401empty"},
    {"jwt_body": "json_object"},
    {"filter_ignored": True},
    {"unicode_escaped": False, "nextid": True},
]


@pytest.mark.parametrize(("switches", "concurrency"), crossed(SWITCHES, [1, 8]), ids=str)
def test_the_set_is_exact_whatever_the_api_does(switches: dict[str, Any], concurrency: int) -> None:
    version = "v4" if {"names", "jwt_lifetime_seconds", "jwt_body"} & set(switches) else "v2"
    with Sandbox(seed=3, days=12, clicks_per_day=60, now=NOON, switches=switches) as box:
        output = run(
            box,
            start_date="2026-05-22T00:00:00Z",
            page_size=24,
            concurrency=concurrency,
            api_version=version,
            end_date=EDGE,  # without a Date header, the machine's clock is far ahead
        )
        assert output.error is None
        expected = truth(box, "2026-05-22T00:00:00+00:00", EDGE)
        assert sorted(output.ids()) == sorted(expected)


def test_a_total_of_the_whole_account_is_found_out_cheaply() -> None:
    with Sandbox(
        seed=4, days=40, clicks_per_day=500, now=NOON, switches={"total": "account"}
    ) as box:
        output = run(box, start_date="2026-04-25T00:00:00Z")
        assert output.error is None
        assert set(output.ids()) == truth(box, "2026-04-25T00:00:00+00:00", EDGE)
        assert box.calls.total() <= 200


def test_an_ignored_filter_is_an_error_and_nothing_from_outside_is_written() -> None:
    switches = {"filter_ignored": True, "fields_ignored": True}
    with Sandbox(seed=5, days=30, clicks_per_day=50, now=NOON, switches=switches) as box:
        output = run(box, start_date="2026-05-30T00:00:00Z")
        assert isinstance(output.error, RunError)
        assert "ignores the filter" in output.error.message
        assert output.records() == []


def test_seams_that_hide_rows_inside_one_second_fail_and_write_nothing() -> None:
    with Sandbox(
        days=1, clicks_per_day=0, now=NOON, switches={"seam": "hide", "total": "exact"}
    ) as box:
        box.add("clicks", [{"timestamp": "2026-05-28 10:00:00"}] * 50)
        output = run(box, start_date="2026-05-28", page_size=10)
        expected = truth(box, "2026-05-27T22:00:00+00:00", EDGE)
        assert (output.error is None and set(output.ids()) == expected) or output.records() == []


def test_half_of_all_calls_may_fail() -> None:
    with Sandbox(seed=6, days=20, clicks_per_day=400, now=NOON) as box:
        for number, kind in enumerate(PASSING):
            box.fault(kind, probability=0.06, seed=number)
        output = run(box, start_date="2026-05-15T00:00:00Z", max_tries=30, page_size=200)
        assert output.error is None
        assert set(output.ids()) == truth(box, "2026-05-15T00:00:00+00:00", EDGE)

"""Passes over profiles: what changes meanwhile, where they end early and go on, and their bookmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.errors import IgnoredFilterError, RunError
from tap_copernica.reading.passes import check_ids
from tests.support.profiles import (
    CUSTOMERS,
    PLAIN,
    SUBPROFILES,
    discovered,
    passed,
    read,
    truth,
    upserted,
)
from tests.support.runs import Output

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox


@pytest.mark.parametrize("calls", range(1, 5))
def test_nothing_is_lost_of_what_changes_during_a_pass(box: Sandbox, calls: int) -> None:
    """With the least overlap that the settings allow."""
    exact: dict[str, Any] = {"lookback_minutes": 0, "lag_minutes": 0, "page_size": 60}
    catalog = discovered(box)
    box.change_profiles(PLAIN, [2, 61, 230], fields={"City": "x"}, after_calls=calls)
    box.remove_profiles(PLAIN, [1, 59, 60, 62, 120], after_calls=calls)
    box.add_profiles(PLAIN, 3, after_calls=calls)
    first = read(box, CUSTOMERS, catalog=catalog, **exact)
    second = read(box, CUSTOMERS, state=first.state, catalog=catalog, **exact)
    now = truth(box, PLAIN)
    found = upserted(first, second)
    assert {number: found[number] for number in now} == now
    assert set(found) - set(now) <= {1, 59, 60, 62, 120}


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("cut", range(1, 7))
def test_a_run_killed_anywhere_goes_on_in_its_middle(box: Sandbox, cut: int) -> None:
    catalog = discovered(box)
    whole = read(box, CUSTOMERS, catalog=catalog, page_size=50)
    states = [
        at
        for at, one in enumerate(whole.messages)
        if one["type"] == "STATE" and "bookmarks" in one["value"]
    ]
    reached = (states[cut - 1] if cut <= len(states) else states[-1]) + 1
    killed = Output(whole.messages[: reached + 20])  # rows after the last STATE came along too
    box.change_profiles(PLAIN, [7, 229], fields={"City": "x"})
    state = killed.states[-1]
    pages = len(read(box, CUSTOMERS, catalog=catalog, page_size=50, state=state).records(CUSTOMERS))
    rest = read(box, CUSTOMERS, catalog=catalog, page_size=50, state=state)
    again = read(box, CUSTOMERS, catalog=catalog, page_size=50, state=rest.state)
    assert upserted(killed, rest, again) == truth(box, PLAIN)
    last = (state["bookmarks"][CUSTOMERS].get("pass") or {"last": 0})["last"]
    if not state["bookmarks"][CUSTOMERS].get("replication_key_value"):
        assert pages == len([number for number in truth(box, PLAIN) if number > last])


def test_a_budget_ends_in_the_middle_and_the_next_run_goes_on(box: Sandbox) -> None:
    state: Any = None
    outputs = []
    for _ in range(5):
        outputs.append(read(box, CUSTOMERS, state=state, page_size=50, max_api_calls=2))
        assert outputs[-1].error is None
        state = outputs[-1].state
        if passed(outputs[-1]) is None:
            break
    assert len(outputs) == 3
    assert upserted(*outputs) == truth(box, PLAIN)
    assert sum(len(output.records(CUSTOMERS)) for output in outputs) == 230


def test_a_later_read_that_was_stopped_goes_on_with_what_was_modified(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.now = "2026-06-02T12:00:00+00:00"
    changed = sorted(truth(box, PLAIN))[::2]
    box.change_profiles(PLAIN, changed, fields={"City": "Assen"})
    second = read(box, CUSTOMERS, state=first.state, page_size=60, max_api_calls=1)
    assert passed(second)["since"] == "2026-06-01T08:55:00+00:00"
    third = read(box, CUSTOMERS, state=second.state, page_size=60)
    assert second.ids(CUSTOMERS) + third.ids(CUSTOMERS) == changed


@pytest.mark.parametrize("ids", [[5], [4], [6, 6], [8, 7]])
def test_ids_that_do_not_ascend_from_the_last_one_are_an_error(ids: list[int]) -> None:
    check_ids([{"ID": number} for number in (6, 7)], 5, CUSTOMERS)
    with pytest.raises(IgnoredFilterError):
        check_ids([{"ID": number} for number in ids], 5, CUSTOMERS)


def test_the_bookmark_is_the_time_the_pass_began_also_when_it_was_resumed(box: Sandbox) -> None:
    first = read(box, CUSTOMERS, page_size=60, max_api_calls=2)
    box.now = "2026-06-01T20:00:00+00:00"
    second = read(box, CUSTOMERS, page_size=60, state=first.state)
    bookmark = second.state["bookmarks"][CUSTOMERS]
    assert bookmark["replication_key_value"] == "2026-06-01T11:55:00+00:00"


def test_the_bookmark_never_moves_back(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.now = "2026-05-31T12:00:00+00:00"
    second = read(box, CUSTOMERS, state=first.state)
    bookmark = second.state["bookmarks"][CUSTOMERS]
    assert bookmark["replication_key_value"] == "2026-06-01T11:55:00+00:00"


def test_the_bookmark_is_never_in_the_hour_that_occurs_twice(box: Sandbox) -> None:
    box.now = "2026-10-25T01:20:00+00:00"
    output = read(box, CUSTOMERS)
    bookmark = output.state["bookmarks"][CUSTOMERS]["replication_key_value"]
    assert bookmark == "2026-10-24T23:59:59+00:00"


@pytest.mark.parametrize("broken", [{"pass": 3}, {"pass": {"last": 5}}, {"pass": {"began": "x"}}])
def test_a_pass_that_cannot_be_read_is_begun_again(box: Sandbox, broken: dict[str, Any]) -> None:
    output = read(box, CUSTOMERS, state={"bookmarks": {CUSTOMERS: broken}})
    assert upserted(output) == truth(box, PLAIN)


def test_a_bookmark_that_is_no_time_is_an_error_of_its_stream(box: Sandbox) -> None:
    bookmark = {"replication_key": "modified", "replication_key_value": "soon"}
    output = read(box, CUSTOMERS, SUBPROFILES, state={"bookmarks": {CUSTOMERS: bookmark}})
    assert isinstance(output.error, RunError)
    assert "profiles_customers: the bookmark" in output.error.message
    assert output.records(SUBPROFILES)


def full_table(catalog: dict[str, Any]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        if stream["tap_stream_id"] == CUSTOMERS:
            stream["replication_method"] = "FULL_TABLE"
    return catalog


def test_a_full_table_is_whole_every_time_and_then_activated(box: Sandbox) -> None:
    catalog = full_table(discovered(box))
    first = read(box, CUSTOMERS, catalog=catalog, emit_activate_version_messages=True)
    second = read(
        box, CUSTOMERS, catalog=catalog, state=first.state, emit_activate_version_messages=True
    )
    for output in (first, second):
        assert upserted(output) == truth(box, PLAIN)
        kinds = [message["type"] for message in output.messages]
        assert kinds.index("ACTIVATE_VERSION") > max(
            at for at, kind in enumerate(kinds) if kind == "RECORD"
        )

"""A stream's name that passes to another list: state belongs to what it was read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import CUSTOMERS, SUBPROFILES, read, subtruth, truth, upserted

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

ORDERS = {"name": "Orders", "fields": [("Number", "integer")], "subprofiles": 90}
RETURNS = {"name": "Returns", "fields": [("Number", "integer")], "subprofiles": 130}
LAYOUT: list[dict[str, Any]] = [
    {"name": "Customers", "profiles": 120, "collections": [ORDERS, RETURNS]},
    {"name": "Prospects", "profiles": 150, "collections": [{**ORDERS, "subprofiles": 70}]},
]
FIRST, SECOND = 11, 12
NOW = "2026-06-01T12:00:00+00:00"


@pytest.fixture
def account(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox(seed=3, layout=LAYOUT, clicks_per_day=0, now=NOW)


def collections(box: Sandbox) -> dict[str, int]:
    return {
        f"{one['name']}/{part['name']}": part["ID"]
        for one in box.databases
        for part in one["collections"]
    }


def swap(box: Sandbox) -> None:
    box.rename(FIRST, "Customers old")
    box.rename(SECOND, "Customers")


def drop(box: Sandbox) -> None:
    box.drop(FIRST)
    box.rename(SECOND, "Customers")


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("change", [swap, drop])
@pytest.mark.parametrize("cut", [False, True], ids=["complete", "in the middle of a pass"])
def test_a_database_that_gets_the_name_of_another_is_read_from_its_beginning(
    account: Sandbox,
    change: Callable[[Sandbox], None],
    caplog: pytest.LogCaptureFixture,
    *,
    cut: bool,
) -> None:
    first = read(account, CUSTOMERS, page_size=50)
    states = [state for state in first.states if "bookmarks" in state]
    state = states[1] if cut else first.state
    change(account)
    second = read(account, CUSTOMERS, page_size=50, state=state)
    assert second.error is None
    assert upserted(second) == truth(account, SECOND)
    assert f"{CUSTOMERS}: the state belongs to database/{FIRST}" in caplog.text
    third = read(account, CUSTOMERS, page_size=50, state=second.state)
    assert third.records(CUSTOMERS) == []


def test_the_name_may_pass_because_the_lower_id_is_gone(account: Sandbox) -> None:
    account.rename(SECOND, "customers")  # profiles_customers_12, while 11 has the plain name
    first = read(account, CUSTOMERS, f"{CUSTOMERS}_{SECOND}")
    account.drop(FIRST)
    second = read(account, CUSTOMERS, state=first.state)
    assert upserted(second) == truth(account, SECOND)


@pytest.mark.usefixtures("every_state")
def test_a_state_killed_on_the_way_to_the_new_list_does_not_believe_the_old_bookmark(
    account: Sandbox,
) -> None:
    first = read(account, CUSTOMERS, page_size=50)
    swap(account)
    second = read(account, CUSTOMERS, page_size=50, state=first.state)
    for number, state in enumerate(second.states):
        third = read(account, CUSTOMERS, page_size=50, state=state)
        written = {row["ID"] for row in second.records(CUSTOMERS)[: 50 * (number + 1)]}
        rest = {row["ID"] for row in third.records(CUSTOMERS)}
        assert written | rest == set(truth(account, SECOND))


def test_a_collection_that_gets_the_name_of_another_is_read_from_its_beginning(
    account: Sandbox,
) -> None:
    first = read(account, SUBPROFILES)
    ids = collections(account)
    account.rename(ids["Customers/Orders"], "Orders 2025")
    account.rename(ids["Customers/Returns"], "Orders")
    second = read(account, SUBPROFILES, state=first.state)
    assert upserted(second, stream=SUBPROFILES) == subtruth(account, ids["Customers/Returns"])
    swap(account)  # now the name is made of another database's
    third = read(account, SUBPROFILES, state=second.state)
    assert upserted(third, stream=SUBPROFILES) == subtruth(account, ids["Prospects/Orders"])


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("cut", [False, True], ids=["complete", "in the middle of a pass"])
def test_a_state_that_does_not_say_is_adopted_without_reading_again(
    account: Sandbox, *, cut: bool
) -> None:
    first = read(account, CUSTOMERS, page_size=50)
    states = [state for state in first.states if "bookmarks" in state]
    state = states[1] if cut else first.state
    assert state["bookmarks"][CUSTOMERS].pop("source") == f"database/{FIRST}"
    second = read(account, CUSTOMERS, page_size=50, state=state)
    assert second.error is None
    assert len(second.records(CUSTOMERS)) == (20 if cut else 0)
    assert second.state["bookmarks"][CUSTOMERS]["source"] == f"database/{FIRST}"
    swap(account)
    third = read(account, CUSTOMERS, page_size=50, state=second.state)
    assert upserted(third) == truth(account, SECOND)


def test_a_rename_alone_reads_the_list_under_its_new_name_once(account: Sandbox) -> None:
    first = read(account, CUSTOMERS)
    account.rename(FIRST, "Clients")
    second = read(account, "profiles_clients", state=first.state)
    assert upserted(second, stream="profiles_clients") == truth(account, FIRST)
    assert read(account, "profiles_clients", state=second.state).records("profiles_clients") == []

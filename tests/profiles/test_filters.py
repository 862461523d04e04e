"""Filters on profiles that the API ignores, or that fields of the account hide."""

from __future__ import annotations

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.support.profiles import (
    CUSTOMERS,
    PLAIN,
    discovered,
    passed,
    read,
    truth,
    upserted,
)

NOW = "2026-06-01T12:00:00+00:00"


def test_an_ignored_filter_is_an_error_before_the_page_is_written(box: Sandbox) -> None:
    catalog = discovered(box)
    first = read(box, CUSTOMERS, catalog=catalog, page_size=100)
    box.switch(fields_ignored=True)
    later = read(box, CUSTOMERS, catalog=catalog, state=first.state)
    assert isinstance(later.error, RunError)
    assert "ignores the filter fields[]=modified>=" in later.error.message
    assert later.records(CUSTOMERS) == []
    anew = read(box, CUSTOMERS, catalog=catalog, page_size=100)
    assert isinstance(anew.error, RunError)
    assert "ignores fields[]=id>" in anew.error.message
    assert anew.ids(CUSTOMERS) == first.ids(CUSTOMERS)[:100]
    assert passed(anew)["last"] == anew.ids(CUSTOMERS)[-1]


def account(*fields: tuple[str, str]) -> Sandbox:
    layout = {"name": "Customers", "profiles": 130, "fields": [*fields, ("City", "text")]}
    return Sandbox(seed=3, layout=[layout], clicks_per_day=0, now=NOW)


def test_a_field_called_modified_means_that_all_is_read_by_id() -> None:
    with account(("Modified", "datetime")) as box:
        first = read(box, CUSTOMERS, page_size=50)
        second = read(box, CUSTOMERS, page_size=50, state=first.state)
        for output in (first, second):
            assert output.error is None
            assert upserted(output) == truth(box, PLAIN)
        filters = [
            value for _, pairs in box.requests for name, value in pairs if name == "fields[]"
        ]
        assert all(value.startswith("id>") for value in filters)
        assert len(filters) == 3


def test_a_field_added_since_that_is_called_modified_is_noticed() -> None:
    with account() as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog)
        box.add_field(PLAIN, "modified", "datetime")
        second = read(box, CUSTOMERS, catalog=catalog, state=first.state)
        assert second.error is None
        assert len(second.records(CUSTOMERS)) == 130


@pytest.mark.parametrize("calls", range(1, 5))
@pytest.mark.parametrize("removed", [[1], [39, 40], list(range(1, 41)), list(range(1, 120))])
def test_a_field_called_id_means_offsets_that_step_back(calls: int, removed: list[int]) -> None:
    with account(("id", "integer")) as box:
        catalog = discovered(box)
        there = set(truth(box, PLAIN))
        box.remove_profiles(PLAIN, [one for one in removed if one in there], after_calls=calls)
        box.add_profiles(PLAIN, 2, after_calls=calls)
        output = read(box, CUSTOMERS, catalog=catalog, page_size=40)
        assert output.error is None
        found, now = output.ids(CUSTOMERS), set(truth(box, PLAIN))
        assert len(found) == len(set(found))
        assert now <= set(found)
        assert box.calls.total() <= 20


def starts(box: Sandbox) -> list[int]:
    """Give the offsets of the calls for profiles."""
    return [int(dict(pairs)["start"]) for path, pairs in box.requests if "profiles" in path]


def test_a_run_that_pages_by_offset_goes_on_at_the_offset_it_reached() -> None:
    with account(("ID", "integer"), ("modified", "date")) as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog, page_size=20, max_api_calls=6)
        # Each page begins with the last row of the one before it.
        assert starts(box) == [0, 19, 38, 57, 76]
        read(box, CUSTOMERS, catalog=catalog, page_size=20, state=first.state)
        assert starts(box) == [95, 114, 129]


def test_offsets_too_go_on_where_a_run_was_killed() -> None:
    with account(("ID", "integer"), ("modified", "date")) as box:
        catalog = discovered(box)
        first = read(box, CUSTOMERS, catalog=catalog, page_size=40, max_api_calls=3)
        box.remove_profiles(PLAIN, range(1, 30))
        second = read(box, CUSTOMERS, catalog=catalog, page_size=40, state=first.state)
        assert second.error is None
        found = first.ids(CUSTOMERS) + second.ids(CUSTOMERS)
        assert len(found) == len(set(found)) == 130

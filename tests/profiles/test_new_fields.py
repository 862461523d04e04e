"""Fields that are new: rows that were read before them are read once more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import (
    CUSTOMERS,
    NASTY,
    ORDERS,
    PLAIN,
    SUBPROFILES,
    discovered,
    passed,
    read,
    subtruth,
    truth,
    upserted,
)

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

KLANTEN = "profiles_klanten_prospects_belgie_2e_lijst"


def altered(catalog: dict[str, Any], stream: str, name: str, **changes: Any) -> dict[str, Any]:
    """Give a catalog in which a field of a stream has another schema."""
    copied: dict[str, Any] = json.loads(json.dumps(catalog))
    (found,) = (one for one in copied["streams"] if one["tap_stream_id"] == stream)
    found["schema"]["properties"]["fields"]["properties"][name].update(changes)
    return copied


def without(catalog: dict[str, Any], stream: str, *path: str) -> dict[str, Any]:
    """Give a catalog in which a field of a stream is not selected."""
    copied: dict[str, Any] = json.loads(json.dumps(catalog))
    (found,) = (one for one in copied["streams"] if one["tap_stream_id"] == stream)
    breadcrumb = [part for name in path for part in ("properties", name)]
    entries = [one for one in found["metadata"] if one["breadcrumb"] == breadcrumb]
    if not entries:
        entries = [{"breadcrumb": breadcrumb, "metadata": {"inclusion": "available"}}]
        found["metadata"] += entries
    entries[0]["metadata"]["selected"] = False
    return copied


def test_a_new_field_is_filled_for_all_rows_by_one_complete_pass(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    first = read(box, CUSTOMERS, SUBPROFILES)
    assert first.error is None
    assert read(box, CUSTOMERS, SUBPROFILES, state=first.state).records(CUSTOMERS) == []
    assert "new since" not in caplog.text
    box.add_field(PLAIN, "Points", "integer")
    box.add_field(ORDERS, "Voucher", "text")
    second = read(box, CUSTOMERS, SUBPROFILES, state=first.state)
    assert upserted(second) == truth(box, PLAIN)
    assert upserted(second, stream=SUBPROFILES) == subtruth(box, ORDERS)
    assert (
        f"{CUSTOMERS}: new since the last complete read, or of another type: `Points`"
        in caplog.text
    )
    assert (
        f"{SUBPROFILES}: new since the last complete read, or of another type: `Voucher`"
        in caplog.text
    )
    caplog.clear()
    third = read(box, CUSTOMERS, SUBPROFILES, state=second.state)
    assert third.records(CUSTOMERS) + third.records(SUBPROFILES) == []
    assert "new since" not in caplog.text


def test_a_field_of_another_type_is_read_once_more(box: Sandbox) -> None:
    catalog = discovered(box)
    first = read(box, CUSTOMERS, catalog=catalog)
    other = altered(catalog, CUSTOMERS, "Orders", type=["string", "null"])
    second = read(box, CUSTOMERS, catalog=other, state=first.state)
    assert second.ids(CUSTOMERS) == list(truth(box, PLAIN))
    assert read(box, CUSTOMERS, catalog=other, state=second.state).records(CUSTOMERS) == []


@pytest.mark.parametrize("path", [("fields", "City"), ("interests",)])
def test_a_field_that_is_selected_again_is_read_once_more(
    box: Sandbox, path: tuple[str, ...]
) -> None:
    catalog = discovered(box)
    first = read(box, CUSTOMERS, catalog=catalog)
    less = without(catalog, CUSTOMERS, *path)
    second = read(box, CUSTOMERS, catalog=less, state=first.state)
    assert second.records(CUSTOMERS) == []
    third = read(box, CUSTOMERS, catalog=catalog, state=second.state)
    assert upserted(third) == truth(box, PLAIN)
    assert read(box, CUSTOMERS, catalog=catalog, state=third.state).records(CUSTOMERS) == []


def test_a_complete_pass_that_is_killed_goes_on_and_is_not_begun_again(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.add_field(PLAIN, "Points", "integer")
    second = read(box, CUSTOMERS, state=first.state, page_size=50, max_api_calls=3)
    running = passed(second)
    assert running["since"] is None
    third = read(box, CUSTOMERS, state=second.state, page_size=50)
    assert third.ids(CUSTOMERS)[0] > running["last"]
    assert upserted(second, third) == truth(box, PLAIN)
    assert read(box, CUSTOMERS, state=third.state).records(CUSTOMERS) == []


def test_a_field_that_comes_in_the_middle_of_a_complete_pass_begins_it_again(box: Sandbox) -> None:
    first = read(box, CUSTOMERS, page_size=50, max_api_calls=3)
    assert passed(first)["since"] is None
    box.add_field(PLAIN, "Points", "integer")
    second = read(box, CUSTOMERS, state=first.state, page_size=50)
    assert upserted(second) == truth(box, PLAIN)
    assert read(box, CUSTOMERS, state=second.state).records(CUSTOMERS) == []


def test_a_field_that_comes_in_the_middle_of_a_later_pass_makes_it_complete(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    box.now = "2026-06-02T12:00:00+00:00"
    box.change_profiles(PLAIN, list(truth(box, PLAIN))[::2], fields={"City": "x"})
    second = read(box, CUSTOMERS, state=first.state, page_size=50, max_api_calls=2)
    assert passed(second)["since"] is not None
    box.add_field(PLAIN, "Points", "integer")
    third = read(box, CUSTOMERS, state=second.state, page_size=50)
    assert upserted(third) == truth(box, PLAIN)


def test_a_state_that_knows_no_fields_triggers_nothing_and_learns_them(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    del first.state["bookmarks"][CUSTOMERS]["fields"]
    box.add_field(PLAIN, "Points", "integer")
    second = read(box, CUSTOMERS, state=first.state)
    assert second.records(CUSTOMERS) == []
    box.add_field(PLAIN, "Level", "integer")
    third = read(box, CUSTOMERS, state=second.state)
    assert upserted(third) == truth(box, PLAIN)


def test_a_database_whose_filters_are_hidden_is_complete_each_time_and_says_it_once(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    first = read(box, KLANTEN)
    box.add_field(NASTY, "Nieuw", "integer")
    second = read(box, KLANTEN, state=first.state)
    assert "`Nieuw`" in caplog.text
    assert upserted(second, stream=KLANTEN) == truth(box, NASTY)
    caplog.clear()
    third = read(box, KLANTEN, state=second.state)
    assert third.error is None
    assert "`Nieuw`" not in caplog.text


@pytest.mark.parametrize("name", ["modified", "ID"])
def test_a_new_field_that_hides_a_filter_loses_no_row(box: Sandbox, name: str) -> None:
    first = read(box, CUSTOMERS, page_size=50)
    box.now = "2026-06-02T12:00:00+00:00"
    box.add_field(PLAIN, name, "integer" if name == "ID" else "datetime")
    box.change_profiles(PLAIN, list(truth(box, PLAIN))[::3], fields={"City": "x"})
    second = read(box, CUSTOMERS, state=first.state, page_size=50)
    assert second.error is None
    assert upserted(first, second) == truth(box, PLAIN)

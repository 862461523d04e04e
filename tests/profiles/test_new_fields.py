"""Fields that are new: rows that were read before them are read once more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests

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
    from collections.abc import Callable

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
        f"{CUSTOMERS}: new since the last complete read, or of another type or id: `Points`"
        in caplog.text
    )
    assert (
        f"{SUBPROFILES}: new since the last complete read, or of another type or id: `Voucher`"
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


def change(box: Sandbox, method: str, path: str, **given: str) -> None:
    """Change the fields of the plain database, as a user of Copernica does."""
    url, token = f"{box.url}/v2/database/{PLAIN}/{path}", {"access_token": box.token}
    answer = requests.request(
        method, url, params=token, json=given, timeout=30, allow_redirects=False
    )
    answer.raise_for_status()


def swap(box: Sandbox) -> None:
    """Let two fields of the same type swap their names."""
    ids = {one["name"]: one["ID"] for one in box.databases[0]["fields"]}
    change(box, "PUT", f"field/{ids['City']}", name="Passing")
    change(box, "PUT", f"field/{ids['Firstname']}", name="City")
    change(box, "PUT", f"field/{ids['City']}", name="Firstname")


def replace(box: Sandbox) -> None:
    """Remove a field, and add one of the same name and type."""
    (number,) = (one["ID"] for one in box.databases[0]["fields"] if one["name"] == "City")
    change(box, "DELETE", f"field/{number}")
    change(box, "POST", "fields", name="City", type="text")


def without_ids(catalog: dict[str, Any]) -> dict[str, Any]:
    """Give a catalog as earlier versions made it."""
    copied: dict[str, Any] = json.loads(json.dumps(catalog))
    for stream in copied["streams"]:
        if "database_name" in stream:
            said = json.loads(stream["database_name"])
            del said["fields"]
            stream["database_name"] = json.dumps(said)
    return copied


@pytest.mark.parametrize("pass_on", [swap, replace])
@pytest.mark.parametrize("cut", [False, True], ids=["complete", "in the middle of a pass"])
def test_a_name_that_passes_to_another_field_is_read_once_more(
    box: Sandbox,
    pass_on: Callable[[Sandbox], None],
    caplog: pytest.LogCaptureFixture,
    *,
    cut: bool,
) -> None:
    limit = {"page_size": 50, "max_api_calls": 3} if cut else {}
    first = read(box, CUSTOMERS, **limit)
    assert bool(passed(first)) is cut
    pass_on(box)
    second = read(box, CUSTOMERS, state=first.state)
    assert upserted(second) == truth(box, PLAIN)
    assert "of another type or id: `City`" in caplog.text
    assert read(box, CUSTOMERS, state=second.state).records(CUSTOMERS) == []


def test_an_old_catalog_of_a_day_ago_learns_ids_from_the_account(box: Sandbox) -> None:
    catalog = without_ids(discovered(box))
    box.now = "2026-06-03T12:00:00+00:00"
    first = read(box, CUSTOMERS, catalog=catalog)
    swap(box)
    second = read(box, CUSTOMERS, catalog=catalog, state=first.state)
    assert upserted(second) == truth(box, PLAIN)


def test_what_knows_no_ids_triggers_nothing_and_forgets_none(box: Sandbox) -> None:
    old = without_ids(discovered(box))
    state = None
    for catalog in (old, discovered(box), old, discovered(box)):
        run = read(box, CUSTOMERS, catalog=catalog, state=state)
        assert (run.records(CUSTOMERS) == []) is (state is not None)
        state = run.state
    swap(box)
    unaware = read(box, CUSTOMERS, catalog=old, state=state)
    assert unaware.records(CUSTOMERS) == []
    aware = read(box, CUSTOMERS, state=unaware.state)
    assert upserted(aware) == truth(box, PLAIN)

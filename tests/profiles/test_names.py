"""Columns and streams whose names change: read whole once more, with a line that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import discovered, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

NOW = "2026-06-01T12:00:00+00:00"
LATER = "2026-06-02T12:00:00+00:00"
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
PAIR = [("E-mail", "email"), ("e_mail", "text"), ("Name", "text")]
LEADS = "profiles_leads"
LONG = "Klanten van de winkel in de Kalverstraat te Amsterdam, vanaf het begin"
LONG_BEFORE = "profiles_klanten_van_de_winkel_in_de_kalverstraat_te_amsterdam_vanaf_het_begin"


@pytest.fixture
def leads(sandbox: Callable[..., Sandbox]) -> Callable[..., Sandbox]:
    """Start an account with one database of thirty profiles that has these fields."""

    def start(*fields: tuple[str, str], name: str = "Leads") -> Sandbox:
        layout = [{"name": name, "profiles": 30, "fields": list(fields)}]
        return sandbox(seed=3, layout=layout, clicks_per_day=0, now=NOW)

    return start


def columns(output: Any, stream: str = LEADS) -> set[str]:
    (schema,) = [
        m["schema"] for m in output.messages if m["type"] == "SCHEMA" and m["stream"] == stream
    ]
    names = set(schema["properties"])
    assert all(set(record) == names for record in output.records(stream))
    return {name for name in names if name.startswith("fields__")}


def other_name(output: Any) -> str:
    (name,) = columns(output) - {"fields__E-mail", "fields__Name"}
    return name


def test_a_state_of_before_brings_a_complete_pass_where_a_column_has_another_name(
    leads: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = leads(*PAIR)
    first = read(box, LEADS, **FLAT)
    assert other_name(first).startswith("fields__e_mail_")
    former = first.state
    del former["bookmarks"][LEADS]["columns"]
    box.now = LATER
    second = read(box, LEADS, state=former, **FLAT)
    assert len(second.ids(LEADS)) == 30
    (line,) = [one for one in caplog.messages if "other columns than before" in one]
    assert f"`e_mail` (now {other_name(second)})" in line
    assert "`E-mail`" not in line
    third = read(box, LEADS, state=second.state, **FLAT)
    assert third.ids(LEADS) == []


def test_a_complete_pass_that_was_cut_short_is_gone_on_with(leads: Callable[..., Sandbox]) -> None:
    box = leads(*PAIR)
    former = read(box, LEADS, **FLAT).state
    del former["bookmarks"][LEADS]["columns"]
    cut = read(box, LEADS, state=former, page_size=10, max_api_calls=2, **FLAT)
    assert 0 < len(cut.ids(LEADS)) < 30
    rest = read(box, LEADS, state=cut.state, page_size=10, **FLAT)
    assert sorted(cut.ids(LEADS) + rest.ids(LEADS)) == sorted(set(read(box, LEADS).ids(LEADS)))


def test_a_newcomer_with_the_same_letters_renames_no_column(leads: Callable[..., Sandbox]) -> None:
    box = leads(*PAIR[:1], *PAIR[2:])
    first = read(box, LEADS, **FLAT)
    box.add_field(11, "e_mail")
    second = read(box, LEADS, state=first.state, **FLAT)
    assert columns(first) < columns(second)


def test_when_the_first_of_a_pair_is_removed_the_other_gets_its_column_and_fills_it(
    leads: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    first = read(leads(*PAIR), LEADS, **FLAT)
    second = read(leads(*PAIR[1:]), LEADS, state=first.state, **FLAT)
    assert columns(second) == {"fields__e_mail", "fields__Name"}
    assert len(second.ids(LEADS)) == 30
    assert "`e_mail` (now fields__e_mail)" in caplog.text
    assert second.state["bookmarks"][LEADS]["columns"] is None


def test_a_field_that_comes_with_a_lower_id_takes_the_name_and_both_are_filled(
    leads: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    first = read(leads(*PAIR[1:]), LEADS, **FLAT)
    assert columns(first) == {"fields__e_mail", "fields__Name"}
    box = leads(*PAIR)
    second = read(box, LEADS, state=first.state, **FLAT)
    assert other_name(second).startswith("fields__e_mail_")
    assert f"`e_mail` (now {other_name(second)})" in caplog.text
    values = {row["ID"]: row["values"] for row in box.profiles(11)}
    assert {record["ID"] for record in second.records(LEADS)} == values.keys()
    for record in second.records(LEADS):
        assert record["fields__E-mail"] == values[record["ID"]]["E-mail"]
        assert record[other_name(second)] == values[record["ID"]]["e_mail"]


@pytest.mark.parametrize("columns", [{"e_mail": "x"}, [["e_mail"], 3, None], "x"])
def test_nonsense_in_the_state_costs_a_complete_pass_at_most(
    leads: Callable[..., Sandbox], columns: Any
) -> None:
    box = leads(*PAIR)
    state = read(box, LEADS, **FLAT).state
    state["bookmarks"][LEADS]["columns"] = columns
    output = read(box, LEADS, state=state, **FLAT)
    assert output.error is None
    assert len(output.ids(LEADS)) == 30


def test_a_stream_whose_name_was_longer_before_is_read_whole_under_its_new_one(
    leads: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    box = leads(*PAIR, name=LONG)
    (name,) = [one["tap_stream_id"] for one in discovered(box)["streams"] if "table_name" in one]
    assert len(name) == 63
    state = read(box, name).state
    state["bookmarks"] = {
        LONG_BEFORE: {"replication_key": "modified", "replication_key_value": LATER}
    }
    output = read(box, name, state=state)
    assert len(output.ids(name)) == 30
    (line,) = [one for one in caplog.messages if "was called" in one]
    assert LONG_BEFORE in line


def test_discovery_says_in_one_line_which_names_were_changed_and_how_to_choose_others(
    leads: Callable[..., Sandbox], caplog: pytest.LogCaptureFixture
) -> None:
    discovered(leads(*PAIR, name=LONG))
    stream, columns = (
        [one for one in caplog.messages if text in one] for text in ("__alias__", "`title`")
    )
    assert len(stream) == len(columns) == 1
    assert LONG in stream[0]
    assert "field `e_mail` is fields__e_mail_" in columns[0]
    assert "E-mail" not in columns[0]


def test_a_title_in_the_catalog_names_the_column(leads: Callable[..., Sandbox]) -> None:
    box = leads(*PAIR)
    catalog = discovered(box)
    (stream,) = [one for one in catalog["streams"] if one["tap_stream_id"] == LEADS]
    stream["schema"]["properties"]["fields"]["properties"]["e_mail"]["title"] = "second"
    output = read(box, LEADS, catalog=catalog, **FLAT)
    assert columns(output) == {"fields__E-mail", "fields__second", "fields__Name"}


@pytest.mark.parametrize("mapped", [False, True])
def test_records_on_the_sdk_s_path_have_the_same_columns(
    leads: Callable[..., Sandbox], *, mapped: bool
) -> None:
    box = leads(*PAIR)
    maps = {"stream_maps": {LEADS: {"twice": "ID * 2"}}} if mapped else {}
    output = read(box, LEADS, **FLAT, **maps)
    assert other_name(output).startswith("fields__e_mail_")
    values = {record["ID"]: record[other_name(output)] for record in output.records(LEADS)}
    assert values == {row["ID"]: row["values"]["e_mail"] for row in box.profiles(11)}

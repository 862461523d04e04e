"""Names that load anywhere: short enough, and different whatever a loader does to letters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_copernica.account.definitions import fields_schema
from tap_copernica.account.names import (
    FIELDS_PREFIX,
    MAX_BYTES,
    changed_columns,
    fitted,
    without_accents,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# What loaders do: PostgreSQL and DuckDB little, the SDK's own take characters out, others write `_`.
SDK_KEEPS = re.compile(r"[^a-zA-Z0-9_\-.\s]")


def of_the_sdk(name: str) -> str:
    kept = SDK_KEEPS.sub("", name).lower().strip()
    return kept.replace(".", "_").replace("-", "_").replace(" ", "_")


LOADERS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "sdk": of_the_sdk,
    "out": lambda name: re.sub("[^a-z0-9_]", "", name.lower()),
    "line": lambda name: re.sub("[^a-z0-9_]", "_", name.lower()),
    "one line": lambda name: re.sub("[^a-z0-9_]+", "_", name.lower()),
    "plain letters": lambda name: re.sub("[^a-z0-9_]", "_", without_accents(name)),
}


def columns(names: list[str]) -> list[str]:
    changed = changed_columns(names)
    return [FIELDS_PREFIX + changed.get(name, name) for name in names]


hard_names = st.lists(
    st.text(st.sampled_from('aAbé1_-. @"\n東'), max_size=5)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=90),
    unique=True,
    max_size=12,
)


@given(hard_names)
def test_columns_are_short_and_differ_whatever_a_loader_does(names: list[str]) -> None:
    made = columns(names)
    assert all(len(name.encode()) <= MAX_BYTES for name in made)
    assert not any('"' in name or "\n" in name for name in made)
    for change in LOADERS.values():
        assert len({change(name) for name in made}) == len(names)


@given(hard_names, hard_names)
def test_a_newcomer_renames_no_column(names: list[str], newcomers: list[str]) -> None:
    later = [name for name in newcomers if name not in names]
    assert columns([*names, *later])[: len(names)] == columns(names)


@pytest.mark.parametrize(
    "name",
    ["Email", "E-mail", "First name", "first_name", "firstname", "Prénom", "a.b", "2e adres", "東京", "100%",
     "", "it's", "x" * 55, "é" * 27],
)  # fmt: skip
def test_a_name_that_loads_stays(name: str) -> None:
    assert changed_columns([name]) == {}


@pytest.mark.parametrize("sign", ['"', "\0", "\t", "\n", "\x1f", "\x7f", "\x9f"])
def test_a_double_quote_or_a_control_character_becomes_a_line(sign: str) -> None:
    assert changed_columns([f"a{sign}b"]) == {f"a{sign}b": "a_b"}


def test_names_with_the_same_letters_that_no_loader_changes_all_stay() -> None:
    assert changed_columns(["first_name", "firstname", "first__name", "f_irstname"]) == {}


def test_the_first_of_those_that_collide_keeps_its_name() -> None:
    changed = changed_columns(["E-mail", "e_mail", "@Email", "Email", "Name"])
    assert changed.keys() == {"e_mail", "@Email", "Email"}
    assert all(title.startswith(f"{name}_") for name, title in changed.items())


def test_a_long_name_is_cut_alike_whatever_others_there_are() -> None:
    long = "é" * 60
    (alone,) = changed_columns([long]).values()
    assert changed_columns(["a", "é" * 61, long])[long] == alone
    assert len((FIELDS_PREFIX + alone).encode()) <= MAX_BYTES
    assert re.fullmatch("é+_[0-9a-f]{8}", alone)


def test_a_stream_s_name_is_cut_at_63_bytes() -> None:
    assert fitted("profiles_" + "a" * 54) == "profiles_" + "a" * 54
    assert fitted("profiles_" + "a" * 55) == "profiles_" + "a" * 45 + "_231a213e"
    assert len(fitted("é" * 64).encode()) <= MAX_BYTES


def test_the_lowest_id_is_first_whatever_the_api_s_order() -> None:
    rows: list[dict[str, Any]] = [
        {"ID": "9", "name": "e_mail", "type": "text"},
        {"id": 8, "name": "E-mail", "type": "text"},
    ]
    properties = fields_schema(rows)["properties"]
    assert list(properties) == ["e_mail", "E-mail"]
    assert "title" not in properties["E-mail"]
    assert properties["e_mail"]["title"].startswith("e_mail_")

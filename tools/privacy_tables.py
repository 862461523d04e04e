"""Writes the tables of `docs/privacy.md` from the schemas: `python -m tools.privacy_tables`."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from tap_copernica.account.definitions import schema_of_type
from tap_copernica.records.fields import Personal
from tap_copernica.records.personal import Action, class_of, everything_in, holds_text, usual_action
from tap_copernica.streams.profiles import BaseProfilesStream
from tools.stream_table import all_streams

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[1]
PAGE, MACRO = ROOT / "docs" / "privacy.md", ROOT / "dbt" / "macros" / "personal_columns.sql"
BEGIN, END = "<!-- {}: begin (make docs) -->", "<!-- {}: end -->"
_LOGS, _MANY = "log_", 6
# What `without_query` of `records/personal.py` does, in the SQL of DuckDB and of PostgreSQL.
_CUT = (
    r"""regexp_replace(regexp_replace("{}", '[?#].*$', '', 's'), """
    r"""'^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@', '\1', 's')"""
)
_PARTS = {
    Personal.PERSON: "blank",
    Personal.FREE_TEXT: "blank",
    Personal.URL: "cut",
    Personal.LINK: "links",
}
# Links by which a person is found. Others, as `id`, tell rows apart and stay.
_TO_PEOPLE = {
    *("profile", "profileid", "subprofile", "subprofileid", "destination", "messageID", "internal"),
}
_MACRO = """{#
  Written by `make docs` from the tap's schemas: what of each stream identifies a person (blank), may do so in
  a query (cut), and leads to one (links).
#}
{% macro personal_columns() %}
{{ return({"""
_DONE = {
    Action.KEEP: "as it is",
    Action.HASH: "hash",
    Action.CUT: "without query and fragment",
    Action.DROP: "no column",
}
# The types that Copernica's documentation names.
_TYPES = (
    *("text", "email", "phone", "phone_fax", "phone_gsm", "select", "big", "integer", "float"),
    *("date", "empty_date", "datetime", "empty_datetime", "foreign_key"),
)


def columns() -> str:
    """Give the table of every column that can identify a person, or joins to one."""
    found: dict[tuple[Personal, str, str, str], list[str]] = defaultdict(list)
    for stream in all_streams():
        properties = stream.own_schema["properties"]
        for path, kind in everything_in(stream.own_schema):
            if kind is not Personal.NONE:
                text = holds_text(properties[path[0]])
                hashed, dropped = (_done(kind, way, is_text=text) for way in ("hash", "drop"))
                found[kind, ".".join(path), hashed, dropped].append(stream.name)
    order = list(Personal)
    lines = ["| column | class | with `hash` | with `drop` | streams |", "|---|---|---|---|---|"]
    for kind, name, hashed, dropped in sorted(found, key=lambda one: (order.index(one[0]), one[1])):
        streams = _shortened(found[kind, name, hashed, dropped])
        lines.append(f"| `{name}` | {kind.value} | {hashed} | {dropped} | {streams} |")
    return "\n".join(lines)


def own_fields() -> str:
    """Give the table of the account's own fields, by the type that Copernica gives them."""
    lines = ["| type of the field | class | with `hash` | with `drop` |", "|---|---|---|---|"]
    kinds: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for name in _TYPES:
        schema = schema_of_type(name)
        kind, text = class_of(schema), holds_text(schema)
        done = (_done(kind, way, is_text=text) for way in ("hash", "drop"))
        kinds[(kind.value, *done)].append(f"`{name}`")  # type: ignore[index] # two ways
    for (kind_name, hashed, dropped), names in kinds.items():
        also = ", and any that is not known" if kind_name == Personal.PERSON.value else ""
        lines.append(f"| {', '.join(names)}{also} | {kind_name} | {hashed} | {dropped} |")
    return "\n".join(lines)


def statements() -> str:
    """Give the SQL that blanks, in a table for each stream, what `personal_data: drop` would leave out."""
    lines = ["```sql"]
    for stream in sorted(all_streams(), key=lambda one: one.name):
        changes = [
            f'"{name}" = {_CUT.format(name)}' if kind is Personal.URL else f'"{name}" = NULL'
            for name, field in stream.own_schema["properties"].items()
            if (kind := class_of(field)) in {Personal.PERSON, Personal.FREE_TEXT, Personal.URL}
        ]
        if changes and not isinstance(stream, BaseProfilesStream):
            lines.append(f"UPDATE {stream.name} SET {', '.join(changes)};")  # noqa: S608 - for the page
    return "\n".join([*lines, "```"])


def _done(kind: Personal, way: str, *, is_text: bool) -> str:
    return _DONE[usual_action(kind, way, is_text=is_text)]


def _shortened(streams: Iterable[str]) -> str:
    """Name the streams; many log files are a pattern."""
    names = sorted(streams)
    logs = [name for name in names if name.startswith(_LOGS)]
    if len(logs) <= _MANY:
        return ", ".join(f"`{name}`" for name in names)
    share = "" if len(logs) == sum(one.name.startswith(_LOGS) for one in all_streams()) else "most "
    rest = [f"`{name}`" for name in names if name not in logs]
    return ", ".join([*rest, f"{share}`{_LOGS}*`"])


def dbt_columns() -> str:
    """Give the macro of the dbt package that names what to blank, and what leads to a person."""
    lines = []
    for stream in sorted(all_streams(), key=lambda one: one.name):
        found: dict[str, list[str]] = {"blank": [], "cut": [], "links": []}
        for name, field in stream.own_schema["properties"].items():
            part = _PARTS.get(class_of(field))
            if part and not (part == "links" and name not in _TO_PEOPLE):
                found[part].append(name)
        if found["links"] and not isinstance(stream, BaseProfilesStream):
            parts = ", ".join(f"'{part}': {names}" for part, names in found.items() if names)
            lines.append(f"    '{stream.name}': {{{parts}}},")
    return "\n".join([_MACRO, *lines, "}) }}", "{% endmacro %}", ""])


TABLES = {"columns": columns, "own fields": own_fields, "statements": statements}


def updated(text: str) -> str:
    """Give the page's text with the tables of today."""
    for name, table in TABLES.items():
        before, rest = text.split(BEGIN.format(name))
        after = rest.split(END.format(name))[1]
        text = f"{before}{BEGIN.format(name)}\n\n{table()}\n\n{END.format(name)}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")
    MACRO.write_text(dbt_columns(), "utf-8")

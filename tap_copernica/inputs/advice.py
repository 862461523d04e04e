"""Lines about settings that `settings.read` does not give: of the JSON schema, unknown names, odd values."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from tap_copernica.inputs.personal import SHORTEST_KEY
from tap_copernica.inputs.urls import version_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tap_copernica.inputs.personal import PersonalSettings

_LONGEST = 200
_NEEDED_BY_DISCOVERY = frozenset(
    {"api_url", "api_version", "auth_url", "databases", "optional_fields", "optional_streams"}
)


def of_the_schema(
    errors: Iterable[str], problems: Iterable[str], properties: Mapping[str, Any]
) -> list[str]:
    """Give a line for each setting that the schema finds wrong and `settings.read` does not.

    Args:
        errors: lines of the SDK, which checks all settings against the schema.
        problems: lines of `settings.read`, which explains more about the tap's own settings.
        properties: the settings' schemas by name.
    """
    told = {line.split("`")[1] for line in problems}
    lines = []
    for error in errors:
        what, found, where = error.rpartition(" in config[")
        name = where.split("]")[0].strip("'\"") if found else ""
        if "is a required property" in error or name in told:
            continue
        said = "is of the wrong kind" if properties.get(name, {}).get("secret") else what[:_LONGEST]
        lines.append(f"`{name}`: {said}." if name else error[:_LONGEST])
    return lines


def drop_texts(schema: Any) -> None:
    """Remove texts from lists of schemas: the SDK's own schema has one, and a check fails at it."""
    for value in schema.values() if isinstance(schema, dict) else ():
        drop_texts(value)
    if isinstance(schema, dict) and isinstance(schema.get("anyOf"), list):
        schema["anyOf"] = [one for one in schema["anyOf"] if isinstance(one, dict)]
        for one in schema["anyOf"]:
            drop_texts(one)


def of_discovery(problems: Iterable[str]) -> list[str]:
    """Keep the lines about settings that would make a catalog wrong, or come from another host.

    A setting that is missing is no mistake here: discovery can do without it.
    """
    return [
        line
        for line in problems
        if line.split("`")[1] in _NEEDED_BY_DISCOVERY and "is missing" not in line
    ]


def odd(
    config: Mapping[str, Any],
    start: datetime | None,
    rereads: Mapping[str, datetime],
    personal: PersonalSettings,
    now: datetime,
) -> list[str]:
    """Give a line for each setting that is valid, but probably not what was meant.

    Args:
        config: what the user gave.
        start: `start_date`, in UTC.
        rereads: when each period that is to be read again begins, in UTC.
        personal: the settings on personal data.
        now: the time, in UTC.
    """
    lines = [
        f"`{name}` ends with {version}, which is left out: `api_version` says which version is read."
        for name in ("api_url", "bulk_url")
        if (version := version_in(config.get(name)))
    ]
    if start is not None and start > now:
        lines.append(
            f"`start_date` ({config['start_date']}) lies in the future: no event and no mailing is read "
            "until then. Give the date from which to read."
        )
    lines += [
        f"`reread` ({period}) lies in the future: nothing was read of it yet, so nothing is read again."
        for period, begin in rereads.items()
        if begin > now
    ]
    if personal.has_short_key:
        lines.append(
            f"`hash_key` has fewer than {SHORTEST_KEY} characters: who guesses it can guess every "
            "address from its hash. Give a long random text, such as `openssl rand -hex 32` writes. Another "
            "key changes all hashes: rows that are loaded do not join to new ones until they are read again."
        )
    return lines


def unknown_names(config: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Give a line for each name that is no setting, with the setting that was probably meant."""
    lines = []
    for name in sorted(set(config) - set(known)):
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else "."
        lines.append(f"`{name}` is no setting of this tap and does nothing{hint}")
    return lines


def unknown_variables(meant: Mapping[str, str], names: Iterable[str], prefix: str) -> list[str]:
    """Give a line for each environment variable that is no setting; its value is in none.

    Args:
        meant: the settings that were probably meant, by the variables' names.
        names: those of all settings that were given. Meltano exports a variable for each of them, so that
            `unknown_names` has told of it already.
        prefix: what the names of the tap's variables begin with.
    """
    told = {f"{prefix}{name.upper()}" for name in names}
    return [
        f"`{variable}` in the environment is no setting of this tap and does nothing; did you mean "
        f"`{prefix}{name.upper()}`?"
        for variable, name in meant.items()
        if variable not in told
    ]

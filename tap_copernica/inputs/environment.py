"""Reads settings that come as texts: from environment variables, as a shell or Meltano writes them."""

from __future__ import annotations

import difflib
import json
import logging
import math
import os
from typing import TYPE_CHECKING, Any

from tap_copernica.redaction import add_secret
from tap_copernica.sdk import load_dotenv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_YES = frozenset({"true", "1", "yes", "on"})
_NO = frozenset({"false", "0", "no", "off"})
# An empty text turns the bulk host off. Any other setting counts as not given if it is empty.
_MAY_BE_EMPTY = frozenset({"bulk_url"})
_LEVELS = frozenset(logging.getLevelNamesMapping())
# What people call a setting whose own name is not close to it.
_ALSO_CALLED = {"token": "access_token", "api_token": "access_token"}
_CLOSE = 0.8


def settings_of_environment(properties: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read the settings that environment variables give (`--config=ENV`), and a `.env` file.

    Args:
        properties: the settings' JSON schemas by name.
        prefix: what the variables' names begin with, such as `TAP_COPERNICA_`.

    Returns:
        The settings that are given, each with the type that its schema names. A text that cannot be read
        as that stays a text, and the check of the settings names it.
    """
    load_dotenv(prefix)
    add_secret(os.environ.get(f"{prefix}ACCESS_TOKEN", ""))
    found = {}
    for name, schema in properties.items():
        text = os.environ.get(prefix + name.upper().replace("-", "_"))
        if text is None or not (text.strip() or name in _MAY_BE_EMPTY):
            continue
        found[name] = value_of(text, schema)
    return found


def settings_of_texts(config: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Read lists, numbers and `reread` that came as texts in a configuration: Meltano passes them on so.

    Returns:
        The settings that were read, with their new values.
    """
    found = {}
    for name in config.keys() & properties.keys():
        text, kinds = config[name], _kinds(properties[name])
        if not isinstance(text, str):
            continue
        may_be_object = {"string", "object"} <= kinds and text.lstrip().startswith("{")
        if kinds & {"array", "number"} or may_be_object:
            found[name] = value_of(text, properties[name]) if text.strip() else None
    return found


def misspelt_variables(
    variables: Iterable[str], properties: Mapping[str, Any], prefix: str
) -> dict[str, str]:
    """Find environment variables that were probably meant to be settings of the tap, and are none.

    Other names with the prefix are no matter of the tap: Meltano exports names of its own, such as
    `TAP_COPERNICA__SELECT`, and one for each part of an object.

    Args:
        variables: the names of environment variables.
        properties: the settings' JSON schemas by name.
        prefix: what the variables' names begin with, such as `TAP_COPERNICA_`.

    Returns:
        The name of the setting that was probably meant, by the variable's name.
    """
    known = {prefix + name.upper().replace("-", "_") for name in properties}
    objects = tuple(f"{name}_" for name, one in properties.items() if "object" in _kinds(one))
    called = {**{name: name for name in properties}, **_ALSO_CALLED}
    found = {}
    for variable in sorted(set(variables) - known):
        name = variable[len(prefix) :].lower()
        is_ours = variable.upper().startswith(prefix) and not name.startswith(("_", *objects))
        close = difflib.get_close_matches(name, called, n=1, cutoff=_CLOSE) if is_ours else []
        if close:
            found[variable] = called[close[0]]
    return found


def value_of(text: str, schema: Mapping[str, Any]) -> Any:
    """Read a text as the type that a setting's schema names; give the text itself if it is no such value."""
    kinds, plain = _kinds(schema), text.strip()
    if "array" in kinds:
        return _list(plain)
    if "object" in kinds:
        return _json(plain, text)
    if "boolean" in kinds:
        return True if plain.lower() in _YES else False if plain.lower() in _NO else text
    if kinds & {"integer", "number"}:
        return _number(plain, text, whole="number" not in kinds)
    return text


def known_log_level(prefix: str) -> list[str]:
    """Set the log level to INFO if a variable names one that does not exist: Python would raise an error.

    Args:
        prefix: what the name of the tap's own variable begins with, such as `TAP_COPERNICA_`.

    Returns:
        A line for each variable that names no level.
    """
    lines = []
    for name in (f"{prefix}LOGLEVEL", "LOGLEVEL"):
        level = os.environ.get(name)
        if level and level.upper() not in _LEVELS:
            os.environ[name] = "INFO"
            lines.append(f"{name} names no log level; it is INFO now. Give DEBUG, INFO or WARNING.")
    return lines


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _json(plain: str, text: str | None) -> Any:
    try:
        return json.loads(plain)
    except (ValueError, RecursionError):
        return text


def _list(plain: str) -> Any:
    """Read a list: JSON, or entries with commas between them."""
    if not plain.startswith(("[", '"', "{")):
        return [entry.strip() for entry in plain.split(",") if entry.strip()]
    value = _json(plain, None)
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else plain


def _number(plain: str, text: str, *, whole: bool) -> Any:
    try:
        number = float(plain)
    except ValueError:
        return text
    if not math.isfinite(number) or not plain.isascii():
        return text
    if number.is_integer():
        return int(number)
    return text if whole else number

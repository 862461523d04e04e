"""Settings that name columns, compared with the columns that there are and with earlier settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_copernica.errors import RunError
from tap_copernica.inputs.personal import WAYS, PersonalSettings, of_text
from tap_copernica.records.personal import Action, Rules
from tap_copernica.streams.base import Stream

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping

    from singer_sdk.streams import Stream as SdkStream

    from tap_copernica.output.memory import RunMemory
    from tap_copernica.records.fields import Schema

_PERSONAL = "personal"  # the key in `RunMemory`
# What a stream's state has if no row of it was ever written.
_NO_ROWS = ("absent_on", "absent_at")
_STRENGTH = {Action.KEEP: 0, Action.CUT: 1, Action.HASH: 2, Action.DROP: 3}


def check_overrides(
    rules: Rules, kinds: Iterable[type[Stream]], streams: Mapping[str, SdkStream], *, known: bool
) -> None:
    """Refuse an exception of `personal_data_overrides` that matches no column.

    Args:
        rules: the settings on personal data.
        kinds: every stream whose schema is known without asking.
        streams: the streams of the run, those of the account's own databases among them.
        known: whether the account's own databases are known; else nothing is refused.

    Raises:
        RunError: that names the exceptions.
    """
    schemas: dict[str, Schema] = {vars(one)["name"]: vars(one)["schema"] for one in kinds}
    schemas |= {name: one.read_schema for name, one in streams.items() if isinstance(one, Stream)}
    columns = {name: _columns(schema) for name, schema in schemas.items()}
    unmatched = rules.unmatched(columns)
    if unmatched and known:
        msg = (
            f"Setting `personal_data_overrides` names what is no column: {', '.join(unmatched)}. Give "
            "`stream.field` or a pattern; docs/privacy.md lists the columns, the catalog those of profiles."
        )
        raise RunError(msg)


def tell_of_older_values(
    now: PersonalSettings,
    streams: Iterable[SdkStream],
    memory: RunMemory,
    logger: logging.Logger,
) -> None:
    """Warn, once, of the columns whose values of earlier runs differ from those of this one.

    What was written stays in the target: a later run changes at most the rows that it reads again.

    Args:
        now: the settings on personal data.
        streams: all streams, selected or not, with their state.
        memory: what the state keeps of the run; the settings are kept there.
        logger: takes the warnings.
    """
    kept = memory.kept.get(_PERSONAL)
    before, mark = of_text(kept)
    more: list[str] = []
    less: list[str] = []
    for stream in streams:
        if not isinstance(stream, Stream) or not _has_rows(stream):
            continue
        former = before
        if kept is None and (way := stream.progress("personal_data")) in WAYS:
            former = replace(before, way=way)  # where states of earlier versions have it
        old = stream.personal_actions(Rules(former))
        new = stream.personal_actions(Rules(now))
        step = {name: _strength(new, name) - _strength(old, name) for name in sorted({*old, *new})}
        for found, sign in ((more, 1), (less, -1)):
            names = ", ".join(name for name, one in step.items() if one * sign > 0)
            if names:
                found.append(f"{stream.name}: {names}")
    if more:
        logger.warning(
            "The settings on personal data are stricter than in earlier runs. What those wrote is still in "
            "the target (docs/privacy.md has the SQL that blanks it): %s.",
            "; ".join(more),
        )
    if less:
        logger.warning(
            "The settings on personal data are less strict than in earlier runs. Rows of those stay as they "
            "are until they are read again (setting `reread`, or a full refresh): %s.",
            "; ".join(less),
        )
    current = now.text
    _, new_mark = of_text(current)
    if mark is not None and new_mark not in {None, mark}:
        logger.warning(
            "`hash_key` is not the one of earlier runs: the same value has another hash in their rows."
        )
    if current != kept:
        memory.keep(**{_PERSONAL: current})


def _has_rows(stream: Stream) -> bool:
    """Tell whether an earlier run wrote rows of a stream, by its state."""
    # Not through the stream, which would begin a state of its own there.
    state = (stream.tap_state.get("bookmarks") or {}).get(stream.tap_stream_id) or {}
    return any(value is not None for name, value in state.items() if name not in _NO_ROWS)


def _strength(actions: Mapping[str, Action], name: str) -> int:
    return _STRENGTH[actions.get(name, Action.KEEP)]


def own_schemas(streams: Mapping[str, SdkStream]) -> dict[str, Schema]:
    """Give the schemas as the tap makes them, whatever a catalog says, by the stream's name."""
    return {name: one.own_schema for name, one in streams.items() if isinstance(one, Stream)}


def _columns(schema: Schema) -> list[str]:
    """Give the names of a schema's fields, and of the account's own fields, which are within `fields`."""
    properties = schema["properties"]
    return [*properties, *properties.get("fields", {}).get("properties", {})]

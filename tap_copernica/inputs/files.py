"""State and catalog as users give them: read in any Unicode form, repaired, or refused in one line.

"Sound" below means: in a form that the SDK and the streams can work with.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import orjson

from tap_copernica.errors import SettingsError
from tap_copernica.sdk import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]
_logger = logging.getLogger("tap-copernica")
# Keys that a state may be under: in a STATE message, and in what Meltano and its state files write.
_WRAPPED = ("value", "singer_state", "completed")
# What becomes of a bookmark that is no text. It is no date-time, so the stream refuses it.
_NOT_A_TEXT = "no text: {}"


def json_text(option: str, name: str, body: bytes) -> str:
    """Read a file of JSON, in UTF-8 or any other Unicode form, with or without a byte order mark.

    Args:
        option: the option that the file was given with, such as `--state`, for the message.
        name: the file's name.
        body: what it holds.

    Raises:
        SettingsError: if it is not a JSON object.
    """
    try:
        text = body.decode(json.detect_encoding(body))
        is_object = isinstance(load_json(text), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        what = "it is not a JSON object" if body.strip() else "it is empty, not a JSON object"
        raise SettingsError([f"`{option}` {name}: {what}."])
    return text


def sound_state(given: object) -> Json:
    """Make a state sound: unwrapped, without entries that are null.

    Raises:
        SettingsError: if it, or the entry of a stream, is not an object.
    """
    state = _unwrapped(given)
    if not state:
        return {}
    bookmarks = state.get("bookmarks")
    if not isinstance(bookmarks, dict) and bookmarks not in (None, []):
        raise SettingsError(["`--state`: its `bookmarks` are no JSON object."])
    if "bookmarks" not in state:
        _logger.warning(
            "`--state` holds no `bookmarks`, so nothing counts as read. If that is not what you meant, "
            "give the last STATE message that the target wrote."
        )
    sound = {}
    for stream, entry in (bookmarks or {}).items():
        if not isinstance(entry, dict) and entry not in (None, []):
            msg = f"`--state`: the entry of {stream} is no JSON object. Fix or remove it."
            raise SettingsError([msg])
        if entry:
            sound[stream] = _sound_entry(entry)
    for place, part in {**sound, **state}.items():
        _check_writable(place, part)
    return {**state, "bookmarks": sound}


def sound_catalog(given: Mapping[str, Any]) -> Json:
    """Make a catalog sound: each stream under its own id, without entries that are null.

    Raises:
        SettingsError: if it is not a catalog.
    """
    streams = given.get("streams")
    if not isinstance(streams, list):
        raise SettingsError(["`--catalog`: it holds no list of `streams`. Discover again."])
    entries = [_sound_stream(entry) for entry in streams if entry is not None]
    return {**given, "streams": entries}


def _unwrapped(given: object) -> Json:
    """Take a state out of the objects that it may be wrapped in."""
    state = given
    while isinstance(state, dict) and "bookmarks" not in state:
        inner = next((state[name] for name in _WRAPPED if isinstance(state.get(name), dict)), None)
        if inner is None:
            break
        state = inner
    if state is not None and not isinstance(state, dict):
        raise SettingsError(["`--state`: it is not a JSON object."])
    return state or {}


def _check_writable(place: str, part: object) -> None:
    """Make sure that a part of the state can be written, since each STATE writes the whole state."""
    try:
        orjson.dumps(part)
    except TypeError:
        msg = (
            f"`--state`: the entry {place} holds a number beyond 64 bits, a text that is no Unicode, or "
            "what is nested too deep. Fix or remove it."
        )
        raise SettingsError([msg]) from None


def _sound_entry(entry: Json) -> Json:
    """Give a stream's state without keys at which the SDK would fail, and with its bookmark as a text."""
    sound = {
        name: value
        for name, value in entry.items()
        if not (name == "partitions" and not _is_list_of_objects(value))
        and not (name == "progress_markers" and not isinstance(value, dict))
    }
    bookmark = sound.get("replication_key_value")
    if bookmark is not None and not isinstance(bookmark, str):
        sound["replication_key_value"] = _NOT_A_TEXT.format(json.dumps(bookmark, default=str))
    return sound


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _sound_stream(entry: object) -> Json:
    stream = entry.get("tap_stream_id") or entry.get("stream") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(stream, str):
        msg = "`--catalog`: an entry of `streams` has no `tap_stream_id`. Discover again."
        raise SettingsError([msg])
    schema = entry.get("schema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(properties, dict):
        msg = f"`--catalog`: the entry of {stream} has no schema with properties. Discover again."
        raise SettingsError([msg])
    if entry.get("stream") not in (None, stream):
        _logger.warning(
            "`--catalog`: %s is called %r under `stream`, which is ignored. To rename a stream, use "
            "`stream_maps` with `__alias__`.",
            stream,
            entry["stream"],
        )
    kept = {name: value for name, value in entry.items() if value is not None}
    return {
        **kept,
        "tap_stream_id": stream,
        "stream": stream,
        "schema": _sound_schema(schema),
        "metadata": _sound_metadata(stream, entry.get("metadata")),
    }


def _sound_schema(schema: Json) -> Json:
    kept = {name: value for name, value in schema.items() if value is not None}
    properties = kept.get("properties")
    if isinstance(properties, dict):
        found = {n: _sound_schema(v) for n, v in properties.items() if isinstance(v, dict)}
        kept["properties"] = found
    return kept


def _sound_metadata(stream: str, metadata: object) -> list[Json]:
    if metadata is not None and not isinstance(metadata, list):
        raise SettingsError([f"`--catalog`: the metadata of {stream} are no list. Discover again."])
    found = []
    for one in metadata or []:
        place = one.get("breadcrumb") if isinstance(one, dict) else None
        if isinstance(place, (list, tuple)) and all(isinstance(part, str) for part in place):
            of = one.get("metadata")
            kept = {n: v for n, v in of.items() if v is not None} if isinstance(of, dict) else {}
            found.append({**one, "metadata": kept})
    return found

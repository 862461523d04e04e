"""Bookmarks as they are written and read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.tap import TapCopernica
from tests.support.runs import catalog_of

if TYPE_CHECKING:
    from tap_copernica.streams.clicks import ClicksStream

MARCH, APRIL = "2024-03-01T00:00:00+00:00", "2024-04-01T00:00:00+00:00"


def clicks(state: dict[str, Any] | None = None, *, full: bool = False, **settings: Any) -> Any:
    catalog = catalog_of("clicks")
    (entry,) = (one for one in catalog["streams"] if one["tap_stream_id"] == "clicks")
    if full:
        entry["replication_method"] = "FULL_TABLE"
        for part in entry["metadata"]:
            if not part["breadcrumb"]:
                part["metadata"]["forced-replication-method"] = "FULL_TABLE"
    config = {"access_token": "a-token", "start_date": "2024-01-01", **settings}
    tap = TapCopernica(config=config, catalog=catalog, state={"bookmarks": {"clicks": state or {}}})
    return tap.streams["clicks"]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each STATE leave when it is written."""
    monkeypatch.setattr("tap_copernica.output.pace.SECONDS_BETWEEN_STATES", 0)


def written(stream: ClicksStream, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    stream._tap.message_writer.flush()  # type: ignore[attr-defined] # ours has it
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    return [line.get("value", {}).get("bookmarks", {}).get("clicks", line) for line in lines]


@pytest.mark.parametrize(
    ("state", "bookmark"),
    [
        ({}, None),
        ({"replication_key": "timestamp", "replication_key_value": MARCH}, MARCH),
        ({"replication_key_value": MARCH}, MARCH),  # older states of others
        ({"replication_key": "modified", "replication_key_value": MARCH}, None),
        ({"replication_key": "timestamp", "replication_key_value": None}, None),
        ({"replication_key": "timestamp"}, None),
    ],
)
def test_a_bookmark_is_a_text_for_this_replication_key(
    state: dict[str, Any], bookmark: str | None
) -> None:
    assert clicks(state).bookmark == bookmark
    assert clicks(state, full=True).bookmark is None


def test_each_state_says_all_that_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    stream = clicks()
    stream.write_state(MARCH)
    stream.write_state(cursor=3, other=None)
    stream.write_state(APRIL, cursor=None)
    march = {"replication_key": "timestamp", "replication_key_value": MARCH}
    assert written(stream, capsys) == [
        march,
        {**march, "cursor": 3},  # what was never there is not written as None
        {**march, "replication_key_value": APRIL, "cursor": None},  # what is over, is
    ]
    assert (stream.progress("cursor"), stream.progress("other")) == (None, None)


def test_the_meaning_of_rows_is_kept_with_the_bookmark_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = clicks(timezone="Europe/Paris")
    stream.write_state(window_seconds=5)
    stream.write_state(MARCH)
    first, second = written(stream, capsys)
    assert first == {"window_seconds": 5}
    assert second["timezone"] == "Europe/Paris"
    assert stream.progress("timezone") == "Europe/Paris"


@pytest.mark.parametrize(
    ("state", "settings", "changed"),
    [
        ({"replication_key_value": MARCH}, {}, []),
        ({"replication_key_value": MARCH}, {"timezone": "Europe/Paris"}, ["timezone"]),
        (
            {"replication_key_value": MARCH, "timezone": "Europe/Paris"},
            {"timezone": "Europe/Paris"},
            [],
        ),
        ({"replication_key_value": MARCH, "unique_clicks": True}, {}, ["unique_clicks"]),
        ({}, {"timezone": "Europe/Paris"}, []),
    ],
)
def test_a_changed_meaning_matters_where_there_is_a_bookmark(
    state: dict[str, Any], settings: dict[str, Any], changed: list[str]
) -> None:
    assert clicks(state, **settings).changed_meanings() == changed


def test_a_full_table_has_progress_and_a_version_but_no_bookmark(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = clicks(full=True)
    assert stream.version is None
    stream.write_state(MARCH, cursor=1)
    assert written(stream, capsys) == []
    stream.version = 17
    assert stream.version == 17
    stream.write_progress(version=17, last=3)
    stream.write_progress(version=None)
    assert written(stream, capsys) == [{"version": 17, "last": 3}, {"version": None, "last": 3}]


def test_the_version_is_activated_once_and_when_told(capsys: pytest.CaptureFixture[str]) -> None:
    stream = clicks(full=True, emit_activate_version_messages=True)
    stream.activate_version()
    stream._write_activate_version_message(17)
    assert written(stream, capsys) == []
    stream.activate_version()
    stream.activate_version()
    assert written(stream, capsys) == [
        {"type": "ACTIVATE_VERSION", "stream": "clicks", "version": 17}
    ]

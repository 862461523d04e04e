"""Other settings on personal data than before: what the target still has is named, once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import CUSTOMERS, discovered
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a long key that nobody guesses"
STREAMS = ("clicks", "deliveries", CUSTOMERS)
STRICTER, LESS, OTHER_KEY = "are stricter than", "are less strict than", "`hash_key` is not the one"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=3, days=2, profiles=20, now="2026-06-01T12:00:00+00:00") as found:
        yield found


def state_after(box: Sandbox, state: Any = None, **settings: Any) -> dict[str, Any]:
    """Read, under a catalog that discovery makes under the same settings."""
    catalog = discovered(box, **settings)
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in STREAMS
    output = run(box, state=state, catalog=catalog, start_date="2026-05-30", **settings)
    assert output.error is None
    return output.state


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give the warnings about changed settings since the last time."""
    parts = (STRICTER, LESS, OTHER_KEY)
    found = [one for one in caplog.messages if any(part in one for part in parts)]
    caplog.clear()
    return found


def test_a_stricter_setting_names_the_columns_that_the_target_has_once(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = state_after(box)
    assert told(caplog) == []
    assert "personal" not in state.get("run", {})
    state = state_after(box, state, personal_data="drop")
    (line,) = told(caplog)
    assert STRICTER in line
    assert "clicks: ip, link, useragent" in line
    assert f"{CUSTOMERS}: " in line
    assert "text fields" in line
    assert "deliveries" not in line
    state_after(box, state, personal_data="drop")
    assert told(caplog) == []


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"personal_data_overrides": {"clicks.ip": "drop"}}, "clicks: ip."),
        (
            {"personal_data": "drop", "personal_data_overrides": {"*.useragent": "keep"}},
            "clicks: ip, link;",
        ),
    ],
)
def test_an_exception_counts_like_the_setting(
    box: Sandbox, caplog: pytest.LogCaptureFixture, settings: dict[str, Any], named: str
) -> None:
    state = state_after(box)
    told(caplog)
    state_after(box, state, **settings)
    (line,) = told(caplog)
    assert named in line


def test_from_hashes_to_nothing_names_the_hashes_and_back_says_that_old_rows_stay(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = state_after(box, personal_data="hash", hash_key=KEY)
    assert told(caplog) == []
    assert KEY not in json.dumps(state)
    state = state_after(box, state, personal_data="drop")
    (line,) = told(caplog)
    assert "clicks: ip, useragent" in line
    state = state_after(box, state)
    (line,) = told(caplog)
    assert LESS in line
    assert state["run"]["personal"] is None
    state_after(box, state, personal_data="drop")
    assert len(told(caplog)) == 1


def test_another_key_is_told(box: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    state = state_after(box, personal_data="hash", hash_key=KEY)
    state_after(box, state, personal_data="hash", hash_key="another key, as long")
    assert [OTHER_KEY in line for line in told(caplog)] == [True]


def test_a_state_that_keeps_the_setting_by_stream_is_understood(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    state = state_after(box)
    state["bookmarks"]["clicks"]["personal_data"] = "drop"
    state["bookmarks"].pop(CUSTOMERS)
    told(caplog)
    state_after(box, state, personal_data="drop")
    assert told(caplog) == []


def test_a_state_that_makes_no_sense_stops_no_run(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    for text in ("{", "[]", '{"personal_data_overrides": 3, "plain_fields": "x"}', 4):
        state = state_after(box)
        state.setdefault("run", {})["personal"] = text
        state_after(box, state)
        assert told(caplog) == []

"""A setting that changes what rows mean is noticed where there is a bookmark, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

NOW = "2024-06-01T12:00:00+00:00"
PARIS = {"timezone": "Europe/Paris"}
UNIQUE = {"unique_clicks": True}


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({}, PARIS, ["timezone"]),
        (PARIS, {}, ["timezone"]),
        ({}, UNIQUE, ["unique_clicks"]),
        (UNIQUE, {}, ["unique_clicks"]),
        (PARIS, PARIS, []),
        ({}, {"timezone": "Europe/Amsterdam", "unique_clicks": False}, []),
    ],
)
def test_a_change_over_a_bookmark_is_a_warning_once(
    sandbox: Callable[..., Sandbox],
    caplog: pytest.LogCaptureFixture,
    before: dict[str, Any],
    after: dict[str, Any],
    changed: list[str],
) -> None:
    box = sandbox(days=4, now=NOW)
    first = run(box, start_date="2024-05-28", **before)
    assert "was another" not in caplog.text
    second = run(box, start_date="2024-05-28", state=first.state, **after)
    for name in ("timezone", "unique_clicks"):
        assert (f"clicks: `{name}` was another" in caplog.text) == (name in changed)
    box.now = "2024-06-03T12:00:00+00:00"  # the bookmark of whole days moves too
    second = run(box, start_date="2024-05-28", state=second.state or first.state, **after)
    caplog.clear()
    run(box, start_date="2024-05-28", state=second.state, **after)
    assert "was another" not in caplog.text


def test_the_defaults_add_nothing_to_the_state(sandbox: Callable[..., Sandbox]) -> None:
    box = sandbox(days=2, now=NOW)
    state = run(box, start_date="2024-05-30").state["bookmarks"]["clicks"]
    assert not {"timezone", "unique_clicks"} & set(state)

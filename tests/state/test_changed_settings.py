"""A setting that changes what rows mean is noticed where there is a bookmark, once."""

from __future__ import annotations

from operator import itemgetter
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
    assert "had another value" not in caplog.text
    second = run(box, start_date="2024-05-28", state=first.state, **after)
    for name in ("timezone", "unique_clicks"):
        assert (f"clicks: `{name}` had another value" in caplog.text) == (name in changed)
    box.now = "2024-06-03T12:00:00+00:00"  # the bookmark of whole days moves too
    second = run(box, start_date="2024-05-28", state=second.state or first.state, **after)
    caplog.clear()
    run(box, start_date="2024-05-28", state=second.state, **after)
    assert "had another value" not in caplog.text


def test_the_defaults_add_nothing_to_the_state(sandbox: Callable[..., Sandbox]) -> None:
    box = sandbox(days=2, now=NOW)
    state = run(box, start_date="2024-05-30").state["bookmarks"]["clicks"]
    assert not {"timezone", "unique_clicks"} & set(state)


PER_MAILING = [
    "emailing_statistics", "publisher_emailing_statistics", "publisher_test_groups",
    "publisher_final_groups", "publisher_test_group_statistics",
]  # fmt: skip
PER_DAY = ["consumption", "log_cdm_delivery"]
DATES: dict[str, Any] = {"days": 40, "clicks_per_day": 8, "mailings_per_day": 4, "seed": 5}


@pytest.mark.parametrize(
    "stream", ["clicks", "emailings", "publisher_destinations", *PER_MAILING, *PER_DAY]
)
def test_a_start_in_the_future_leaves_no_bookmark_that_would_hide_the_past(
    sandbox: Callable[..., Sandbox], stream: str
) -> None:
    box = sandbox(**DATES, now="2026-06-01T12:00:00+00:00")
    settings: dict[str, Any] = {"streams": (stream,), "statistics_window_days": 0}
    wrong = run(box, start_date="2126-01-01", **settings)
    state = wrong.state if wrong.states else None
    right = run(box, start_date="2026-05-27", state=state, **settings)
    assert right.error is None
    assert right.records(stream)
    assert right.records(stream) == run(box, start_date="2026-05-27", **settings).records(stream)


@pytest.mark.parametrize("others", [(), ("emailings", "publisher_emailings")])
@pytest.mark.parametrize("stream", [*PER_MAILING, *PER_DAY])
def test_a_start_after_the_bookmark_skips_nothing_that_lies_between(
    sandbox: Callable[..., Sandbox], stream: str, others: tuple[str, ...]
) -> None:
    """As with a `start_date` of "a week ago" after three weeks without a run."""
    box = sandbox(**DATES, now="2026-05-10T12:00:00+00:00")
    settings: dict[str, Any] = {"streams": (stream,), "statistics_window_days": 0}
    before = run(box, start_date="2026-05-03", **settings)
    box.now = "2026-06-01T12:00:00+00:00"
    settings["streams"] = (stream, *others)
    after = run(box, start_date="2026-05-25", state=before.state, **settings)
    whole = run(box, start_date="2026-05-03", **settings)
    assert after.error is None
    for other in others:
        assert all(record["timestamp"] >= "2026-05-24T22" for record in after.records(other))
    (key,) = {
        tuple(message["key_properties"])
        for message in whole.messages
        if message["type"] == "SCHEMA" and message["stream"] == stream
    }
    of = itemgetter(*key)
    found = {of(record) for output in (before, after) for record in output.records(stream)}
    assert found == {of(record) for record in whole.records(stream)}

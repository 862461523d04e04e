"""What has no time is read once per calendar day, and what an API lacks is asked for once per day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tools.pipeline import Pipeline, clock_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT: dict[str, Any] = {
    "seed": 5, "days": 10, "clicks_per_day": 20, "mailings_per_day": 2, "databases": 1, "profiles": 30,
}  # fmt: skip
MORNING = "2026-06-01T06:10:00+00:00"
LISTS = {
    *("account", "collection_fields", "collections", "database_fields", "database_interests"),
    *("databases", "publisher_documents", "publisher_templates", "templates"),
}
PLANNED = {"scheduled_emailings", "publisher_scheduled_emailings"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(**ACCOUNT, now=MORNING) as running, clock_of(running):
        yield running


def pipeline(box: Sandbox, **settings: Any) -> Pipeline:
    return Pipeline(
        box, {"start_date": "2026-05-25", "emit_activate_version_messages": True, **settings}
    )


def test_what_has_no_time_is_read_once_per_day_and_else_sends_nothing_at_all(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = pipeline(box)
    runs.run()
    assert set(runs.streams("SCHEMA")) >= LISTS | PLANNED
    caplog.clear()
    box.now = "2026-06-01T07:10:00+00:00"
    runs.run()
    assert not LISTS & {message.get("stream") for message in runs.messages}
    assert set(runs.streams("RECORD")) >= {"emailings", "publisher_emailings"}
    assert set(runs.streams("ACTIVATE_VERSION")) == PLANNED
    (line,) = [one for one in caplog.messages if "Not asked for in this run: " in one]
    for name in LISTS | {"full_table_frequency"}:
        assert name in line
    box.now = "2026-06-01T22:00:00+00:00"  # midnight in Amsterdam
    runs.run()
    assert set(runs.streams("SCHEMA")) >= LISTS


def test_a_daily_job_that_runs_a_minute_earlier_each_day_never_skips_a_day(box: Sandbox) -> None:
    runs = pipeline(box)
    for now in ("2026-06-01T06:10", "2026-06-02T06:09", "2026-06-03T06:08"):
        box.now = f"{now}:00+00:00"
        runs.run()
        assert set(runs.streams("SCHEMA")) >= LISTS


def test_with_always_they_are_read_in_every_run(box: Sandbox) -> None:
    runs = pipeline(box, full_table_frequency="always")
    runs.run()
    runs.run()
    assert set(runs.streams("SCHEMA")) >= LISTS


def _deselect(runs: Pipeline) -> None:
    for stream in runs.catalog["streams"]:
        for entry in stream["metadata"]:
            if stream["tap_stream_id"] == "templates" and entry["breadcrumb"] == [
                "properties",
                "name",
            ]:
                entry["metadata"]["selected"] = False


def _widen(runs: Pipeline) -> None:
    runs.settings["optional_fields"] = ["publisher_documents.source"]
    runs.catalog = None


def _map(runs: Pipeline) -> None:
    runs.settings["stream_maps"] = {"templates": {"subject": "str(subject).lower()"}}


def _flatten(runs: Pipeline) -> None:
    runs.settings |= {"flattening_enabled": True, "flattening_max_depth": 1}


def _refresh(runs: Pipeline) -> None:
    runs.state = None


@pytest.mark.parametrize(
    ("change", "stream"),
    [
        (_deselect, "templates"),
        (_widen, "publisher_documents"),
        (_map, "templates"),
        (_flatten, "templates"),
        (_refresh, "templates"),
    ],
)
def test_what_would_look_otherwise_is_read_again(box: Sandbox, change: Any, stream: str) -> None:
    runs = pipeline(box)
    runs.run()
    change(runs)
    runs.run(discovers=False)
    assert stream in runs.streams("RECORD")
    runs.run(discovers=False)
    assert stream not in runs.streams("SCHEMA")


def test_what_failed_is_read_again(box: Sandbox) -> None:
    runs = pipeline(box, max_tries=1)
    box.fault("html", path="/v2/ms/templates", times=1)
    with pytest.raises(Exception, match="templates"):
        runs.run()
    state = runs.state
    runs.run()
    assert state is None or runs.streams("RECORD")
    assert "templates" in runs.streams("RECORD")


@pytest.mark.parametrize(
    ("mailings", "field", "path"),
    [
        ("emailings", "template", "ms/templates"),
        ("publisher_emailings", "template", "publisher/templates"),
        ("publisher_emailings", "document", "publisher/documents"),
    ],
)
def test_a_list_that_lacks_what_a_mailing_names_is_read_again_once(
    box: Sandbox, mailings: str, field: str, path: str
) -> None:
    runs = pipeline(box)
    runs.run()
    # The list never has them, as if they had been removed since: no reason to ask for it in every run.
    for hour, number in ((7, 900), (8, 901)):
        box.add(mailings, [{"timestamp": f"2026-06-01 0{hour + 1}:50:00", field: number}])
        box.now = f"2026-06-01T0{hour}:10:00+00:00"
        runs.run()
        assert runs.calls[f"/v2/{path}"] == 1
        runs.run()
        assert runs.calls[f"/v2/{path}"] == 0


def test_an_endpoint_that_the_account_lacks_costs_a_call_and_a_warning_per_day(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    runs = pipeline(box)

    def warnings() -> int:
        found = sum("Stream `unsubscribes` is skipped" in one for one in caplog.messages)
        caplog.clear()
        return found

    path = "/v2/ms/unsubscribes"
    runs.run()
    assert (runs.calls[path], warnings()) == (1, 1)
    runs.run()
    assert (runs.calls[path], warnings()) == (0, 0)
    runs.settings["api_url"] = box.url.replace("127.0.0.1", "localhost")
    runs.run()
    assert (runs.calls[path], warnings()) == (1, 1)
    del runs.settings["api_url"]
    runs.settings["api_version"] = "v3"
    runs.run()
    assert runs.calls["/v3/ms/unsubscribes"] >= 1
    runs.settings["api_version"] = "v2"
    runs.run()
    assert (runs.calls[path], warnings()) == (1, 1)
    box.now = "2026-06-02T07:10:00+00:00"
    runs.run()
    assert (runs.calls[path], warnings()) == (1, 1)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_right_is_no_absence(box: Sandbox, status: int) -> None:
    runs = pipeline(box)
    box.fault("400", path="/v2/ms/abuses", status=status, message="No rights", times=99)
    for _ in range(2):
        with pytest.raises(Exception, match="abuses"):
            runs.run()
        assert "absent_on" not in json.dumps(runs.state["bookmarks"].get("abuses"))

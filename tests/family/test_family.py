"""Every stream that is read by time, in every version, over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tap_copernica.tap import TapCopernica
from tests.support.derived import DERIVED
from tests.support.runs import Output, catalog_of, run

NOON = "2026-06-01T12:00:00+00:00"
EDGE = "2026-06-01T11:55:00+00:00"
MIDNIGHT = "2026-05-31T22:00:00+00:00"
SINCE = "2026-05-04T22:00:00+00:00"
VERSIONS = ["v2", "v3", "v4"]
DOCUMENTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "documented_fields.json").read_text()
)
STREAMS = sorted(set(DOCUMENTED) - {"account"})
ACCOUNT: dict[str, Any] = {"seed": 7, "days": 35, "clicks_per_day": 12, "now": NOON}


def key_of(stream: str) -> str:
    return "id" if stream.endswith(("emailings", "destinations")) else "ID"


def truth(box: Sandbox, stream: str, since: str = SINCE) -> set[str]:
    until = MIDNIGHT if stream.endswith("destinations") else EDGE
    return {
        str(row.get("id", row.get("ID")))
        for row in box.rows(stream)
        if since <= row["instant"].isoformat() < until
    }


def keys(output: Output, stream: str) -> list[str]:
    return [str(record[key_of(stream)]) for record in output.records(stream)]


def read(box: Sandbox, version: str, state: Any = None, **settings: Any) -> Output:
    return run(
        box,
        state=state,
        streams=(*STREAMS, "account"),
        start_date=SINCE,
        api_version=version,
        **settings,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_every_stream_is_the_account_and_a_second_run_brings_what_is_new(version: str) -> None:
    with Sandbox(**ACCOUNT) as box:
        first = read(box, version)
        assert first.error is None
        offered = [s for s in STREAMS if not (version == "v2" and s == "unsubscribes")]
        for stream in offered:
            assert sorted(keys(first, stream)) == sorted(truth(box, stream)), stream
        validators = {
            m["stream"]: jsonschema.Draft202012Validator(m["schema"])
            for m in first.messages
            if m["type"] == "SCHEMA"
        }
        for stream, validator in validators.items():
            for record in first.records(stream)[::20]:
                validator.validate(record)
        box.reset_calls()
        box.now = "2026-06-01T13:00:00+00:00"
        second = read(box, version, first.state)
        for stream in offered:
            since = "2026-05-01T00:00:00" if "emailings" in stream else "2026-06-01T08:55:00"
            expected = {
                str(row.get("id", row.get("ID")))
                for row in box.rows(stream)
                if max(since, SINCE) <= row["instant"].isoformat() < "2026-06-01T12:55:00"
            }
            assert set(keys(second, stream)) == (
                set() if stream.endswith("destinations") else expected
            ), stream
        assert box.calls.total() == len(offered) - 1 + (version == "v4")


@pytest.mark.parametrize("to_inclusive", [True, False])
@pytest.mark.parametrize("begin_inclusive", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_whole_days_are_exact_however_their_bounds_are_meant(
    version: str, *, begin_inclusive: bool, to_inclusive: bool
) -> None:
    switches = {"to_inclusive": to_inclusive, "begin_inclusive": begin_inclusive}
    with Sandbox(**ACCOUNT, switches=switches) as box:
        streams = ("destinations", "publisher_destinations", "emailings", "publisher_emailings")
        output = run(box, streams=streams, start_date=SINCE, api_version=version, page_size=100)
        assert output.error is None
        for stream in streams:
            assert sorted(keys(output, stream)) == sorted(truth(box, stream)), stream


def test_a_day_of_hourly_runs_makes_the_calls_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(**ACCOUNT) as box:
        monkeypatch.setattr("tap_copernica.clock.now", lambda: box.now)  # both clocks are right
        box.now = "2026-06-01T00:30:00+00:00"
        state = run(box, streams=("destinations",), start_date=SINCE).state
        box.reset_calls()
        for hour in range(1, 22):
            box.now = f"2026-06-01T{hour:02}:30:00+00:00"
            output = run(box, streams=("destinations",), start_date=SINCE, state=state)
            assert output.error is None
        assert box.calls.total() == 0
        box.now = "2026-06-01T22:30:00+00:00"  # the day is over in Amsterdam
        output = run(box, streams=("destinations",), start_date=SINCE, state=state)
        assert set(keys(output, "destinations")) >= {
            str(row["id"])
            for row in box.rows("destinations")
            if MIDNIGHT <= row["instant"].isoformat() < "2026-06-01T22:00:00"
        }


SWITCHES: list[dict[str, Any]] = [
    {"order": "shuffled", "page_cap": 70, "cap_echoed": False},
    {"total": "absent", "order": "desc"},
    {"total": "account"},
    {"total": "three_high"},
    {"seam": "repeat"},
    {"key_case": "mixed", "id_type": "mixed", "nothing": "mixed"},
    {"extra_fields": True},
    {"begin_inclusive": False, "end_inclusive": True},
]


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
@pytest.mark.parametrize("stream", ["impressions", "publisher_clicks", "emailings", "destinations"])
def test_one_stream_of_each_filter_is_exact_whatever_the_api_does(
    stream: str, switches: dict[str, Any]
) -> None:
    with Sandbox(seed=3, days=12, clicks_per_day=12, now=NOON, switches=switches) as box:
        output = run(box, streams=(stream,), start_date="2026-05-22T22:00:00Z", page_size=40)
        assert output.error is None
        expected = truth(box, stream, "2026-05-22T22:00:00+00:00")
        assert sorted(keys(output, stream)) == sorted(expected)


def test_an_ignored_condition_in_fields_is_an_error_and_the_others_run() -> None:
    with Sandbox(**ACCOUNT, switches={"fields_ignored": True}) as box:
        output = run(
            box, streams=("publisher_clicks", "unsubscribes", "clicks"), start_date="2026-05-30"
        )
        assert isinstance(output.error, RunError)
        assert "publisher_clicks: the API ignores the filter" in output.error.message
        assert output.records("publisher_clicks") == []
        assert output.records("clicks")


def test_selecting_one_stream_calls_no_other_endpoint() -> None:
    with Sandbox(**ACCOUNT) as box:
        run(box, streams=("publisher_errors",), start_date=SINCE)
        assert set(box.calls) == {"/v2/publisher/errors"}


def test_counters_and_joins_fit_together() -> None:
    with Sandbox(seed=7, days=20, clicks_per_day=12, now=NOON) as box:
        output = run(
            box,
            streams=tuple(STREAMS),
            api_version="v3",
            start_date="2026-05-01",
            lag_minutes=0,
        )
        assert output.error is None
        mailings = {record["id"]: record for record in output.records("publisher_emailings")}
        for kind in ("clicks", "impressions", "errors", "unsubscribes", "abuses"):
            events = output.records(f"publisher_{kind}")
            assert {event["emailing"] for event in events} <= set(mailings)
            counted = Counter(event["emailing"] for event in events)
            assert {number: mailing[kind] for number, mailing in mailings.items()} == {
                number: counted[number] for number in mailings
            }
        for prefix, name in (("", "id"), ("publisher_", "internal")):
            recipients = {record[name] for record in output.records(f"{prefix}destinations")}
            late = {
                record["destination"]
                for record in output.records(f"{prefix}clicks")
                if record["timestamp"] < MIDNIGHT
            }
            assert late <= recipients


@pytest.mark.parametrize("version", VERSIONS)
def test_discovery_gives_every_stream_described_and_needs_no_call(version: str) -> None:
    streams = {s["tap_stream_id"]: s for s in catalog_of("clicks", api_version=version)["streams"]}
    newest = catalog_of("clicks", api_version="v4")  # has all streams
    reference = {s["tap_stream_id"]: s["schema"] for s in newest["streams"]}
    assert set(DOCUMENTED) <= set(streams)
    for name, stream in streams.items():
        assert stream["key_properties"]
        assert stream["schema"] == reference[name]
        assert all(field["description"] for field in stream["schema"]["properties"].values())


@pytest.mark.parametrize("stream", sorted(DOCUMENTED))
def test_the_schema_has_every_documented_field_and_no_other(stream: str) -> None:
    config = {"optional_streams": ["publisher_destinations"]}
    tap = TapCopernica(config=config, validate_config=False, setup_mapper=False)
    schema = tap.streams[stream].schema

    def names(properties: dict[str, Any], prefix: str = "") -> set[str]:
        found = set()
        for name, field in properties.items():
            found.add(prefix + name)
            found |= names(field.get("properties", {}), f"{prefix}{name}.")
        return found

    documented = {name.replace("-", "_") for name in DOCUMENTED[stream]["fields"]}
    aliases = {"ID"} if "id" in schema["properties"] else set()
    assert documented - aliases <= names(schema["properties"])
    assert set(schema["properties"]) - set(DERIVED) <= documented

"""Each switch of the simulated API, in both positions, gives the right answer in the findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import tap_copernica.doctor
from copernica_sandbox import Sandbox
from tap_copernica.doctor.command import diagnose, status_of
from tap_copernica.doctor.report import markdown
from tap_copernica.sdk import ConfigInput
from tests.support.crossed import crossed

if TYPE_CHECKING:
    from tap_copernica.doctor.findings import Findings

NOW = "2026-06-10T12:00:00+00:00"
START = "2026-06-02"
SCHEMA = json.loads((Path(tap_copernica.doctor.__file__).parent / "schema.json").read_text("utf-8"))
VERSIONS = ["v2", "v3", "v4"]


def account(**options: Any) -> Sandbox:
    plain = {"seed": 3, "days": 9, "clicks_per_day": 250, "now": NOW, "profiles": 1200}
    return Sandbox(**{**plain, **options})


def examined(box: Sandbox, *, calls: int = 150, **settings: Any) -> Findings:
    given = {
        "access_token": box.token,
        "api_url": box.url,
        "bulk_url": box.bulk_url,
        "start_date": START,
        "backoff_seconds": 0.001,
        **settings,
    }
    options = {name: given.pop(name) for name in ("watch", "wait", "shapes") if name in given}
    box.reset_calls()
    findings, made = diagnose(ConfigInput(config=given), calls=calls, **options)
    assert box.calls.total() <= made <= calls
    jsonschema.validate(findings.as_json(made), SCHEMA)
    return findings


def assert_found(findings: Findings, expected: dict[str, Any]) -> None:
    found = {key: findings.answer(key) for key in expected}
    assert found == expected, {key: findings.by_key.get(key) for key in expected}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_account_as_documented(version: str) -> None:
    with account() as box:
        findings = examined(box, api_version=version)
    assert_found(
        findings,
        {
            **{f"access.{one}": "works" for one in VERSIONS},
            "access.bulk": "streams",
            "jwt.content_type": "text/html",
            "jwt.lifetime_hours": 24.0,
            "names.v4": "both",
            "bounds.event_times.lower": "inclusive",
            "bounds.event_times.upper": "exclusive",
            "bounds.fields.lower": "inclusive",
            "bounds.fields.upper": "exclusive",
            "bounds.mailing_dates.lower": "inclusive",
            "bounds.mailing_dates.upper": "exclusive",
            "bounds.days.lower": "inclusive",
            "bounds.days.upper": "inclusive",
            "order.clicks": "ascending",
            "paging.stable": "yes",
            "paging.cap": 1000,
            "paging.cap_echoed": "yes",
            "totals.honest": "yes",
            "ids.events_unique": "yes",
            "zone": "consistent",
            "offered.clicks": "yes",
            "offered.unsubscribes": "no" if version == "v2" else "yes",
        },
    )
    assert findings.open == []
    assert status_of(findings) == 0
    assert "Your settings are right" in markdown(findings, 1, "x")


SWITCHES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"begin_inclusive": False, "end_inclusive": True, "order": "desc"},
        {
            "bounds.event_times.lower": "exclusive",
            "bounds.event_times.upper": "inclusive",
            "bounds.mailing_dates.lower": "exclusive",
            "bounds.mailing_dates.upper": "inclusive",
            "bounds.days.lower": "inclusive",  # without its first second
            "bounds.days.upper": "inclusive",
            "order.clicks": "descending",
            "zone": "consistent",
        },
    ),
    (
        {
            "begin_inclusive": False,
            "end_inclusive": False,
            "to_inclusive": False,
            "order": "shuffled",
        },
        {
            "bounds.event_times.lower": "exclusive",
            "bounds.event_times.upper": "exclusive",
            "bounds.days.upper": "exclusive",
            "order.clicks": "other",
            "zone": "consistent",
            "paging.stable": "yes",
        },
    ),
    (
        {"begin_inclusive": True, "end_inclusive": True, "to_inclusive": False, "page_cap": 100},
        {
            "bounds.event_times.lower": "inclusive",
            "bounds.event_times.upper": "inclusive",
            "bounds.days.lower": "inclusive",
            "bounds.days.upper": "exclusive",
            "paging.cap": 100,
            "paging.cap_echoed": "yes",
            "totals.honest": "yes",
        },
    ),
    ({"page_cap": 100, "cap_echoed": False}, {"paging.cap": 100, "paging.cap_echoed": "no"}),
    ({"cap_echoed": False}, {"paging.cap": 1000, "paging.cap_echoed": "no"}),
    (
        {"filter_ignored": True},
        {"bounds.event_times.lower": "ignored", "bounds.event_times.upper": "ignored"},
    ),
    (
        {"fields_ignored": True},
        {"bounds.fields.lower": "ignored", "bounds.fields.upper": "ignored"},
    ),
    ({"total": "absent"}, {"totals.honest": "absent", "paging.stable": "yes"}),
    ({"total": "string"}, {"totals.honest": "yes", "bounds.event_times.lower": "inclusive"}),
    ({"total": "account"}, {"totals.honest": "no"}),
    ({"total": "three_high"}, {"totals.honest": "no", "paging.stable": "yes"}),
    ({"total": "zero"}, {"totals.honest": "no", "paging.stable": "yes"}),
    ({"seam": "repeat"}, {"paging.stable": "no", "ids.events_unique": "yes"}),
    ({"seam": "hide"}, {"paging.stable": "no", "ids.events_unique": "yes"}),
    ({"bulk": "capped"}, {"access.bulk": "capped"}),
    ({"bulk": "missing"}, {"access.bulk": "none"}),
    ({"bulk": "refuses"}, {"access.bulk": "none"}),
    ({"bounds": "instants"}, {"bounds.event_times.lower": "inclusive", "zone": "consistent"}),
    (
        {"content_type": "html", "mark": True, "id_type": "string", "key_case": "upper"},
        {"bounds.event_times.lower": "inclusive", "totals.honest": "yes", "zone": "consistent"},
    ),
    ({"time_type": "object", "nextid": True}, {"bounds.event_times.upper": "exclusive"}),
    ({"date_header": "off"}, {"zone": "open"}),
    ({"date_header": "garbage"}, {"zone": "open"}),
]


@pytest.mark.parametrize(
    ("case", "version"),
    crossed(SWITCHES, ["v2", "v4"]),
    ids=lambda one: one if isinstance(one, str) else ",".join(one[0]),
)
def test_each_switch_is_found_out(
    case: tuple[dict[str, Any], dict[str, Any]], version: str
) -> None:
    switches, expected = case
    with account(switches=switches) as box:
        assert_found(examined(box, api_version=version), expected)


OF_V4: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"names": "old"}, {"names.v4": "old"}),
    ({"names": "new"}, {"names.v4": "new"}),
    ({"jwt_content_type": "text/plain"}, {"jwt.content_type": "text/plain"}),
    ({"jwt_lifetime_seconds": 7200}, {"jwt.lifetime_hours": 2.0}),
]


@pytest.mark.parametrize(("case", "version"), crossed(OF_V4, VERSIONS), ids=str)
def test_what_v4_does_is_found_out_under_each_version(
    case: tuple[dict[str, Any], dict[str, Any]], version: str
) -> None:
    switches, expected = case
    with account(days=3, switches=switches) as box:
        assert_found(examined(box, api_version=version, start_date="2026-06-08"), expected)


def test_a_token_for_v4_only_contradicts_v2() -> None:
    with account(days=2, switches={"v4_only": True}) as box:
        refused = examined(box)
        assert_found(
            refused, {"access.v2": "refused", "access.v3": "refused", "access.v4": "works"}
        )
        assert status_of(refused) == 1
        assert "`api_version`" in markdown(refused, 1, "x")
        assert status_of(examined(box, api_version="v4", calls=60)) == 0


def test_a_host_that_nobody_answers_is_told_apart_from_right_settings() -> None:
    with account(days=1) as box:
        given = {"access_token": "t0ken", "api_url": box.url, "start_date": START}
    findings, made = diagnose(ConfigInput(config={**given, "max_tries": 1}))
    assert status_of(findings) == 2
    assert made <= 3
    assert "could not be asked" in markdown(findings, made, "x")


def test_a_wrong_token_is_one_thing_to_change() -> None:
    with account(days=1) as box:
        findings = examined(box, access_token="wrong-token")
        text = markdown(findings, 1, "x")
    assert status_of(findings) == 1
    assert "`access_token`" in text
    assert "wrong-token" not in text


@pytest.mark.parametrize("version", VERSIONS)
def test_an_account_that_is_empty_is_no_reason_to_guess(version: str) -> None:
    with account(days=1, clicks_per_day=0, mailings_per_day=0, profiles=1, databases=1) as box:
        findings = examined(box, api_version=version, start_date="2026-06-01")
    for key, one in findings.by_key.items():
        if key.startswith(("bounds.", "order.", "totals.", "ids.", "retention.")):
            assert one.answer == "unknown", key
    assert findings.answer("zone") == "open"
    assert findings.answer("paging.stable") == "unknown"
    assert status_of(findings) == 0


def test_few_calls_answer_the_most_valuable_questions_first() -> None:
    with account() as box:
        few = examined(box, calls=5)
        assert_found(few, {f"access.{one}": "works" for one in VERSIONS})
        assert few.answer("zone") == "consistent"
        assert "paging.stable" in few.open
        cost = few.by_key["size.all"].evidence  # streams that were not asked for count
        whole = examined(box).by_key["size.all"].evidence
        assert cost["calls_a_month"] == pytest.approx(whole["calls_a_month"], rel=0.2)
        assert 20 <= cost["calls_of_first_read"] <= whole["calls_of_first_read"]
        sixty = examined(box, calls=60)
        assert {"zone", "paging.stable", "totals.honest", "bounds.days.upper"} <= set(sixty.by_key)
        assert len(sixty.under("offered.")) >= 20


DAYS = {
    "summer": "2026-06-10T12:00:00+00:00",
    "winter": "2026-01-14T12:00:00+00:00",
    "spring night": "2026-03-29T01:10:00+00:00",
    "autumn night": "2026-10-25T01:10:00+00:00",
}


ZONES = ["Europe/Amsterdam", "UTC", "America/New_York"]


@pytest.mark.parametrize(("day", "zone"), crossed(DAYS, ZONES))
def test_a_right_zone_is_never_refuted_and_one_with_rows_in_the_future_always_is(
    zone: str, day: str
) -> None:
    now = DAYS[day]
    box = Sandbox(seed=3, days=3, clicks_per_day=3000, now=now, switches={"zone": zone})
    with box:
        start: dict[str, Any] = {"start_date": now[:10], "calls": 16}
        assert examined(box, timezone=zone, **start).answer("zone") in {"consistent", "open"}
        order = ["America/New_York", "UTC", "Europe/Amsterdam"]
        for other in order:
            found = examined(box, timezone=other, **start)
            if order.index(other) < order.index(zone):
                assert found.answer("zone") == "refuted", found.by_key["zone"]
                assert status_of(found) == 1
                assert "`timezone`" in markdown(found, 1, "x")
            elif other != zone:
                assert found.answer("zone") == "open", found.by_key["zone"]


def test_a_zone_that_lies_behind_is_refuted_while_events_arrive() -> None:
    with Sandbox(seed=3, days=2, clicks_per_day=20_000, now=NOW, switches={"zone": "UTC"}) as box:
        minute = 0

        def wait(_seconds: float) -> None:
            nonlocal minute
            minute += 1
            box.now = f"2026-06-10T12:{minute:02}:00+00:00"

        settings: dict[str, Any] = {"start_date": "2026-06-10", "watch": 5, "wait": wait}
        wrong = examined(box, timezone="Europe/Amsterdam", **settings)
        assert wrong.answer("zone") == "refuted"
        minute, box.now = 0, NOW
        right = examined(box, timezone="UTC", **settings)
        assert right.answer("zone") == "consistent"
        assert right.answer("lateness") == 1


OF_LOGS = {"UTC": "UTC", "Europe/Amsterdam": "account", "Asia/Tokyo": "unknown"}


@pytest.mark.parametrize(("zone", "version"), crossed(OF_LOGS, ["v2", "v4"]))
def test_the_zone_of_log_files_is_found_in_the_events(version: str, zone: str) -> None:
    timezone, answer = "Europe/Amsterdam", OF_LOGS[zone]
    with account(switches={"log_zone": zone, "zone": timezone}) as box:
        findings = examined(box, api_version=version, optional_streams=["log_*"], timezone=timezone)
    assert_found(findings, {"zone.log_files": answer})
    assert ("`log_*`" in markdown(findings, 1, "x")) == (answer == "UTC")


def test_log_files_are_not_asked_for_where_no_setting_names_them() -> None:
    with account() as box:
        findings = examined(box)
        assert not any("logfile" in str(one) for one in box.requests)
    assert findings.answer("zone.log_files") is None


def test_shapes_hold_no_value(tmp_path: Path) -> None:
    marker = "zzmarkerzz"
    with account(days=3, switches={"marker": marker}) as box:
        examined(box, shapes=tmp_path / "shapes", start_date="2026-06-08")
        token = box.token
    files = list((tmp_path / "shapes").iterdir())
    assert {"v2.ms.clicks.json", "v2.databases.json", "v4.identity.json"} <= {f.name for f in files}
    for file in files:
        text = file.read_text("utf-8")
        assert marker not in text
        assert token not in text
        shape = json.loads(text)
        assert shape["format"] == 1
        assert shape["body"]["type"] in {"object", "array"}


def test_no_output_holds_the_token_or_a_value(caplog: pytest.LogCaptureFixture) -> None:
    marker = "zzmarkerzz"
    caplog.set_level("DEBUG")
    with account(days=3, token="t0ken-m4rker", switches={"marker": marker}) as box:
        for kind in ("none", "400", "503", "html", "invalid_json"):
            if kind != "none":
                box.fault(kind, path="clicks", message="access_token=t0ken-m4rker is wrong")
            findings = examined(box, start_date="2026-06-08", calls=40)
            text = markdown(findings, 1, "x") + json.dumps(findings.as_json(1)) + caplog.text
            assert "t0ken-m4rker" not in text
            assert marker not in text
            box.clear_faults()

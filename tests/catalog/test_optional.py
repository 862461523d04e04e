"""What is in the catalog: what is cheap and opens no door, and what the settings name besides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.tap import TapCopernica
from tests.support.profiles import CUSTOMERS, discovered
from tests.support.runs import Output, catalog_of, command, config, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOON = "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {
    "seed": 3, "days": 3, "clicks_per_day": 20, "databases": 1, "profiles": 20, "now": NOON,
}  # fmt: skip
SINCE = {"start_date": "2026-05-30", "bulk_url": ""}
OPTIONAL = {
    *("emailing_statistics", "template_statistics", "publisher_emailing_statistics"),
    *("publisher_test_group_statistics", "publisher_document_statistics"),
    *("publisher_test_groups", "publisher_final_groups", "views", "miniviews", "consumption"),
    *("profile_ids", "subprofile_ids", "view_profile_ids", "miniview_subprofile_ids"),
}
OF_V3 = {"emailing_snapshots", "emailing_hyperlinks", "coupons"}
EVERYTHING = {"optional_streams": ["*"], "optional_fields": ["*"]}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(**ACCOUNT) as running:
        yield running


def names(catalog: dict[str, Any]) -> set[str]:
    return {stream["tap_stream_id"] for stream in catalog["streams"]}


def fields(catalog: dict[str, Any]) -> set[str]:
    """Give the optional fields that a catalog has, in schemas and metadata."""
    found = {
        f"{stream['tap_stream_id']}.{field}"
        for stream in catalog["streams"]
        for field in stream["schema"]["properties"]
    }
    marked = {
        f"{stream['tap_stream_id']}.{entry['breadcrumb'][1]}"
        for stream in catalog["streams"]
        for entry in stream["metadata"]
        if len(entry["breadcrumb"]) == 2
    }
    assert marked == found
    doors = {"coupons.code", "publisher_documents.source"}
    return {one for one in found if one in doors or one.endswith(".secret")}


def everything_selected(catalog: dict[str, Any]) -> dict[str, Any]:
    """Give what Meltano makes of a catalog where nothing is said."""
    copied: dict[str, Any] = json.loads(json.dumps(catalog))
    for stream in copied["streams"]:
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    return copied


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_only_what_is_named_is_in_the_catalog(box: Sandbox, version: str) -> None:
    plain = discovered(box, api_version=version, optional_streams=[])
    whole = discovered(box, api_version=version, **EVERYTHING)
    left_out = names(whole) - names(plain)
    logs = {one for one in left_out if one.startswith("log_")}
    assert logs
    expected = OPTIONAL | ({"publisher_destinations"} if version == "v2" else OF_V3)
    assert left_out == logs | expected
    assert fields(plain) == set()
    coupons = {"coupons.code"} if version != "v2" else set()
    people = {one for one in names(whole) if one.startswith(("profiles_", "subprofiles_"))}
    secrets = {f"{one}.secret" for one in people}
    assert fields(whole) == coupons | secrets | {"publisher_documents.source"}
    named = discovered(
        box,
        api_version=version,
        optional_streams=["log_*", "!log_ms_*", "emailing_statistics.*"],
        optional_fields=["profiles_*.secret"],
    )
    wanted = {one for one in logs if not one.startswith("log_ms_")} | {"emailing_statistics"}
    assert names(named) - names(plain) == wanted
    assert fields(named) == {f"{CUSTOMERS}.secret"}


def read(box: Sandbox, catalog: Any, **settings: Any) -> Output:
    box.reset_calls()
    return run(box, catalog=catalog, **{**SINCE, "optional_streams": [], **settings})


def test_a_catalog_that_selects_more_brings_no_more_and_one_line(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    plain = read(box, everything_selected(discovered(box, optional_streams=[])))
    calls = box.calls
    caplog.clear()
    old = read(box, everything_selected(discovered(box, **EVERYTHING)))
    assert plain.error is None
    assert old.error is None
    assert box.calls == calls

    def rows(output: Output) -> list[Any]:
        return [
            (m["stream"], m["record"])
            for m in output.messages
            if m["type"] == "RECORD" and m["stream"] != "sync_windows"  # has the times of the run
        ]

    def schemas(output: Output) -> list[Any]:
        return [(m["stream"], m["schema"]) for m in output.messages if m["type"] == "SCHEMA"]

    assert rows(old) == rows(plain)
    assert schemas(old) == schemas(plain)
    (line,) = [one for one in caplog.messages if "--refresh-catalog" in one]
    assert "optional_streams: [consumption, emailing_statistics, " in line
    assert "optional_fields: [*.secret, publisher_documents.source]" in line
    assert "undocumented" not in caplog.text


def test_a_state_of_an_optional_stream_stays_as_it_is_until_it_is_named(box: Sandbox) -> None:
    bookmark = {
        "replication_key": "timestamp",
        "replication_key_value": "2026-05-30T00:00:00+00:00",
    }
    state = {"bookmarks": {"emailing_statistics": bookmark}}
    output = read(box, catalog_of("templates", optional_streams=[]), state=state)
    assert output.state["bookmarks"]["emailing_statistics"] == bookmark


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optional_streams": ["emailing_statistic"]}, ["`emailing_statistic`", "log_*", "views"]),
        ({"optional_streams": ["logs_*"]}, ["`logs_*`", "log_*"]),
        ({"optional_fields": ["coupons.codes"]}, ["`coupons.codes`", "coupons.code", "*.secret"]),
        ({"optional_fields": ["secret"]}, ["`secret`", "*.secret"]),
        ({"optional_fields": ["clicks.ip"]}, ["`clicks.ip`", "publisher_documents.source"]),
        (
            {"optional_fields": [12]},
            ["`optional_fields` has entries that are no names (entry 1 is 12)"],
        ),
    ],
)
def test_a_name_that_matches_nothing_is_an_error_that_says_what_there_is(
    box: Sandbox, settings: dict[str, Any], words: list[str]
) -> None:
    catalog = catalog_of("templates")
    output = run(box, catalog=catalog, **{**SINCE, "optional_streams": [], **settings})
    assert output.error is not None
    for word in words:
        assert word in str(output.error.errors)  # type: ignore[attr-defined]


def test_an_own_stream_that_the_account_does_not_have_is_an_error_of_discovery(
    box: Sandbox, tmp_path: Path
) -> None:
    given = {
        **config(box, start_date="2026-05-30"),
        "optional_fields": ["profiles_custmers.secret"],
    }
    (tmp_path / "config.json").write_text(json.dumps(given))
    done = command("--config", str(tmp_path / "config.json"), "--discover")
    assert done.returncode == 1
    assert "profiles_custmers" in done.stderr
    assert CUSTOMERS in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"optional_streams": ["coupons"]}, "`coupons` is not in v2, but in v3 and v4"),
        ({"optional_streams": ["clicks"]}, "`clicks` is in every catalog"),
        ({"optional_fields": ["coupons.code"]}, ""),
    ],
)
def test_a_name_of_another_version_or_of_what_all_have_is_a_warning(
    box: Sandbox, settings: dict[str, Any], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    output = run(box, streams=("templates",), **{**SINCE, "optional_streams": [], **settings})
    assert output.error is None
    assert words in caplog.text
    warned = [one for one in caplog.records if one.levelname == "WARNING"]
    assert any("optional" in one.getMessage() for one in warned) == bool(words)


def test_discovery_says_in_one_line_what_the_account_could_also_give(
    box: Sandbox, tmp_path: Path
) -> None:
    given = config(box, start_date="2026-05-30")
    (tmp_path / "config.json").write_text(json.dumps(given))
    done = command("--config", str(tmp_path / "config.json"), "--discover")
    (line,) = [one for one in done.stderr.splitlines() if "optional_streams" in one]
    for word in ("emailing_statistics", "log_*", "*.secret", "`optional_fields`"):
        assert word in line
    assert names(json.loads(done.stdout)) == names(discovered(box, optional_streams=[]))


def test_without_a_catalog_what_is_read_is_the_same(box: Sandbox) -> None:
    tap = TapCopernica(config=config(box, **SINCE))
    selected = {name for name, stream in tap.streams.items() if stream.selected}
    assert selected == names(discovered(box, optional_streams=[]))

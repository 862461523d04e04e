from __future__ import annotations

import re
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import jsonschema
import pytest

from tap_copernica import settings
from tap_copernica.errors import SettingsError
from tap_copernica.inputs import advice
from tap_copernica.tap import TapCopernica

GOOD = {"access_token": "a-token", "start_date": "2024-01-01"}
NOBODY = "http://127.0.0.1:9"
TapCopernica.append_builtin_config(TapCopernica.config_jsonschema)
WITH_THE_SDKS: dict[str, Any] = TapCopernica.config_jsonschema["properties"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", ""),
        ("access_token", None),
        ("access_token", 12345678),
        ("api_version", "v5"),
        ("start_date", None),
        ("start_date", "soon"),
        ("end_date", "2023-01-01"),
        ("end_date", "2024-13-01"),
        ("timezone", "Mars/Olympus"),
        ("timezone", ""),
        ("timezone", 2),
        ("timezone", 2.0),
        ("timezone", True),
        ("timezone", ["Europe/Amsterdam"]),
        ("lookback_minutes", 10**12),
        ("lookback_minutes", True),
        ("lag_minutes", 10**30),
        ("statistics_window_days", 10**9),
        ("request_timeout", 10**300),
        ("request_timeout", float("inf")),
        ("request_timeout", float("nan")),
        ("backoff_seconds", 10**9),
        ("databases", [True]),
        ("databases", [[1]]),
        ("databases", {"a": 1}),
        ("start_date", 20240101),
        ("start_date", "0001-01-01"),
        ("lookback_minutes", -1),
        ("lag_minutes", -1),
        ("lag_minutes", "5"),
        ("unique_clicks", "yes"),
        ("page_size", 0),
        ("page_size", 1001),
        ("concurrency", 0),
        ("concurrency", 17),
        ("max_api_calls", 0),
        ("request_timeout", 0),
        ("max_tries", 0),
        ("backoff_seconds", -1),
        ("api_url", "api.copernica.com"),
        ("auth_url", "ftp://host"),
        ("api_url", "https://api.copernica.com:99999"),
        ("api_url", "https://api.copernica.com:port"),
        ("api_url", "https://api.copernica.com:"),
        ("api_url", "https://[::1"),
        ("api_url", "https://::1]"),
        ("api_url", "https://[v1.x]"),
        ("api_url", "https://api copernica.com"),
        ("api_url", "https://api..copernica.com"),
        ("api_url", f"https://{'a' * 64}.com"),
        ("api_url", "https://*.copernica.com"),
        ("api_url", "https://user:pass@api.copernica.com"),
        ("api_url", "https://api.copernica.com?x=1"),
        ("api_url", "https://api.copernica.com#x"),
        ("api_url", "https://api.copernica.com/a b"),
        ("api_url", ""),
        ("api_url", 5),
        ("bulk_url", "none"),
        ("batch_config", "a folder"),
    ],
)
def test_each_mistake_is_one_line_that_names_the_setting(name: str, value: Any) -> None:
    _, problems = settings.read({**GOOD, name: value})
    assert len(problems) == 1
    assert problems[0].startswith(f"`{name}` ")
    assert "12345678" not in problems[0]


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (True, "true"),
        (1.5, "1.5"),
        (None, "null"),
        ({"ID": 1}, "an object"),
        ([1], "a list"),
        ("", "empty"),
        (" ", "empty"),
    ],
)
def test_an_entry_of_a_list_that_is_no_name_is_pointed_at(entry: Any, kind: str) -> None:
    for name in ("databases", "optional_streams", "optional_fields", "plain_fields"):
        _, problems = settings.read({**GOOD, name: ["Customers", entry]})
        assert len(problems) == 1
        assert problems[0].startswith(f"`{name}` has entries that are no name")
        assert f"(entry 2 is {kind}); give names" in problems[0]
    _, problems = settings.read({**GOOD, "databases": 12})
    assert problems[0].startswith("`databases` is not a list; give names or ids")


def test_good_settings_have_no_problem_and_defaults() -> None:
    read, problems = settings.read(GOOD)
    assert problems == []
    assert read.start_date == datetime(2023, 12, 31, 23, tzinfo=UTC)
    assert (read.api_url, read.auth_url) == (settings.API_URL, settings.AUTH_URL)


def test_the_other_hosts_follow_a_changed_one() -> None:
    read, _ = settings.read({**GOOD, "api_url": "http://127.0.0.1:8000/"})
    assert read.auth_url == read.bulk_url == read.api_url == "http://127.0.0.1:8000"
    read, _ = settings.read(
        {**GOOD, "api_url": "http://127.0.0.1:8000", "auth_url": "https://a.example"}
    )
    assert read.auth_url == "https://a.example"


@pytest.mark.parametrize("end", ["9999-12-31", "9999-12-31T23:59:59Z", "9998-01-01T00:00:00+14:00"])
def test_a_date_that_means_no_end_is_one(end: str) -> None:
    read, problems = settings.read({**GOOD, "end_date": end})
    assert problems == []
    assert read.end_date is not None
    assert read.end_date.year == 9000


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("https://api.copernica.com/v2", "https://api.copernica.com"),
        ("https://API.Copernica.com/v4/", "https://api.copernica.com"),
        ("http://127.0.0.1:8000/bulk/v3", "http://127.0.0.1:8000/bulk"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
        ("https://proxy.example/copernica", "https://proxy.example/copernica"),
        ("https://münchen.example", "https://münchen.example"),
        ("https://copernica_proxy:8443", "https://copernica_proxy:8443"),
    ],
)
def test_a_version_at_the_end_of_a_url_is_taken_off(given: str, host: str) -> None:
    read, problems = settings.read({**GOOD, "api_url": given})
    assert (problems, read.api_url) == ([], host)
    assert read.auth_url == (settings.AUTH_URL if host == settings.API_URL else host)


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_bulk_url_turns_the_host_off(empty: str) -> None:
    assert settings.read({**GOOD, "bulk_url": empty})[0].bulk_url == ""


@pytest.mark.parametrize("name", WITH_THE_SDKS)
@pytest.mark.parametrize("value", [True, 7, 0.5, "seven", [1], [], {"a": 1}, {}], ids=repr)
def test_a_value_of_a_type_that_the_schema_does_not_name_is_refused(name: str, value: Any) -> None:
    schema = WITH_THE_SDKS[name]
    if jsonschema.Draft7Validator({"type": schema["type"]}).is_valid(value):
        pytest.skip("the schema names it")
    with pytest.raises(SettingsError, match=f"`{name}`") as caught:
        TapCopernica(config={**GOOD, "api_url": NOBODY, name: value}, catalog={"streams": []})
    assert len(caught.value.errors) == 1


def test_an_unknown_setting_is_named_with_what_was_meant() -> None:
    (line,) = advice.unknown_names({"start_dat": 1}, settings.CONFIG_JSONSCHEMA["properties"])
    assert "`start_date`" in line


def test_a_number_with_a_point_is_one_however_the_sdk_reads_it() -> None:
    read, problems = settings.read(
        {**GOOD, "backoff_seconds": Decimal("0.5"), "request_timeout": Decimal("1.5")}
    )
    assert problems == []
    assert (read.backoff_seconds, read.request_timeout) == (0.5, 1.5)
    assert type(read.request_timeout) is float


def test_no_message_shows_how_the_sdk_reads_a_number() -> None:
    wrong = Decimal("1.5")
    batch = {
        "encoding": {"format": wrong, "compression": wrong},
        "storage": {"prefix": wrong},
        "batch_size": wrong,
    }
    given = dict.fromkeys([*PROPERTIES], wrong) | {"batch_config": batch}
    problems = settings.read(given)[1]
    assert len(problems) > 15
    assert not [line for line in problems if "Decimal" in line]


PROPERTIES: dict[str, Any] = settings.CONFIG_JSONSCHEMA["properties"]  # ours alone
NUMBERS = [name for name, one in PROPERTIES.items() if {"integer", "number"} & set(one["type"])]
OUTSIDE = {"minimum": -1, "exclusiveMinimum": 0, "maximum": 1}


@pytest.mark.parametrize("name", NUMBERS)
def test_what_the_schema_allows_is_taken_and_nothing_else(name: str) -> None:
    bounds = {key: PROPERTIES[name][key] for key in OUTSIDE if key in PROPERTIES[name]}
    assert bounds
    for key, bound in bounds.items():
        at_bound, beyond = bound + (key == "exclusiveMinimum"), bound + OUTSIDE[key]
        assert settings.read({**GOOD, name: at_bound})[1] == []
        (problem,) = settings.read({**GOOD, name: beyond})[1]
        assert problem.startswith(f"`{name}` is {beyond}; give ")


def test_a_description_that_names_bounds_names_those_of_the_schema() -> None:
    named = {
        name: tuple(map(int, match.groups()))
        for name in NUMBERS
        if (match := re.search(r"(\d+) to (\d+)", PROPERTIES[name]["description"]))
    }
    assert set(named) >= {"concurrency", "page_size"}
    for name, bounds in named.items():
        assert bounds == (PROPERTIES[name]["minimum"], PROPERTIES[name]["maximum"]), name


def test_a_bound_of_the_schema_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROPERTIES["concurrency"], "maximum", 8)
    (problem,) = settings.read({**GOOD, "concurrency": 12})[1]
    assert problem == "`concurrency` is 12; give a whole number from 1 to 8."


def test_a_default_of_the_schema_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROPERTIES["page_size"], "default", 321)
    assert settings.read(GOOD)[0].page_size == 321
    assert all(field.default is MISSING for field in fields(settings.Settings))

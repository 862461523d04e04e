from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tap_copernica import settings

GOOD = {"access_token": "a-token", "start_date": "2024-01-01"}


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
        ("batch_config", "a folder"),
    ],
)
def test_each_mistake_is_one_line_that_names_the_setting(name: str, value: Any) -> None:
    _, problems = settings.read({**GOOD, name: value})
    assert len(problems) == 1
    assert problems[0].startswith(f"`{name}` ")
    assert "12345678" not in problems[0]


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


def test_an_unknown_setting_is_named_with_what_was_meant() -> None:
    (line,) = settings.unknown_names({"start_dat": 1}, settings.CONFIG_JSONSCHEMA["properties"])
    assert "`start_date`" in line


def test_a_number_with_a_point_is_one_however_the_sdk_reads_it() -> None:
    read, problems = settings.read(
        {**GOOD, "backoff_seconds": Decimal("0.5"), "request_timeout": Decimal("1.5")}
    )
    assert problems == []
    assert (read.backoff_seconds, read.request_timeout) == (0.5, 1.5)
    assert type(read.request_timeout) is float


PROPERTIES: dict[str, Any] = settings.CONFIG_JSONSCHEMA["properties"]
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


def test_a_bound_of_the_schema_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROPERTIES["concurrency"], "maximum", 8)
    (problem,) = settings.read({**GOOD, "concurrency": 12})[1]
    assert problem == "`concurrency` is 12; give a whole number from 1 to 8."


def test_a_default_of_the_schema_is_the_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROPERTIES["page_size"], "default", 321)
    assert settings.read(GOOD)[0].page_size == 321
    assert all(field.default is MISSING for field in fields(settings.Settings))

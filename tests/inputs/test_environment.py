"""Settings from the environment: as a shell and Meltano write them, each mistake one line."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.errors import SettingsError
from tap_copernica.tap import TapCopernica
from tests.support.runs import catalog_of, command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOON = "2026-06-01T12:00:00+00:00"
MARKER = "m4rk3r-token"
GOOD = {"ACCESS_TOKEN": MARKER, "START_DATE": "2026-05-30", "API_URL": "http://127.0.0.1:9"}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Callable[..., TapCopernica]:
    def read(**variables: str) -> TapCopernica:
        for name, value in {**GOOD, **variables}.items():
            monkeypatch.setenv(f"TAP_COPERNICA_{name}", value)
        return TapCopernica(parse_env_config=True, catalog=catalog_of("clicks"))

    return read


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("REQUEST_TIMEOUT", "60", 60),
        ("REQUEST_TIMEOUT", " 0.5 ", 0.5),
        ("REQUEST_TIMEOUT", "", 180),
        ("BACKOFF_SECONDS", "1.5", 1.5),
        ("CONCURRENCY", "2", 2),
        ("PAGE_SIZE", "500", 500),
        ("PAGE_SIZE", "  ", 1000),
        ("UNIQUE_CLICKS", "True", True),
        ("UNIQUE_CLICKS", "yes", True),
        ("UNIQUE_CLICKS", "1", True),
        ("UNIQUE_CLICKS", "off", False),
        ("UNIQUE_CLICKS", "", False),
        ("DATABASES", "11", ("11",)),
        ("DATABASES", "11, Customers", ("11", "Customers")),
        ("DATABASES", '["Customers", 12]', ("Customers", "12")),
        ("DATABASES", '"Customers, old"', ("Customers, old",)),
        ("DATABASES", "[]", ()),
        ("DATABASES", "", None),
        ("END_DATE", "", None),
        ("API_VERSION", "", "v2"),
        ("TIMEZONE", "", "Europe/Amsterdam"),
        ("BULK_URL", "", ""),
        ("MAX_API_CALLS", "", None),
    ],
)
def test_a_variable_is_read_as_its_setting_wants_it(
    read: Callable[..., TapCopernica], name: str, text: str, value: Any
) -> None:
    assert getattr(read(**{name: text}).run.settings, name.lower()) == value


def test_settings_of_the_sdk_are_read_too(read: Callable[..., TapCopernica]) -> None:
    config = read(
        FLATTENING_ENABLED="true",
        FLATTENING_MAX_DEPTH="1",
        STREAM_MAPS='{"clicks": {"ip": null}}',
        STREAM_MAP_CONFIG="",
    ).config
    assert config["flattening_enabled"] is True
    assert config["flattening_max_depth"] == 1
    assert config["stream_maps"] == {"clicks": {"ip": None}}
    assert not config.get("stream_map_config")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("REQUEST_TIMEOUT", "a minute"),
        ("REQUEST_TIMEOUT", "nan"),
        ("REQUEST_TIMEOUT", "inf"),
        ("REQUEST_TIMEOUT", "1e400"),
        ("REQUEST_TIMEOUT", "-1"),
        ("PAGE_SIZE", "1000.5"),
        ("PAGE_SIZE", "many"),
        ("CONCURRENCY", "0x10"),
        ("LAG_MINUTES", "٣"),
        ("UNIQUE_CLICKS", "maybe"),
        ("DATABASES", "[11"),
        ("DATABASES", '{"a": 1}'),
        ("START_DATE", "soon"),
        ("API_VERSION", "4"),
        ("API_URL", "http://[::1"),
        ("BULK_URL", "off"),
        ("FLATTENING_MAX_DEPTH", "deep"),
        ("FLATTENING_ENABLED", "maybe"),
        ("STREAM_MAPS", "{"),
        ("BATCH_CONFIG", "parquet"),
    ],
)
def test_each_mistake_in_a_variable_is_one_line_that_names_the_setting(
    read: Callable[..., TapCopernica], name: str, text: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: text})
    assert len(caught.value.errors) == 1
    assert f"`{name.lower()}`" in caught.value.message
    assert "\n" not in caught.value.message


def test_what_is_no_setting_at_all_is_not_given(read: Callable[..., TapCopernica]) -> None:
    with pytest.raises(SettingsError, match="`access_token` is missing"):
        read(ACCESS_TOKEN="")


def test_an_object_that_meltano_passes_on_as_a_text_is_one() -> None:
    given = {name.lower(): text for name, text in GOOD.items()}
    tap = TapCopernica(
        config={**given, "reread": ' {"clicks": "2026-05-31"}'}, catalog=catalog_of("clicks")
    )
    assert tap.run.settings.reread == {"clicks": "2026-05-31"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TAP_COPERNICA_STARTDATE", "start_date"),
        ("TAP_COPERNICA_TOKN", "access_token"),
        ("TAP_COPERNICA_TOKEN", "access_token"),
        ("TAP_COPERNICA_ACCES_TOKEN", "access_token"),
        ("TAP_COPERNICA_DATABASE", "databases"),
        ("TAP_COPERNICA_FLATTENING_ENABLE", "flattening_enabled"),
        ("TAP_COPERNICA_end_date", "end_date"),
        ("tap_copernica_end_date", "end_date"),
    ],
)
def test_a_misspelt_variable_is_a_warning_that_names_the_setting(
    sandbox: Callable[..., Sandbox],
    tmp_path: Path,
    name: str,
    meant: str,
) -> None:
    box = sandbox(days=2, now=NOON)
    env = prefixed({"ACCESS_TOKEN": box.token, "API_URL": box.url, "START_DATE": "2026-05-30"})
    file = tmp_path / "config.json"  # as Meltano starts a tap, with its environment
    file.write_text(json.dumps({"access_token": box.token, "api_url": box.url}))
    line = f"`{name}` in the environment is no setting of this tap and does nothing; did you mean `{{}}`?"
    for given in ("ENV", str(file)):
        done = command(f"--config={given}", "--discover", env={**env, name: MARKER})
        assert line.format(f"TAP_COPERNICA_{meant.upper()}") in done.stderr, done.stderr
        assert done.stderr.count(f"`{name}`") == 1
        assert MARKER not in done.stderr


def test_a_misspelt_name_is_told_where_a_setting_is_missing() -> None:
    done = command("--config=ENV", env=prefixed({"TOKN": MARKER, "START_DATE": "2026-05-30"}))
    assert done.returncode == 1
    assert "`access_token` is missing" in done.stderr
    assert "did you mean `TAP_COPERNICA_ACCESS_TOKEN`?" in done.stderr
    assert MARKER not in done.stderr


def test_other_variables_with_the_prefix_are_no_matter_of_the_tap(
    read: Callable[..., TapCopernica], caplog: pytest.LogCaptureFixture
) -> None:
    read(
        SOURCE="/somewhere/tap",
        LOGLEVEL="INFO",
        _SELECT='["clicks.*"]',
        _SHOP_ACCESS_TOKEN="another",
        FAKER_CONFIG_SEED="1",
        BATCH_CONFIG_STORAGE="{}",
        STREAM_MAPS_CLICKS_IP="",
        LOOKBACK_MINUTES="60",
    )
    assert "no setting" not in caplog.text


@pytest.mark.parametrize("text", ["11", '["11"]', "11,"])
def test_databases_of_the_environment_are_those_of_the_catalog(
    sandbox: Callable[..., Sandbox], text: str
) -> None:
    box = sandbox(days=2, now=NOON, databases=3)
    env = {"ACCESS_TOKEN": box.token, "API_URL": box.url, "DATABASES": text}
    done = command("--config=ENV", "--discover", env=prefixed(env))
    assert done.returncode == 0, done.stderr
    streams = {one["tap_stream_id"] for one in json.loads(done.stdout)["streams"]}
    assert {name for name in streams if name.startswith("profiles_")} == {"profiles_customers"}


def test_a_mistake_that_would_make_another_catalog_ends_discovery(
    sandbox: Callable[..., Sandbox],
) -> None:
    box = sandbox(days=2, now=NOON)
    for name, text in {"DATABASES": "[11", "API_VERSION": "v9", "API_URL": "http://h:x"}.items():
        env = {"ACCESS_TOKEN": box.token, "API_URL": box.url, name: text}
        done = command("--config=ENV", "--discover", env=prefixed(env))
        assert done.returncode == 1
        assert f"`{name.lower()}`" in done.stderr
        assert "Traceback" not in done.stderr
    env = {"ACCESS_TOKEN": box.token, "API_URL": box.url, "PAGE_SIZE": "many"}
    assert command("--config=ENV", "--discover", env=prefixed(env)).returncode == 0


def test_an_empty_bulk_url_sends_nothing_to_another_host(
    sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sandbox(days=2, now=NOON, profiles=60)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    env = {
        "ACCESS_TOKEN": box.token,
        "API_URL": box.url,
        "START_DATE": "2026-05-30",
        "BULK_URL": "",
    }
    done = command("--config=ENV", env=prefixed({**env, "PAGE_SIZE": "5"}))
    assert done.returncode == 0, done.stderr
    assert "bulk host" not in done.stderr


def prefixed(variables: dict[str, str]) -> dict[str, str]:
    return {f"TAP_COPERNICA_{name}": value for name, value in variables.items()}

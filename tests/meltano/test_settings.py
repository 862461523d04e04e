"""`meltano.yml` and the Hub's definition say of the settings what the tap says of them."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tap_copernica.tap import TapCopernica
from tests.support.meltano import ROOT, meltano
from tools import meltano_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# What the Hub's own schema allows (meltano/hub, schemas/plugin_definitions and schemas/common).
HUB_KEYS = {
    *("capabilities", "commands", "definition", "description", "docs", "domain_url", "executable"),
    *("hidden", "keywords", "label", "log_parser", "logo_url", "maintenance_status", "metadata"),
    *("name", "namespace", "next_steps", "pip_url", "prereq", "python", "quality", "repo"),
    *("requires", "schema", "select", "settings", "settings_group_validation"),
    *("settings_preamble", "supported_python_versions", "usage", "variant"),
}
HUB_SETTING_KEYS = {
    *("aliases", "description", "docs", "documentation", "env", "hidden", "kind", "label", "name"),
    *("oauth", "options", "placeholder", "sensitive", "tooltip", "value"),
    *("value_post_processor", "value_processor"),
}
HUB_KINDS = {
    *("array", "boolean", "date_iso8601", "decimal", "email", "file", "hidden", "integer"),
    *("oauth", "object", "options", "password", "string"),
}
HUB_CAPABILITIES = {
    *("about", "activate-version", "batch", "catalog", "discover", "log-based", "properties"),
    *("schema-flattening", "state", "stream-maps", "structured-logging", "test"),
}


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    return meltano_settings.about()


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The settings' schema with what the SDK adds."""
    tap = TapCopernica(config={}, validate_config=False, setup_mapper=False)
    properties: dict[str, Any] = tap.config_jsonschema["properties"]
    return properties


@pytest.fixture(scope="module")
def plugin() -> dict[str, Any]:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text("utf-8"))
    (found,) = project["plugins"]["extractors"]
    return dict(found)


@pytest.fixture(scope="module")
def hub() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "hub" / "tap-copernica.yml").read_text("utf-8")))


def test_meltano_yml_is_not_stale(about: dict[str, Any]) -> None:
    text = meltano_settings.MELTANO.read_text("utf-8")
    assert meltano_settings.updated_meltano(text, about) == text, "run `make docs`"


def test_the_hub_definition_is_not_stale(about: dict[str, Any]) -> None:
    text = meltano_settings.HUB.read_text("utf-8")
    assert meltano_settings.hub_definition(about) == text, "run `make docs`"


def test_the_definition_of_the_loader_into_duckdb_is_not_stale() -> None:
    text = meltano_settings.LOADER.read_text("utf-8")
    assert meltano_settings.loader_definition(meltano_settings.MELTANO.read_text("utf-8")) == text


@pytest.mark.parametrize("source", ["plugin", "hub"])
def test_the_same_settings_with_the_same_meaning(
    source: str, schema: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    definition = request.getfixturevalue(source)
    named = {one["name"]: one for one in definition["settings"]}
    assert {name.partition(".")[0] for name in named} == set(schema)
    kinds = {
        "array": {"string"},  # a list that is no JSON must not end Meltano
        "boolean": {"boolean"},
        "integer": {"integer"},
        "number": {"string"},  # nor `0.5` from the environment
        "object": {"object"},
        "string": {"string", "options"},
    }
    more = meltano_settings if source == "hub" else None
    for name, own in named.items():
        if "." in name:
            continue
        said = schema[name]
        assert own["kind"] in kinds[next(kind for kind in said["type"] if kind != "null")]
        assert own.get("value") == (more.HUB_VALUES if more else {}).get(name, said.get("default"))
        assert own.get("sensitive", False) == said.get("secret", False)
        assert [one["value"] for one in own.get("options", [])] == said.get("enum", [])
        assert own["label"]
        assert own["description"] == said["description"]


@pytest.mark.parametrize("source", ["plugin", "hub"])
def test_capabilities_and_required_settings_are_the_taps(
    source: str, about: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    definition = request.getfixturevalue(source)
    assert definition["capabilities"] == sorted([*about["capabilities"], "test"])
    assert definition["settings_group_validation"] == [about["settings"]["required"]]


def test_the_hub_definition_claims_no_more_than_there_is(hub: dict[str, Any]) -> None:
    assert hub["maintenance_status"] == "development"
    assert hub["quality"] == "unknown"


def test_the_hub_takes_the_definition(hub: dict[str, Any]) -> None:
    assert {"name", "namespace", "variant", "quality"} <= set(hub) <= HUB_KEYS
    assert set(hub["capabilities"]) <= HUB_CAPABILITIES
    for one in hub["settings"]:
        assert set(one) <= HUB_SETTING_KEYS, one
        assert one["kind"] in HUB_KINDS
        for option in one.get("options", []):
            assert isinstance(option["value"], str)
    assert [one["name"] for one in hub["settings"]] == sorted(
        one["name"] for one in hub["settings"]
    )


def test_all_keys_are_in_alphabetical_order() -> None:
    def check(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            names = [key.value for key, _ in node.value]
            assert names == sorted(names)
        for child in getattr(node, "value", []):
            for part in child if isinstance(child, tuple) else [child]:
                if isinstance(part, yaml.Node):
                    check(part)

    whole = yaml.compose((ROOT / "hub" / "tap-copernica.yml").read_text("utf-8"))
    assert whole is not None
    check(whole)


def test_no_plain_text_is_taken_for_a_password(schema: dict[str, Any]) -> None:
    """The Hub's tool makes a password of each text whose name holds one of these words."""
    words = ("id", "key", "token", "secret", "password")
    for name, said in schema.items():
        if "string" in said["type"] and any(word in name for word in words):
            assert said.get("secret"), name


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path / ".meltano", ignore_errors=True)


def test_meltano_adds_the_plugin_from_the_hub_definition(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text("send_anonymous_usage_stats: false\nplugins: {}\n")
    reference = str(ROOT / "hub" / "tap-copernica.yml")
    meltano(
        "add", "--no-install", "--from-ref", reference, "tap-copernica", cwd=tmp_path, timeout=300
    )
    added = yaml.safe_load((tmp_path / "meltano.yml").read_text("utf-8"))["plugins"]["extractors"]
    assert [one["name"] for one in added] == ["tap-copernica"]


def test_a_date_reaches_the_tap_as_it_was_written(tmp_path: Path) -> None:
    """With the Hub's kind of dates Meltano makes a date of anything, such as today of `2026-11`."""
    (tmp_path / "meltano.yml").write_text("send_anonymous_usage_stats: false\nplugins: {}\n")
    reference = str(ROOT / "hub" / "tap-copernica.yml")
    meltano("add", "--no-install", "--from-ref", reference, "tap-copernica", cwd=tmp_path)
    dates = {"TAP_COPERNICA_START_DATE": "01-02-2026", "TAP_COPERNICA_END_DATE": "2026-11"}
    told = meltano("config", "print", "tap-copernica", cwd=tmp_path, env=dates).stdout
    assert {"start_date": "01-02-2026", "end_date": "2026-11"}.items() <= json.loads(told).items()


def test_the_schedules_run_jobs_that_exist_over_the_same_bookmarks(project: Path) -> None:
    told = yaml.safe_load(
        meltano("schedule", "list", "--format=json", cwd=project, timeout=300).stdout
    )
    schedules = {one["name"]: one for one in told["schedules"]["job"]}
    late = schedules["copernica-late-rows"]
    assert late["job"]["name"] == schedules["copernica-hourly"]["job"]["name"]
    assert int(late["env"]["TAP_COPERNICA_LOOKBACK_MINUTES"]) > 7 * 24 * 60

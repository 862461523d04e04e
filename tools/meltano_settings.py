"""The settings as Meltano and its Hub write them: `python -m tools.meltano_settings`.

They come from `tap-copernica --about --format=json`, so that no text or default stands in two places.
`make docs` writes them into `meltano.yml` and `hub/tap-copernica.yml`; tests fail when those are stale.
The loader into DuckDB is written by hand in `meltano.yml`; `hub/target-duckdb.yml` is made from it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
MELTANO, HUB = ROOT / "meltano.yml", ROOT / "hub" / "tap-copernica.yml"
LOADER = ROOT / "hub" / "target-duckdb.yml"
BEGIN, END = "# settings: begin (make docs)", "# settings: end"
Setting = dict[str, Any]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
REPOSITORY: str = PROJECT["project"]["urls"]["Repository"]
"""Stands in `pyproject.toml` alone; a release fills it in there (CONTRIBUTING.md)."""

KINDS = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    # As integer, decimal or array Meltano would end at `0.5`, or at a list that is no JSON, from the
    # environment; the tap reads texts of these itself. Values in meltano.yml keep their type.
    "number": "string",
    "array": "string",
    "object": "object",
}
"""JSON types, and the Hub's kinds. A date is a `string` too.

With the Hub's kind `date_iso8601` Meltano makes a date of anything: today of `2026-11`, 2 January of
`01-02-2026`.
"""

HUB_VALUES = {"flattening_enabled": True, "flattening_max_depth": 1}
"""Defaults of the Hub's file, as `meltano.yml` has them: each field of a profile is a column."""

NESTED = ("faker_config",)
"""Objects that the Hub writes as one setting per property, with a dot."""

# What --about does not know. The Hub has no key for `use_cached_catalog`; a logo is not drawn yet.
HUB_HEADER: dict[str, Any] = {
    "commands": {
        "doctor": {
            "args": "--config=ENV",
            "description": "Ask the account what only it can tell, and what reading it costs.",
            "executable": "copernica-doctor",
        }
    },
    "description": "Marketing software for e-mail campaigns and profile databases",
    "docs": f"{REPOSITORY}/blob/main/docs/README.md",
    "domain_url": "https://www.copernica.com",
    "keywords": ["api", "email", "marketing", "meltano_sdk"],
    "label": "Copernica",
    "log_parser": "singer-sdk",
    "maintenance_status": "development",  # until there is a release that has read a live account
    "pip_url": f"git+{REPOSITORY}.git",
    "prereq": (
        "An API token from the Copernica dashboard. Without an account, `copernica-sandbox` (extra "
        "`sandbox`) serves a simulated one.\n"
    ),
    "quality": "unknown",  # the Hub's schema wants one; this claims none
    "repo": REPOSITORY,
    "settings_group_validation": [["access_token", "start_date"]],
    "usage": (
        "Events are read in time windows that are checked against the number of rows the API announces; "
        "a run that is stopped goes on where it was. Copernica bills API calls: `max_api_calls` bounds "
        "a run.\n\n"
        "`personal_data: drop` leaves out every column that can identify a person, `hash` (with `hash_key`) "
        "keeps them as keyed hashes that still join.\n"
    ),
    "variant": REPOSITORY.split("/")[-2].lower(),
}


def about() -> dict[str, Any]:
    """Give what `tap-copernica --about --format=json` prints."""
    command = [sys.executable, "-m", "tap_copernica", "--about", "--format=json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)  # noqa: S603
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def setting(name: str, schema: dict[str, Any]) -> Setting:
    """Give one setting: its label, kind and default, as a Hub definition has them."""
    found: Setting = {"name": name, "label": schema.get("title", name), "kind": kind(schema)}
    if "default" in schema:
        found["value"] = schema["default"]
    if "enum" in schema:
        found["options"] = [{"label": value, "value": value} for value in schema["enum"]]
    if schema.get("secret"):
        found["sensitive"] = True
    found["description"] = schema["description"]
    return found


def kind(schema: dict[str, Any]) -> str:
    """Give the Hub's kind of a property."""
    if "enum" in schema:
        return "options"
    types = schema.get("type") or [one["type"] for one in schema["oneOf"]]
    plain = [one for each in types for one in ([each] if isinstance(each, str) else each)]
    return KINDS["string" if "string" in plain else next(one for one in plain if one != "null")]


def settings(properties: dict[str, Any]) -> list[Setting]:
    """Give all settings, the tap's own first, in the order of the schema."""
    found: list[Setting] = []
    for name, schema in properties.items():
        if name in NESTED:
            inner = schema["properties"].items()
            found += [setting(f"{name}.{part}", one) for part, one in inner]
        else:
            found.append(setting(name, schema))
    return found


def hub_definition(told: dict[str, Any]) -> str:
    """Give the Hub's definition as YAML, keys in alphabetical order as its linter wants them."""
    classifiers = PROJECT["project"]["classifiers"]
    versions = [one.rpartition(" ")[2] for one in classifiers if ":: Python :: 3." in one]
    own = sorted(settings(told["settings"]["properties"]), key=lambda one: str(one["name"]))
    for one in own:
        if one["name"] in HUB_VALUES:
            one["value"] = HUB_VALUES[one["name"]]
    definition = {
        **HUB_HEADER,
        "capabilities": sorted([*told["capabilities"], "test"]),
        "executable": told["name"],
        "name": told["name"],
        "namespace": told["name"].replace("-", "_"),
        "settings": own,
        "supported_python_versions": versions,
    }
    return yaml.safe_dump(definition, sort_keys=True, allow_unicode=True, width=100)


def loader_definition(text: str) -> str:
    """Give the loader into DuckDB of `meltano.yml` in the form that `meltano add --from-ref` takes."""
    loaders = yaml.safe_load(text)["plugins"]["loaders"]
    (found,) = (one for one in loaders if one["name"] == LOADER.stem)
    return yaml.safe_dump(found, sort_keys=True, allow_unicode=True, width=100)


def updated_meltano(text: str, told: dict[str, Any]) -> str:
    """Give the text of `meltano.yml` with the settings of today."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    margin = before.rpartition("\n")[2]
    found = yaml.safe_dump(
        settings(told["settings"]["properties"]), sort_keys=False, allow_unicode=True, width=95
    )
    lines = "".join(f"{margin}{line}\n" for line in found.splitlines())
    return f"{before}{BEGIN}\n{lines}{margin}{END}{after}"


if __name__ == "__main__":
    now = about()
    MELTANO.write_text(updated_meltano(MELTANO.read_text("utf-8"), now), "utf-8")
    HUB.write_text(hub_definition(now), "utf-8")
    LOADER.write_text(loader_definition(MELTANO.read_text("utf-8")), "utf-8")

"""What Meltano selects with this project's rules is what the tap selects by default."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from tests.support.runs import catalog_of

PROJECT = Path(__file__).parents[2] / "meltano.yml"


def is_selected(rules: list[str], name: str) -> bool:
    wanted = [rule for rule in rules if not rule.startswith("!")]
    unwanted = [rule[1:] for rule in rules if rule.startswith("!")]
    return any(fnmatchcase(name, rule) for rule in wanted) and not any(
        fnmatchcase(name, rule) for rule in unwanted
    )


@pytest.mark.parametrize("version", ["v2", "v4"])
def test_the_rules_in_meltano_yml_select_what_is_selected_by_default(version: str) -> None:
    (tap,) = yaml.safe_load(PROJECT.read_text())["plugins"]["extractors"]
    for stream in catalog_of(api_version=version)["streams"]:
        if stream["tap_stream_id"] == "publisher_destinations" and version != "v2":
            continue  # one rule for all versions, that of the one which is chosen by default
        found = {tuple(entry["breadcrumb"]): entry["metadata"] for entry in stream["metadata"]}
        whole = found.pop(()).get("selected-by-default", True)
        for breadcrumb, metadata in found.items():
            if len(breadcrumb) == 2:
                name = f"{stream['tap_stream_id']}.{breadcrumb[1]}"
                by_default = whole and metadata.get("selected-by-default", True)
                assert is_selected(tap["select"], name) == by_default, name

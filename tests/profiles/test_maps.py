"""Stream maps on fields of the account, where records are flattened: as docs/targets.md shows them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import CUSTOMERS, PLAIN, discovered, read, truth

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text("utf-8")
OWN, MAPS = (json.loads(text) for text in re.findall(r"```json\n(\{\"stream_maps.*?)\n```", PAGE))
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}


@pytest.mark.parametrize("flattening", [FLAT, {}], ids=["flattened", "not flattened"])
def test_a_hash_of_a_field_is_a_column_of_its_own(box: Sandbox, flattening: dict[str, Any]) -> None:
    catalog = discovered(box)
    output = read(box, CUSTOMERS, catalog=catalog, **flattening, **MAPS)
    assert output.error is None
    expected = truth(box, PLAIN)
    assert len(output.ids(CUSTOMERS)) == len(expected)
    for record in output.records(CUSTOMERS):
        email = expected[record["ID"]]["fields"]["Email"]
        assert record["email_md5"] == (hashlib.md5(email.encode()).hexdigest() if email else None)  # noqa: S324
        assert ("fields__City" in record) is bool(flattening)


def test_a_column_of_one_s_own_stands_beside_the_field_s(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, **FLAT, **OWN)
    assert output.records(CUSTOMERS)
    assert all(record["home"] == record["fields__City"] for record in output.records(CUSTOMERS))


def test_a_field_that_is_not_selected_is_no_column(box: Sandbox) -> None:
    catalog = discovered(box)
    for stream in catalog["streams"]:
        if stream["tap_stream_id"] == CUSTOMERS:
            breadcrumb = ["properties", "fields", "properties", "Email"]
            metadata = {"breadcrumb": breadcrumb, "metadata": {"selected": False}}
            stream["metadata"] = [m for m in stream["metadata"] if m["breadcrumb"] != breadcrumb]
            stream["metadata"].append(metadata)
    output = read(box, CUSTOMERS, catalog=catalog, **FLAT)
    assert output.error is None
    assert output.records(CUSTOMERS)
    assert not any("fields__Email" in record for record in output.records(CUSTOMERS))
    schemas = [m["schema"]["properties"] for m in output.messages if m["type"] == "SCHEMA"]
    assert not any("fields__Email" in one for one in schemas)


def test_a_hash_of_a_field_is_in_files_too(box: Sandbox, tmp_path: Path) -> None:
    encoding = {"format": "jsonl", "compression": "none"}
    bulk = {"encoding": encoding, "storage": {"root": str(tmp_path)}}
    catalog = discovered(box)
    records = read(box, CUSTOMERS, catalog=catalog, **FLAT, **MAPS).records(CUSTOMERS)
    assert read(box, CUSTOMERS, catalog=catalog, **FLAT, **MAPS, batch_config=bulk).error is None
    paths = sorted(tmp_path.glob(f"{CUSTOMERS}-*.jsonl"))
    lines = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    assert lines == records
    assert any(line["email_md5"] for line in lines)


def test_a_map_does_not_see_flattened_columns(box: Sandbox) -> None:
    nothing = {"stream_maps": {CUSTOMERS: {"fields__Email": None}}}
    output = read(box, CUSTOMERS, **FLAT, **nothing)
    assert output.error is None
    assert any(record["fields__Email"] for record in output.records(CUSTOMERS))
    hashed = {"stream_maps": {CUSTOMERS: {"hash": "md5(fields__Email)"}}}
    output = read(box, CUSTOMERS, **FLAT, **hashed)
    assert output.error is not None
    assert output.records(CUSTOMERS) == []


def test_a_stream_gets_another_name(box: Sandbox) -> None:
    (text,) = re.findall(r"`stream_maps: (\{.*?\}\})`", PAGE)
    output = read(box, CUSTOMERS, **FLAT, stream_maps=json.loads(text))
    assert output.error is None
    assert len(output.records("customers")) == len(truth(box, PLAIN))

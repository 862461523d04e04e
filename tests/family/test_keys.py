"""Keys: a target that upserts by them keeps every row, wherever ids start again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import discovered, select
from tests.support.runs import Output, run

ACCOUNT: dict[str, Any] = {"seed": 5, "days": 12, "clicks_per_day": 20, "mailings_per_day": 6}
NOON = "2026-06-01T12:00:00+00:00"
BELOW_A_PARENT = {
    "database_fields": "database",
    "collection_fields": "collection",
    "coupons": "couponcampaign",
    "publisher_final_groups": "emailing",
}


def kept(output: Output) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """Give what a target that upserts by the keys of SCHEMA keeps, by stream."""
    keys = {m["stream"]: m["key_properties"] for m in output.messages if m["type"] == "SCHEMA"}
    return {
        stream: {tuple(record[name] for name in names): record for record in output.records(stream)}
        for stream, names in keys.items()
    }


@pytest.mark.parametrize("nested_ids", ["fields", "all", "none"])
def test_a_target_that_upserts_keeps_every_row_wherever_ids_start_again(nested_ids: str) -> None:
    with Sandbox(**ACCOUNT, now=NOON) as box:
        box.switch(nested_ids=nested_ids)
        catalog = discovered(box, api_version="v4")
        names = [
            stream["tap_stream_id"]
            for stream in catalog["streams"]
            if not stream["tap_stream_id"].startswith("log_")
        ]
        output = run(
            box, catalog=select(catalog, *names), start_date="2026-05-25", api_version="v4",
            statistics_window_days=9, bulk_url=box.bulk_url,
        )  # fmt: skip
        assert output.error is None
        tables = kept(output)
        written = Counter(m["stream"] for m in output.messages if m["type"] == "RECORD")
        assert {name: len(rows) for name, rows in tables.items() if rows} == dict(written)
        fields = [(one["ID"], field["ID"]) for one in box.databases for field in one["fields"]]
        assert sorted(tables["database_fields"]) == sorted(fields)
        parts = [part for one in box.databases for part in one["collections"]]
        fields = [(part["ID"], field["ID"]) for part in parts for field in part["fields"]]
        assert sorted(tables["collection_fields"]) == sorted(fields)
        coupons = [(row["couponcampaign"], row["ID"]) for row in box.rows("coupons")]
        assert sorted(tables["coupons"]) == sorted(coupons)
        groups = Counter(row["emailing"] for row in box.rows("publisher_final_groups"))
        assert {emailing for emailing, _ in tables["publisher_final_groups"]} <= set(groups)
        assert len(tables["publisher_final_groups"]) > 1


@pytest.mark.parametrize(("stream", "parent"), BELOW_A_PARENT.items())
def test_what_is_addressed_only_below_a_parent_has_the_parent_in_its_key(
    stream: str, parent: str
) -> None:
    with Sandbox(**ACCOUNT, now=NOON) as box:
        catalog = discovered(box, api_version="v4")
    (found,) = (one for one in catalog["streams"] if one["tap_stream_id"] == stream)
    assert found["key_properties"] == [parent, "ID"]
    assert found["schema"]["properties"][parent]["type"] == "integer"

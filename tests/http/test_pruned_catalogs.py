"""A field that the catalog does not have is in no record and no file, whichever way records take."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pyarrow.parquet as pq
import pytest

from copernica_sandbox import Sandbox
from tests.support.crossed import crossed
from tests.support.profiles import discovered, select
from tests.support.runs import Output, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STREAMS = (
    "account", "clicks", "coupons", "coupon_campaigns", "databases", "destinations",
    "emailing_statistics", "emailings", "log_cdm_click", "profile_ids", "profiles_people",
    "publisher_clicks", "publisher_documents", "templates",
)  # fmt: skip
WAYS: dict[str, Any] = {
    "plain": {},
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 1},
    "flattened deep": {"flattening_enabled": True, "flattening_max_depth": 3},
    "mapped": {"stream_maps": {name: {"extra": "'x'"} for name in STREAMS}},
}
SETTINGS = {
    "start_date": "2026-05-30",
    "api_version": "v3",
    "bulk_url": "",
    "backoff_seconds": 0.001,
}


def with_(more: Any) -> Any:
    """Give the settings with more of them."""
    return {**SETTINGS, **more}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    layout = [
        {"name": "People", "profiles": 9, "fields": [("Email", "email"), ("Points", "integer")]}
    ]
    with Sandbox(days=4, clicks_per_day=30, now="2026-06-01T12:00:00+00:00", layout=layout) as box:
        yield box


@pytest.fixture(scope="module")
def catalog(box: Sandbox) -> dict[str, Any]:
    return discovered(box, api_version="v3", optional_streams=["*"], optional_fields=["*.*"])


def pruned(catalog: dict[str, Any], which: int) -> dict[str, Any]:
    """Give a catalog without every other field that is no key, also of objects, as a hand prunes it."""
    catalog = copy.deepcopy(catalog)
    for stream in catalog["streams"]:
        keys = {*stream["key_properties"], stream.get("replication_key")}
        _prune(stream["schema"], keys, which)
        stream["metadata"] = [
            entry
            for entry in stream["metadata"]
            if not entry["breadcrumb"] or entry["breadcrumb"][1] in stream["schema"]["properties"]
        ]
    return catalog


def _prune(schema: dict[str, Any], keys: set[Any], which: int) -> None:
    fields = schema["properties"]
    for number, name in enumerate(list(fields)):
        if name not in keys and number % 2 == which:
            del fields[name]
        elif "properties" in fields[name]:
            _prune(fields[name], set(), which)


def check(output: Output, streams: tuple[str, ...]) -> None:
    """Make sure that every record is what its SCHEMA says, and has nothing more."""
    schemas = {m["stream"]: m["schema"] for m in output.messages if m["type"] == "SCHEMA"}
    assert set(schemas) == set(streams)
    for stream, schema in schemas.items():
        validator = jsonschema.Draft202012Validator(closed(schema))
        assert output.records(stream) or stream == "account", stream
        for record in output.records(stream):
            validator.validate(record)


def closed(schema: Any) -> Any:
    """Give a schema that takes no field which it does not name."""
    if not isinstance(schema, dict) or not schema.get("properties"):
        return schema
    fields = {name: closed(field) for name, field in schema["properties"].items()}
    return {**schema, "properties": fields, "additionalProperties": False}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("which", [0, 1])
def test_a_field_that_the_catalog_lacks_is_in_no_record(
    box: Sandbox, catalog: dict[str, Any], way: str, which: int
) -> None:
    chosen = select(pruned(catalog, which), *STREAMS)
    output = run(box, catalog=chosen, **with_(WAYS[way]))
    assert output.error is None
    check(output, STREAMS)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_field_that_the_catalog_lacks_is_in_no_file(
    box: Sandbox, catalog: dict[str, Any], tmp_path: Path, kind: str, which: int
) -> None:
    chosen = select(pruned(catalog, which), *STREAMS)
    compression = {"compression": "none"} if kind == "jsonl" else {}
    batch: Any = {"encoding": {"format": kind, **compression}, "storage": {"root": str(tmp_path)}}
    output = run(box, catalog=chosen, **with_({"batch_config": batch}))
    assert output.error is None
    schemas = {m["stream"]: m["schema"] for m in output.messages if m["type"] == "SCHEMA"}
    files = [m for m in output.messages if m["type"] == "BATCH"]
    assert {m["stream"] for m in files} >= set(STREAMS) - {"account"}
    for message in files:
        fields = closed(schemas[message["stream"]])
        for url in message["manifest"]:
            file = url.removeprefix("file://")
            if kind == "parquet":
                assert set(pq.read_schema(file).names) == set(fields["properties"])
                continue
            with open(file, encoding="utf-8") as lines:  # noqa: PTH123
                for line in lines:
                    jsonschema.Draft202012Validator(fields).validate(json.loads(line))


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_whose_parents_the_catalog_lacks_is_read(
    box: Sandbox, catalog: dict[str, Any], way: str, tmp_path: Path
) -> None:
    children = ("coupons", "emailing_statistics", "profile_ids")
    only = copy.deepcopy(catalog)
    only["streams"] = [s for s in only["streams"] if s["tap_stream_id"] in children]
    whole = run(box, catalog=select(catalog, *children), **with_(WAYS[way]))
    output = run(box, catalog=select(only, *children), **with_(WAYS[way]))
    assert output.error is None
    for stream in children:
        mine, right = output.records(stream), whole.records(stream)
        assert [{**r, "seen_at": 0} for r in mine] == [{**r, "seen_at": 0} for r in right] != []
    batch: Any = {"encoding": {"format": "jsonl"}, "storage": {"root": str(tmp_path)}}
    output = run(box, catalog=select(only, *children), **with_({"batch_config": batch}))
    assert output.error is None


# The streams whose records are looked at again between reading and writing.
RIGHT: dict[Any, Output] = {}  # what the whole catalog brings, read once
READ_AGAIN = ("clicks", "profiles_people", "coupons", "templates", "databases", "destinations")


READ: dict[str, tuple[tuple[str, ...], str, dict[str, Any]]] = {
    "as it is": (READ_AGAIN, "clean", {}),
    "rows repeat": (READ_AGAIN, "repeat", {"page_size": 7}),
    "trimmed": (("clicks",), "clean", {"start_date": "2026-06-01"}),  # its only window is
}


@pytest.mark.parametrize(("way", "how"), crossed(WAYS, list(READ)))
def test_keys_that_the_catalog_lacks_are_in_no_record_and_stop_nothing(
    *,
    box: Sandbox,
    catalog: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    way: str,
    how: str,
) -> None:
    streams, seam, more = READ[how]
    chosen = copy.deepcopy(catalog)
    for stream in chosen["streams"]:
        for name in {*stream["key_properties"], stream.get("replication_key")} - {None}:
            del stream["schema"]["properties"][name]
    settings = {**SETTINGS, **more}
    box.switch(seam=seam)
    if (streams, seam) not in RIGHT:
        RIGHT[streams, seam] = run(box, catalog=select(catalog, *streams), **settings)
    right = RIGHT[streams, seam]
    output = run(box, catalog=select(chosen, *streams), **{**settings, **WAYS[way]})
    box.switch(seam="clean")
    assert output.error is None
    check(output, streams)
    for stream_name in streams:
        assert len(output.records(stream_name)) == len(right.records(stream_name)), stream_name
    for message in output.messages:
        if message["type"] == "SCHEMA":
            assert message["key_properties"] == []
    assert output.state["bookmarks"].keys() == right.state["bookmarks"].keys()
    assert "the catalog lacks `ID`" in caplog.text

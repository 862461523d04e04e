"""Flattened records are what the flattened schema says: targets that validate them take all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema
import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Iterator

# Those with objects that v2 does not send, or that lie within objects.
STREAMS = (
    "account",
    "databases",
    "emailings",
    "emailing_statistics",
    "publisher_emailings",
    "publisher_emailing_statistics",
    "publisher_scheduled_emailings",
    "scheduled_emailings",
    "templates",
)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(days=3, clicks_per_day=5, now="2026-06-01T12:00:00+00:00") as box:
        yield box


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("version", ["v2", "v4"])
def test_flattened_records_have_the_columns_of_the_schema(
    box: Sandbox, version: str, depth: int
) -> None:
    output = run(
        box, streams=STREAMS, start_date="2026-05-01", api_version=version,
        flattening_enabled=True, flattening_max_depth=depth,
    )  # fmt: skip
    assert output.error is None
    schemas = {m["stream"]: m["schema"] for m in output.messages if m["type"] == "SCHEMA"}
    assert set(schemas) == set(STREAMS)
    for stream, schema in schemas.items():
        validator = jsonschema.Draft202012Validator(schema)
        assert output.records(stream), stream
        for record in output.records(stream):
            validator.validate(record)
            assert set(record) == set(schema["properties"]), stream

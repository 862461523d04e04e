"""Records of a large window go to a file that nobody else can open, and come back as they were."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tap_copernica.output.files.jsonl import JsonLines
from tap_copernica.records import spill
from tap_copernica.records.chunks import Chunk, EncodedChunk, PlainChunk
from tap_copernica.records.spill import MOST_IN_MEMORY, Records
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


FORM = JsonLines("none")


def encode(records: Sequence[dict[str, Any]]) -> Chunk:
    return EncodedChunk(FORM.encode(records), len(records), FORM)


def of(records: Records) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for chunk in records.chunks():
        found += chunk.records()
    return found


@pytest.mark.parametrize("how", [PlainChunk, encode], ids=["records", "chunks"])
@pytest.mark.parametrize("pages", [0, 1, 19, 20, 21, 55])
def test_records_come_back_in_their_order(
    how: Callable[[Sequence[dict[str, Any]]], Chunk], pages: int
) -> None:
    records, rows = Records(how), [{"ID": number} for number in range(1000 * pages)]
    for page in range(pages):
        records.add(rows[1000 * page : 1000 * (page + 1)])
    twice = Records(how)
    twice.add_all(records)
    twice.add_all(records)
    assert of(records) == of(records) == rows
    assert of(twice) == rows + rows


@pytest.mark.parametrize("stream", ["clicks", "impressions", "destinations"])
def test_rows_that_came_as_documented_wait_on_disk_for_a_stream_map(
    stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(start="2025-03-01", now="2025-03-03T00:00:00Z", clicks_per_day=30) as box:
        plain = run(box, streams=(stream,), start_date="2025-03-01").records(stream)
        monkeypatch.setattr(spill, "MOST_IN_MEMORY", 5)
        maps = {stream: {"seen": "'yes'"}}
        mapped = run(box, streams=(stream,), start_date="2025-03-01", stream_maps=maps)
    assert mapped.error is None
    assert mapped.records(stream) == [{**record, "seen": "yes"} for record in plain] != []


def test_what_is_put_on_disk_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = [{"ID": number} for number in range(MOST_IN_MEMORY + 1)]
    records = Records()
    records.add(rows)
    assert list(tmp_path.iterdir()) == []
    assert of(records) == rows


def test_only_many_records_are_put_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    records = Records()
    records.add([{}] * MOST_IN_MEMORY)
    with pytest.raises(RunError, match="TMPDIR"):
        records.add([{}])

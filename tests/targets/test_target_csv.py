"""meltanolabs-target-csv: what it keeps of a run and of the one before; part of `make test-targets`."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.profiles import CUSTOMERS, PLAIN, read
from tests.targets.loaders import Row, environment_with, upserted
from tests.targets.test_target_duckdb import AWKWARD, INTEGER, TEXT, clicks, record, schema

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOW, LATER = "2026-06-01T12:00:00+00:00", "2026-06-02T12:00:00+00:00"
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
KEY = {**INTEGER, "type": "integer"}

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_TARGETS"), reason="make test-targets")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("csv") / "venv"
    return environment_with(folder, "meltanolabs-target-csv==0.5.0")


class TargetCsv:
    """The loader and the folder of its files."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.program, self.folder = programs / "target-csv", folder

    def load(self, messages: Iterable[Row], **settings: Any) -> None:
        config = self.folder / "config.json"
        config.write_text(json.dumps({"output_path": str(self.folder), **settings}))
        run = subprocess.run(
            [self.program, "--config", config],
            input="".join(json.dumps(message) + "\n" for message in messages),
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr[-3000:]

    def rows(self, pattern: str) -> list[list[dict[str, str]]]:
        """Give the rows of each file whose name fits, the first file first."""
        found = []
        for path in sorted(self.folder.glob(pattern)):
            with path.open(encoding="utf-8", newline="") as file:
                found.append(list(csv.DictReader(file)))
        return found


@pytest.fixture
def target(programs: Path, tmp_path: Path) -> TargetCsv:
    return TargetCsv(programs, tmp_path)


def as_texts(messages: Iterable[Row], stream: str, *, bulk: bool = False) -> list[dict[str, str]]:
    """Write the records of a stream as a CSV file has them.

    Null is nothing, and a time has a blank instead of its `T`, other than from bulk files.
    """
    rows, described, _ = upserted(messages)[stream]

    def text(value: Any, kind: dict[str, Any]) -> str:
        if value is None:
            return ""
        if isinstance(value, float):
            return str(Decimal(str(value)))
        is_time = kind.get("format") == "date-time" and not bulk
        return value.replace("T", " ") if is_time else str(value)

    return [
        {name: text(row.get(name), kind) for name, kind in described["properties"].items()}
        for row in rows.values()
    ]


@pytest.mark.parametrize("timed", [False, True], ids=["plain names", "names with the time"])
def test_a_run_empties_the_files_of_the_one_before_unless_their_names_have_the_time(
    target: TargetCsv, sandbox: Any, *, timed: bool
) -> None:
    box: Sandbox = sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=NOW)
    timed_names = {"file_naming_scheme": "{stream_name}-{timestamp}.csv"}
    more = timed_names if timed else {"overwrite_behavior": "append_records"}
    first = read(box, CUSTOMERS, **FLAT)
    target.load(first.messages, **more)
    assert target.rows(f"{CUSTOMERS}*.csv") == [as_texts(first.messages, CUSTOMERS)]
    box.now = LATER
    box.change_profiles(PLAIN, [3, 17], fields={"Firstname": "changed"})
    second = read(box, CUSTOMERS, state=first.state, **FLAT)
    assert len(second.ids(CUSTOMERS)) == 2
    target.load(second.messages, **more)
    runs = [first, second] if timed else [second]
    expected = [as_texts(run.messages, CUSTOMERS) for run in runs]
    assert target.rows(f"{CUSTOMERS}*.csv") == expected


def test_hard_texts_and_more_rows_than_a_batch_holds_are_exact(target: TargetCsv) -> None:
    texts = [schema("texts", {"ID": KEY, "text": TEXT}, "ID")]
    texts += [record("texts", {"ID": n, "text": text}) for n, text in enumerate(AWKWARD)]
    many = clicks(range(1, 25_001))
    target.load([*texts, *many])
    for stream, messages in (("texts", texts), ("clicks", many)):
        (rows,) = target.rows(f"{stream}.csv")
        assert rows == as_texts(messages, stream)


def test_an_empty_text_is_nothing_and_an_object_is_no_json(target: TargetCsv) -> None:
    properties = {"ID": KEY, "text": TEXT, "fields": {"type": "object", "properties": {"a": TEXT}}}
    row = {"ID": 1, "text": "", "fields": {"a": "x"}}
    target.load([schema("t", properties, "ID"), record("t", row)])
    assert target.rows("t.csv") == [[{"ID": "1", "text": "", "fields": "{'a': 'x'}"}]]


def test_json_lines_of_bulk_files_are_loaded(
    target: TargetCsv, sandbox: Any, tmp_path: Path
) -> None:
    box: Sandbox = sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=NOW)
    storage = {"root": str(tmp_path / "files")}
    bulk = {"encoding": {"format": "jsonl", "compression": "gzip"}, "storage": storage}
    records = read(box, CUSTOMERS, **FLAT).messages
    target.load(read(box, CUSTOMERS, **FLAT, batch_config=bulk).messages)
    assert target.rows(f"{CUSTOMERS}.csv") == [as_texts(records, CUSTOMERS, bulk=True)]

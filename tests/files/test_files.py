"""Bulk files hold what records would, under the same promises."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest

from copernica_sandbox import Sandbox
from tests.docs.pages import blocks
from tests.support import profiles
from tests.support.bulk import ENCODINGS, batch_config, files_of, loaded
from tests.support.runs import catalog_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from copernica_sandbox.http import Reply, Request
    from tests.support.runs import Output

NOW = "2026-06-01T12:00:00+00:00"
START = "2026-05-27"
END = "2026-06-01T10:00:00+00:00"  # what may be read hangs on no clock
# One of every family: by time with both filters, by whole days, by mailing, by day, by list, whole lists.
STREAMS = (
    "abuses",
    "clicks",
    "consumption",
    "databases",
    "destinations",
    "emailing_statistics",
    "emailings",
    "log_cdm_click",
    "profile_ids",
    "publisher_clicks",
    "publisher_destinations",
    "template_statistics",
)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=4, days=7, clicks_per_day=120, now=NOW, profiles=300) as box:
        yield box


@pytest.fixture(scope="module")
def records(box: Sandbox) -> Output:
    """What the same run writes without files."""
    output = read(box)
    assert output.error is None
    assert all(output.records(stream) for stream in STREAMS)
    return output


def read(box: Sandbox, **more: Any) -> Output:
    settings: dict[str, Any] = {"streams": STREAMS, "start_date": START, "end_date": END}
    return run(box, **{**settings, "concurrency": 1, **more})


def assert_same(rows: list[dict[str, Any]], records: list[dict[str, Any]]) -> None:
    """Compare; an object of whatever the API or the account puts in it is JSON text in Parquet."""
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        if "seen_at" in record:  # when the run began
            row["seen_at"] = record["seen_at"]
        texts = [name for name, value in record.items() if value != row[name]]
        assert {**row, **{name: json.loads(row[name]) for name in texts}} == record


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_family_of_streams_comes_back_from_files_as_its_records(
    box: Sandbox, records: Output, tmp_path: Path, encoding: str
) -> None:
    output = read(box, batch_config=batch_config(tmp_path, encoding, batch_size=500))
    assert output.error is None
    assert not any(m["type"] == "RECORD" for m in output.messages)
    found = loaded(output.messages)
    for stream in STREAMS:
        assert_same(found[stream], records.records(stream))
    assert output.state == records.state


@pytest.mark.parametrize(
    ("setting", "packed"),
    [
        ("jsonl", "gzip"), ("jsonl gzip", "gzip"), ("jsonl none", "none"),
        ("parquet", "zstd"), ("parquet zstd", "zstd"), ("parquet snappy", "snappy"),
        ("parquet gzip", "gzip"), ("parquet none", "uncompressed"),
    ],
)  # fmt: skip
def test_files_are_packed_as_the_setting_says(
    box: Sandbox, records: Output, tmp_path: Path, setting: str, packed: str
) -> None:
    encoding = dict(zip(("format", "compression"), setting.split(), strict=False))
    batches = {"encoding": encoding, "storage": {"root": str(tmp_path)}}
    output = read(box, streams=("clicks",), batch_config=batches)
    assert_same(loaded(output.messages)["clicks"], records.records("clicks"))
    for file in tmp_path.iterdir():
        if encoding["format"] == "parquet":
            column = pq.ParquetFile(file).metadata.row_group(0).column(0)
            assert column.compression == packed.upper()
        else:
            assert file.read_bytes().startswith(b"\x1f\x8b") is (packed == "gzip")


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize(("encoding", "size"), [("jsonl", 300), ("parquet", 300), ("jsonl", 10)])
def test_no_state_comes_before_the_files_with_the_rows_it_speaks_of(
    box: Sandbox, tmp_path: Path, encoding: str, size: int
) -> None:
    streams = ("clicks", "destinations", "emailing_statistics")
    settings: dict[str, Any] = {"streams": streams, "page_size": 100}
    batches = batch_config(tmp_path, encoding, batch_size=size)
    output = read(box, batch_config=batches, **settings)
    held = rows_before_states(read(box, **settings))
    for position, message in enumerate(output.messages):
        if message["type"] == "STATE":
            found = loaded(output.messages[:position])
            for stream, count in held[json.dumps(message["value"], sort_keys=True)].items():
                assert len(found[stream]) >= count, stream
    named = [m for m in output.messages if m["type"] == "BATCH" and m["stream"] == "destinations"]
    rows = [len(loaded([batch])["destinations"]) for batch in named]
    assert len(rows) > 1  # otherwise nothing was held back
    assert all(count >= size for count in rows[:-1])
    assert max(rows) <= 10 * size + 100  # a page more


def rows_before_states(records: Output) -> dict[str, dict[str, int]]:
    """Give how many records of each stream were written before each STATE."""
    counts: dict[str, int] = {}
    before: dict[str, dict[str, int]] = {}
    for message in records.messages:
        if message["type"] == "RECORD":
            counts[message["stream"]] = counts.get(message["stream"], 0) + 1
        elif message["type"] == "STATE":
            before[json.dumps(message["value"], sort_keys=True)] = dict(counts)
    return before


def without(catalog: dict[str, Any], *breadcrumbs: list[str]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if entry["breadcrumb"] in breadcrumbs:
                entry["metadata"]["selected"] = False
    return catalog


PRIVACY: dict[str, dict[str, Any]] = {
    "flattened": {"flattening_enabled": True, "flattening_max_depth": 1},
    "mapped": {
        "stream_maps": {
            "clicks": {
                "useragent": "__NULL__",
                "link": "md5(link)",
                "shop": "'one'",
                "__filter__": "mailing % 2 == 0",
                "__alias__": "shop/clicks",
            },
            "emailings": None,
        },
    },
    "mapped and flattened": {
        "stream_maps": {"emailings": {"subject": "__NULL__"}},
        "flattening_enabled": True,
        "flattening_max_depth": 2,
    },
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("how", PRIVACY)
def test_selection_maps_and_flattening_apply_to_files_as_to_records(
    box: Sandbox, tmp_path: Path, how: str, encoding: str
) -> None:
    streams = ("clicks", "emailings", "publisher_emailings")
    left_out = [["properties", "ip"], ["properties", "target", "properties", "sources"]]
    settings = {
        "catalog": without(catalog_of(*streams), *left_out),
        "start_date": START,
        "concurrency": 1,
        **PRIVACY[how],
    }
    plain = run(box, **settings)
    output = run(box, batch_config=batch_config(tmp_path, encoding), **settings)
    assert output.error is None
    found = loaded(output.messages)
    names = {m["stream"] for m in plain.messages if m["type"] == "RECORD"}
    assert set(found) == names
    for name in names:
        assert_same(
            [_filled(row) for row in found[name]], [_filled(row) for row in plain.records(name)]
        )
        assert not any("ip" in row for row in found[name])


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    """Leave out nulls: a column of a table has one where a record has nothing."""
    return {name: value for name, value in record.items() if value is not None}


def test_parquet_columns_have_the_types_of_the_schema(box: Sandbox, tmp_path: Path) -> None:
    output = read(box, batch_config=batch_config(tmp_path, "parquet"))
    types: dict[str, dict[str, str]] = {}
    for message in output.messages:
        if message["type"] == "BATCH":
            schema = pq.read_schema(files_of(message)[0])
            types[message["stream"]] = {one.name: str(one.type) for one in schema}
    assert types["clicks"] == {
        "ID": "int64",
        "mailing": "int64",
        "link": "string",
        "timestamp": "timestamp[us, tz=UTC]",
        "ip": "string",
        "useragent": "string",
        "is_machine": "bool",
        "destination": "int64",
        "profile": "int64",
        "subprofile": "int64",
    }
    assert types["consumption"]["date"] == "date32[day]"
    assert types["destinations"]["unsubscribed"] == "bool"
    assert types["emailings"]["from_address"] == "struct<name: string, email: string>"
    assert types["emailings"]["target"].startswith("struct<type: string, sources: list<")
    assert types["abuses"]["report"] == "string"


def test_parquet_files_have_each_text_once(box: Sandbox, tmp_path: Path) -> None:
    output = read(box, batch_config=batch_config(tmp_path, "parquet"))
    seen = set()
    for message in output.messages:
        for file in files_of(message) if message["type"] == "BATCH" else ():
            group = pq.ParquetFile(file).metadata.row_group(0)
            for column in map(group.column, range(group.num_columns)):
                is_text = column.physical_type == "BYTE_ARRAY"
                is_by_number = "RLE_DICTIONARY" in column.encodings
                assert is_by_number == is_text, column.path_in_schema
                seen.add((is_text, "." in column.path_in_schema))
    assert len(seen) == 4  # texts and others, in objects or lists and not


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_duckdb_reads_a_folder_of_files_as_one_table(
    box: Sandbox, records: Output, tmp_path: Path, encoding: str
) -> None:
    read(box, batch_config=batch_config(tmp_path, encoding, batch_size=200))
    files = f"{tmp_path}/destinations-*"
    function = "read_parquet" if encoding == "parquet" else "read_json"
    query = (
        "SELECT count(*), count(DISTINCT id), epoch(max(timestampsent::TIMESTAMPTZ))"  # noqa: S608
        f" FROM {function}('{files}')"
    )
    rows = records.records("destinations")
    latest = max(datetime.fromisoformat(row["timestampsent"]) for row in rows)
    assert duckdb.sql(query).fetchall() == [(len(rows), len(rows), latest.timestamp())]


@pytest.mark.parametrize("is_flat", [True, False], ids=["flattened", "not flattened"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_duckdb_reads_a_damaged_counter_as_null_and_those_beside_it_as_they_are(
    sandbox: Callable[..., Sandbox], tmp_path: Path, encoding: str, *, is_flat: bool
) -> None:
    box = sandbox(seed=4, days=7, clicks_per_day=120, now=NOW)
    settings: dict[str, Any] = {
        "streams": ("emailing_statistics",),
        "flattening_enabled": is_flat,
        "flattening_max_depth": 2,
    }
    right = read(box, **settings).records("emailing_statistics")

    def damage(request: Request, reply: Reply) -> Reply:
        """Damage a counter of every second mailing."""
        if int(request.path.split("/")[-2]) % 2:
            reply.body = re.sub(rb'("clicks":\{[^}]*"unique":)"?\d+"?', rb"\g<1>1e400", reply.body)
        return reply

    box.alter(damage, "/statistics")
    read(box, batch_config=batch_config(tmp_path, encoding), **settings)
    clicks = "{0}__total, {0}__unique" if is_flat else "{0}.total, {0}.unique"
    columns = f"{clicks.format('clicks')}, {clicks.format('impressions')}"
    function = "read_parquet" if encoding == "parquet" else "read_json"
    query = f"SELECT mailing, {columns} FROM {function}('{tmp_path}/*') ORDER BY mailing"  # noqa: S608
    found = duckdb.sql(query).fetchall()
    expected = []
    for row in sorted(right, key=itemgetter("mailing")):
        counts = [
            row[f"{what}__{count}"] if is_flat else row[what][count]
            for what in ("clicks", "impressions")
            for count in ("total", "unique")
        ]
        if row["mailing"] % 2:
            counts[1] = None
        expected.append((row["mailing"], *counts))
    assert found == expected
    assert {row[0] % 2 for row in found} == {0, 1}


def test_the_query_of_the_page_makes_a_table_with_each_key_once(
    box: Sandbox, records: Output, tmp_path: Path
) -> None:
    for _ in range(2):
        read(box, streams=("clicks",), batch_config=batch_config(tmp_path, "parquet"))
    (query,) = blocks("sql", "bulk-files.md")
    with duckdb.connect() as connection:
        connection.execute(query.text.replace("/data/copernica", str(tmp_path)))
        rows = connection.execute("SELECT ID, mailing, link FROM clicks ORDER BY ID").fetchall()
    expected = [(row["ID"], row["mailing"], row["link"]) for row in records.records()]
    assert rows == sorted(expected)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_profiles_come_back_with_the_fields_of_the_account(
    box: Sandbox, tmp_path: Path, encoding: str
) -> None:
    catalog = profiles.discovered(box)
    streams = [one["tap_stream_id"] for one in catalog["streams"] if "table_name" in one]
    plain = profiles.read(box, *streams, catalog=catalog, page_size=50)
    batches = batch_config(tmp_path, encoding, batch_size=100)
    output = profiles.read(box, *streams, catalog=catalog, page_size=50, batch_config=batches)
    assert output.error is None
    found = loaded(output.messages)
    assert len(found[profiles.CUSTOMERS]) == 300
    for stream in streams:
        assert_same(found[stream], plain.records(stream))
    assert all(output.state["bookmarks"][stream]["pass"] is None for stream in streams)
    pages = [
        m for m in output.messages if m["type"] == "BATCH" and m["stream"] == profiles.CUSTOMERS
    ]
    assert len(pages) == 3  # a page is a whole window here: the state says how far the pass came
    function = "read_parquet" if encoding == "parquet" else "read_json"
    names = (
        f"SELECT ID, fields.Email FROM {function}('{tmp_path}/{profiles.CUSTOMERS}-*') ORDER BY ID"  # noqa: S608
    )
    emails = {row["ID"]: row["fields"]["Email"] for row in plain.records(profiles.CUSTOMERS)}
    assert dict(duckdb.sql(names).fetchall()) == emails


def test_no_version_is_activated_whose_rows_are_in_files(
    box: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A target does not know the version of a file's rows, and would delete what it just loaded."""
    output = read(
        box,
        streams=("databases", "profile_ids"),
        emit_activate_version_messages=True,
        batch_config=batch_config(tmp_path, "jsonl"),
    )
    assert output.error is None
    assert loaded(output.messages)["databases"]
    assert "ACTIVATE_VERSION" not in {m["type"] for m in output.messages}
    assert all(m.get("version") is None for m in output.messages)
    assert "`emit_activate_version_messages` is not used with `batch_config`" in caplog.text


def test_runs_that_end_early_add_up(box: Sandbox, records: Output, tmp_path: Path) -> None:
    state, ids, ends = None, set[int](), 0
    while ends < 20:
        output = read(
            box,
            state=state,
            streams=("clicks",),
            max_api_calls=9,
            page_size=40,
            lookback_minutes=0,
            batch_config=batch_config(tmp_path, "parquet"),
        )
        assert output.error is None
        ids |= {row["ID"] for row in loaded(output.messages)["clicks"]}
        ends += 1
        state = output.state or state
        if output.bookmark == records.bookmark:
            break
    assert ends > 1
    assert ids == set(records.ids())


@pytest.mark.parametrize("prefix", ["", "shop-"])
def test_files_are_named_by_prefix_stream_run_and_number(
    box: Sandbox, tmp_path: Path, prefix: str
) -> None:
    batches = batch_config(tmp_path, "jsonl", batch_size=100)
    if prefix:
        batches["storage"]["prefix"] = prefix
    for _ in range(2):
        read(box, streams=("clicks",), batch_config=batches)
    pattern = re.compile(rf"{prefix}clicks-(\d{{8}}T\d{{6}}Z-[0-9a-f]{{8}})-(\d{{5}})\.jsonl\.gz")
    runs: dict[str, list[int]] = {}
    for path in sorted(tmp_path.iterdir()):
        found = pattern.fullmatch(path.name)
        assert found, path.name
        runs.setdefault(found[1], []).append(int(found[2]))
    assert len(runs) == 2  # each with a mark of its own, even within a second
    assert all(len(numbers) > 1 for numbers in runs.values())
    assert all(numbers == [*range(1, len(numbers) + 1)] for numbers in runs.values())


def test_who_may_read_files_is_up_to_the_umask(box: Sandbox, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        read(box, streams=("clicks",), batch_config=batch_config(tmp_path, "jsonl"))
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {0o600}

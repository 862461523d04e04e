"""meltanolabs-target-postgres and a real server: what it takes exactly, and what not (docs/targets.md).

Where a test shows a fault of the loader's, it fails when a release mends that: then the page needs a change.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import CUSTOMERS, PLAIN, discovered, read
from tests.targets.loaders import SCHEMA, TargetPostgres
from tests.targets.test_target_duckdb import AWKWARD, INTEGER, TEXT, TIME, record, schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer
    from tests.support.runs import Output

NOW = "2026-06-01T12:00:00+00:00"
LATER = "2026-06-03T12:00:00+00:00"
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
ACCOUNT: dict[str, Any] = {
    "seed": 7, "days": 20, "clicks_per_day": 15, "databases": 2, "profiles": 60, "now": NOW,
}  # fmt: skip
KEY = {**INTEGER, "type": "integer"}


def everything(box: Sandbox, state: Any = None, **settings: Any) -> list[dict[str, Any]]:
    """Read all streams of an account, also those that cost extra, and give the messages."""
    settings = {"optional_fields": ["*"], **settings}
    catalog = discovered(box, **settings)
    streams = [one["tap_stream_id"] for one in catalog["streams"]]
    output = read(box, *streams, catalog=catalog, state=state, optional_streams=["*"], **settings)
    assert output.error is None
    return output.messages


@pytest.mark.parametrize(
    ("version", "flattening"),
    [
        ("v2", FLAT),
        pytest.param("v2", {}, marks=pytest.mark.soak),
        pytest.param("v4", FLAT, marks=pytest.mark.soak),
        pytest.param("v4", {}, marks=pytest.mark.soak),
    ],
    ids=["v2 flattened", "v2", "v4 flattened", "v4"],
)
def test_a_whole_account_and_what_a_second_run_brings_are_exact(
    target_postgres: TargetPostgres, version: str, flattening: dict[str, Any]
) -> None:
    with Sandbox(**ACCOUNT) as box:
        first = everything(box, api_version=version, **flattening)
        states = target_postgres.load(first)
        assert target_postgres.check(first) > 20_000
        assert states[-1] == [m["value"] for m in first if m["type"] == "STATE"][-1]
        box.now = LATER
        box.change_profiles(PLAIN, range(1, 20), fields={"Firstname": "changed"})
        second = everything(box, states[-1], api_version=version, **flattening)
    target_postgres.load(second)
    target_postgres.check(second, first)


def test_a_server_in_another_time_zone_keeps_every_time(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    database = postgres.database(timezone="America/New_York")
    loader = TargetPostgres(tmp_path, database)
    with Sandbox(seed=7, days=5, clicks_per_day=40, now=NOW) as box:
        messages = read(box, "clicks", CUSTOMERS).messages
    loader.load(messages)
    assert loader.check(messages) > 1_000


@pytest.mark.parametrize(("zone", "shifted"), [("", True), ("UTC", False)])
def test_without_copy_a_server_in_another_time_zone_shifts_times_unless_pgtz_is_utc(
    tmp_path: Path, postgres: PostgresServer, zone: str, *, shifted: bool
) -> None:
    database = postgres.database(timezone="America/New_York")
    loader = TargetPostgres(tmp_path, database, use_copy=False)
    properties = {"ID": KEY, "at": TIME}
    row = {"ID": 1, "at": "2026-05-31T12:00:00+00:00"}
    environment = {"PGTZ": zone} if zone else {}
    loader.load([schema("moments", properties, "ID"), record("moments", row)], **environment)
    assert (loader.rows("moments") != [row]) is shifted


def test_hard_texts_and_numbers_arrive_unchanged(target_postgres: TargetPostgres) -> None:
    texts = [
        *AWKWARD,
        "",
        " ",
        "\\N",
        "\\.",
        "{}",
        "[1]",
        "\ufeffx",
        "'; DROP TABLE texts; --",
        "%s",
        "\x1f",
    ]
    numbers = [0.0, -0.1, 0.1 + 0.2, 1e22, 1.7976931348623157e308, 5e-324, None]
    properties = {
        "ID": KEY,
        "big": INTEGER,
        "text": TEXT,
        "number": {"type": ["number", "null"]},
        "flag": {"type": ["boolean", "null"]},
        "object": {"type": ["object", "null"], "properties": {"text": TEXT}},
        "list": {"type": ["array", "null"], "items": TEXT},
    }
    rows = [
        {
            "ID": number, "big": [2**63 - 1, -(2**63), None][number % 3], "text": text,
            "number": numbers[number % len(numbers)], "flag": [True, False, None][number % 3],
            "object": {"text": text}, "list": [text, None],
        }
        for number, text in enumerate(texts)
    ]  # fmt: skip
    messages = [schema("texts", properties, "ID"), *(record("texts", row) for row in rows)]
    target_postgres.load(messages)
    assert target_postgres.check(messages) == len(texts) * len(properties)


@pytest.mark.parametrize("sanitize", [True, False])
def test_a_null_character_is_replaced_where_the_setting_says_so_and_else_ends_the_run(
    tmp_path: Path, postgres: PostgresServer, *, sanitize: bool
) -> None:
    loader = TargetPostgres(tmp_path, postgres.database(), sanitize_null_text_characters=sanitize)
    properties = {"ID": KEY, "text": TEXT}
    run = loader.run(
        [schema("texts", properties, "ID"), record("texts", {"ID": 1, "text": "a\0b"})]
    )
    assert (run.returncode == 0) is sanitize
    if sanitize:
        assert loader.rows("texts") == [{"ID": 1, "text": "a\ufffdb"}]


def test_a_null_character_within_an_object_is_replaced_one_level_deep_and_ends_the_run_below(
    target_postgres: TargetPostgres,
) -> None:
    fields = {"type": ["object", "null"], "properties": {"text": TEXT}}
    row = {"ID": 1, "fields": {"text": "a\0b"}}
    target_postgres.load(
        [schema("texts", {"ID": KEY, "fields": fields}, "ID"), record("texts", row)]
    )
    assert target_postgres.rows("texts") == [{"ID": 1, "fields": {"text": "a\ufffdb"}}]
    deep = {"ID": KEY, "outer": {"type": ["object", "null"], "properties": {"fields": fields}}}
    below = record("deep", {"ID": 1, "outer": {"fields": {"text": "a\0b"}}})
    run = target_postgres.run([schema("deep", deep, "ID"), below])
    assert run.returncode != 0
    assert "\\u0000 cannot be converted to text" in run.stderr


def test_a_field_that_is_added_is_a_column_after_the_next_run(
    target_postgres: TargetPostgres,
) -> None:
    with Sandbox(seed=7, databases=1, profiles=30, clicks_per_day=0, now=NOW) as box:
        first = read(box, CUSTOMERS, **FLAT)
        target_postgres.load(first.messages)
        box.now = LATER
        box.add_field(PLAIN, "Points", "integer")
        box.change_profiles(PLAIN, [3, 17], fields={"Points": "41"})
        second = read(box, CUSTOMERS, state=first.state, **FLAT)
    target_postgres.load(second.messages)
    rows = {row["ID"]: row["fields__Points"] for row in target_postgres.rows(CUSTOMERS)}
    assert {number for number, value in rows.items() if value == 41} == {3, 17}
    assert len(rows) == 30


def test_a_field_whose_type_changes_is_an_error_or_loses_what_the_column_cannot_hold(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    day, number = {"type": ["string", "null"], "format": "date"}, {"type": ["number", "null"]}
    # The type before, the type after, a value after, and what the column then holds: None after an error.
    changes: dict[str, tuple[Any, Any, Any, Any]] = {
        "text_to_integer": (TEXT, INTEGER, 41, "41"),
        "date_to_time": (day, TIME, "2026-05-01T10:30:00+00:00", "2026-05-01"),
        "integer_to_number": (INTEGER, number, 1.5, None),
        "integer_to_text": (INTEGER, TEXT, "41", None),
    }

    def messages(streams: Iterable[str], kind: int, value: int | None) -> Iterator[dict[str, Any]]:
        for stream in streams:
            change = changes[stream]
            yield schema(stream, {"ID": KEY, "value": change[kind]}, "ID")
            yield record(stream, {"ID": 1, "value": None if value is None else change[value]})

    loader = TargetPostgres(tmp_path, postgres.database())
    loader.load(messages(changes, 0, None))
    taken = [stream for stream, change in changes.items() if change[3] is not None]
    for streams in (taken, *([stream] for stream in changes if stream not in taken)):
        run = loader.run(messages(streams, 1, 2))
        assert (run.returncode == 0) is (streams == taken)
    for stream, change in changes.items():
        assert loader.rows(stream) == [{"ID": 1, "value": change[3]}]


def test_without_copy_an_integer_s_column_rounds_numbers(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    loader = TargetPostgres(tmp_path, postgres.database(), use_copy=False)
    for kind, value in ((INTEGER, 1), ({"type": ["number", "null"]}, 1.5)):
        properties = {"ID": KEY, "value": kind}
        loader.load([schema("a", properties, "ID"), record("a", {"ID": 1, "value": value})])
    assert loader.rows("a") == [{"ID": 1, "value": 2}]


def wait_for_a_later_version(output: Output) -> None:
    """Wait until a run gets another version than this one: the SDK counts them in whole seconds."""
    newest = max(message.get("version", 0) for message in output.messages)
    while time.time() < newest + 1:
        time.sleep(0.05)


@pytest.mark.parametrize("hard", [True, False])
def test_a_template_that_is_removed_and_a_list_that_becomes_empty(
    tmp_path: Path, postgres: PostgresServer, *, hard: bool
) -> None:
    loader = TargetPostgres(tmp_path, postgres.database(), hard_delete=hard)
    settings = {"emit_activate_version_messages": True, "full_table_frequency": "always"}
    streams = ("templates", "publisher_templates")
    with Sandbox(seed=7, days=20, clicks_per_day=5, now=NOW) as box:
        first = read(box, *streams, **settings)
        loader.load(first.messages)
        wait_for_a_later_version(first)
        templates, others = ({row["id"] for row in loader.rows(stream)} for stream in streams)
        box.remove("templates", [min(templates)])
        box.remove("publisher_templates", others)
        loader.load(read(box, *streams, state=first.state, **settings).messages)
    for stream, ever, left in (
        ("templates", templates, templates - {min(templates)}),
        ("publisher_templates", others, set[int]()),
    ):
        query = f"SELECT id FROM {SCHEMA}.{stream} WHERE _sdc_deleted_at IS NULL"  # noqa: S608
        assert {row["id"] for row in loader.query(query)} == left
        assert len(loader.rows(stream)) == (len(left) if hard else len(ever))

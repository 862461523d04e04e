"""State and catalog in every form in which they arrive: read, or refused in one line."""

from __future__ import annotations

import codecs
import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica import clock
from tap_copernica.errors import CopernicaError, SettingsError
from tap_copernica.tap import TapCopernica
from tests.support.profiles import discovered, select
from tests.support.runs import Output, catalog_of, command, config, only, parse, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from copernica_sandbox import Sandbox

NOON = "2026-06-01T12:00:00+00:00"
EDGE = "2026-06-01T11:55:00+00:00"
REACHED = "2026-06-01T11:00:00+00:00"
START = "2026-05-30"
STATE = {
    "bookmarks": {"clicks": {"replication_key": "timestamp", "replication_key_value": REACHED}}
}


@pytest.fixture
def box(sandbox: Callable[..., Sandbox]) -> Sandbox:
    return sandbox(days=3, clicks_per_day=20, now=NOON, profiles=50)


def read(box: Sandbox, state: Any = None, catalog: Any = None, **settings: Any) -> Output:
    return run(box, state=state, catalog=catalog, start_date=START, **settings)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"bookmarks": None},
        {"bookmarks": []},
        {"bookmarks": {}},
        {"bookmarks": {"clicks": None}},
        {"bookmarks": {"clicks": []}},
        {"bookmarks": {"clicks": {}}},
        {"bookmarks": {"clicks": {"replication_key_value": None}}},
        {"bookmarks": {"clicks": {"partitions": None, "progress_markers": None}}},
        {"bookmarks": {"clicks": {"partitions": [None], "progress_markers": 5}}},
        {"singer_state": None},
        {"type": "STATE", "value": {}},
    ],
    ids=json.dumps,
)
def test_a_state_that_holds_nothing_is_none(box: Sandbox, state: Any) -> None:
    output, plain = read(box, state), read(box)
    assert output.error is None
    assert output.ids() == plain.ids()
    assert output.bookmark == EDGE


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"type": "STATE", "value": state},
        lambda state: {"singer_state": state},
        lambda state: {"completed": {"singer_state": state}, "partial": {}},
        lambda state: {"value": {"singer_state": state}},
    ],
)
def test_a_state_is_found_in_what_it_is_wrapped_in(box: Sandbox, wrap: Any) -> None:
    output = read(box, wrap(STATE), lookback_minutes=0)
    assert output.error is None
    assert all(row["timestamp"] >= REACHED for row in output.records())
    assert output.state["bookmarks"]["clicks"]["replication_key_value"] == EDGE


@pytest.mark.parametrize(
    "state", [[], ["x"], [1], {"bookmarks": "x"}, {"bookmarks": [1]}, {"bookmarks": 5}]
)
def test_a_state_that_is_none_is_one_line(box: Sandbox, tmp_path: Path, state: Any) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(state))
    done = command("--config", settings(box, tmp_path), "--state", str(path))
    assert_one_line(done, "`--state`")


@pytest.mark.parametrize("entry", ["x", 5, True, [1]])
def test_an_entry_that_is_no_object_is_one_line_that_names_the_stream(
    box: Sandbox, entry: Any
) -> None:
    output = read(box, {"bookmarks": {"clicks": entry}})
    assert isinstance(output.error, SettingsError)
    assert "clicks" in output.error.message


@pytest.mark.parametrize("value", ["soon", "", 5, 20240101, 2.5, True, ["2026-05-30"], {"a": 1}])
def test_a_bookmark_that_is_no_date_time_is_one_clear_line(box: Sandbox, value: Any) -> None:
    state = copy.deepcopy(STATE)
    state["bookmarks"]["clicks"]["replication_key_value"] = value
    output = read(box, state)
    assert "the bookmark in the state is no date-time" in str(output.error)
    assert output.records() == []


@pytest.mark.parametrize("name", ["replication_key_value", "covered_from"])
@pytest.mark.parametrize("year", ["0001", "1500", "9999"])
def test_a_time_of_no_age_that_an_account_has_is_one_clear_line(
    box: Sandbox, name: str, year: str
) -> None:
    state = copy.deepcopy(STATE)
    state["bookmarks"]["clicks"][name] = f"{year}-12-31T23:59:59+00:00"
    output = read(box, state)
    assert "the bookmark in the state is no date-time" in str(output.error)
    assert output.records() == []


@pytest.mark.parametrize("width", [10**18, -1, 0, float("nan"), "x", []], ids=repr)
def test_a_width_that_no_window_has_is_not_used(box: Sandbox, width: Any) -> None:
    state: Any = copy.deepcopy(STATE)
    right: Any = copy.deepcopy(STATE)
    right["bookmarks"]["clicks"]["window_seconds"] = 3600
    state["bookmarks"]["clicks"]["window_seconds"] = width
    output = read(box, state, end_date=NOON)
    assert output.error is None
    assert output.ids() == read(box, right, end_date=NOON).ids()


@pytest.mark.parametrize("calls", [-1000, "many", 1.5, True, [3]], ids=repr)
def test_a_count_of_calls_that_is_none_raises_no_budget(box: Sandbox, calls: Any) -> None:
    kept = {"month": f"{clock.now():%Y-%m}", "calls": calls}
    box.reset_calls()
    read(box, {"bookmarks": {}, "run": kept}, max_api_calls_per_month=2)
    assert box.calls.total() <= 2


@pytest.mark.parametrize("value", [2**64, -(10**30), "\ud800", [{"x": "\udfff"}]], ids=repr)
@pytest.mark.parametrize("place", ["clicks", "run"])
def test_a_state_that_no_json_can_hold_is_one_line_that_names_the_place(
    box: Sandbox, place: str, value: Any
) -> None:
    entry = {"x": value}
    state = {"bookmarks": {"clicks": entry}} if place == "clicks" else {**STATE, "run": entry}
    output = read(box, state)
    assert isinstance(output.error, SettingsError)
    assert place in output.error.message


@pytest.mark.parametrize(
    "stream", ["clicks", "emailing_statistics", "consumption", "profiles_customers"]
)
def test_a_bookmark_in_the_future_is_warned_of(
    box: Sandbox, stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    ahead = "2126-06-01T12:00:00+00:00"
    key = {"clicks": "timestamp", "emailing_statistics": "timestamp", "consumption": "date"}
    entry = {
        "replication_key": key.get(stream, "modified"),
        "replication_key_value": ahead[:10] if stream == "consumption" else ahead,
    }
    catalog = only(select(discovered(box), stream))
    output = read(box, {"bookmarks": {stream: entry}}, catalog)
    assert output.error is None
    assert f"{stream}: its bookmark lies in the future" in caplog.text


def test_a_state_without_bookmarks_is_warned_of(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    output = read(box, {"clicks": REACHED})
    assert output.error is None
    assert "`--state` holds no `bookmarks`" in caplog.text


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_files_are_read_in_any_unicode_form(box: Sandbox, tmp_path: Path, encoding: str) -> None:
    names = {
        "config": config(box, start_date=START),
        "state": STATE,
        "catalog": catalog_of("clicks"),
    }
    arguments = []
    for name, content in names.items():
        path = tmp_path / f"{name}.json"
        path.write_bytes(json.dumps({"é": "ü€", **content}, ensure_ascii=False).encode(encoding))
        arguments += [f"--{name}", str(path)]
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    states = [m["value"] for m in parse(done.stdout) if m["type"] == "STATE"]
    assert states[-1]["bookmarks"]["clicks"]["replication_key_value"] == EDGE


OPTIONS = ["--config", "--state", "--catalog"]
NO_JSON = [
    b"",
    b"  \n",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe{",
    b"\xff\xff\xff",
    codecs.BOM_UTF8,
    b'{"a": "\xe9"}',
    b"[" * 100_000,
    b"\x00" * 10,
]
# All are read by one function: each body is given to one of the options in every run, and in the soak to all.
GIVEN = [
    pytest.param(option, body, marks=[] if (place - number) % 3 == 0 else [pytest.mark.soak])
    for place, option in enumerate(OPTIONS)
    for number, body in enumerate(NO_JSON)
]


@pytest.mark.parametrize(
    ("option", "body"),
    GIVEN,
    ids=lambda one: one if isinstance(one, str) else repr(one[:12]),
)
def test_a_file_that_is_no_json_is_one_line(
    box: Sandbox, tmp_path: Path, option: str, body: bytes
) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(body)
    arguments = [] if option == "--config" else ["--config", settings(box, tmp_path)]
    assert_one_line(command(*arguments, option, str(path)), f"`{option}`")


@pytest.mark.parametrize("option", OPTIONS)
def test_a_file_that_is_none_is_no_traceback(box: Sandbox, tmp_path: Path, option: str) -> None:
    arguments = [] if option == "--config" else ["--config", settings(box, tmp_path)]
    for name in (str(tmp_path), str(tmp_path / "none"), "", "a\0b"[:1] + "/b/c"):
        done = command(*arguments, option, name)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr


# Catalogs


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, one in inner:
        yield from places(one, (*path, name))


def small_catalog() -> dict[str, Any]:
    catalog = catalog_of("clicks")
    catalog["streams"] = [one for one in catalog["streams"] if one["tap_stream_id"] == "clicks"]
    return catalog


@pytest.mark.parametrize("wrong", [None, 5, "x", [], {}, [None], {"x": None}], ids=repr)
def test_whatever_stands_in_a_catalog_is_read_or_one_line(box: Sandbox, wrong: Any) -> None:
    catalog = small_catalog()
    for path in places(catalog):
        is_alike = path[2:3] == ("metadata",) and len(path) > 3 and path[3] > 1
        if not path or is_alike or (len(path) > 5 and path[2] == "schema" and path[4] != "ID"):
            continue
        broken = copy.deepcopy(catalog)
        inner: Any = broken
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = wrong
        output = read(box, catalog=broken, end_date="2026-05-30T01:00:00")
        assert output.error is None or isinstance(output.error, CopernicaError), (
            path,
            output.error,
        )
        if output.error is not None:
            assert "\n" not in str(output.error)


def test_a_stream_that_is_renamed_in_the_catalog_keeps_its_name(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = small_catalog()
    catalog["streams"][0]["stream"] = "my_clicks"
    output = read(box, catalog=catalog)
    assert output.error is None
    assert output.ids() == read(box).ids()
    assert "`__alias__`" in caplog.text


@pytest.mark.parametrize("catalog", [{"streams": []}, {"streams": [None]}])
def test_a_catalog_that_selects_nothing_is_an_error(box: Sandbox, catalog: Any) -> None:
    output = read(box, catalog=catalog)
    assert "No stream is selected" in str(output.error)
    assert "No stream is selected" in str(read(box, streams=()).error)


def test_streams_that_the_version_does_not_have_are_named(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = small_catalog()
    catalog["streams"].append({**catalog["streams"][0], "tap_stream_id": "clicked"})
    output = read(box, catalog=catalog)
    assert output.error is None
    assert "selects streams that v2 does not have: clicked" in caplog.text


def settings(box: Sandbox, folder: Path) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(config(box, start_date=START)))
    return str(path)


def assert_one_line(done: Any, *words: str) -> None:
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if words[0] in line]
    assert len(lines) == 1, done.stderr
    assert all(word in lines[0] for word in words)


def test_the_state_of_a_dictionary_is_made_sound_too() -> None:
    tap = TapCopernica(
        config={"access_token": "t", "start_date": START},
        catalog={"streams": []},
        state={"singer_state": STATE},
    )
    assert tap.state["bookmarks"] == STATE["bookmarks"]

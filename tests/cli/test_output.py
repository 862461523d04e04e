"""What the machine refuses: outputs that are closed, full or gone, log levels, `--test` in its forms."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.runs import TAP, catalog_of, command, config, parse, run, truth

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

    Start = Callable[..., Sandbox]

NOON = "2026-06-01T12:00:00+00:00"
START = "2026-05-25"
FULL = Path("/dev/full")


@pytest.fixture
def box(sandbox: Start) -> Sandbox:
    return sandbox(days=8, clicks_per_day=1500, now=NOON, profiles=50)


@pytest.fixture
def arguments(box: Sandbox, tmp_path: Path) -> list[str]:
    paths = []
    for name, content in {
        "config": config(box, start_date=START),
        "catalog": catalog_of("clicks"),
    }.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(content))
        paths += [f"--{name}", str(path)]
    return paths


def assert_one_line(text: str, status: int, *words: str) -> None:
    assert status == 1, text
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    assert any(all(word in line for word in words) for line in text.splitlines()), text


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("discovers", [False, True])
def test_a_full_disk_is_one_line(arguments: list[str], *, discovers: bool) -> None:
    given = [*arguments[:2], "--discover"] if discovers else arguments
    with FULL.open("wb") as full:
        done = subprocess.run(
            [*TAP, *given], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert_one_line(done.stderr, done.returncode, "output could not be written", "No space left")


@pytest.mark.parametrize("discovers", [False, True])
def test_a_closed_output_is_one_line(arguments: list[str], *, discovers: bool) -> None:
    given = [*arguments[:2], "--discover"] if discovers else arguments
    line = " ".join(f"'{one}'" for one in [*TAP, *given])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} >&-"], capture_output=True, text=True, check=False
    )
    assert_one_line(done.stderr, done.returncode, "output could not be written")


def test_a_reader_that_goes_away_is_named_as_such(arguments: list[str]) -> None:
    with subprocess.Popen(
        [*TAP, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
    assert_one_line(said, process.returncode, "reads the output has ended")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_does_not_block_gets_every_byte(
    box: Sandbox, arguments: list[str], unbuffered: str
) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with subprocess.Popen(
        [*TAP, *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:
        os.close(writing)
        found: list[bytes] = []

        def slowly() -> None:
            with os.fdopen(reading, "rb", buffering=0) as pipe:
                while part := pipe.read(20_000):
                    found.append(part)

        reader = threading.Thread(target=slowly)
        reader.start()
        assert process.stderr is not None
        said = process.stderr.read().decode()
        reader.join()
    assert process.returncode == 0, said
    ids = {m["record"]["ID"] for m in parse(b"".join(found).decode()) if m["type"] == "RECORD"}
    assert ids == truth(box, "2026-05-24T22:00:00+00:00", "2026-06-01T11:55:00+00:00")


@pytest.mark.parametrize("name", ["LOGLEVEL", "TAP_COPERNICA_LOGLEVEL"])
@pytest.mark.parametrize("level", ["loud", "5", "TRACE"])
def test_an_unknown_log_level_is_a_warning(name: str, level: str) -> None:
    done = command("--about", env={name: level})
    assert done.returncode == 0
    assert f"{name} names no log level" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_folder_for_temporary_files_is_one_line(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: Any, **__: Any) -> Any:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", none)
    for stream in ("profile_ids", "log_cdm_click"):
        output = run(box, streams=(stream,), start_date="2026-05-30")
        assert "TMPDIR" in str(output.error), output.error
        assert "\n" not in str(output.error)


# The forms of --test


def test_the_schemas_of_all_streams_are_written(arguments: list[str]) -> None:
    done = command(*arguments[:2], "--test=schema")
    assert done.returncode == 0
    messages = parse(done.stdout)
    assert {message["type"] for message in messages} == {"SCHEMA"}
    names = {message["stream"] for message in messages}
    assert {"clicks", "emailings", "profiles_customers"} <= names


@pytest.mark.parametrize("form", ["foo", "Schema", "", "1"])
def test_a_form_of_the_test_that_does_not_exist_is_refused(
    box: Sandbox, arguments: list[str], form: str
) -> None:
    done = command(*arguments[:2], f"--test={form}")
    assert done.returncode == 2
    assert "--test=schema" in done.stderr
    assert box.calls.total() == 0


def test_help_says_of_the_test_what_it_does() -> None:
    text = " ".join(command("--help").stdout.split())
    assert "one call for the account and one for a row of each stream" in text
    assert "sync a single record" not in text


def test_a_test_that_finds_nothing_right_fails(box: Sandbox, arguments: list[str]) -> None:
    box.fault("400", message="Invalid method")
    done = command(*arguments[:2], "--test")
    assert done.returncode == 1
    assert "offers none of the streams" in done.stderr


def test_a_run_to_which_nothing_is_offered_fails(box: Sandbox) -> None:
    box.fault("400", message="Invalid method")
    output = run(box, streams=("clicks", "emailings", "sync_windows"), start_date=START)
    assert "offers none of the selected streams (clicks, emailings)" in str(output.error)
    box.clear_faults()
    box.fault("400", path="clicks", message="Invalid method")
    assert run(box, streams=("clicks", "emailings"), start_date=START).error is None


def test_a_version_in_the_url_is_taken_off_and_said(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    output = run(box, start_date=START, api_url=f"{box.url}/v2/")
    assert output.error is None
    assert set(output.ids()) == truth(box, "2026-05-24T22:00:00+00:00", "2026-06-01T11:55:00+00:00")
    assert "`api_url` ends with /v2" in caplog.text


TIMED = (
    "clicks",
    "emailings",
    "publisher_destinations",
    "emailing_statistics",
    "consumption",
    "log_cdm_click",
)


@pytest.mark.parametrize("start", ["2126-05-30", "2026-08-01"])
@pytest.mark.parametrize("streams", [*[(name,) for name in TIMED], TIMED])
def test_a_run_whose_start_lies_in_the_future_fails_where_it_can_bring_nothing(
    box: Sandbox, start: str, streams: tuple[str, ...]
) -> None:
    output = run(box, streams=(*streams, "sync_windows"), start_date=start)
    assert f"`start_date` ({start}) lies in the future" in str(output.error)
    assert not any(output.records(stream) for stream in streams)


@pytest.mark.parametrize("stream", [*TIMED, "destinations", "publisher_clicks"])
def test_a_stream_that_begins_in_the_future_says_so(
    box: Sandbox, caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    caplog.set_level(logging.INFO)
    run(box, streams=(stream,), start_date="2126-05-30")
    told = [one for one in caplog.messages if "nothing to read" in one]
    assert told == [f"{stream}: nothing to read, `start_date` is in the future."]


def test_a_start_in_the_future_is_no_error_where_something_can_be_read(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    output = run(box, streams=("clicks", "templates"), start_date="2126-05-30")
    assert output.error is None
    assert output.records("templates")
    assert "lies in the future" in caplog.text
    before = run(box, streams=("clicks",), start_date=START)
    after = run(box, streams=("clicks",), start_date="2126-05-30", state=before.state)
    assert after.error is None


def test_what_is_to_be_read_again_in_the_future_is_warned_of(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    for reread in ("2126-05", {"clicks": "2126-05"}):
        caplog.clear()
        assert run(box, streams=("clicks",), start_date=START, reread=reread).error is None
        assert "`reread` (2126-05) lies in the future" in caplog.text


MAPS: list[Any] = [
    {"clicks": {"x": "1 +"}},
    {"clicks": {"__key_properties__": ["none"]}},
    {"clicks": {"__key_properties__": "ID"}},
    {"clicks": {"x": 5}},
    {"clicks": {"__filter__": "1 +"}},
    {"clicks": 5},
    {"clicks": "x"},
    {"__else__": "x"},
    {"clicks": {"__alias__": 5}},
    {"clicks": {"__source__": "none"}},
]


# Each form checks the settings alike: some mistakes are enough for the others.
FORMS = [
    pytest.param(form, maps, marks=[pytest.mark.soak] if form != "run" and maps in MAPS[2:] else [])
    for form in ("run", "--test", "--test=schema")
    for maps in MAPS
]


@pytest.mark.parametrize(
    ("form", "maps"), FORMS, ids=lambda one: one if isinstance(one, str) else json.dumps(one)
)
def test_a_mistake_in_a_stream_map_is_one_line(
    arguments: list[str], tmp_path: Path, maps: Any, form: str
) -> None:
    settings = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**settings, "stream_maps": maps}))
    done = command(*(arguments if form == "run" else [*arguments[:2], form]))
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert_one_line(done.stderr, done.returncode, "stream_maps")

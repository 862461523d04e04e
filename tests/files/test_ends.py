"""Bulk files when a run does not come to its end, and what is loaded from them by others."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib.encoding.simple import RecordMessage, SchemaMessage, StateMessage

from copernica_sandbox import Sandbox
from tap_copernica.output import pace
from tap_copernica.output.files.batches import Files
from tap_copernica.output.files.folder import Folder
from tap_copernica.output.writer import BlockWriter
from tap_copernica.records import fields as f
from tap_copernica.settings import read as settings_of
from tests.support.bulk import ENCODINGS, batch_config, loaded, rows_of
from tests.support.runs import TAP, catalog_of, config, parse, run, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = "2025-10-27T09:00:00+00:00"
START, EDGE = "2025-10-21T00:00:00+00:00", "2025-10-27T08:55:00+00:00"
LONG_AGO = time.time() - 2 * 86_400


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(seed=12, days=8, clicks_per_day=2000, now=NOW) as box:
        yield box


def command(box: Sandbox, folder: Path, state: Any = None, **settings: Any) -> list[str]:
    """Write the tap's files and give the command that reads clicks with them."""
    content = {
        "config": config(box, start_date=START, **settings),
        "catalog": catalog_of("clicks"),
        "state": state,
    }
    arguments: list[str] = []
    for name, value in content.items():
        if value is not None:
            (folder / f"{name}.json").write_text(json.dumps(value))
            arguments += [f"--{name}", str(folder / f"{name}.json")]
    return [*TAP, *arguments]


@pytest.mark.parametrize("encoding", ["jsonl", pytest.param("parquet", marks=pytest.mark.soak)])
def test_who_loads_the_files_before_the_last_state_loses_nothing_by_kills(
    box: Sandbox, tmp_path: Path, encoding: str
) -> None:
    dice = random.Random(f"files {encoding}")
    files = tmp_path / "files"
    settings = {"batch_config": batch_config(files, encoding, batch_size=400), "page_size": 100}
    state, table, kills = None, set[int](), 0
    for number in itertools.count():
        lines = 1 + dice.randrange(5) if number < 4 else sys.maxsize
        arguments = command(box, tmp_path, state, lookback_minutes=0, **settings)
        with subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            received = b"".join(itertools.islice(process.stdout, lines))
            time.sleep(dice.random() * 0.02)  # not only just after a message
            process.kill()
            received += process.stdout.read()
        kills += process.returncode < 0
        messages = parse(received.decode())
        ends = [n for n, m in enumerate(messages) if m["type"] == "STATE"]
        if ends:
            state = messages[ends[-1]]["value"]
            table |= {row["ID"] for row in loaded(messages[: ends[-1]])["clicks"]}
        if process.returncode == 0 or lines == sys.maxsize:
            break
    assert kills > 1
    assert table == truth(box, START, EDGE)
    named = [file for file in files.iterdir() if not file.name.startswith(".")]
    assert all(file.name.startswith("clicks-") for file in named)
    # Each of them is whole, also where its run was killed before it could tell of it.
    for file in named:
        assert rows_of({"encoding": ENCODINGS[encoding], "manifest": [file.as_uri()]})
    for file in files.iterdir():
        os.utime(file, (LONG_AGO, LONG_AGO))
    (files / ".somebody-else.jsonl.gz.part").touch()
    os.utime(files / ".somebody-else.jsonl.gz.part", (LONG_AGO, LONG_AGO))
    under_way = files / ".clicks-20251027T090000Z-0badcafe-00001.parquet.part"
    under_way.touch()
    run(box, start_date=EDGE, batch_config=settings["batch_config"])
    hidden = {file.name for file in files.iterdir() if file.name.startswith(".")}
    assert hidden == {".somebody-else.jsonl.gz.part", under_way.name}
    assert set(named) <= set(files.iterdir())


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "", ".jsonl")
    file = folder.open("clicks")
    file.bytes.write(b"{}\n")
    (unfinished,) = tmp_path.iterdir()
    assert unfinished.name.startswith(".clicks-")
    assert unfinished.suffix == ".part"
    file.finish()
    (finished,) = tmp_path.iterdir()
    assert finished.name == unfinished.name.removeprefix(".").removesuffix(".part")
    assert finished.read_bytes() == b"{}\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_loader_hears_of_each_file_before_the_next_one_is_begun(
    tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_STATES", 3600.0)
    batches = batch_config(tmp_path, encoding, batch_size=1)
    needed = {"access_token": "a-token", "start_date": START}
    chosen = settings_of({**needed, "batch_config": batches})[0].batches
    assert chosen is not None
    writer = BlockWriter()
    writer.files = Files(chosen, writer)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        writer.write_message(SchemaMessage("clicks", f.record(id=f.key(f.integer("", f.NONE)))))
        for number in range(1, 4):
            writer.write_message(RecordMessage("clicks", {"id": number}))
            writer.write_message(StateMessage({"read": number}))
            assert sum("BATCH" in line for line in out.getvalue().splitlines()) == number


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_full_disk_ends_the_run_in_one_line_with_the_state_of_the_files_before(
    box: Sandbox, tmp_path: Path, encoding: str
) -> None:
    settings = batch_config(tmp_path / "files", encoding, batch_size=2000)
    arguments = command(box, tmp_path, batch_config=settings)
    # A file may have so many blocks of 512 bytes: files grow with the density of clicks.
    ended = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -f {LIMITS[encoding]}; exec "$@"', "sh", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("Error: `batch_config.storage.root`:")
    assert "Traceback" not in ended.stderr
    messages = parse(ended.stdout)
    ids = {row["ID"] for row in loaded(messages)["clicks"]}
    states = [
        m["value"].get("bookmarks", {}).get("clicks") for m in messages if m["type"] == "STATE"
    ]
    covered = next((one for one in reversed(states) if one), None)
    if covered is not None:
        assert ids >= truth(box, covered["covered_from"], covered["replication_key_value"])
    assert not list((tmp_path / "files").glob(".*"))


LIMITS = {"jsonl": 150, "parquet": 150}


def test_a_folder_that_cannot_be_is_told_before_any_call(box: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    box.reset_calls()
    output = run(box, start_date=START, batch_config=batch_config(tmp_path / "file", "jsonl"))
    assert str(output.error).startswith("`batch_config.storage.root`: ")
    assert not output.messages
    assert not box.calls


@pytest.mark.parametrize(
    "folder", ["files", "my files", "café 100% #1", "a?b=c", "q?/#1", "100%/what? no"]
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_sdks_own_loader_loads_the_files(
    box: Sandbox, tmp_path: Path, encoding: str, folder: str
) -> None:
    streams = ("clicks", "emailings")
    settings: dict[str, Any] = {"streams": streams, "start_date": "2025-10-26"}
    plain = run(box, **settings)
    output = run(box, batch_config=batch_config(tmp_path / folder, encoding), **settings)
    assert output.error is None
    (tmp_path / "target.json").write_text(json.dumps({"folder": str(tmp_path)}))
    target = subprocess.run(
        [sys.executable, "-m", "tests.files.sdk_target", "--config", tmp_path / "target.json"],
        input="".join(json.dumps(message) + "\n" for message in output.messages),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert target.returncode == 0, target.stderr
    assert json.loads(target.stdout.splitlines()[-1]) == output.state
    for stream in streams:
        lines = (tmp_path / f"{stream}.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == plain.records(stream)


@pytest.mark.usefixtures("every_state")
@pytest.mark.parametrize("size", [3, 100_000])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_who_adds_the_files_before_the_last_state_has_each_row_once(
    sandbox: Callable[..., Sandbox], tmp_path: Path, encoding: str, size: int
) -> None:
    """Streams end early in the middle of what one STATE speaks of, and of windows that fill many files."""
    streams = ("destinations", "clicks", "emailing_statistics")
    box = sandbox(seed=3, days=5, clicks_per_day=30, now="2026-06-01T12:00:00+00:00")
    settings: dict[str, Any] = {
        "streams": streams, "start_date": "2026-05-27", "page_size": 12, "max_tries": 1, "concurrency": 1,
        "lookback_minutes": 0, "optional_streams": ["*"], "statistics_window_days": 0,
    }  # fmt: skip
    right = run(box, **settings)
    assert right.error is None
    table: dict[str, list[dict[str, Any]]] = {name: [] for name in streams}
    state: Any = None
    for number in range(40):
        folder = tmp_path / str(number)
        for path, calls in (("/ms/destinations", 9), ("/ms/clicks", 4), ("/statistics", 3)):
            box.fault("400", path=path, calls=[calls + number * calls])
        clicks = right.ids()
        # The map fails in the middle of a window, after the rows before it were written.
        maps = {
            "clicks": {
                "link": f"int('x') if ID == {clicks[(25 * number + 20) % len(clicks)]} else link"
            }
        }
        output = run(
            box,
            state=state,
            batch_config=batch_config(folder, encoding, batch_size=size),
            stream_maps=maps if number < 3 else {},
            **settings,
        )
        box.clear_faults()
        ends = [n for n, m in enumerate(output.messages) if m["type"] == "STATE"]
        if ends:
            state = output.state
            for name, rows in loaded(output.messages[: ends[-1]]).items():
                table[name] += rows
        if output.error is None:
            break
    assert output.error is None
    assert number > 1
    for name in streams:
        keys = sorted(str(row.get("id") or row.get("ID") or row["mailing"]) for row in table[name])
        wanted = [str(r.get("id") or r.get("ID") or r["mailing"]) for r in right.records(name)]
        assert keys == sorted(wanted), name

"""Commands of the documentation, run in the order in which a reader would, against the sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from meltano.cli.cli import cli as meltano

from tests.docs.pages import DOCS, PAGES, blocks, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

BIN = Path(sys.executable).parent
# What stands for a target: it keeps nothing, and passes states on as targets do.
TARGET = f"""#!{sys.executable}
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "STATE":
        print(json.dumps(message["value"]))
"""

# Simulated accounts stop with the test that started them.
STOPS = """
URLS = []

def test_start(copernica_sandbox):
    URLS.extend(copernica_sandbox(seed=seed, days=1).url for seed in (1, 2))

def test_stopped():
    import urllib.request
    for url in URLS:
        try:
            urllib.request.urlopen(url, timeout=5)
        except OSError as error:
            assert not hasattr(error, "code")
        else:
            raise AssertionError
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


@pytest.fixture
def shell(folder: Path) -> Callable[[str], None]:
    """Run lines in a shell where Meltano does nothing: its lines are checked on their own."""
    tools = folder / "bin"
    idle = "#!/bin/sh\n"  # what tests/docs/test_readme.py runs
    for name, text in {"target-jsonl": TARGET, "meltano": idle, "copernica-report": idle}.items():
        tools.mkdir(exist_ok=True)
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(text: str) -> None:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],  # noqa: S607
            cwd=folder,
            env=os.environ | {"PATH": f"{tools}:{BIN}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"

    return run


def free_port() -> int:
    """Find a free port below those that the system gives to who asks for any: no other test gets it."""
    for port in random.sample(range(8080, 32_768), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    pytest.fail("no port is free")


def to_the_minute(state: str) -> Any:
    """Give the bookmarks of a state; on a slow machine seconds go by within a run."""
    return json.loads(re.sub(r"(T1[12]:\d\d):\d\d\+", r"\1:00+", state))["bookmarks"]


def test_the_way_from_a_token_to_a_second_run(
    sandbox: Callable[..., Sandbox], shell: Callable[[str], None], folder: Path
) -> None:
    """Getting started, then a backfill, in one folder."""
    box = sandbox(days=4, clicks_per_day=20, now="2024-06-01T12:00:00+00:00")
    session = [f"export TAP_COPERNICA_API_URL={box.url}"]
    for block in blocks("sh", "getting-started.md", "incremental.md", "operations.md"):
        text = block.text.replace('"the token"', box.token)
        shell("\n".join([*session, text]))
        session += [line for line in text.splitlines() if line.startswith("export TAP_")]
    assert json.loads((folder / "output" / "taste.jsonl").read_text().splitlines()[0])
    state = json.loads((folder / "state.json").read_text())
    assert state["bookmarks"]["clicks"]["replication_key_value"] == "2024-06-01T11:55:00+00:00"
    states = (folder / "states.jsonl").read_text().splitlines()
    assert to_the_minute(states[-1]) == to_the_minute(json.dumps(state))


def written_files() -> set[str]:
    """Name the files in the folder of a clone that commands of the documentation write."""
    texts = [block.text for page in PAGES for block in blocks_of(page, "sh", "bash")]
    options = r"(?:>>?|--report|--json|--shapes|--database|--output) +([\w./-]+)"
    copies = r"^cp (?!-)\S+ ([\w./-]+)"
    found = {
        name
        for text in texts
        for name in re.findall(options, text) + re.findall(copies, text, re.MULTILINE)
    }
    return {name for name in found if not name.startswith(("/", "..", ".venv"))}


def test_git_ignores_every_file_that_a_page_has_people_write() -> None:
    names = written_files()
    assert {"config.json", "states.jsonl", "output/account.duckdb", "report.md"} <= names
    for name in names:
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=DOCS.parent, check=False)  # noqa: S607
        assert done.returncode == 0, name


def test_no_page_has_people_write_a_token_into_a_file_or_a_command() -> None:
    for page in PAGES:
        if page.parent.name == "dagster":
            continue  # its steps take the settings from a file, which the page says to protect
        for block in blocks_of(page, "sh", "bash"):
            given = block.text.replace('"access_token": "sandbox-token"', "")
            assert '"access_token"' not in given, page.name
            assert "--access-token" not in block.text, page.name


def test_the_sandbox_page(shell: Callable[[str], None], folder: Path) -> None:
    port = str(free_port())
    for block in blocks("sh", "sandbox.md"):
        shell(block.text.replace("8080", port))
    assert json.loads((folder / "clicks.json").read_text())["count"] == 2
    assert sum(json.loads((folder / "calls.json").read_text()).values()) > 20


def test_the_example_of_a_test_with_the_sandbox(tmp_path: Path) -> None:
    for block in blocks("python", "sandbox.md"):
        name, _, text = block.text.partition("\n")
        (tmp_path / name.removeprefix("# ")).write_text(text)
    (tmp_path / "test_stops.py").write_text(STOPS)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "5 passed" in done.stdout, done.stdout + done.stderr


def meltano_lines() -> list[str]:
    texts = [block.text for block in blocks("sh")]
    texts += [part for page in PAGES for part in re.findall(r"`(meltano [^`]+)`", page.read_text())]
    lines = [line for text in texts for line in text.splitlines()]
    return sorted({line[line.index("meltano ") :] for line in lines if "meltano " in line})


@pytest.mark.parametrize("line", meltano_lines())
def test_meltano_knows_the_command_and_its_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: click.Command | None = meltano
    while isinstance(command, click.Group):
        word = words.pop(0)
        if word.startswith("--"):
            assert any(word.partition("=")[0] in option.opts for option in command.params), line
            continue
        command = command.get_command(click.Context(command), word)
    assert command is not None, line
    command.make_context("meltano", words, resilient_parsing=True)


def test_the_example_of_the_environment_names_settings() -> None:
    from tap_copernica.settings import CONFIG_JSONSCHEMA  # noqa: PLC0415

    text = (DOCS.parent / ".env.example").read_text("utf-8")
    names = re.findall(r"TAP_COPERNICA_(\w+)=", text)
    assert names
    assert {name.lower() for name in names} <= set(CONFIG_JSONSCHEMA["properties"])

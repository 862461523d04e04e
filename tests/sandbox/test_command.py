from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = [sys.executable, "-m", "copernica_sandbox.cli"]
NOW = "2026-06-01T12:00:00+00:00"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    arguments = ["--port", "0", "--days", "5", "--now", NOW, "--switch", "order=desc"]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        yield started
        started.kill()


def _url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_url_and_stops_cleanly(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    url = _url(process)
    assert url.startswith("http://127.0.0.1:")
    query = {"access_token": "sandbox-token"}
    rows = requests.get(f"{url}/v2/ms/clicks", params=query, timeout=20).json()["data"]
    assert rows[0]["timestamp"] > rows[-1]["timestamp"]
    process.send_signal(number)
    assert process.wait(5) == 0
    assert process.stderr is not None
    assert process.stderr.read() == ""


def test_another_process_sees_and_changes_the_sandbox(process: subprocess.Popen[str]) -> None:
    url = _url(process)
    control = f"{url}/sandbox"

    def change(name: str, body: object) -> requests.Response:
        return requests.post(f"{control}/{name}", json=body, timeout=20)

    def total() -> int:
        query = {"access_token": "sandbox-token"}
        return int(requests.get(f"{url}/v3/ms/clicks", params=query, timeout=20).json()["total"])

    before = total()
    row = {"timestamp": "2026-05-31 10:00:00"}
    numbers = change("events", {"stream": "clicks", "add": [row]}).json()["ids"]
    assert total() == before + 1
    truth = requests.get(f"{control}/rows/clicks", timeout=20).text.splitlines()
    assert numbers[0] in {json.loads(line)["ID"] for line in truth}
    change("events", {"stream": "clicks", "remove": numbers})
    change("clock", {"now": "2026-05-31T12:00:00+00:00"})
    assert total() < before
    change("switches", {"total": "zero"})
    assert total() == 0
    change("faults", {"kind": "503", "times": 1})
    query = {"access_token": "sandbox-token"}
    assert requests.get(f"{url}/v2/identity", params=query, timeout=20).status_code == 503
    assert requests.get(f"{control}/calls", timeout=20).json()["/v3/ms/clicks"] == 4
    assert change("switches", {"order": "sideways"}).status_code == 400


@pytest.mark.parametrize(
    "arguments",
    [
        ["--switch", "order=sideways"],
        ["--zone", "Mars/Olympus"],
        ["--now", "today"],
        ["--start", "x"],
    ],
)
def test_a_mistake_is_one_line(arguments: list[str]) -> None:
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("copernica-sandbox: ")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_says_how_to_give_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = ["--days", "1", "--port", port]
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"port {port} is in use" in done.stderr
    assert "--port 0" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "option"),
    [(["--port", "99999"], "--port"), (["--host", "192.0.2.1", "--port", "0"], "--host")],
)
def test_an_address_that_cannot_be_listened_on_is_one_line(
    arguments: list[str], option: str
) -> None:
    more = ["--days", "1", *arguments]
    done = subprocess.run([*COMMAND, *more], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert option in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "Errno" not in done.stderr


def test_without_the_extra_the_command_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None; sys.modules['starlette'] = None\n"
        "from copernica_sandbox.cli import main; sys.exit(main([]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    needed = "copernica-sandbox needs the extra `sandbox`: in a clone, pip install '.[sandbox]'\n"
    assert done.stderr == needed

"""The databases of the sandbox as the command starts it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import requests

from copernica_sandbox.command import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


class Stopped(threading.Event):
    """Looks at the running sandbox where the command would wait, and lets it end."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__()
        self._capsys = capsys
        self.seen: list[tuple[str, int, int]] = []

    def wait(self, timeout: float | None = None) -> bool:
        url = self._capsys.readouterr().out.strip()
        token: dict[str, str | int] = {"access_token": "sandbox-token"}
        listed = requests.get(f"{url}/v2/databases", params=token, timeout=timeout)
        for base in listed.json()["data"]:
            path = f"/bulk/v2/database/{base['ID']}/profiles"
            profiles = requests.get(url + path, params=token, timeout=timeout).json()["total"]
            self.seen.append((base["name"], base["fields"]["total"], profiles))
        return True


def test_options_say_how_many_databases_and_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = Stopped(capsys)
    options = ["--port=0", "--databases=4", "--hard-names", "--profiles=5000000", "--fields=40"]
    assert run(options, stopped) == 0
    assert [seen[1:] for seen in stopped.seen] == [(40, 5_000_000), (40, 300), (40, 0), (40, 50)]


def test_a_file_describes_the_databases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stopped, path = Stopped(capsys), tmp_path / "layout.json"
    layout = [{"name": "Mine", "profiles": 5, "fields": [["modified", "date"], ["x", "text"]]}]
    path.write_text(json.dumps(layout), "utf-8")
    assert run(["--port=0", f"--layout={path}"], stopped) == 0
    assert stopped.seen == [("Mine", 2, 5)]


def test_a_mistake_in_the_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "layout.json"
    path.write_text('[{"names": "Mine"}]', "utf-8")
    assert run(["--port=0", f"--layout={path}"], Stopped(capsys)) == 1
    assert "unknown in a layout: names" in capsys.readouterr().err

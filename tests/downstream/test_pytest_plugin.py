"""Another project tests its own pipeline against the sandbox, with the fixture that we export."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

TEST = """
import json, urllib.request

ANSWERS = []

def test_two_accounts(copernica_sandbox):
    for seed in (1, 2):
        box = copernica_sandbox(seed=seed, days=3, now="2024-06-01T12:00:00+00:00")
        url = f"{box.url}/v2/ms/clicks?access_token={box.token}&limit=1000"
        with urllib.request.urlopen(url) as answer:
            rows = json.load(answer)["data"]
        assert {int(row["ID"]) for row in rows} == {row["ID"] for row in box.rows("clicks")}
        ANSWERS.append(url)

def test_they_stop_with_their_test():
    for url in ANSWERS:
        try:
            urllib.request.urlopen(url, timeout=5)
        except OSError:
            continue
        raise AssertionError("the sandbox still answers")
"""


def test_another_project_uses_the_fixture(tmp_path: Path) -> None:
    plugin = 'pytest_plugins = ["tap_copernica.sandbox.pytest_plugin"]\n'
    (tmp_path / "conftest.py").write_text(plugin)
    (tmp_path / "test_pipeline.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr

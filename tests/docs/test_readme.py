"""The first screen: short, honest, and its commands are those that work."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.meltano import BIN, ROOT, own_plugins
from tools.families import families
from tools.stream_table import README, updated

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox import Sandbox

TEXT = README.read_text("utf-8")


def test_the_table_of_families_is_that_of_the_code() -> None:
    assert updated(TEXT) == TEXT, "the README's table of streams is stale: run `make docs`"


def test_the_examples_of_each_family_are_its_streams() -> None:
    for family, streams in families():
        assert set(family.examples) <= {stream.name for stream in streams}


def test_it_is_a_screen_and_a_half_with_no_wide_table() -> None:
    lines = TEXT.splitlines()
    assert len(lines) < 100
    assert max(len(line) for line in lines if line.startswith("|")) <= 160


def test_the_first_screen_says_what_was_never_tried() -> None:
    first = " ".join(TEXT.splitlines()[:15])
    assert "never run on a live account" in first
    assert "copernica-doctor" in first
    assert "make demo" in TEXT
    assert "make test" in TEXT


def blocks() -> list[str]:
    found = re.findall(r"^( *)```sh\n(.*?)^ *```", TEXT, flags=re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(text) for _, text in found]


def test_the_quick_start_reads_an_account_and_makes_its_report(
    sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    box = sandbox(days=3, clicks_per_day=20, profiles=10, now="2026-06-01T12:00:00+00:00")
    (text,) = (block for block in blocks() if "target-duckdb" in block)
    settings = {
        "TAP_COPERNICA_ACCESS_TOKEN": box.token,
        "TAP_COPERNICA_START_DATE": "2026-05-29",
        "TAP_COPERNICA_API_URL": box.url,
        "TARGET_DUCKDB_PATH": str(tmp_path / "account.duckdb"),
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/meltano.db",
    }
    lines = text.replace(" output/", f" {tmp_path}/").splitlines()
    assert len(lines) == 3
    # A project of its own, with the plugins installed here: others run Meltano in this one meanwhile.
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    own_plugins(tmp_path / ".meltano")
    for line in lines:
        program, *words = shlex.split(line, comments=True)
        done = subprocess.run(
            [BIN / Path(program).name, *words],
            cwd=tmp_path,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "<html" in (tmp_path / "report.html").read_text("utf-8")

"""`make demo`, as a person runs it, against the truth that the sandbox tells."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb
import pytest

from copernica_sandbox import Sandbox
from demo.run import count_calls
from tests.support.meltano import ROOT, own_plugins

if TYPE_CHECKING:
    from pathlib import Path

LAG = timedelta(minutes=5)
COLUMNS = "id, mailing, link, timestamp, ip, useragent, destination, profile, subprofile"

# The account lives through the night to summer time.
OPENED = "2024-03-25"
CLICKS = 60  # a day
NOON = datetime(2024, 4, 2, 12, tzinfo=UTC)
EVENING = datetime(2024, 4, 2, 18, tzinfo=UTC)
FEW = '["clicks.*", "deliveries.*", "emailings.*"]'  # what a later run has to show is seen in these


class Demo:
    """The demo with a folder and bookmarks of its own."""

    def __init__(self, folder: Path, clicks: int = CLICKS) -> None:
        self.folder, self.clicks = folder, clicks
        (folder / "demo-account.json").write_text(json.dumps({"opened": OPENED}))

    def start(self, now: datetime, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start the demo at a moment of the account's life."""
        command = [sys.executable, "-m", "demo.run", "--output", str(self.folder)]
        command += ["--until", now.isoformat()]
        account = [
            "--clicks-per-day",
            str(self.clicks),
            f"--sandbox-option=--now={now.isoformat()}",
        ]
        return subprocess.Popen(
            [*command, *account, *options],
            cwd=ROOT,
            env=os.environ
            | {
                "MELTANO_DATABASE_URI": f"sqlite:///{self.folder}/meltano.db",
                "MELTANO_SYS_DIR_ROOT": str(own_plugins(self.folder / "meltano")),
            }
            | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, now: datetime, **environment: str) -> tuple[int, str]:
        """Run the demo to its end; return exit status and output."""
        process = self.start(now, **environment)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def loaded(self) -> list[tuple[Any, ...]]:
        """Return the clicks in DuckDB, in order of their ids."""
        with duckdb.connect(str(self.folder / "copernica.duckdb"), read_only=True) as connection:
            return connection.sql("FROM clicks ORDER BY id").select(COLUMNS).fetchall()


def truth(now: datetime) -> list[tuple[Any, ...]]:
    """Return the clicks that the account holds up to the lag before now, in order of their ids."""
    with Sandbox(
        start=OPENED, clicks_per_day=CLICKS, databases=1, varied=True, now=now.isoformat()
    ) as box:
        rows = [row for row in box.rows("clicks") if row["instant"] < now - LAG]
    # The API tells its time in whole seconds, so the last one may be left for the next run.
    assert max(row["instant"] for row in rows) < now - LAG - timedelta(seconds=2)
    names = COLUMNS.replace("id", "ID", 1).split(", ")
    for row in rows:
        row["timestamp"] = row["instant"].replace(tzinfo=None)
    # The loader goes through CSV, where an empty text is nothing.
    return sorted(tuple(None if row[n] == "" else row[n] for n in names) for row in rows)


def is_listening(url: str) -> bool:
    """Tell whether something still listens at a URL."""
    parts = urlsplit(url)
    with closing(socket.socket()) as connection:
        return connection.connect_ex((parts.hostname, parts.port)) == 0


def nothing_left_of(group: int) -> bool:
    """Tell whether all processes of a group end within ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def url_in(line: str) -> str:
    """Return the sandbox's URL from the demo's first line."""
    return line.rsplit(maxsplit=1)[-1].rstrip(".")


def wait_for_a_call(url: str) -> None:
    """Wait until the tap waits for an answer, which a slow sandbox lets it do for seconds."""
    deadline = time.monotonic() + 60
    while not count_calls(url):
        assert time.monotonic() < deadline, "the tap made no call"
        time.sleep(0.05)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return Demo(tmp_path)


def test_two_runs_hold_exactly_what_the_account_holds_and_a_lost_database_is_read_again_whole(
    demo: Demo,
) -> None:
    status, output = demo.run(NOON)
    assert status == 0, output
    before = truth(NOON)
    assert demo.loaded() == before
    assert f"{len(before):,} (first run)" in output
    assert not is_listening(url_in(output.splitlines()[0]))

    status, output = demo.run(EVENING, TAP_COPERNICA__SELECT=FEW)
    assert status == 0, output
    after = truth(EVENING)
    assert demo.loaded() == after
    assert len(after) > len(before)
    assert f"({len(after) - len(before):,} IDs are new since the run before)" in output

    (demo.folder / "copernica.duckdb").unlink()
    status, output = demo.run(EVENING, TAP_COPERNICA__SELECT=FEW)
    assert status == 0, output
    assert demo.loaded() == after


def test_a_failure_is_told_and_leaves_nothing_running(demo: Demo) -> None:
    status, output = demo.run(NOON, TAP_COPERNICA_ACCESS_TOKEN="not-the-token")
    assert status == 1, output
    assert "demo: The pipeline failed" in output.splitlines()[-1]
    assert "not-the-token" not in output
    assert not is_listening(url_in(output.splitlines()[0]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_sandbox_too(demo: Demo, number: signal.Signals) -> None:
    process = demo.start(NOON, "--sandbox-option=--latency-ms=5000")
    assert process.stdout is not None
    url = url_in(process.stdout.readline())
    wait_for_a_call(url)
    os.killpg(process.pid, number)
    output, _ = process.communicate(timeout=300)
    assert process.returncode != 0, output
    assert not is_listening(url)
    assert nothing_left_of(process.pid)

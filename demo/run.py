"""Read a simulated Copernica account into DuckDB through Meltano, and show what arrived.

`make demo` runs this. Run again, it reads only what the account has gained since: the sandbox has a
real clock, and the day on which the account was opened is kept beside the database.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from copernica_report import cli as copernica_report
from demo import report

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def main() -> None:
    """Start the sandbox, run the pipeline, stop the sandbox, print what arrived, write the report."""
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, stop)
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    database = output / "copernica.duckdb"
    known = report.count_clicks(database)
    opened = first_day_of_account(output / "demo-account.json", options.days)
    with sandbox(opened, options.clicks_per_day, options.sandbox_option) as url:
        print(f"A simulated Copernica account listens on {url}.\n", flush=True)
        run_pipeline(url, opened, database)
        calls = count_calls(url)
    report.show(database, known, calls)
    make_report(database, output / "report.html", options.until, calls)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options: where to write, how large an account, and what else the sandbox gets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "output")
    parser.add_argument("--days", type=int, default=62, help="age of a new account")
    parser.add_argument("--clicks-per-day", type=int, default=700)
    parser.add_argument("--sandbox-option", action="append", default=[], metavar="--OPTION=VALUE")
    parser.add_argument("--until", help="instant at which the report ends (default: now)")
    return parser.parse_args(arguments)


def first_day_of_account(file: Path, days: int) -> str:
    """Return the date on which the account was opened; a new one is ``days`` old.

    The sandbox computes its rows from that day, so between two runs it must not move.
    """
    if not file.exists():
        opened = datetime.now(UTC).date() - timedelta(days=days)
        file.write_text(json.dumps({"opened": opened.isoformat()}) + "\n", encoding="utf-8")
    return str(json.loads(file.read_text(encoding="utf-8"))["opened"])


@contextmanager
def running(
    command: list[str], stdout: int | None = None, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the block; at its end, however it ends, stop what still runs."""
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=stdout, env=env)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def sandbox(opened: str, clicks_per_day: int, options: list[str]) -> Iterator[str]:
    """Run the sandbox on a free port for as long as the block lasts; yield its URL."""
    account = ["--start", opened, "--clicks-per-day", str(clicks_per_day), "--varied"]
    account += options
    command = [str(BIN / "copernica-sandbox"), "--port", "0", *account]
    with running(command, stdout=subprocess.PIPE) as process:
        first_line = process.stdout.readline().strip() if process.stdout else ""
        if not first_line:
            fail(f"The sandbox did not start (exit status {process.wait()}).")
        yield first_line.split()[-1]


def run_pipeline(url: str, opened: str, database: Path) -> None:
    """Let Meltano read the account at ``url`` from its first day on into ``database``."""
    # Bookmarks without the rows they stand for would leave a hole in a new database.
    refresh = [] if database.exists() else ["--full-refresh"]
    pipeline = ["run", *refresh, "tap-copernica", "target-duckdb"]
    command = [str(BIN / "meltano"), "--environment=demo", *pipeline]
    settings = {
        "TAP_COPERNICA_API_URL": url,
        "TAP_COPERNICA_START_DATE": opened,
        "TARGET_DUCKDB_PATH": str(database),
    }
    with running(command, env=os.environ | settings) as process:
        status = process.wait()
    if status:
        fail(f"The pipeline failed (exit status {status}); the lines above say why.")


def count_calls(url: str) -> int:
    """Return how many API calls the sandbox served."""
    with urllib.request.urlopen(f"{url}/sandbox/calls", timeout=10) as reply:
        return sum(json.load(reply).values())


def make_report(database: Path, page: Path, until: str | None, calls: int) -> None:
    """Write the report on the account: one file to open in a browser."""
    print()
    command = [f"--database={database}", f"--output={page}", f"--run-calls={calls}"]
    command += ["--title=Copernica demo account"]
    if until:
        command += [f"--until={until}"]
    if status := copernica_report.main(command):
        sys.exit(status)


def fail(message: str) -> NoReturn:
    """End with a message and exit status 1."""
    sys.exit(f"demo: {message}")


def stop(*_: object) -> NoReturn:
    """Turn a signal into an exception, so that the sandbox is stopped on the way out."""
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\ndemo: interrupted; run it again, it goes on where it stopped.")

"""The sandbox with its clicks rendered beforehand, in a process of its own.

`python -m benchmarks.sandbox ACCOUNT` (JSON of `account.Account`) prints one line of JSON (`Facts`)
when it serves, and serves until it is terminated.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.account import DAYS, NOW, TOKEN, Account

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a running sandbox serves."""

    url: str
    rows: int
    ids: str  # `digest` of the ids of all rows

    def calls(self) -> int:
        """Return how many API calls were served since the last `forget`."""
        calls: dict[str, int] = json.loads(self._ask("GET", "/sandbox/calls"))
        return sum(calls.values())

    def forget(self) -> None:
        """Begin to count calls anew."""
        self._ask("POST", "/sandbox/reset")

    def _ask(self, method: str, path: str) -> bytes:
        connection = HTTPConnection(self.url.removeprefix("http://"))
        connection.request(method, path)
        return connection.getresponse().read()


@contextmanager
def serving(account: Account) -> Iterator[Facts]:
    """Run the sandbox of an account beside the block."""
    command = [sys.executable, "-m", "benchmarks.sandbox", json.dumps(asdict(account))]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            sys.exit("The sandbox did not start.")
        yield Facts(**json.loads(line))
    finally:
        process.terminate()
        process.wait(timeout=30)


def main() -> None:
    """Prepare the account, say so, and serve it."""
    # Only this process needs the sandbox's packages.
    from benchmarks.ids import digest  # noqa: PLC0415
    from benchmarks.pages import Clicks  # noqa: PLC0415
    from copernica_sandbox import Sandbox, api  # noqa: PLC0415

    account = Account(**json.loads(sys.argv[1]))
    with Sandbox(now=NOW, days=DAYS, token=TOKEN, **asdict(account)) as box:
        clicks = Clicks(box.core)
        if query := clicks.differs():
            sys.exit(f"The prepared reply differs from the sandbox's own: {query}")
        api._handlers.insert(0, clicks.handle)  # noqa: SLF001  (`register` asks new ones last)
        facts = Facts(box.url, len(clicks.ids), digest(clicks.ids))
        sys.stdout.write(json.dumps(asdict(facts)) + "\n")
        sys.stdout.flush()
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()

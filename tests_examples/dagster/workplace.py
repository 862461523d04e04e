"""A simulated account, and a folder with what the example needs to read it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "dagster"
# The tap has an environment of its own, as it should wherever it runs beside other tools.
TAP = os.environ.get("COPERNICA_TAP", str(ROOT / ".venv" / "bin" / "tap-copernica"))
SANDBOX = os.environ.get("COPERNICA_SANDBOX", str(ROOT / ".venv" / "bin" / "copernica-sandbox"))


@dataclass(frozen=True)
class Workplace:
    """What the example is told."""

    url: str
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def catalog(self) -> Path:
        return self.folder / "catalog.json"

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def ask(self, path: str, body: Any = None) -> Any:
        """Look at the account (GET), or change it (POST)."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/sandbox/{path}", data, timeout=30) as reply:
            return json.load(reply)

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Give all rows of a stream that there are."""
        with urllib.request.urlopen(f"{self.url}/sandbox/rows/{stream}", timeout=30) as reply:
            return [json.loads(line) for line in reply]

    def calls(self) -> int:
        """Give how many API calls were made."""
        return sum(self.ask("calls").values())


@contextmanager
def workplace(folder: Path, *options: object) -> Iterator[Workplace]:
    """Serve an account beside the block, and write the files that name it."""
    command = [SANDBOX, "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        try:
            assert sandbox.stdout is not None
            place = Workplace(sandbox.stdout.readline().strip(), folder)
            settings: dict[str, Any] = {"access_token": "sandbox-token", "api_url": place.url}
            settings |= {"start_date": "2020-01-01", "backoff_seconds": 0.001}
            settings |= {"optional_streams": ["publisher_destinations"]}
            place.config.write_text(json.dumps(settings))
            discover = [TAP, "--config", str(place.config), "--discover"]
            done = subprocess.run(discover, check=True, capture_output=True)
            place.catalog.write_bytes(done.stdout)
            yield place
        finally:
            sandbox.terminate()


def query(folder: Path, *statements: str, **values: object) -> list[dict[str, Any]]:
    """Give the rows of the last of some statements; names of files are those below a folder."""
    with duckdb.connect() as connection:
        connection.execute(f"SET file_search_path = '{folder}'")
        for statement in statements[:-1]:
            connection.execute(statement)
        result = connection.execute(statements[-1], values or None)
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def difference(some: Path, others: Path) -> tuple[int, int]:
    """Count the rows that only the one files have, and only the others, each as often as it occurs."""
    (only,) = query(
        some.parent,
        "SELECT"
        " (SELECT count(*) FROM (FROM read_parquet($some) EXCEPT ALL FROM read_parquet($others)))"
        " AS in_some,"
        " (SELECT count(*) FROM (FROM read_parquet($others) EXCEPT ALL FROM read_parquet($some)))"
        " AS in_others",
        some=str(some),
        others=str(others),
    )
    return only["in_some"], only["in_others"]


def readme(language: str) -> list[str]:
    """Give the blocks of a language in the example's README."""
    text = (EXAMPLE / "README.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)

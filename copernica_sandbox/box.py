"""The sandbox for Python.

``with Sandbox(seed=7, days=30) as box:`` serves an account until the block ends.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from typing_extensions import override

from copernica_sandbox.control import fault
from copernica_sandbox.core import Core, Options
from copernica_sandbox.databases.box import DatabaseBox
from copernica_sandbox.server import Server

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from copernica_sandbox.http import Reply, Request
    from copernica_sandbox.switches import Switches


class Sandbox(DatabaseBox):
    """A simulated Copernica account behind a real HTTP server on 127.0.0.1.

    The server runs in a thread of this process.
    """

    def __init__(self, *, port: int = 0, host: str = "127.0.0.1", **options: Any) -> None:
        """Take the port (0: a free one), the address to listen on, and `core.Options` by name.

        Raises ValueError for what cannot be.
        """
        self.core = Core(Options(**options))
        self._port, self._host = port, host
        self._server: Server | None = None

    def __enter__(self) -> Self:
        """Start serving."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.stop()

    def start(self) -> None:
        """Start serving; returns when calls are accepted."""
        self._server = Server(self.core, self._port, self._host)
        self._server.start()

    def stop(self) -> None:
        """Stop serving; running and hanging calls end within a second."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._dead is not None:
            self._dead.close()
            self._dead = None

    @property
    @override
    def url(self) -> str:
        """Return the address that stands for all three of Copernica's hosts."""
        if self._server is None:
            msg = "the sandbox is not running"
            raise RuntimeError(msg)
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def token(self) -> str:
        """Return the API token that the sandbox accepts."""
        return self.core.token

    @property
    def calls(self) -> Counter[str]:
        """Return the API calls so far by path; exchanges of tokens count under their own path."""
        return self.core.calls.copy()

    @property
    def requests(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the API calls so far in order, each as its path and its parameters as pairs."""
        return list(self.core.requests)

    def reset_calls(self) -> None:
        """Forget the calls so far."""
        self.core.reset_calls()

    def rows(self, stream: str, *, late: bool = False) -> Iterator[dict[str, Any]]:
        """Yield the truth of a stream as of now, in order of time, every field under its own name.

        Ids are numbers, ``timestamp`` is wall text, ``instant`` the aware UTC time of its first
        occurrence, None for rows that lie on no time line. ``late`` includes rows whose time has
        come but that the API does not show yet.
        """
        for row in self.core.rows(stream, late=late):
            instant = row["instant"]
            yield {
                **row,
                "instant": None if instant is None else datetime.fromtimestamp(instant, UTC),
            }

    def restore(self) -> None:
        """Drop all that was added, removed or set to fail; clock and switches stay."""
        self.core.restore()

    @property
    def switches(self) -> Switches:
        """Return the switches in force."""
        return self.core.switches

    def switch(self, **values: Any) -> None:
        """Change how the API behaves (`switches.Switches`).

        Raises ValueError for an unknown switch or value.
        """
        self.core.switch(**values)

    def fault(self, kind: str, **rule: Any) -> None:
        """Make calls fail in one of the ways of `faults.KINDS`.

        ``calls``, ``probability``, ``seed``, ``path`` and ``times`` say which (`faults.Fault`); the
        rest are options.
        """
        self.core.faults.add(fault(kind, **rule))

    def alter(self, change: Callable[[Request, Reply], Reply], path: str = "") -> None:
        """Let a function change right answers before they are sent.

        It gets the request and the right reply, and returns what is sent instead. ``path`` is a part
        of the paths that it concerns.
        """
        self.core.alterations.append((path, change))

    def clear_faults(self) -> None:
        """Let every call succeed again, with the right answer."""
        self.core.faults.clear()
        self.core.alterations.clear()

    @property
    def faults_injected(self) -> int:
        """Return how many calls failed on purpose."""
        return self.core.faults.injected

    @property
    def now(self) -> datetime:
        """Return the account's present."""
        return datetime.fromtimestamp(self.core.now(), UTC)

    @now.setter
    def now(self, moment: datetime | str) -> None:
        """Move the account's clock to an aware time, or ISO text with an offset, and stop it."""
        self.core.set_clock(moment if isinstance(moment, str) else moment.isoformat())

    def add(self, stream: str, rows: Iterable[dict[str, Any]]) -> list[int | str]:
        """Add rows and return their ids.

        A row gives at least ``timestamp`` (wall text); other fields are filled in. ``fold`` 1 means
        the second occurrence of a repeated time, ``visible_from`` (ISO instant or wall text) when
        the API begins to show it.
        """
        return self.core.add(stream, list(rows))

    def remove(self, stream: str, numbers: Iterable[int | str]) -> None:
        """Remove rows by id."""
        self.core.remove(stream, list(numbers))

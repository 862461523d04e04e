"""An hourly pipeline over a simulated account whose clock is moved: what it asks for, and what it loads."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from tap_copernica import clock
from tap_copernica.tap import TapCopernica

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from copernica_sandbox import Sandbox

Message = dict[str, Any]
HOUR = timedelta(hours=1)


@dataclass
class Pipeline:
    """Discovers and reads as Meltano does, with the state of the run before; upserts what comes.

    Attributes:
        box: the account.
        settings: of the tap, besides token and host.
        left_out: what the names of streams begin with that are deselected.
        state: the last STATE.
        tables: what a target that upserts holds, by stream and key.
        calls: those of the last run, by path, discovery included.
        messages: those of the last run.
        catalog: what the last discovery gave.
    """

    box: Sandbox
    settings: dict[str, Any]
    left_out: tuple[str, ...] = ()
    state: Any = None
    tables: dict[str, dict[Any, Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    messages: list[Message] = field(default_factory=list)
    catalog: Any = None

    def run(self, *, discovers: bool = True) -> None:
        """Run once: discover, unless told not to, and read with the catalog and the last state."""
        self.box.reset_calls()
        if discovers or self.catalog is None:
            tap = TapCopernica(config=self._config)
            self.catalog = self._selected(json.loads(json.dumps(tap.catalog_dict)))
            tap.run.pool.close()
        out = io.StringIO()
        copies = json.loads(json.dumps([self.catalog, self.state]))
        try:
            with contextlib.redirect_stdout(out):
                TapCopernica(config=self._config, catalog=copies[0], state=copies[1]).sync_all()
        finally:  # what came before a failure is loaded too
            self.messages = [json.loads(line) for line in out.getvalue().splitlines()]
            self._load()
            self.calls = self.box.calls

    def hours(self, number: int) -> Iterator[int]:
        """Run so many times, an hour after each other; give the calls of each run."""
        for _ in range(number):
            self.box.now = self.box.now + HOUR
            self.run()
            yield self.calls.total()

    def streams(self, kind: str) -> list[str]:
        """Give the streams that the last run had messages of a kind for."""
        return sorted({one["stream"] for one in self.messages if one["type"] == kind})

    @property
    def _config(self) -> dict[str, Any]:
        plain = {"access_token": self.box.token, "api_url": self.box.url, "backoff_seconds": 0.001}
        return {**plain, **self.settings}

    def _selected(self, catalog: Any) -> Any:
        for stream in catalog["streams"]:
            for entry in stream["metadata"]:
                if not entry["breadcrumb"]:
                    name = stream["tap_stream_id"]
                    left_out = bool(self.left_out) and name.startswith(self.left_out)
                    entry["metadata"]["selected"] = not left_out
        return catalog

    def _load(self) -> None:
        keys: dict[str, Sequence[str]] = {}
        for message in self.messages:
            if message["type"] == "SCHEMA":
                keys[message["stream"]] = message["key_properties"]
            elif message["type"] == "RECORD":
                record = message["record"]
                key = tuple(record[name] for name in keys[message["stream"]])
                self.tables.setdefault(message["stream"], {})[key] = record
            elif message["type"] == "STATE":
                self.state = message["value"]


@contextlib.contextmanager
def clock_of(box: Sandbox) -> Iterator[None]:
    """Let this machine's clock show what the account's shows."""

    def now() -> datetime:
        return box.now

    with mock.patch.object(clock, "now", now):
        yield

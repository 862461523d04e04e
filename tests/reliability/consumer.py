"""What stands behind the tap: a consumer of its output, and the ways in which a run can be cut off."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.tap import TapCopernica
from tests.support.runs import TAP, catalog_of, config, only, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox import Sandbox

Record = dict[str, Any]
Catalog = dict[str, Any]
# The value of the key field, or a tuple where there are several.
Key = Any


@cache
def catalog(api_version: str = "v2", stream: str = "clicks") -> Catalog:
    """Give the catalog that selects one stream alone, of those that need no discovery."""
    return only(catalog_of(stream, api_version=api_version))


class Killed(BaseException):
    """The process was ended here: nothing after it is written."""


class CutOutput(io.TextIOBase):
    """Standard output that takes so many characters and then ends the run."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.text = ""

    @override
    def write(self, text: str) -> int:
        room = len(text) if self.limit is None else max(0, self.limit - len(self.text))
        self.text += text[:room]
        if room < len(text):
            raise Killed
        return len(text)


@dataclass
class Consumer:
    """A target that upserts by the key that SCHEMA names, and obeys ACTIVATE_VERSION.

    Attributes:
        table: every record received.
        trusted: the records that came before the last STATE, or in a run that came to its end; the
            others are dropped with their run.
        pending: those not yet trusted.
        state: the last STATE.
        output: all that the last run wrote.
        said: its log and its error.
        versions: the version under which each record came.
    """

    stream: str = "clicks"
    table: dict[Key, Record] = field(default_factory=dict)
    trusted: dict[Key, Record] = field(default_factory=dict)
    pending: dict[Key, Record] = field(default_factory=dict)
    state: Any = None
    output: str = ""
    said: str = ""
    versions: dict[Key, Any] = field(default_factory=dict)

    @property
    def progress(self) -> dict[str, Any]:
        """What the last STATE holds of the stream."""
        bookmarks = (self.state or {}).get("bookmarks", {})
        found: dict[str, Any] = bookmarks.get(self.stream, {})
        return found

    @property
    def bookmark(self) -> str | None:
        """The bookmark of the last STATE."""
        value: str | None = self.progress.get("replication_key_value")
        return value

    def flush(self) -> None:
        """Trust what came so far."""
        self.trusted |= self.pending
        self.pending = {}

    def take(self, text: str) -> None:
        """Take the output of one run; the last line may be cut."""
        self.output, self.pending = text, {}
        key = itemgetter(0)
        for message in parse(text):
            match message:
                case {"type": "SCHEMA", "key_properties": names}:
                    key = itemgetter(*names)
                case {"type": "RECORD", "record": record}:
                    self.pending[key(record)] = self.table[key(record)] = record
                    self.versions[key(record)] = message.get("version")
                case {"type": "ACTIVATE_VERSION", "version": version}:
                    self._activate(version)
                case {"type": "STATE", "value": state}:
                    self.flush()
                    self.state = state

    def _activate(self, version: Any) -> None:
        for rows in (self.table, self.trusted, self.pending):
            for one in [one for one in rows if self.versions[one] != version]:
                del rows[one]
        self.versions = dict.fromkeys(self.table, version)


def run_here(
    box: Sandbox,
    consumer: Consumer,
    cut_after: int | None = None,
    *,
    selected: Catalog | None = None,
    **settings: Any,
) -> BaseException | None:
    """Run the tap in this process from the consumer's state; give what ended it, if not its end.

    Args:
        box: the account to read.
        consumer: takes what was written.
        cut_after: the run dies at this character of its output.
        selected: the catalog, where the stream's own does not do.
        settings: more settings of the tap.
    """
    out = CutOutput(cut_after)
    ended: BaseException | None = None
    selected = selected or catalog(settings.get("api_version", "v2"), consumer.stream)
    state, chosen = json.loads(json.dumps([consumer.state, selected]))
    with listening() as log, contextlib.redirect_stdout(out):
        try:
            tap = TapCopernica(config=config(box, **settings), state=state, catalog=chosen)
            tap.sync_all()
        except (Exception, Killed, SystemExit) as error:  # noqa: BLE001 - handed to the test
            ended = error
    consumer.take(out.text)
    consumer.said = log.getvalue() if ended is None else f"{log.getvalue()}{ended!r} {ended}"
    return ended


@contextlib.contextmanager
def listening() -> Iterator[io.StringIO]:
    """Take down all that is logged in this process, at every level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def run_and_kill(
    box: Sandbox,
    consumer: Consumer,
    cut_after: int,
    *,
    selected: Catalog | None = None,
    **settings: Any,
) -> int:
    """Run the tap as a command and SIGKILL it after so many bytes of output; give its exit status."""
    given = {
        "config": config(box, **settings),
        "state": consumer.state,
        "catalog": selected or catalog(settings.get("api_version", "v2"), consumer.stream),
    }
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        files = []
        for name, content in given.items():
            if content is not None:
                path = Path(folder, name)
                path.write_text(json.dumps(content))
                files += [f"--{name}", str(path)]
        environment = {**os.environ, "TAP_COPERNICA_LOGLEVEL": "DEBUG"}
        with subprocess.Popen(
            [*TAP, *files], stdout=subprocess.PIPE, stderr=log, env=environment
        ) as process:
            assert process.stdout is not None
            received = process.stdout.read(cut_after)
            process.kill()
            received += process.stdout.read()
            status = process.wait()
        log.seek(0)
        consumer.said = log.read().decode()
    consumer.take(received.decode())
    return status

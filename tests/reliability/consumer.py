"""What stands behind the tap: a consumer of its output, and the ways in which a run can be cut off."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.tap import TapCopernica
from tests.support.runs import TAP, catalog_of, config, parse

if TYPE_CHECKING:
    from tap_copernica.sandbox import Sandbox

Record = dict[str, Any]


@cache
def catalog(api_version: str = "v2", stream: str = "clicks") -> dict[str, Any]:
    """Give the catalog that selects one stream alone."""
    return catalog_of(stream, api_version=api_version)


class Killed(BaseException):
    """The process was ended here: nothing after it is written."""


class CutOutput(io.TextIOBase):
    """Standard output that takes so many characters (all of them ASCII) and then ends the run."""

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
    """A target that upserts by key.

    Attributes:
        table: every record received.
        trusted: the records that came before the last STATE, or in a run that came to its end; the
            others are dropped with their run.
        pending: those not yet trusted.
        state: the last STATE.
    """

    table: dict[int, Record] = field(default_factory=dict)
    trusted: dict[int, Record] = field(default_factory=dict)
    pending: dict[int, Record] = field(default_factory=dict)
    state: Any = None
    stream: str = "clicks"

    @property
    def key(self) -> str:
        """The field that tells the stream's rows apart."""
        return {"emailings": "id", "emailing_statistics": "mailing"}.get(self.stream, "ID")

    @property
    def bookmark(self) -> str | None:
        """The bookmark of the last STATE."""
        bookmarks = (self.state or {}).get("bookmarks", {})
        value: str | None = bookmarks.get(self.stream, {}).get("replication_key_value")
        return value

    @property
    def held_up(self) -> bool:
        """Whether the last STATE says that a whole budget did not move the bookmark."""
        bookmark = (self.state or {}).get("bookmarks", {}).get(self.stream, {})
        return bookmark.get("window_seconds") is not None

    def flush(self) -> None:
        """Trust what came so far."""
        self.trusted |= self.pending
        self.pending = {}

    def take(self, text: str) -> None:
        """Take the output of one run; the last line may be cut."""
        self.pending = {}
        for message in parse(text):
            if message["type"] == "RECORD":
                self.pending[message["record"][self.key]] = message["record"]
                self.table[message["record"][self.key]] = message["record"]
            elif message["type"] == "STATE":
                self.flush()
                self.state = message["value"]


def run_here(
    box: Sandbox, consumer: Consumer, cut_after: int | None = None, **settings: Any
) -> BaseException | None:
    """Run the tap in this process from the consumer's state; give what ended it, if not its end.

    Args:
        box: the account to read.
        consumer: takes what was written.
        cut_after: the run dies at this character of its output.
        settings: more settings of the tap.
    """
    out = CutOutput(cut_after)
    ended: BaseException | None = None
    state = json.loads(json.dumps(consumer.state))
    chosen = json.loads(json.dumps(catalog(settings.get("api_version", "v2"), consumer.stream)))
    tap = TapCopernica(config=config(box, **settings), state=state, catalog=chosen)
    with contextlib.redirect_stdout(out):
        try:
            tap.sync_all()
        except (Exception, Killed, SystemExit) as error:  # noqa: BLE001 - handed to the test
            ended = error
    consumer.take(out.text)
    return ended


def run_and_kill(box: Sandbox, consumer: Consumer, cut_after: int, **settings: Any) -> int:
    """Run the tap as a command and SIGKILL it after so many bytes of output; give its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        given = {
            "config": config(box, **settings),
            "state": consumer.state,
            "catalog": catalog(settings.get("api_version", "v2"), consumer.stream),
        }
        for name, content in given.items():
            if content is not None:
                path = Path(folder, name)
                path.write_text(json.dumps(content))
                files += [f"--{name}", str(path)]
        with subprocess.Popen(
            [*TAP, *files], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            received = process.stdout.read(cut_after)
            process.kill()
            received += process.stdout.read()
            status = process.wait()
    consumer.take(received.decode())
    return status

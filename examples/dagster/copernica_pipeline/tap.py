"""Runs the tap for some streams, into files in a folder."""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from copernica_pipeline import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

# How the tap's last line begins (docs/operations.md, "For machines").
_LAST_LINE = '{"run": '
# A stream that rested was asked for today already: the account lacks it, or it has no time.
_COMPLETE = {"done", "skipped", "rested"}
_GRACE_SECONDS = 10


class TapError(Exception):
    """The tap failed, or did not read all that was asked; nothing of the run may be kept."""


@dataclass(frozen=True)
class StreamRun:
    """What the tap said of one stream."""

    outcome: str
    rows: int
    calls: int


@dataclass(frozen=True)
class Reading:
    """A run of the tap: what it said of each stream, its last STATE, and how long it took."""

    streams: dict[str, StreamRun]
    state: dict[str, Any]
    seconds: float

    def total(self, figure: str) -> int:
        """Give the sum of `rows` or `calls` over all streams."""
        return sum(getattr(stream, figure) for stream in self.streams.values())


@dataclass(frozen=True)
class Tap:
    """The tap as it is installed here.

    Attributes:
        command: starts it, as in a shell.
        config: a file with its settings, the token among them.
        catalog: what `--discover` gave; columns that are not selected there stay out.
    """

    command: str
    config: Path
    catalog: Path

    def read(
        self,
        streams: Sequence[str],
        folder: Path,
        settings: dict[str, Any],
        state: dict[str, Any] | None = None,
        tell: Callable[[str], None] = print,
    ) -> Reading:
        """Read streams into Parquet files, `<folder>/<stream>/*.parquet`.

        Args:
            streams: their names; those that the catalog does not have are left out.
            folder: an empty one. What the tap is told lies there too.
            settings: go before those of the file.
            state: from where to go on.
            tell: takes each line of the tap's log.

        Raises:
            TapError: if a stream was not read to its end.
        """
        catalog = _selected(json.loads(self.catalog.read_text("utf-8")), streams)
        command = [*shlex.split(self.command), "--config", str(self.config)]
        settings = {**settings, "batch_config": files.wanted(folder)}
        command += ["--config", _written(folder / "config.json", settings)]
        command += ["--catalog", _written(folder / "catalog.json", catalog)]
        if state is not None:
            command += ["--state", _written(folder / "state-before.json", state)]
        log: list[str] = []
        begun = time.monotonic()

        def listen(process: subprocess.Popen[str]) -> None:
            for line in process.stderr or ():
                if "Skipping deselected stream" in line:
                    continue  # one line for each of those that are left out
                log.append(line.rstrip())
                tell(log[-1])

        with _running(command) as process, ThreadPoolExecutor(1) as thread:
            listening = thread.submit(listen, process)
            last = files.sort(process.stdout or (), folder)
            listening.result()
        seconds = round(time.monotonic() - begun, 1)
        reading = Reading(_summaries(log), last or state or {}, seconds)
        _written(folder / "state.json", reading.state)
        _check(process.returncode, reading, _names(catalog), log)
        return reading


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command beside the block; it ends with the block, also when that is interrupted."""
    with subprocess.Popen(  # noqa: S603 - the command is given by whoever runs this
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
            process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _selected(catalog: dict[str, Any], streams: Sequence[str]) -> dict[str, Any]:
    """Give the part of a catalog that is these streams, all of them selected."""
    entries = [entry for entry in catalog["streams"] if entry["tap_stream_id"] in streams]
    for entry in entries:
        for metadata in entry["metadata"]:
            if not metadata["breadcrumb"]:
                metadata["metadata"]["selected"] = True
    return {**catalog, "streams": entries}


def _names(catalog: dict[str, Any]) -> list[str]:
    return [entry["tap_stream_id"] for entry in catalog["streams"]]


def _summaries(log: Sequence[str]) -> dict[str, StreamRun]:
    """Read what became of each stream: the tap's last line is an object of JSON."""
    for line in reversed(log):
        _, start, rest = line.partition(_LAST_LINE)
        if start:
            told = json.loads(start + rest)["streams"].items()
            return {
                name: StreamRun(one["outcome"], one.get("rows", 0), one.get("calls", 0))
                for name, one in told
            }
    return {}


def _check(status: int, reading: Reading, wanted: Sequence[str], log: Sequence[str]) -> None:
    """Refuse a run that left something out: `max_api_calls` ends one with a status of 0."""
    if status:
        raise TapError(
            "\n".join([f"The tap ended with status {status}. Its last lines:", *log[-5:]])
        )
    for stream in wanted:
        run = reading.streams.get(stream)
        if run is None or run.outcome not in _COMPLETE:
            msg = f"The tap did not read all of {stream}: {run.outcome if run else 'not begun'}."
            raise TapError(msg)


def _written(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), "utf-8")
    return str(path)

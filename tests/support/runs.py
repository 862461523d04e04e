"""Runs the tap, in this process or as a command, and reads its messages."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from tap_copernica.streams.base import Stream
from tap_copernica.tap import TapCopernica
from tests.support.forks import forks

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

TAP = [sys.executable, "-m", "tap_copernica"]
OF_PYTHON = ("PYTHON", "LC_", "LANG")


@dataclass
class Output:
    """The Singer messages of a run, and how it ended."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None

    def records(self, stream: str = "clicks") -> list[dict[str, Any]]:
        return [
            m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream
        ]

    def ids(self, stream: str = "clicks") -> list[int]:
        return [record["ID"] for record in self.records(stream)]

    @property
    def states(self) -> list[dict[str, Any]]:
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1] if self.states else {}

    @property
    def bookmark(self) -> str:
        value: str = self.state["bookmarks"]["clicks"]["replication_key_value"]
        return value


def parse(text: str) -> list[dict[str, Any]]:
    """Read whole lines only: the last one of a killed run may be cut."""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def config(box: Sandbox, **settings: Any) -> dict[str, Any]:
    """Give settings for a sandbox; tests do not wait."""
    plain = {"access_token": box.token, "api_url": box.url, "backoff_seconds": 0.001}
    return {**plain, **settings}


def catalog_of(*streams: str, api_version: str = "v2", **settings: Any) -> dict[str, Any]:
    """Give the catalog of all streams, optional ones too, with only these selected."""
    settings = {"api_version": api_version, "optional_streams": ["*"], **settings}
    catalog: dict[str, Any] = json.loads(_catalog(json.dumps(settings)))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return catalog


def only(catalog: dict[str, Any]) -> dict[str, Any]:
    """Give a catalog without the streams that are not selected: the tap starts in half the time."""
    chosen = [
        stream
        for stream in catalog["streams"]
        if any(
            one["metadata"].get("selected") for one in stream["metadata"] if not one["breadcrumb"]
        )
    ]
    return {**catalog, "streams": chosen}


def stream_of(name: str, state: Any = None, **settings: Any) -> Stream:
    """Give a stream that is not selected: its records come to whoever reads it, not to the output.

    Args:
        name: its name.
        state: what the state holds of it.
        settings: all that the tap has.
    """
    catalog = catalog_of()
    own = [one for one in catalog["streams"] if one["tap_stream_id"] == name]
    tap = TapCopernica(
        config=settings,
        catalog={**catalog, "streams": own},
        state={"bookmarks": {name: state or {}}},
    )
    stream = tap.streams[name]
    assert isinstance(stream, Stream)
    stream.watch.begin()
    return stream


@cache
def _catalog(settings: str) -> str:
    """Give the catalog for these settings; it takes longer to make than many a test."""
    tap = TapCopernica(config=json.loads(settings), validate_config=False, setup_mapper=False)
    return json.dumps(tap.catalog_dict)


def run(
    box: Sandbox,
    state: Any = None,
    catalog: Any = None,
    streams: tuple[str, ...] = ("clicks",),
    **settings: Any,
) -> Output:
    """Run the tap in this process, for some streams; an error is part of the output.

    Optional streams are named and nothing waits for another day: the catalog alone says what is read.
    """
    output, out = Output(), io.StringIO()
    settings = {"optional_streams": ["*"], "full_table_frequency": "always", **settings}
    if catalog is None:
        catalog = only(
            catalog_of(
                *streams,
                api_version=settings.get("api_version", "v2"),
                optional_fields=settings.get("optional_fields", []),
            )
        )
    with contextlib.redirect_stdout(out):
        try:
            tap = TapCopernica(config=config(box, **settings), state=state, catalog=catalog)
            tap.sync_all()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            output.error = error
    output.messages = parse(out.getvalue())
    return output


def command(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the tap as a command to its end, in a fork of a process that has imported it.

    Where a test sets a variable that Python reads when it starts, it is a process of its own.
    """
    environment = {**os.environ, **(env or {})}
    if not any(name.startswith(OF_PYTHON) for name in env or ()):
        return forks().run(arguments, environment, timeout=300)
    return subprocess.run(
        [*TAP, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env=environment,
    )


def truth(box: Sandbox, since: str, until: str) -> set[int]:
    """Give the ids of the account's clicks with `since <= timestamp < until`, in UTC."""
    return {row["ID"] for row in box.rows("clicks") if since <= row["instant"].isoformat() < until}

"""What all tests share: fixed seeds, and nothing that one test leaves behind for the next."""

from __future__ import annotations

import gc
import logging
import os
import signal
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from copernica_sandbox import Sandbox
from tap_copernica import redaction
from tap_copernica.output import pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("fixed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests that take long, and tell little more than others do, to `make soak`."""
    if os.environ.get("SOAK_SECONDS"):
        return
    for item in items:
        if item.get_closest_marker("soak"):
            item.add_marker(pytest.mark.skip(reason="make soak"))


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what lives as long as the tests do: it is much."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what a tap changes in its process inside one test: secrets, logging, signals; and the reverse."""
    monkeypatch.setattr(redaction, "_secrets", ())
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)  # not meant for a pytest that a test starts
    root = logging.getLogger()
    factory, level, handlers = logging.getLogRecordFactory(), root.level, list(root.handlers)
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in signals.items():
        signal.signal(number, handler)
    logging.setLogRecordFactory(factory)
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def every_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each STATE leave at once, for tests that go on from one in the middle of a run."""
    monkeypatch.setattr(pace, "SECONDS_BETWEEN_STATES", 0)
    monkeypatch.setattr(pace, "MOST_SECONDS_BETWEEN_STATES", 0)


@pytest.fixture
def sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with the options of a test; all of them stop with it."""
    started: list[Sandbox] = []

    def start(**options: Any) -> Sandbox:
        box = Sandbox(**options)
        started.append(box)
        box.start()
        return box

    yield start
    for box in started:
        box.stop()

"""Ends of a run from outside: signals, an API that stays down, a budget, a call that hangs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tap_copernica.errors import RunError
from tests.reliability.consumer import Consumer, catalog, run_here
from tests.support.limits import limit
from tests.support.runs import TAP, config, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = "2025-10-27T09:00:00+00:00"
START, EDGE = "2025-10-23T00:00:00+00:00", "2025-10-27T08:55:00+00:00"
# What the odd hour, or one second, of the account below costs: the budget under which a run may say so.
LEAST_CALLS = {"exact": 2, "absent": 8, "account": 8, "three_high": 8}
MOST_RUNS = 120
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@contextlib.contextmanager
def started(
    folder: Path, box: Sandbox, *, unbuffered: str = "", **settings: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the tap as a command; it does not outlive the test."""
    given = {"config": config(box, start_date=START, **settings), "catalog": catalog()}
    files = []
    for name, content in given.items():
        (folder / name).write_text(json.dumps(content))
        files += [f"--{name}", str(folder / name)]
    with subprocess.Popen(
        [*TAP, *files],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes], signum: signal.Signals) -> tuple[str, str, float]:
    """Send a signal; give what was written to both outputs, and how long the end took."""
    began = time.monotonic()
    process.send_signal(signum)
    out, err = process.communicate(timeout=limit(10))
    assert process.returncode == 128 + signum
    return out.decode(), err.decode(), time.monotonic() - began


def covered(consumer: Consumer) -> tuple[str, str]:
    """Give the period whose rows the last STATE vouches for; an empty one where there is none."""
    reached = consumer.bookmark or START
    return consumer.progress.get("covered_from") or START, reached


def wait_for_calls(box: Sandbox, count: int) -> None:
    deadline = time.monotonic() + limit(20)
    while sum(box.calls.values()) < count:
        assert time.monotonic() < deadline, "the tap made no call"
        time.sleep(0.01)


def wait_until_full(process: subprocess.Popen[bytes]) -> None:
    """Wait until the pipe that nobody reads takes no more: much is in it, and for a while no more comes."""
    assert process.stdout is not None
    held, same, deadline = b"", 0, time.monotonic() + limit(20)
    while same < 20:
        assert time.monotonic() < deadline, "the tap's output does not fill a pipe"
        now = fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4))
        much = int.from_bytes(now, sys.byteorder) > 30_000  # it holds 65,536
        same, held = (same + 1 if now == held and much else 0), now
        time.sleep(0.01)


@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_signal_while_a_call_hangs_ends_the_run_with_what_was_finished(
    tmp_path: Path, signum: signal.Signals, concurrency: int
) -> None:
    with Sandbox(seed=1, days=6, clicks_per_day=300, now=NOW) as box:
        begun = 14 if concurrency == 1 else 30  # windows side by side are finished later
        box.fault("hang", calls=list(range(begun, 200)), seconds=60)
        with started(tmp_path, box, page_size=40, concurrency=concurrency) as process:
            wait_for_calls(box, begun)
            time.sleep(0.2)
            out, err, seconds = ended(process, signum)
        consumer = Consumer()
        consumer.take(out)
        assert seconds < limit(2)
        assert consumer.bookmark is not None
        assert set(consumer.trusted) == truth(box, START, consumer.bookmark)
        assert not consumer.pending
        assert "Traceback" not in err
        assert run_here(box, consumer, start_date=START, request_timeout=0.1, max_tries=1)
        box.clear_faults()
        assert run_here(box, consumer, start_date=START) is None
        assert set(consumer.trusted) == truth(box, START, EDGE)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_signal_during_a_write_into_a_full_pipe_cuts_no_line(
    tmp_path: Path, unbuffered: str
) -> None:
    with Sandbox(seed=1, days=6, clicks_per_day=900, now=NOW) as box:
        with started(tmp_path, box, unbuffered=unbuffered) as process:
            wait_for_calls(box, 3)
            wait_until_full(process)
            out, _, seconds = ended(process, signal.SIGTERM)
        consumer = Consumer()
        consumer.take(out)
        assert seconds < limit(2)
        assert consumer.bookmark is not None
        assert set(consumer.trusted) == truth(box, START, consumer.bookmark)


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_during_a_wait_for_the_next_try_ends_the_run(
    tmp_path: Path, signum: signal.Signals
) -> None:
    with Sandbox(seed=1, days=6, clicks_per_day=300, now=NOW) as box:
        box.fault("429", retry_after=300)
        with started(tmp_path, box) as process:
            wait_for_calls(box, 1)
            time.sleep(0.2)
            _, err, seconds = ended(process, signum)
    assert seconds < limit(2)
    assert "Traceback" not in err


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_while_nobody_reads_the_output_ends_the_run(
    tmp_path: Path, signum: signal.Signals
) -> None:
    with Sandbox(seed=1, days=6, clicks_per_day=900, now=NOW) as box:
        with started(tmp_path, box) as process:
            wait_for_calls(box, 3)
            wait_until_full(process)
            began = time.monotonic()
            process.send_signal(signum)
            assert process.wait(limit(10)) == 128 + signum
            assert time.monotonic() - began < limit(2)
            assert process.stdout is not None
            out = process.stdout.read().decode()
        consumer = Consumer()
        consumer.take(out)
        assert run_here(box, consumer, start_date=START) is None
        consumer.flush()
        assert set(consumer.trusted) == truth(box, START, EDGE)


@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize(
    "after",
    [pytest.param(0.0, marks=pytest.mark.soak), 0.15, pytest.param(0.4, marks=pytest.mark.soak)],
)
def test_a_signal_at_start_up_leaves_no_traceback(
    tmp_path: Path, signum: signal.Signals, after: float
) -> None:
    options: dict[str, Any] = {
        "seed": 1,
        "days": 6,
        "clicks_per_day": 300,
        "now": NOW,
        "latency_ms": 100,
    }
    with contextlib.ExitStack() as stack:
        box = stack.enter_context(Sandbox(**options))
        process = stack.enter_context(started(tmp_path, box))
        wait_for_calls(box, 1)
        time.sleep(after)
        _, err, seconds = ended(process, signum)
    assert seconds < limit(2)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "kind",
    [
        "503",
        "400",
        "truncated",
        *(pytest.param(one, marks=pytest.mark.soak) for one in ("empty", "html", "500")),
    ],
)
def test_an_api_that_fails_for_good_ends_in_one_clear_line_and_keeps_what_was_finished(
    tmp_path: Path, kind: str
) -> None:
    with Sandbox(seed=1, days=6, clicks_per_day=600, now=NOW) as box:
        box.fault(kind, calls=list(range(50, 500)))
        with started(tmp_path, box, page_size=40, max_tries=2) as process:
            out, err = process.communicate(timeout=limit(20))
        consumer = Consumer()
        consumer.take(out.decode())
        assert process.returncode == 1
        assert consumer.bookmark is not None
        assert set(consumer.trusted) == truth(box, START, consumer.bookmark)
        assert not consumer.pending
        lines = err.decode().strip().splitlines()
        assert lines[-1].startswith("Error: ")
        assert "clicks" in lines[-1]
        assert "Traceback" not in err.decode()


@pytest.mark.parametrize("order", ["newest_first", "oldest_first"])
@pytest.mark.parametrize(
    ("budget", "total", "concurrency"),
    [
        pytest.param(2, "exact", 1, marks=pytest.mark.soak),
        pytest.param(2, "exact", 4, marks=pytest.mark.soak),
        (3, "exact", 4),
        (5, "exact", 1),
        pytest.param(20, "exact", 8, marks=pytest.mark.soak),
        pytest.param(5, "absent", 1, marks=pytest.mark.soak),
        (20, "absent", 4),
        (20, "account", 1),
        (20, "three_high", 4),
    ],
)
def test_a_small_budget_always_advances_to_the_exact_set(
    budget: int, total: str, concurrency: int, order: str
) -> None:
    # The account's clock is years behind this machine's: a first call is asked for the future.
    consumer, runs = Consumer(), 0
    settings: dict[str, Any] = {
        "start_date": START,
        "page_size": 20,
        "concurrency": concurrency,
        "backfill_order": order,
    }
    with Sandbox(seed=1, days=6, clicks_per_day=40, now=NOW, switches={"total": total}) as box:
        while covered(consumer) != (START, EDGE) and runs < MOST_RUNS:
            box.reset_calls()
            error = run_here(box, consumer, max_api_calls=budget, **settings)
            assert sum(box.calls.values()) <= budget
            if error is not None:
                assert "is too small for what 2" in str(error)
                assert budget < LEAST_CALLS[total]
                break
            runs += 1
        first, reached = covered(consumer)
        assert set(consumer.trusted) == truth(box, first, reached)
        assert (first, reached) == (START, EDGE) or budget < LEAST_CALLS[total]
        assert runs < MOST_RUNS


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_budget_of_one_call_advances_or_says_that_it_is_too_small(concurrency: int) -> None:
    consumer = Consumer()
    with Sandbox(seed=1, days=6, clicks_per_day=40, now=NOW) as box:
        for _ in range(400):
            settings: dict[str, Any] = {
                "max_api_calls": 1,
                "page_size": 20,
                "concurrency": concurrency,
            }
            error = run_here(box, consumer, start_date=START, **settings)
            if error is not None:
                assert isinstance(error, RunError)
                assert "`max_api_calls`" in str(error)
                break
            if covered(consumer) == (START, EDGE):
                break
        else:
            pytest.fail("400 runs neither finished nor said that the budget is too small")
        assert set(consumer.trusted) == truth(box, *covered(consumer))


def test_a_call_that_drips_is_bounded_as_a_whole() -> None:
    consumer = Consumer()
    with Sandbox(seed=1, days=6, clicks_per_day=300, now=NOW) as box:
        box.fault("drip", calls=[2], seconds=8)
        began = time.monotonic()
        error = run_here(box, consumer, start_date=START, request_timeout=0.2, max_tries=2)
        assert error is None  # the second try is in time
        assert time.monotonic() - began < limit(4)
        assert set(consumer.trusted) == truth(box, START, EDGE)


def test_hanging_calls_are_given_up_after_request_timeout() -> None:
    consumer = Consumer()
    with Sandbox(seed=1, days=6, clicks_per_day=300, now=NOW) as box:
        box.fault("hang", probability=0.2, seed=4, seconds=30)
        settings: dict[str, Any] = {"page_size": 40, "request_timeout": 0.2, "max_tries": 12}
        assert run_here(box, consumer, start_date=START, **settings) is None
        assert set(consumer.trusted) == truth(box, START, EDGE)

from __future__ import annotations

import re
import shlex
from dataclasses import replace

import pytest

from benchmarks.scale import RESULTS, Case, Constants, main, predict, throughput
from tests.docs.pages import blocks
from tools.scale_tables import MEASURED_CASES, PAGES, compared, updated

measured = pytest.mark.skipif(
    not (RESULTS / "growth.json").exists(), reason="`make bench` was never run"
)
MEASURED = Constants(
    start_seconds=1, cpu_seconds_per_call=0.006, rows_per_call=950, serving_seconds=0, megabytes=150
)
CASES = [
    Case(rows=1e9, partitions=12, taps=2, concurrency=2),
    Case(rows=1e9, partitions=12, taps=2, concurrency=16, latency_ms=5, cores=16),
    Case(rows=1e9, partitions=365, taps=16, concurrency=8),
    Case(rows=1e9, partitions=365, taps=16, concurrency=8, cores=16, calls_per_second=20),
]
MORE = {
    "calls in flight": {"concurrency": 32},
    "one core per tap": {"taps": 4},
    "cores": {"cores": 8},
    "the API": {"calls_per_second": 40},
}


def test_one_call_at_a_time_takes_its_wait_and_its_work() -> None:
    assert throughput(1, waiting=0.1, busy=0.025) == pytest.approx(8)


def test_many_calls_at_a_time_are_bound_by_the_core() -> None:
    speeds = [throughput(calls, waiting=0.1, busy=0.025) for calls in (1, 2, 4, 8, 64)]
    assert speeds == sorted(speeds)
    assert all(
        speed <= min(40, calls / 0.125)
        for calls, speed in zip((1, 2, 4, 8, 64), speeds, strict=True)
    )
    assert speeds[-1] == pytest.approx(40)


def test_the_cases_are_bound_by_each_thing_in_turn() -> None:
    assert [predict(case, MEASURED).limit for case in CASES] == list(MORE)


@pytest.mark.parametrize("case", CASES)
def test_more_of_what_limits_is_faster_and_makes_no_more_calls(case: Case) -> None:
    before = predict(case, MEASURED)
    after = predict(replace(case, **MORE[before.limit]), MEASURED)
    assert after.seconds < 0.75 * before.seconds
    assert after.calls == before.calls


def test_nothing_is_faster_than_the_api_allows() -> None:
    found = predict(Case(rows=95e6, taps=64, partitions=64, calls_per_second=10), MEASURED)
    assert found.limit == "the API"
    assert found.seconds == pytest.approx(100_000 / 10, rel=0.01)


def test_taps_without_a_partition_of_their_own_do_nothing() -> None:
    case = Case(rows=1e9, partitions=12, taps=12, cores=64)
    more = replace(case, taps=64)
    assert predict(more, MEASURED) == predict(case, MEASURED)


@pytest.mark.parametrize(
    ("mode", "name"), [*MEASURED_CASES], ids=[" ".join(case) for case in MEASURED_CASES]
)
def test_what_was_not_used_for_the_constants_is_predicted(mode: str, name: str) -> None:
    found, measured = compared(mode, name)
    assert found.calls == pytest.approx(measured["calls"], rel=0.1)
    assert found.seconds == pytest.approx(measured["seconds"], rel=0.3)


@measured
def test_the_tables_of_the_page_are_those_of_the_measurements() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        assert updated(text) == text, "run `make docs`"


@measured
def test_the_command_of_the_page_tells_of_its_case(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks("sh", "scale.md")
    words = shlex.split(block.text)
    assert words[:3] == ["python", "-m", "benchmarks.scale"]
    main(words[3:])
    assert re.fullmatch(r"2,\d+,\d+ calls in .* for all taps; .*\n", capsys.readouterr().out)

"""Streams that are read by whole days: consumption and log files."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import tempfile
import tracemalloc
from collections import Counter
from typing import IO, TYPE_CHECKING, Any, cast

import jsonschema
import pytest

from copernica_sandbox import Sandbox, logs
from tap_copernica.errors import StreamError, UnreadableError
from tap_copernica.http.decoding import strict
from tap_copernica.streams import STREAMS
from tap_copernica.streams.logs import LogStream, rows_of
from tests.parents.truth import DOCUMENTED, NOON, VERSIONS, properties_of
from tests.support.runs import Output, config, run

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT: dict[str, Any] = {"seed": 5, "days": 8, "clicks_per_day": 20, "now": NOON}
DAYS = [f"2026-05-{day}" for day in range(28, 32)]
LOG_STREAMS = {
    f"log_{stream.log_type.replace('-', '_')}": stream.log_type
    for stream in STREAMS
    if issubclass(stream, LogStream)
}


def sent_by_day(box: Sandbox) -> Counter[str]:
    return Counter(
        row["timestampsent"][:10]
        for family in ("", "publisher_")
        for row in box.rows(f"{family}destinations")
    )


def consumption(box: Sandbox, state: Any = None, version: str = "v2", **settings: Any) -> Output:
    return run(
        box,
        state=state,
        streams=("consumption",),
        api_version=version,
        **{"start_date": "2026-05-28", **settings},
    )


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_consumption_is_exact_whether_or_not_end_includes_its_day(
    version: str, *, inclusive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(**ACCOUNT, switches={"consumption_end_inclusive": inclusive}) as box:
        monkeypatch.setattr("tap_copernica.clock.now", lambda: box.now)  # both clocks are right
        first = consumption(box, version=version)
        assert first.error is None
        records = first.records("consumption")
        assert [record["date"] for record in records] == DAYS
        sent = sent_by_day(box)
        assert [record["emails"] for record in records] == [sent[day] for day in DAYS]
        assert all(record["apicalls"] for record in records)
        assert first.state["bookmarks"]["consumption"]["replication_key_value"] == "2026-05-31"
        box.reset_calls()
        assert consumption(box, first.state, version).records("consumption") == []
        assert box.calls.total() == 0
        box.now = "2026-06-02T12:00:00+00:00"
        second = consumption(box, first.state, version)
        dates = [record["date"] for record in second.records("consumption")]
        assert dates == ["2026-05-31", "2026-06-01"]
        assert box.calls[f"/{version}/consumption"] == 2  # what `end` means is known by now
        assert all(record["apicalls"] for record in second.records("consumption"))


@pytest.mark.parametrize("inclusive", [True, False])
def test_one_day_of_consumption_is_exact_too(*, inclusive: bool) -> None:
    with Sandbox(**ACCOUNT, switches={"consumption_end_inclusive": inclusive}) as box:
        output = consumption(box, start_date="2026-05-31")
        (record,) = output.records("consumption")
        assert record["emails"] == sent_by_day(box)["2026-05-31"] > 0


def test_days_in_which_nothing_was_used_are_zero() -> None:
    with Sandbox(seed=5, start="2026-06-01", clicks_per_day=0, now=NOON) as box:
        output = consumption(box)
        records = output.records("consumption")
        assert [record["date"] for record in records] == DAYS
        assert {record["apicalls"] for record in records} == {0}
        assert box.calls.total() <= 15  # of this machine's months after June, none is asked for


def test_a_quiet_month_costs_little_more_than_a_call_per_day() -> None:
    with Sandbox(seed=5, start="2026-06-01", clicks_per_day=0, now=NOON) as box:
        output = consumption(box, start_date="2026-05-01", end_date="2026-06-01")
        assert len(output.records("consumption")) == 31
        assert box.calls.total() <= 45


def test_the_newest_day_is_read_again_also_where_this_machine_is_ahead() -> None:
    with Sandbox(**ACCOUNT) as box:
        first = consumption(box)
        box.now = "2026-06-02T12:00:00+00:00"
        second = consumption(box, first.state)
        dates = [record["date"] for record in second.records("consumption")]
        assert dates == ["2026-05-31", "2026-06-01"]


def test_the_newest_day_of_a_bounded_run_is_read_again_by_the_next() -> None:
    with Sandbox(**ACCOUNT) as box:
        settings: dict[str, Any] = {"streams": ("log_cdm_click",), "start_date": "2026-05-28"}
        first = run(box, end_date="2026-05-30", **settings)
        assert {record["date"] for record in first.records("log_cdm_click")} == set(DAYS[:2])
        second = run(box, state=first.state, **settings)
        assert {record["date"] for record in second.records("log_cdm_click")} == set(DAYS[1:])


def test_consumption_ends_before_end_date_and_goes_on_after_a_budget() -> None:
    with Sandbox(**ACCOUNT) as box:
        dates, state = [], None
        for _ in range(4):
            output = consumption(box, state, end_date="2026-05-31", max_api_calls=2, concurrency=1)
            state = output.state
            dates += [record["date"] for record in output.records("consumption")]
        assert sorted(set(dates)) == DAYS[:-1]


def files_of(box: Sandbox, stream: str, *days: str) -> list[dict[str, Any]]:
    """Give the records of a type's files, from the sandbox's rows."""
    columns = set(properties_of(stream))
    records = []
    for day in days:
        name = f"{LOG_STREAMS[stream]}.{day}.log"
        for number, row in enumerate(logs.log_rows(box.core, LOG_STREAMS[stream], day)):
            assert set(row) <= columns
            records.append({**row, "file": name, "row": number, "date": day})
    return records


@pytest.mark.parametrize("version", VERSIONS)
def test_every_log_is_its_files_and_the_newest_day_is_read_again(version: str) -> None:
    streams = tuple(LOG_STREAMS)
    with Sandbox(**ACCOUNT) as box:
        first = run(box, streams=streams, start_date="2026-05-28", api_version=version)
        assert first.error is None
        found = 0
        for stream in streams:
            records = first.records(stream)
            assert records == files_of(box, stream, *DAYS), stream
            found += len(records)
        assert found > 1000
        for message in first.messages:
            if message["type"] == "SCHEMA":
                validator = jsonschema.Draft202012Validator(message["schema"])
                for record in first.records(message["stream"])[:50]:
                    validator.validate(record)
        box.now = "2026-06-02T12:00:00+00:00"
        second = run(
            box, state=first.state, streams=streams, start_date="2026-05-28", api_version=version
        )
        for stream in streams:
            assert second.records(stream) == files_of(box, stream, "2026-05-31", "2026-06-01")
        state = second.state["bookmarks"]["log_cdm_click"]
        assert state["replication_key_value"] == "2026-06-01"


def test_a_day_counts_when_it_is_over_in_both_zones() -> None:
    with Sandbox(**{**ACCOUNT, "now": "2026-05-31T23:30:00+00:00"}) as box:  # June in Amsterdam
        output = run(box, streams=("log_cdm_click",), start_date="2026-05-30")
        assert {record["date"] for record in output.records("log_cdm_click")} == {"2026-05-30"}


def test_a_file_that_is_gone_is_skipped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with Sandbox(**ACCOUNT) as box:
        path = "/v2/logfile/cdm-click.2026-05-30.log/json"
        box.fault("400", path=path, message="No entity with supplied ID")
        output = run(box, streams=("log_cdm_click",), start_date="2026-05-28")
        assert output.error is None
        assert output.records("log_cdm_click") == files_of(
            box, "log_cdm_click", "2026-05-28", "2026-05-29", "2026-05-31"
        )
        assert "nothing for cdm-click.2026-05-30.log" in caplog.text


@pytest.mark.parametrize("kind", ["truncated", "chunk_cut", "invalid_json", "html", "empty", "503"])
def test_a_download_that_fails_is_made_again(kind: str) -> None:
    with Sandbox(**ACCOUNT) as box:
        box.fault(kind, path="/v2/logfile/cdm-click.2026-05-30.log/json", times=2)
        output = run(box, streams=("log_cdm_click",), start_date="2026-05-28")
        assert output.error is None
        assert output.records("log_cdm_click") == files_of(box, "log_cdm_click", *DAYS)


def test_a_large_file_may_take_longer_than_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_copernica.http.transport._WHOLE_CALL", 1)
    path = "/v2/logfile/cdm-attempts.2026-05-30.log/json"
    with Sandbox(**{**ACCOUNT, "clicks_per_day": 60}) as box:
        box.fault("drip", path=path, times=1, seconds=1.4)
        output = run(
            box, streams=("log_cdm_attempts",), start_date="2026-05-30", end_date="2026-05-31",
            request_timeout=1,
        )  # fmt: skip
        assert output.error is None
        assert output.records("log_cdm_attempts") == files_of(box, "log_cdm_attempts", DAYS[2])
        assert box.calls[path] == 1


def test_a_run_that_ends_early_goes_on_at_the_day_it_had_not_finished() -> None:
    with Sandbox(**ACCOUNT) as box:
        state, records = None, []
        for _ in range(6):
            output = run(
                box, state=state, streams=("log_cdm_click",), start_date="2026-05-28",
                max_api_calls=3, concurrency=1,
            )  # fmt: skip
            state = output.state
            records += [record["date"] for record in output.records("log_cdm_click")]
        assert sorted(set(records)) == DAYS


class Array:
    """A log file of many rows that exists nowhere as a whole."""

    def __init__(self, rows: int) -> None:
        self._parts = self._made(rows)
        self._rest = b""

    def _made(self, rows: int) -> Iterator[bytes]:
        row = json.dumps({"id": "x" * 200, "time": "2026-05-30 12:00:00", "profile": 1}).encode()
        yield b"["
        for number in range(rows):
            yield row if number == rows - 1 else row + b","
        yield b"]"

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (part := next(self._parts, None)) is not None:
            self._rest += part
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_memory_does_not_depend_on_the_size_of_a_file() -> None:
    peaks = []
    for rows in (2_000, 40_000):
        tracemalloc.start()
        file = cast("IO[bytes]", Array(rows))
        found = sum(1 for _ in rows_of(file, strict, lambda: UnreadableError("broken")))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == rows
    assert peaks[1] < peaks[0] * 1.5 + 500_000


# Prints the peak of memory, in KB, after a run for a small file and after one for a large one.
TWO_RUNS = """
import json, resource, sys
from tap_copernica.tap import TapCopernica
from tests.support.runs import catalog_of

for stream in ("log_cdm_abuse", "log_cdm_click"):
    TapCopernica(config=json.loads(sys.argv[1]), catalog=catalog_of(stream)).sync_all()
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


def test_a_run_takes_no_more_memory_for_a_larger_file() -> None:
    with Sandbox(seed=5, start="2026-05-31", clicks_per_day=25_000, now=NOON) as box:
        settings = config(
            box, start_date="2026-05-31", end_date="2026-06-01", optional_streams=["log_*"]
        )
        done = subprocess.run(
            [sys.executable, "-c", TWO_RUNS, json.dumps(settings)],
            capture_output=True,
            text=True,
            check=True,
        )
    assert done.stdout.count('"RECORD"') > 14_000
    before, after = map(int, re.findall(r"^peak (\d+)$", done.stderr, re.MULTILINE))
    assert after - before < 10_000  # KB; the file has 6,600, its rows would take many times that


@pytest.mark.parametrize("body", [b'[{"a":1},', b"[1]", b"[{]"])
def test_what_is_no_array_of_objects_is_an_error(body: bytes) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        with pytest.raises(StreamError):
            list(itertools.islice(rows_of(file, strict, lambda: UnreadableError("broken")), 10))


@pytest.mark.parametrize("stream", ["consumption", *LOG_STREAMS])
def test_the_schema_has_every_documented_field_and_what_is_injected(stream: str) -> None:
    injected = {"date"} if stream == "consumption" else {"file", "row", "date"}
    documented = set(DOCUMENTED[stream]["fields"])
    if stream == "log_pom_retries":
        documented.remove("attempt")  # the Dutch name of `attempts`
    assert set(properties_of(stream)) == documented | injected

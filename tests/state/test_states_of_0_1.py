"""States of version 0.1: later versions go on from each, lose nothing, and read nothing again.

`written_by_0_1/` holds the last STATE of runs that came to their end, were ended by a budget, or were
killed, for every family of streams. `index.json` says how each was made: the account (its options are
all given, so that later defaults do not matter), what changed in it, the settings, and the streams.
The files never change. A later version may write other states, but it must read these.

Each state is resumed two days after it was written. What must come is worked out from a complete read
at that time, and from what the state says that it has.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.profiles import discovered, select
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from _pytest.mark import ParameterSet

    from tests.support.runs import Output

    Record = dict[str, Any]
    Progress = dict[str, Any]

FOLDER = Path(__file__).parent / "written_by_0_1"
INDEX: dict[str, Any] = json.loads((FOLDER / "index.json").read_text())
CASES: list[dict[str, Any]] = INDEX["states"]
NOW = "2026-05-22T12:00:00+00:00"
STATISTICS_WINDOW = timedelta(days=30)
PER_LISTED = {"coupons": "couponcampaign", "template_statistics": "template"}
PER_LISTED["publisher_document_statistics"] = "document"
PER_MAILING = {
    "emailing_statistics": "mailing",
    "publisher_emailing_statistics": "emailing",
    "publisher_test_groups": "emailing",
    "publisher_final_groups": "emailing",
    "publisher_test_group_statistics": "emailing",
    "emailing_snapshots": "mailing",
    "emailing_hyperlinks": "mailing",
}
# Says what a run did, so it is another one after each.
OF_THE_RUN = {"sync_windows"}
UNCHANGING = {"emailing_snapshots", "emailing_hyperlinks"}


def opened(case: dict[str, Any], *, now: str = NOW) -> Sandbox:
    """Open the account that a state was read from, with all that changed in it since."""
    box = Sandbox(**{**INDEX["account"], **case.get("account", {})}, now=now)
    for change in INDEX["changes"]:
        owner, values = change["of"], {"fields": change["fields"], "at": change["at"]}
        if change["kind"] == "profiles":
            numbers = [row["ID"] for row in box.profiles(owner)]
            box.change_profiles(owner, numbers[:: change["every"]], **values)
        else:
            numbers = [row["ID"] for row in box.subprofiles(owner)]
            box.change_subprofiles(owner, numbers[:: change["every"]], **values)
    return box


def read(case: dict[str, Any], state: Any) -> dict[str, list[Record]]:
    """Read the streams of a case; give their records, and fail where the run did."""
    return records_of(case, outputs(case, state)[0])


def outputs(case: dict[str, Any], state: Any, *, runs: int = 1) -> list[Output]:
    """Run the tap so often, each run with the state of the one before it."""
    found: list[Output] = []
    with opened(case) as box:
        bulk = box.bulk_url if case["bulk_host"] else ""
        settings = {"lookback_minutes": 0, **case["settings"], "bulk_url": bulk}
        settings |= {"page_size": 1000, "concurrency": 4}
        version = {"api_version": settings["api_version"]}
        catalog = discovered(box, **version)
        streams = case["streams"]
        if streams == "*":
            names = {stream["tap_stream_id"] for stream in catalog["streams"]}
            streams = sorted(names - OF_THE_RUN)
        catalog = select(catalog, *streams)
        for _ in range(runs):
            output = run(box, state=json.loads(json.dumps(state)), catalog=catalog, **settings)
            assert output.error is None
            found.append(output)
            state = output.state
    return found


def records_of(case: dict[str, Any], output: Output) -> dict[str, list[Record]]:
    """Give the records of a run by stream; one without records has an empty list."""
    names = {m["stream"] for m in output.messages if m["type"] == "SCHEMA"}
    assert case["streams"] == "*" or set(case["streams"]) <= names
    return {name: output.records(name) for name in names}


@cache
def everything(text: str) -> dict[str, list[Record]]:
    """Read the streams of a case completely, once for all cases that ask for the same."""
    return read(json.loads(text), None)


def complete(case: dict[str, Any]) -> dict[str, list[Record]]:
    """Read the streams of a case completely."""
    ways = {"page_size", "concurrency"}  # these change no row
    settings = {name: value for name, value in case["settings"].items() if name not in ways}
    asked = {"streams": case["streams"], "settings": settings, "bulk_host": case["bulk_host"]}
    return everything(json.dumps({**asked, "account": case.get("account", {})}, sort_keys=True))


def lacks(stream: str, progress: Progress, records: list[Record]) -> Callable[[Record], bool]:
    """Give what tells whether a state lacks a record, or must read it again in any case."""
    bookmark: str | None = progress.get("replication_key_value")
    if stream in PER_LISTED:
        finished = progress.get("finished")
        return lambda record: finished is None or record[PER_LISTED[stream]] > finished
    if stream in PER_MAILING:
        return lacks_of_mailing(stream, progress)
    if stream.startswith(("profiles_", "subprofiles_")):
        return lacks_of_profiles(progress, records)
    if bookmark is None:
        return lambda _: True
    if stream.startswith("log_") or stream == "consumption":
        again = progress["read_again"]
        return lambda record: record["date"] > bookmark or (again and record["date"] == bookmark)
    if stream in {"emailings", "publisher_emailings"}:  # their number of recipients may still grow
        bookmark = (datetime.fromisoformat(bookmark) - STATISTICS_WINDOW).isoformat()
    key: str = progress["replication_key"]
    return lambda record: record[key] >= bookmark


def lacks_of_mailing(stream: str, progress: Progress) -> Callable[[Record], bool]:
    """Tell by the time of the mailing: counters grow for 30 days, other things never change."""
    number = PER_MAILING[stream]
    finished, bookmark = progress.get("finished"), progress.get("replication_key_value")

    def is_lacking(record: Record) -> bool:
        sent = record.get("emailing_timestamp") or record["timestamp"]
        if finished is not None:
            return (sent, record[number]) > tuple(finished)
        if bookmark is None:
            return True
        window = timedelta(0) if stream in UNCHANGING else STATISTICS_WINDOW
        return bool(sent >= (datetime.fromisoformat(bookmark) - window).isoformat())

    return is_lacking


def lacks_of_profiles(progress: Progress, records: list[Record]) -> Callable[[Record], bool]:
    """Tell by the pass in the state; a field called `modified` hides the time, so all are read."""
    running, bookmark = progress.get("pass"), progress.get("replication_key_value")
    hides = any("modified" in record["fields"] for record in records)
    last = running["last"] if running else 0
    since = running["since"] if running else bookmark
    if hides:
        since = None
    return lambda record: record["ID"] > last and (since is None or record["modified"] >= since)


def marked(case: dict[str, Any]) -> ParameterSet:
    """Leave to the soak the states of all streams that differ from another's in the version alone."""
    name = case["state"].removesuffix(".json")
    marks = (
        [pytest.mark.soak]
        if name in {"whole-v3", "killed-v2", "killed-v3", "killed_late-v3"}
        else []
    )
    return pytest.param(case, id=name, marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_a_run_goes_on_from_a_state_of_version_0_1(case: dict[str, Any]) -> None:
    state = json.loads((FOLDER / case["state"]).read_text())
    for progress in state["bookmarks"].values():
        if isinstance(progress.get("at"), int):
            progress["at"] = int(
                time.time()
            )  # a pass is resumed for a month on this machine's clock
    whole, resumed = complete(case), read(case, state)
    assert resumed.keys() == whole.keys()
    assert any(resumed.values()), "the account has nothing that the state lacks"
    for stream, records in whole.items():
        progress = state["bookmarks"].get(stream, {})
        is_lacking = lacks(stream, progress, records)
        expected = [record for record in records if is_lacking(record)]
        # In whatever order: a first read begins with the newest, a later one does not.
        assert in_order(resumed[stream]) == in_order(expected), stream


def in_order(records: list[Record]) -> list[Record]:
    """Sort records, without the time at which a run saw something."""
    plain = [{name: one[name] for name in one if name != "seen_at"} for one in records]
    return sorted(plain, key=lambda record: json.dumps(record, sort_keys=True))


PASSES = [case for case in CASES if case["state"].startswith(("profiles", "subprofiles", "hard"))]


@pytest.mark.parametrize("case", PASSES, ids=lambda case: case["state"].removesuffix(".json"))
def test_what_changed_during_an_old_pass_comes_with_the_next(case: dict[str, Any]) -> None:
    state = json.loads((FOLDER / case["state"]).read_text())
    first, second = (records_of(case, output) for output in outputs(case, state, runs=2))
    for stream, records in complete(case).items():
        progress = state["bookmarks"].get(stream, {})
        running = progress.get("pass") or {}
        began = running.get("began") or progress.get("replication_key_value")
        changed = {one["ID"] for one in records if began is None or one["modified"] >= began}
        assert changed <= {one["ID"] for one in first[stream] + second[stream]}
        assert not running or changed, "the account has no change that the pass could miss"


def test_a_pass_over_a_list_that_is_older_than_a_month_begins_again() -> None:
    (case,) = (one for one in CASES if one["state"] == "coupons-killed.json")
    state = json.loads((FOLDER / case["state"]).read_text())
    state["bookmarks"]["coupons"]["at"] = int(time.time()) - 32 * 86_400
    again, whole = read(case, state), complete(case)
    assert {name: in_order(again[name]) for name in again} == {
        name: in_order(whole[name]) for name in whole
    }


def test_the_index_names_every_file_and_every_way_to_end() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {
        "index.json",
        *(case["state"] for case in CASES),
    }
    assert {case["ended"] for case in CASES} == {"at its end", "by max_api_calls", "by SIGKILL"}
    written = datetime.fromisoformat(INDEX["written_at"])
    assert written < datetime.fromisoformat(NOW).astimezone(UTC)

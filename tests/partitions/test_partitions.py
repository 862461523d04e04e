"""Periods that follow on one another, run on their own in any order, add up to one run over all of them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copernica_sandbox import Sandbox
from tests.support.runs import TAP, catalog_of, config, parse, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
LAG = timedelta(minutes=5)
# Both ways to filter events, mailings, both kinds of whole days, what is asked for by mailing and by day.
STREAMS = (
    "clicks",
    "publisher_clicks",
    "emailings",
    "publisher_emailings",
    "destinations",
    "publisher_destinations",
    "emailing_statistics",
    "consumption",
    "log_cdm_click",
)


# v3 lists the recipients of HTML mailings by day, v2 by mailing; unique clicks are read by whole days.
WAYS: list[dict[str, Any]] = [{}, {"api_version": "v3"}, {"unique_clicks": True}]


@dataclass(frozen=True)
class Night:
    """A night in which Amsterdam's clock changes, in the middle of the period that is read."""

    change: datetime

    @property
    def since(self) -> datetime:
        return self.change - 52 * HOUR - 17 * SECOND

    @property
    def now(self) -> datetime:
        return self.change + 58 * HOUR

    @property
    def until(self) -> datetime:
        """The end of the whole: past what any run may read yet."""
        return self.now + 5 * HOUR

    def instants(self) -> st.SearchStrategy[datetime]:
        """Give instants inside the period, most of them where a row could be lost."""
        midnights = [self.change - HOUR + timedelta(days=n) for n in (-1, 0, 1)]
        edges = [self.change, self.change + HOUR, self.change - HOUR, *midnights, self.now - LAG]
        beside = st.tuples(st.sampled_from(edges), st.integers(-3, 3)).map(
            lambda drawn: drawn[0] + drawn[1] * SECOND
        )
        odd = st.integers(-4500, 4500).map(lambda n: self.change + n * SECOND)
        span = int((self.until - self.since).total_seconds())
        any_of_it = st.integers(1, span - 1).map(lambda n: self.since + n * SECOND)
        return beside | odd | any_of_it


NIGHTS = {
    "autumn": Night(datetime.fromisoformat("2024-10-27T01:00:00+00:00")),
    "spring": Night(datetime.fromisoformat("2024-03-31T01:00:00+00:00")),
}


@pytest.fixture(scope="module", params=NIGHTS)
def night(request: pytest.FixtureRequest) -> Night:
    return NIGHTS[request.param]


@pytest.fixture(scope="module")
def box(night: Night) -> Iterator[Sandbox]:
    options: dict[str, Any] = {"seed": 4, "days": 7, "clicks_per_day": 60, "mailings_per_day": 3}
    with Sandbox(now=night.now.isoformat(), **options) as box:
        box.switch(begin_inclusive=True, end_inclusive=True)
        for stream in ("clicks", "publisher_clicks"):
            box.add(stream, list(_around(night)))
        # A mailing may still be going out when the next day, or the next period, has begun.
        for family in ("", "publisher_"):
            for mailing in list(box.rows(f"{family}emailings")):
                sent = [mailing["instant"] + n * HOUR for n in range(40)]
                rows = [_destination(at, mailing["id"], n) for n, at in enumerate(sent)]
                box.add(f"{family}destinations", rows)
        soon = [night.now - LAG + n * SECOND for n in (0, 60)]
        for stream in ("clicks", "publisher_clicks"):
            # What may be read by now hangs on how fast this machine is.
            beside = [r["ID"] for r in box.rows(stream) if soon[0] <= r["instant"] < soon[1]]
            box.remove(stream, beside)
        yield box


@pytest.fixture(scope="module")
def wholes(box: Sandbox, night: Night) -> list[Counter[str]]:
    """The rows of one run over the whole, for each of `WAYS`."""
    wholes = [read(box, night.since, night.until, **way) for way in WAYS]
    for rows in wholes:
        assert {json.loads(row)[0] for row in rows} == set(STREAMS)
    return wholes


def _around(night: Night) -> Iterator[dict[str, Any]]:
    """Rows at and beside every edge, and through the hours of the change, on both sides of them."""
    edges = [night.change + n * HOUR for n in range(-30, 31, 3)]
    for at in edges:
        yield from (_row(at + off * SECOND) for off in (-1, 0, 1))
    yield from (_row(night.change + n * 97 * SECOND) for n in range(-60, 60))


def _row(instant: datetime) -> dict[str, Any]:
    wall = instant.astimezone(ZoneInfo("Europe/Amsterdam"))
    return {"timestamp": f"{wall:%Y-%m-%d %H:%M:%S}", "fold": wall.fold}


def _destination(instant: datetime, mailing: int, number: int) -> dict[str, Any]:
    row, key = _row(instant), mailing * 1000 + number
    # v2 calls the key `ID` where it lists the recipients of one mailing.
    return {
        "id": key,
        "ID": key,
        "mailing": mailing,
        "timestampsent": row["timestamp"],
        "fold": row["fold"],
    }


def read(box: Sandbox, since: datetime, until: datetime, **more: Any) -> Counter[str]:
    """Run the tap over a period; give its rows with the values they came with."""
    period = {"start_date": since.isoformat(), "end_date": until.isoformat()}
    output = run(box, streams=STREAMS, **period, **more)
    assert output.error is None, output.error
    return rows_of(output.messages)


def rows_of(messages: Sequence[dict[str, Any]]) -> Counter[str]:
    return Counter(
        json.dumps([m["stream"], m["record"]], sort_keys=True)
        for m in messages
        if m["type"] == "RECORD"
    )


def periods(night: Night, cuts: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    edges = [night.since, *sorted(cuts), night.until]
    return list(itertools.pairwise(edges))


def assert_same(parts: Counter[str], whole: Counter[str]) -> None:
    assert not (lost := whole - parts), f"{len(lost)} rows lost: {sorted(lost)[:3]}"
    assert not (more := parts - whole), f"{len(more)} rows too many: {sorted(more)[:3]}"


@settings(max_examples=20 if os.environ.get("SOAK_SECONDS") else 4)
@given(data=st.data())
def test_adjacent_periods_cut_anywhere_and_run_in_any_order_are_the_whole(
    box: Sandbox, night: Night, wholes: list[Counter[str]], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(night.instants(), min_size=1, max_size=4, unique=True))
    way = data.draw(st.integers(0, len(WAYS) - 1))
    found: Counter[str] = Counter()
    for since, until in data.draw(st.permutations(periods(night, cuts))):
        concurrency = data.draw(st.sampled_from([1, 4]))
        found += read(box, since, until, concurrency=concurrency, **WAYS[way])
    assert_same(found, wholes[way])


def test_periods_that_run_at_the_same_time_are_the_whole(
    box: Sandbox, night: Night, wholes: list[Counter[str]], tmp_path: Path
) -> None:
    cuts = [night.change - HOUR, night.change + 30 * 60 * SECOND, night.now - 2 * LAG]
    (tmp_path / "catalog.json").write_text(json.dumps(catalog_of(*STREAMS)))
    runs = []
    for number, (since, until) in enumerate(periods(night, cuts)):
        file = tmp_path / f"{number}.json"
        period = {"start_date": since.isoformat(), "end_date": until.isoformat()}
        file.write_text(json.dumps(config(box, optional_streams=["*"], **period)))
        command = [*TAP, "--config", str(file), "--catalog", str(tmp_path / "catalog.json")]
        runs.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )
    outputs = [one.communicate(timeout=300)[0] for one in runs]
    assert [one.returncode for one in runs] == [0] * len(runs)
    assert_same(sum((rows_of(parse(text)) for text in outputs), Counter()), wholes[0])

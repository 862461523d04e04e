"""What became of a run, for machines: the values of its last line, and metrics in the SDK's form."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from singer_sdk.metrics import Metric, Point, Tag

from tap_copernica.errors import CopernicaError
from tap_copernica.output.state import BOOKMARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_copernica.output.report import Report

_FAILED = 1


class Ending(StrEnum):
    """How a run ended."""

    DONE = "done"
    BUDGET = "budget"  # the budget of calls was used up; the line names what waits
    FAILED = "failed"  # a stream failed, or the run
    INTERRUPTED = "interrupted"  # by a signal


class Figure(StrEnum):
    """Metrics that the SDK has no name for."""

    RETRIES = "http_retry_count"
    WAITING = "waiting_time"
    LAG = "replication_lag"
    COVERED = "covered_period"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run.

    Attributes:
        ending: how it ended.
        exit_status: of the command.
        error: the message that it ends with, if it failed.
        streams: by stream what was done, and what its state says.
    """

    ending: Ending
    exit_status: int
    error: str | None
    streams: Mapping[str, Mapping[str, Any]]

    @staticmethod
    def of(
        report: Report, bookmarks: Mapping[str, Any], ended: BaseException | None, now: datetime
    ) -> Outcome:
        """Sum up a run.

        Args:
            report: what became of its streams.
            bookmarks: what the state holds of them.
            ended: the exception that ends the run, if one does.
            now: the time by the account's clock, in UTC.
        """
        streams: dict[str, Mapping[str, Any]] = {
            watch.stream: {**watch.figures, **_coverage(bookmarks.get(watch.stream) or {}, now)}
            for watch in report.watches
        }
        for why, names in report.rested.items():
            rested = {"outcome": "rested", "why": why.name.lower()}
            streams.update(dict.fromkeys(names, rested))
        if isinstance(ended, SystemExit):
            status = ended.code if isinstance(ended.code, int) else _FAILED
            return Outcome(Ending.INTERRUPTED, status, None, streams)
        if ended is not None:
            said = ended.message if isinstance(ended, CopernicaError) else type(ended).__name__
            return Outcome(Ending.FAILED, _FAILED, said, streams)
        return Outcome(Ending.BUDGET if report.is_spent else Ending.DONE, 0, None, streams)

    def points(self, *, waited: float) -> Iterator[Point[Any]]:
        """Give the figures as measurements; `waited` is how many seconds calls waited for a next try."""
        yield _point("counter", Figure.WAITING, round(waited, 3))
        for name, told in self.streams.items():
            tags: dict[str, Any] = {Tag.STREAM: name}
            if told.get("calls"):
                yield _point("counter", Metric.HTTP_REQUEST_COUNT, told["calls"], tags)
            if told.get("retries"):
                yield _point("counter", Figure.RETRIES, told["retries"], tags)
            if told.get("lag_seconds") is not None:
                yield _point("gauge", Figure.LAG, told["lag_seconds"], tags)
            first, last = told.get("covered_from"), told.get("covered_to")
            if first is not None and last is not None:
                bounds = {"covered_from": first, "covered_to": last}
                width = datetime.fromisoformat(last) - datetime.fromisoformat(first)
                seconds = int(width.total_seconds())
                yield _point("gauge", Figure.COVERED, seconds, {**tags, **bounds})


def waiting_of(kept: Mapping[str, Any]) -> Sequence[str]:
    """Give the parts that wait for the next run, as the state keeps them."""
    waiting = kept.get("waiting")
    return waiting if isinstance(waiting, list) else []


def _point(
    kind: str, metric: Metric | Figure, value: float, tags: dict[str, Any] | None = None
) -> Point[Any]:
    # The SDK's own names are an enumeration, of which it uses the values alone.
    return Point(kind, cast("Metric", metric), value, {**(tags or {}), Tag.PID: os.getpid()})


def _coverage(state: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Give from when to when a stream was read, and how long ago that is, as far as its state tells."""
    reached = _instant(state.get(BOOKMARK))
    if reached is None:
        return {}
    told: dict[str, Any] = {}
    if _instant(state.get("covered_from")) is not None:
        told["covered_from"] = state["covered_from"]
    lag = max(0, int((now - reached).total_seconds()))
    return {**told, "covered_to": state[BOOKMARK], "lag_seconds": lag}


def _instant(text: object) -> datetime | None:
    """Read a time with a zone; None for anything else, also for a day, which is some streams' bookmark."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return None if found is None or found.tzinfo is None else found.astimezone(UTC)

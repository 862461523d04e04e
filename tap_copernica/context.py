"""The tap as its streams know it, so that their types need no import of `tap.py`."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar, cast

from singer_sdk import metrics
from singer_sdk.singerlib import StateMessage
from typing_extensions import override

from tap_copernica.output.memory import RUN
from tap_copernica.output.outcome import Outcome, waiting_of
from tap_copernica.output.turns import is_scarce
from tap_copernica.sdk import OpenTap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.account.definitions import Definitions
    from tap_copernica.records.personal import Rules
    from tap_copernica.run import Run

S = TypeVar("S")


class CopernicaTap(OpenTap):
    """A tap whose streams share one run and one account."""

    @property
    @abstractmethod
    def run(self) -> Run:
        """What the streams of this run share."""

    @abstractmethod
    def withheld(self, stream: str, fields: Sequence[str]) -> tuple[str, ...]:
        """Give those of a stream's optional fields that the settings do not name."""

    @property
    @abstractmethod
    def personal(self) -> Rules:
        """What the settings say of personal data."""

    @property
    @abstractmethod
    def definitions(self) -> Definitions:
        """The account's databases and collections, asked for when somebody wants to know."""

    @property
    def bookmarks(self) -> dict[str, Any]:
        """What the state keeps of each stream."""
        return cast("dict[str, Any]", self.state.get("bookmarks", {}))

    def stream_of(self, kind: type[S]) -> S:
        """Give the stream of a class, whether it is selected or not."""
        return next(stream for stream in self.streams.values() if isinstance(stream, kind))

    # A run with a budget of calls, and what the state keeps of it

    def begin_with_what_waits(self) -> None:
        """Put the streams in order: those that an earlier run did not reach come first."""
        streams = sorted(self.streams.items(), key=lambda one: self.run.turns.place(one[0]))
        self.streams.clear()
        self.streams.update(streams)
        self.run.report.streams = sum(stream.selected for _, stream in streams)

    def keep_what_waits(self, before: dict[str, Any]) -> None:
        """Keep in the state what a budget left for the next run, and log it.

        Args:
            before: the bookmarks with which the run began.
        """
        run, turns = self.run, self.run.turns
        wanted = [
            name
            for name, stream in self.streams.items()
            if stream.selected and getattr(stream, "why_rests", lambda: None)() is None
        ]
        came_further = _kept(before, turns.stream) != _kept(self.bookmarks, turns.stream)
        waiting = turns.left(wanted, came_further=came_further)
        run.memory.keep(waiting=waiting, scarce=is_scarce(waiting) or not came_further)
        is_stuck = run.is_stuck and not came_further
        run.report.budget_spent(run.calls, turns, waiting, is_stuck=is_stuck)

    def tell_what_else_there_is(self, line: str) -> None:
        """Log, once a day, the line that says what the settings could also name."""
        memory, today = self.run.memory, self.run.today
        if line and memory.kept.get("told_on") != today:
            self.logger.info("%s", line)
            memory.keep(told_on=today)

    def nothing_waits(self) -> None:
        """Keep in the state that this run reached everything."""
        if self.run.memory.kept.get("waiting"):
            self.run.memory.keep(waiting=[], scarce=False)

    def write_last_state(self) -> None:
        """Write a STATE if what is kept of the run as a whole is in none yet."""
        self.run.note_month()
        if not self.run.memory.is_written:
            self.message_writer.write_message(StateMessage(value=dict(self.state)))
            self.run.memory.is_written = True

    def tell_cost(self) -> None:
        """Say what the run cost: the last of its lines for people."""
        month, calls = self.run.month, self.run.calls
        warning = "" if month is None else month.warning(calls.made)
        if warning:
            self.logger.warning("%s", warning)
        self.run.report.bill(calls)

    def tell_outcome(self, ended: BaseException | None) -> None:
        """Say what became of the run, for machines: metrics, and one object of JSON as the last line.

        Args:
            ended: the exception that ends the run, if one does.
        """
        run = self.run
        told = Outcome.of(run.report, self.bookmarks, ended, run.calls.now())
        for point in told.points(waited=run.calls.waited):
            metrics.log(self.metrics_logger, point)
        line = {
            "run": run.ledger.run,
            "version": run.ledger.version,
            "outcome": told.ending,
            "exit_status": told.exit_status,
            "error": told.error,
            **run.figures(),
            "waiting": waiting_of(run.memory.kept),
            "streams": told.streams,
        }
        self.logger.info("%s", json.dumps(line))

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take a state, with what it keeps beside the bookmarks."""
        super().load_state(state)
        kept = state.get(RUN)
        if isinstance(kept, dict):  # which the SDK would lose
            cast("dict[str, Any]", self.state)[RUN] = dict(kept)


def _kept(bookmarks: dict[str, Any], stream: str | None) -> dict[str, Any]:
    """Give what a state keeps of a stream, without values that are null."""
    state = bookmarks.get(stream or "") or {}
    return {name: value for name, value in state.items() if value is not None}

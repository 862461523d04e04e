"""Streams that ask something for each mailing: a call per mailing, so that they are optional.

They ask for the mailings in order of sending, several at once, and write STATE after each mailing. After a
run that is killed the next one goes on behind the last of them. The state holds how far a pass came
(`finished`), until when its mailings were listed (`pass_until`), and which of them were refused and are to be
asked for again (`refused`). Apart from these, every mailing that was sent before the bookmark was asked for
at that time or later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_copernica.clock import rfc3339
from tap_copernica.reading.mailings import Emailing
from tap_copernica.reading.parents import Failed, Parents, Refused, Waiting
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.emailings import EmailingChild

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_copernica.records.rows import Record


class PerEmailing(EmailingChild):
    """One or more calls for each mailing; a subclass says which."""

    parent_field: ClassVar[str]
    """The field with the mailing's id, which the API's rows lack."""
    time_of_parent: ClassVar[str] = "timestamp"
    """The field with the time at which the mailing was sent, which the API's rows lack."""

    replication_key = "timestamp"
    optional_in = API_VERSIONS
    read_order = 1
    follows_counters = True
    cost = "1 per mailing of the last days"

    only_tested: ClassVar[bool] = False
    """Whether only mailings with test groups are asked for."""

    refusal_means_nothing: ClassVar[bool] = False
    """Whether a refusal means that the mailing has no such rows: the docs do not say what comes then."""

    def wanted(self, emailing: Emailing) -> bool:
        """Say whether this mailing is asked for."""
        return emailing.testgroups > 0 or not self.only_tested

    def records_of(self, emailing: Emailing) -> list[Record]:
        """Ask for what belongs to a mailing; runs in a worker thread."""
        return self.made([self.object_at(self.path.format(id=emailing.id))], emailing)

    @override
    def needs_from(self) -> datetime:
        start = self.settings.start_date or datetime.now(UTC)
        finished, reached = self._finished(), self.reached()
        if reached is not None:
            # A later `start_date` skips nothing that no run has read.
            start = min(start, reached)
        if finished is not None:
            return max(start, self.instant_of_state(finished[0]))
        if reached is None:
            return start
        return max(start, self.reads_again_from(reached, self.calls.now()))

    @override
    def read(self) -> Iterator[Record]:
        since, finished = rfc3339(self.needs_from()), self._finished()
        parent = self.tap.stream_of(self.parent)
        listing = parent.listing(self.needs_from())
        ahead = [
            one
            for one in listing.emailings
            if one.timestamp >= since
            and (finished is None or (one.timestamp, one.id) > finished)
            and self.wanted(one)
        ]
        until = self.progress("pass_until") if finished else None
        until = until if isinstance(until, str) else rfc3339(listing.until)
        waiting = Waiting(self.name, self.progress("refused"), Emailing.of_state, Emailing.state)
        listed = set(ahead)
        again = [one for one in waiting.since if one not in listed] if self.is_incremental else []
        self.had_nothing_to_read = since >= until and not again  # all of it lies in the future
        if self.had_nothing_to_read:
            self.tell_of_nothing(" until there is a newer mailing")
        asked = Parents(
            self.name,
            self.run.pool,
            self.records_of,
            one_more=partial(parent.one_more, {one.id for one in (*again, *ahead)}, self.wanted),
            is_offered=finished is not None,
            refusal_means_nothing=self.refusal_means_nothing,
        )
        for number, (emailing, answer) in enumerate(asked.answers(ahead, again)):
            is_refused = isinstance(answer, Refused) and not isinstance(answer, Failed)
            records = [] if is_refused and self.refusal_means_nothing else answer
            self.settle(emailing, records, waiting, f"mailing {emailing.id}")
            if not isinstance(records, Refused):
                yield from self.emit(records)
            if number < len(again):
                self.write_state(refused=waiting.state)
            else:
                self.write_state(
                    self._later(min(emailing.timestamp, until)),
                    finished=[emailing.timestamp, emailing.id],
                    pass_until=until,
                    refused=waiting.state,
                )
            self.calls.check()
        if self.bookmark is not None or since <= until:
            self.write_state(self._later(until), finished=None, pass_until=None)

    @override
    def probe(self) -> str:
        return "is asked for each mailing"

    def made(self, rows: Sequence[Any], emailing: Emailing, **more: Any) -> list[Record]:
        """Make records of a mailing's rows; add the mailing's id and time, and `more`."""
        known = {self.parent_field: emailing.id, self.time_of_parent: emailing.timestamp}
        return self.reader.records(rows, **known, **more)

    def _finished(self) -> tuple[str, int] | None:
        """Read how far an unfinished pass came: time and id of the last mailing; None if there is none."""
        match self.progress("finished") if self.is_incremental else None:
            case [str(timestamp), int(number)]:
                return timestamp, number
        return None

    def _later(self, bookmark: str) -> str:
        return bookmark if self.bookmark is None else max(bookmark, self.bookmark)

"""Who received an HTML mailing: v3 and v4 list all recipients of a day, v2 those of one mailing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.errors import ApiError, StreamError
from tap_copernica.http.pool import result_of
from tap_copernica.http.question import Question
from tap_copernica.reading.coverage import Kind
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.filters import FieldBounds
from tap_copernica.reading.open_mailings import FOLLOWED, OpenMailings
from tap_copernica.reading.parents import Refused, Waiting
from tap_copernica.reading.window_reader import Result, WindowReader
from tap_copernica.reading.windows import Window
from tap_copernica.records import fields as f
from tap_copernica.records.spill import Records
from tap_copernica.streams.base import YEARS_OF_STATES
from tap_copernica.streams.destinations import DestinationStream
from tap_copernica.streams.emailings import PublisherEmailingsStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_copernica.reading.complete import ListOutcome
    from tap_copernica.reading.mailings import Emailing
    from tap_copernica.records.chunks import Encode
    from tap_copernica.records.rows import Record

    Missed = tuple[int, str, str]
    """A mailing that was refused, and the window that it was asked for: its begin and end as texts."""


class PublisherDestinationsStream(DestinationStream):
    """Recipients of HTML mailings. v2 knows them by mailing only: one list for each of the period."""

    name = "publisher_destinations"
    path = "/publisher/destinations"
    optional_in = ("v2",)
    cost = (
        "1 per 1000 rows, at least 1; in v2 at least 1 per day for each mailing of the last 2 days, and of"
        " the last 14 where recipients are missing"
    )
    aliases = {"emailing-group": "mailing_group"}  # noqa: RUF012 - what the Dutch pages call it
    schema = f.record(
        id=f.key(f.text("Hash that names the destination.", f.LINK)),
        timestampsent=f.moment("When the message was sent, in UTC."),
        internal=f.integer("Number of the destination, which events name.", f.LINK),
        profile=f.integer("Id of the recipient's profile; null once it was removed.", f.LINK),
        subprofile=f.integer("Id of the recipient's subprofile, if one was mailed.", f.LINK),
        mailing=f.integer("Id of the emailing (`publisher_emailings.id`).", f.NONE),
        mailing_group=f.integer("Id of the mailing group (`mailing-group` in the API).", f.NONE),
    )

    _reader: DestinationsByEmailing | None = None

    @property
    @override
    def can_go_back(self) -> bool:
        # In v2 recipients are read mailing by mailing, and counted in the order of time (`OpenMailings`).
        return super().can_go_back and self.settings.api_version != "v2"

    @override
    def new_window_reader(self) -> WindowReader:
        return self._reader or super().new_window_reader()

    @override
    def read(self) -> Iterator[Record]:
        if self.settings.api_version != "v2":
            yield from super().read()
            return
        reached, zone = self.reached(), self.settings.clock
        known_until = None if reached is None else self.period_edge(zone.wall(reached))
        self.open_mailings = OpenMailings(
            self.progress("open"),
            known_until,
            self.progress("complete"),
            lambda text: zone.wall(zone.parse(text)),
        )
        self.missed: Waiting[Missed] = Waiting(self.name, self.progress("refused"), _missed)
        self._reader = DestinationsByEmailing(self, self.encode)
        missed = list(self.missed.since)
        yield from super().read()
        yield from self._read_missed(missed, self._reader)

    @property
    def counts_recipients(self) -> bool:
        """Whether windows come in the order of time, so that recipients can be counted up to a time."""
        return self._stretch.kind is Kind.NEW and not self._stretch.backward

    def _read_missed(
        self, refused: Sequence[Missed], reader: DestinationsByEmailing
    ) -> Iterator[Record]:
        """Ask again for mailings that an earlier run was refused."""
        for missed in refused:
            number, begin, end = missed
            window = Window(datetime.fromisoformat(begin), datetime.fromisoformat(end))
            answer = result_of(self.run.pool, partial(reader.one, number, window))
            self.settle(missed, answer, self.missed, f"mailing {number}")
            if not isinstance(answer, Refused):
                for chunk in answer.records.chunks():
                    yield from self.emit_chunk(chunk)
            self.write_state(refused=self.missed.state)

    def _counts(self, result: RecipientsResult) -> Sequence[tuple[Emailing, int | None]]:
        """Give how many recipients each mailing has in a window; count again if the window was trimmed."""
        if result.until is None:
            return result.counts
        chunks = result.own_records(lambda record: str(record["timestampsent"]))
        own = Counter(record["mailing"] for chunk in chunks for record in chunk.records())
        return [(one, None if count is None else own[one.id]) for one, count in result.counts]

    @override
    def also_kept(self, result: Result) -> dict[str, Any]:
        if not isinstance(result, RecipientsResult):
            return {}
        window = result.window
        for number, answer in result.refused:
            missed = (number, window.start.isoformat(), window.end.isoformat())
            self.settle(missed, answer, self.missed, f"mailing {number}")
        kept: dict[str, Any] = {"refused": self.missed.state}
        if self.counts_recipients:
            self.open_mailings.note(window, self._counts(result))
            kept["open"] = self.open_mailings.state
            kept["complete"] = self.open_mailings.state_of_complete
        return kept


@dataclass(frozen=True, slots=True)
class RecipientsResult(Result):
    """What became of a window that was read mailing by mailing.

    Attributes:
        counts: the recipients of each mailing that was asked for; None where that was refused.
        refused: the mailings that were refused.
    """

    counts: Sequence[tuple[Emailing, int | None]] = ()
    refused: Sequence[tuple[int, Refused]] = ()


class DestinationsByEmailing(WindowReader):
    """Reads a day's recipients mailing by mailing, since v2 has no list of all recipients."""

    _FILTER = FieldBounds("timestampsent")

    def __init__(self, stream: PublisherDestinationsStream, encode: Encode) -> None:
        """Read for this stream."""
        super().__init__(stream, encode)
        self._recipients = stream
        self._emailings = stream.tap.stream_of(PublisherEmailingsStream)
        self._is_offered = False

    @override
    def read(self, window: Window, expect: object = None) -> Result:
        del expect  # a day's width is fixed
        records = Records(self.encode)
        load, repeated, evidence = 0.0, False, Evidence(0, 0, Proof.COUNTED, 1, 0)
        counts: list[tuple[Emailing, int | None]] = []
        refused: list[tuple[int, Refused]] = []
        for mailing in self._mailings(window):
            found = self.one(mailing.id, window)
            if isinstance(found, Refused):
                refused.append((mailing.id, found))
                if not found.is_gone:
                    counts.append((mailing, None))
                continue
            own = found.records.distinct(self._key) if found.has_repeats else found.records
            counts.append((mailing, own.size))
            records.add_all(found.records)
            load += found.reading.load
            evidence += found.evidence
            repeated = repeated or found.has_repeats
        self._check_offered(refused, counts)
        key = self._key if repeated else None
        return RecipientsResult(
            window, records, load, key=key, evidence=evidence, counts=counts, refused=refused
        )

    def one(self, number: int, window: Window) -> ListOutcome | Refused:
        """Read the recipients of one mailing in a window."""
        path = f"/publisher/emailing/{number}/destinations"
        question = self.question(window, self._FILTER, path)
        try:
            found = self.complete(question, divisible=False)
        except ApiError as error:
            return Refused(error)
        self._is_offered = True
        return found

    def _check_offered(
        self,
        refused: Sequence[tuple[int, Refused]],
        counts: Sequence[tuple[Emailing, int | None]],
    ) -> None:
        """Raise a refusal if all mailings of a window were refused, and another mailing is refused too."""
        errors = [one.error for _, one in refused if not one.is_gone]
        if self._is_offered or not errors:
            return
        asked = {*(number for number, _ in refused), *(one.id for one, _ in counts)}
        older = self._emailings.one_more(asked, lambda _: True)
        if older is not None:
            path = f"/publisher/emailing/{older.id}/destinations"
            try:
                self._emailings.answer(Question(path=path, limit=1))
            except StreamError:
                pass
            else:
                self._is_offered = True
                return
        raise errors[0]

    def _mailings(self, window: Window) -> Iterator[Emailing]:
        """Give the mailings that may have recipients in a window, also those from before `start_date`."""
        stream, since = self._recipients, Window(window.start - FOLLOWED, window.end)
        for mailing in self._emailings.mailings.within(since, stream.last_edge()):
            if not stream.counts_recipients or stream.open_mailings.may_have(mailing, window):
                yield mailing


def _missed(entry: Any) -> Missed:
    """Read a mailing and a window from the state; raises `TypeError` or `ValueError`."""
    number, *edges = entry
    begin, end = map(datetime.fromisoformat, edges)
    if any(edge.tzinfo is not None or edge.year not in YEARS_OF_STATES for edge in (begin, end)):
        raise ValueError
    return int(number), begin.isoformat(), end.isoformat()

"""Streams that are read by time: events of both kinds, mailings, recipients by whole days."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from typing_extensions import override

from tests.reliability.world import LAG, SECOND, World, bare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from copernica_sandbox import Sandbox
    from tests.reliability.consumer import Key, Record
    from tests.reliability.world import Row

_COMPARED = {
    "clicks": ("mailing", "link", "ip", "useragent", "destination"),
    "publisher_clicks": ("emailing", "link", "ip", "useragent", "destination"),
    "emailings": ("subject",),
    "destinations": ("mailing",),
    "publisher_destinations": ("mailing", "internal"),
}
_QUIET = range(5, 24)
"""Hours of the day in which no clock is changed."""


class Reach(NamedTuple):
    """What a state said before a run.

    Attributes:
        covered_from: from when on all was read; None where nothing was.
        bookmark: until when.
        again: from when on the run reads again what is before the bookmark.
        ordered: the period that `reread` orders, as far as it is covered and was not yet read again.
    """

    covered_from: datetime | None = None
    bookmark: datetime | None = None
    again: datetime | None = None
    ordered: tuple[datetime, datetime] | None = None


class EventWorld(World):
    """Rows with a time: a state vouches for those from `covered_from` to its bookmark."""

    family = "events"
    streams: ClassVar[tuple[str, ...]] = ("clicks", "publisher_clicks")
    time = "timestamp"

    def __init__(self, box: Sandbox, start: datetime, zone: str, stream: str) -> None:
        super().__init__(box, start, zone, stream)
        self.earliest = start
        """The earliest `start_date` that a run had so far."""

    # What a user may change between two runs

    def move_start(self, by: timedelta) -> None:
        """Let the tap read from another time on; one that lies in the future is refused, not read."""
        self.start = min(self.start + by, self.now)

    def order_again(self, age: int, more: int) -> None:
        """Order some days to be read once more: the last one's age, and how many are before it."""
        last = self.wall(self.now).date() - timedelta(days=age)
        self.settings["reread"] = f"{last - timedelta(days=more)}/{last}"

    @property
    def bookmark(self) -> datetime | None:
        text = self.consumer.bookmark
        return None if text is None else datetime.fromisoformat(text)

    @property
    def covered_from(self) -> datetime | None:
        """The instant from which on the last STATE vouches for all rows."""
        text = self.consumer.progress.get("covered_from")
        if text is None:
            return None if self.bookmark is None else self.start
        return datetime.fromisoformat(text)

    @property
    def last_edge(self) -> datetime:
        """The instant up to which rows can be read."""
        return self.now - LAG

    def arrive(self, instants: Iterable[datetime], visible_from: datetime | None = None) -> None:
        """Let rows come about; the API may show them later only."""
        rows: list[Row] = []
        for number, instant in enumerate(instants):
            wall = instant.astimezone(ZoneInfo(self.zone))
            row = {
                self.time: f"{wall:%Y-%m-%d %H:%M:%S}",
                "fold": wall.fold,
                "link": f"https://example.com/{number}",
            }
            if visible_from is not None:
                row["visible_from"] = visible_from.isoformat()
            rows.append(row)
        self.box.add(self.consumer.stream, rows)

    @override
    def retire(self, count: int) -> None:
        self.learn()
        oldest = [row.get("ID", row.get("id")) for row in self.box.rows(self.consumer.stream)]
        self.box.remove(self.consumer.stream, [one for one in oldest[:count] if one is not None])

    @override
    def learn(self) -> dict[Key, Row]:
        shown = {self.key_of(row): row for row in self.box.rows(self.consumer.stream)}
        self.known |= shown
        return shown

    @override
    def before_run(self, settings: dict[str, Any]) -> Reach:
        before, first = self.bookmark, self.covered_from
        self.earliest = min(self.earliest, self.start)
        if before is None or first is None:
            return Reach()
        # A run that a budget held up wholly is followed by one that only goes on.
        held_up = self.consumer.progress.get("window_seconds") is not None
        lookback = timedelta(minutes=0 if held_up else settings.get("lookback_minutes", 180))
        begins = max(min(self.start, first), before - lookback)
        return Reach(first, before, begins, self._ordered(first, before))

    def _ordered(self, first: datetime, before: datetime) -> tuple[datetime, datetime] | None:
        """Give the part that `reread` orders of what is covered from `first` to `before`."""
        order = self.settings.get("reread")
        if order is None or self.consumer.progress.get("reread") == order:
            return None
        zone = ZoneInfo(self.zone)
        begin, end = (datetime.fromisoformat(day) for day in order.split("/"))
        begin, end = begin.replace(tzinfo=zone), (end + timedelta(days=1)).replace(tzinfo=zone)
        match self.consumer.progress.get("reread_reached"):
            case [text, until] if text == order:
                begin = max(begin, datetime.fromisoformat(until))
        return max(begin, first), min(end, before)

    @override
    def after_run(self, noted: Reach, *, whole: bool) -> None:
        before, reached, first = noted, self.bookmark, self.covered_from
        if reached is None or first is None:
            assert before.bookmark is None, "the state forgot what was read"
            return
        assert reached <= self.last_edge, "the bookmark is in the future"
        assert before.bookmark is None or reached >= before.bookmark, "the bookmark moved back"
        assert self.earliest <= first <= reached, "no period is covered"
        assert before.covered_from is None or first <= before.covered_from, "the period got shorter"
        assert not whole or first <= self.start, "a whole run left a part of the past"
        read = [(first, before.covered_from or reached)]
        if before.again is not None and self.has_read(before.bookmark, reached, whole=whole):
            read.append((max(first, before.again), reached))
        if before.ordered is not None and whole:
            read.append(before.ordered)
        shown = self.learn()
        for begin, end in read:
            self.required |= {key for key, row in shown.items() if begin <= row["instant"] < end}

    def has_read(self, before: datetime | None, reached: datetime, *, whole: bool) -> bool:
        """Tell whether the run has read from where it began up to its bookmark."""
        return whole or reached != before

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        return (
            record[self.time] == row["instant"].isoformat()
            and row["instant"] >= self.earliest
            and all(bare(record[name]) == row[name] for name in _COMPARED[self.consumer.stream])
        )

    @override
    def is_up_to_date(self) -> bool:
        if self.bookmark is None:
            return self.last_edge <= self.start + timedelta(hours=2) + 2 * SECOND
        no_change_is_near = self.wall(self.last_edge).hour in _QUIET
        return not no_change_is_near or self.bookmark >= self.last_edge


class RecipientWorld(EventWorld):
    """Recipients, by complete days."""

    time = "timestampsent"

    @property
    @override
    def last_edge(self) -> datetime:
        midnight = self.wall(self.now - LAG).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.replace(tzinfo=ZoneInfo(self.zone))

    @override
    def key_of(self, row: Row) -> Key:
        return str(row["id"])


class SendingWorld(RecipientWorld):
    """Recipients as v2 gives them, mailing by mailing, of mailings that may take days to be sent."""

    family = "sending"
    streams = ("publisher_destinations",)
    versions = ("v2",)
    account: ClassVar[dict[str, Any]] = {"days": 20, "clicks_per_day": 8, "mailings_per_day": 1}
    HOURS = (0, 30, 100, 300)
    """How long mailings are being sent: an account keeps to one of them, or its past would change."""

    def __init__(self, box: Sandbox, start: datetime, zone: str, stream: str) -> None:
        super().__init__(box, start, zone, stream)
        box.switch(sending_hours=self.HOURS[box.now.minute % len(self.HOURS)])

    @override
    def after_run(self, noted: Reach, *, whole: bool) -> None:
        super().after_run(noted, whole=whole)
        first, reached = self.covered_from, self.bookmark
        left_out = [entry["parent"] for entry in self.consumer.progress.get("refused") or []]

        def is_due(row: Row) -> bool:
            """Tell whether a row must have come: its mailing was not refused for its day."""
            return not any(
                number == row["mailing"] and begin <= row["timestampsent"].replace(" ", "T") < end
                for number, begin, end in left_out
            )

        if first is not None and reached is not None:
            rows = self.learn().items()
            read = {key: row for key, row in rows if first <= row["instant"] < reached}
            self.required |= read.keys()
            self.required -= {key for key, row in read.items() if not is_due(row)}

    @override
    def is_up_to_date(self) -> bool:
        return self.bookmark is None or self.bookmark >= self.last_edge


class EmailingWorld(EventWorld):
    """Mailings: the filter takes days, the bookmark is exact."""

    family = "emailings"
    streams = ("emailings",)


class DestinationWorld(RecipientWorld):
    """Recipients: complete days only, and none is read again before a new one is complete."""

    family = "destinations"
    streams = ("destinations", "publisher_destinations")
    # v2 knows recipients of HTML mailings by mailing only, and rows that a test adds are of none.
    versions = ("v3", "v4")

    @override
    def has_read(self, before: datetime | None, reached: datetime, *, whole: bool) -> bool:
        return reached != before

    @override
    def is_up_to_date(self) -> bool:
        if self.bookmark is None:
            return self.last_edge <= self.start
        return self.bookmark >= self.last_edge

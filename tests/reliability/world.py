"""An account that lives while the tap reads it, and what must be true of a consumer after each run."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_copernica.sandbox import Sandbox
from tests.reliability.consumer import Consumer, Killed, run_and_kill, run_here

if TYPE_CHECKING:
    from collections.abc import Iterable

TOKEN = "marker-token-0123456789"
LAG = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
_COMPARED = {
    "clicks": ("mailing", "link", "ip", "useragent", "destination"),
    "publisher_clicks": ("emailing", "link", "ip", "useragent", "destination"),
    "emailings": ("subject",),
}
# One of each way to ask for a period of time.
STREAMS = tuple(_COMPARED)


@dataclass
class Tally:
    """What a whole session of fuzzing did."""

    runs: int = 0
    kills: int = 0
    faults: int = 0
    compared: int = 0
    lost: int = 0
    secrets: int = 0

    def __str__(self) -> str:
        return (
            f"runs {self.runs}, kills survived {self.kills}, faults injected {self.faults}, "
            f"rows compared {self.compared}, rows lost {self.lost}, secrets found {self.secrets}"
        )


TALLY = Tally()


@dataclass
class World:
    """One account, one tap, one consumer.

    Attributes:
        box: the account.
        start: the tap's `start_date`, an instant.
        zone: the zone of the account's clock.
        required: ids that some STATE vouches for.
        known: every row that the account ever had, by id.
    """

    box: Sandbox
    start: datetime
    zone: str
    consumer: Consumer = field(default_factory=Consumer)
    required: set[int] = field(default_factory=set)
    known: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def begin(cls, now: datetime, zone: str, history: timedelta, stream: str = "clicks") -> World:
        """Open an account whose clock shows `now`; the tap reads from `history` before it."""
        box = Sandbox(
            seed=1,
            days=1,
            clicks_per_day=0,
            now=now.isoformat(),
            token=TOKEN,
            switches={"zone": zone},
        )
        box.start()
        return cls(box, now - history, zone, Consumer(stream=stream))

    def end(self) -> None:
        """Close the account."""
        TALLY.faults += self.box.faults_injected
        self.box.stop()

    @property
    def now(self) -> datetime:
        return self.box.now

    @property
    def bookmark(self) -> datetime | None:
        text = self.consumer.bookmark
        return None if text is None else datetime.fromisoformat(text)

    def arrive(self, instants: Iterable[datetime], visible_from: datetime | None = None) -> None:
        """Let clicks happen; the API may show them later only."""
        rows: list[dict[str, Any]] = []
        for number, instant in enumerate(instants):
            wall = instant.astimezone(ZoneInfo(self.zone))
            row = {
                "timestamp": f"{wall:%Y-%m-%d %H:%M:%S}",
                "fold": wall.fold,
                "link": f"https://example.com/{number}?mail=marker@example.org",
            }
            if visible_from is not None:
                row["visible_from"] = visible_from.isoformat()
            rows.append(row)
        self.box.add(self.consumer.stream, rows)

    def retire(self, count: int) -> None:
        """Let retention delete the oldest rows."""
        self._learn()
        oldest = [row[self.consumer.key] for row in self.box.rows(self.consumer.stream)][:count]
        self.box.remove(self.consumer.stream, oldest)

    def run(self, cut_after: int | None = None, *, real: bool = False, **settings: Any) -> bool:
        """Run the tap once and check what it left behind; say whether it came to its end."""
        began = self.start
        before = self.bookmark
        if before is not None:
            lookback = timedelta(minutes=settings.get("lookback_minutes", 180))
            # A run that a budget held up wholly is followed by one that only goes on.
            began = max(began, before if self.consumer.held_up else before - lookback)
        settings = {
            "start_date": self.start.isoformat(),
            "timezone": self.zone,
            "max_tries": 4,
            **settings,
        }
        TALLY.runs += 1
        if real and cut_after is not None:
            complete = run_and_kill(self.box, self.consumer, cut_after, **settings) == 0
            TALLY.kills += not complete
        else:
            ended = run_here(self.box, self.consumer, cut_after, **settings)
            complete = ended is None
            TALLY.kills += isinstance(ended, Killed)
            if ended is not None and TOKEN in f"{ended!r} {ended}":
                TALLY.secrets += 1
        if complete:
            self.consumer.flush()
        whole = complete and settings.get("max_api_calls") is None
        self._check(began, before, whole=whole)
        return complete

    def settle(self, **settings: Any) -> None:
        """Let the API behave, run to the end, and check that the bookmark is at the last edge."""
        self.box.clear_faults()
        settings = {**settings, "max_api_calls": None}
        assert self.run(**settings), "a run against an API that works did not come to its end"
        wall = (self.now - LAG).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        reached = self.bookmark
        expected = self.now - LAG
        if reached is None:
            assert expected <= self.start + timedelta(hours=2, seconds=2)
        elif wall.hour > 4 or wall.hour < 1:  # no change of the clock is near
            assert reached >= expected

    def _learn(self) -> dict[int, dict[str, Any]]:
        shown = {row[self.consumer.key]: row for row in self.box.rows(self.consumer.stream)}
        self.known |= shown
        return shown

    def _check(self, began: datetime, before: datetime | None, *, whole: bool) -> None:
        """Compare the consumer's tables with the account.

        Args:
            began: from where the run had to read.
            before: the bookmark before it.
            whole: it came to its end; else a bookmark that has moved vouches for what is before it.
        """
        shown = self._learn()
        reached = self.bookmark
        if reached is not None:
            assert reached <= self.now - LAG, "the bookmark is in the future"
            assert before is None or reached >= before, "the bookmark moved back"
            if whole or reached != before:
                self.required |= {
                    number for number, row in shown.items() if began <= row["instant"] < reached
                }
        for table in (self.consumer.table, self.consumer.trusted):
            lost = self.required - table.keys()
            TALLY.lost += len(lost)
            assert not lost, f"rows before the bookmark are missing: {sorted(lost)[:5]}"
            foreign = table.keys() - self.known.keys()
            assert not foreign, f"rows that the account never had: {sorted(foreign)[:5]}"
        for number, record in self.consumer.table.items():
            row = self.known[number]
            assert record["timestamp"] == row["instant"].isoformat()
            assert row["instant"] >= self.start
            assert all(record[name] == row[name] for name in _COMPARED[self.consumer.stream])
        TALLY.compared += len(self.consumer.table)

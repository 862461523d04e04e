"""An account that lives while the tap reads it, and what must be true of a consumer after each run.

Each family of streams has a world of its own, which knows what its rows are and what a STATE vouches
for; what a run is, and how tables are compared, is the same for all of them.
"""

from __future__ import annotations

import gc
import re
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Self
from zoneinfo import ZoneInfo

from copernica_sandbox import Sandbox, damage
from tests.reliability.consumer import Consumer, Killed, catalog, run_and_kill, run_here
from tests.support.tally import TALLIES, Tally

if TYPE_CHECKING:
    from tests.reliability.consumer import Catalog, Key, Record

TOKEN = "marker-token-0123456789"
# At the end of each text that a person may have written or be named in.
MARKER = " marker.person@example.org"
LAG = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
_DAMAGE = "".join(["\ufffd", *(sign for sign, _ in damage.TEXTS.values()), damage.TAB])
_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}")

Row = dict[str, Any]


class World(ABC):
    """One account, one tap that reads one stream, one consumer.

    Attributes:
        box: the account.
        start: the tap's `start_date`, an instant.
        zone: the zone of the account's clock.
        consumer: what the tap's output goes to.
        settings: those of the tap that every run of this world has.
        required: keys of rows that some STATE vouches for.
        known: every row that the account ever had, by its key.
    """

    family: ClassVar[str]
    streams: ClassVar[tuple[str, ...]]
    versions: ClassVar[tuple[str, ...]] = ("v2", "v3", "v4")
    account: ClassVar[dict[str, Any]] = {"days": 1, "clicks_per_day": 0}
    """What the sandbox is opened with."""
    switches: ClassVar[dict[str, Any]] = {"marker": MARKER}
    personal: ClassVar[str] = MARKER.strip()
    """What no log and no error may hold."""

    def __init__(self, box: Sandbox, start: datetime, zone: str, stream: str) -> None:
        self.box, self.start, self.zone = box, start, zone
        self.consumer = Consumer(stream)
        self.settings: dict[str, Any] = {}
        self.required: set[Key] = set()
        self.known: dict[Key, Row] = {}

    @classmethod
    def begin(cls, now: datetime, zone: str, history: timedelta, stream: str) -> Self:
        """Open an account whose clock shows `now`; the tap reads from `history` before it."""
        switches = {"zone": zone, **cls.switches}
        box = Sandbox(seed=1, now=now.isoformat(), token=TOKEN, switches=switches, **cls.account)
        box.start()
        return cls(box, now - history, zone, stream)

    def end(self) -> None:
        """Close the account."""
        self.tally.faults += self.box.faults_injected
        self.box.stop()
        gc.collect()  # a tap keeps its collector from looking at those before it

    # What a family says of itself

    @abstractmethod
    def learn(self) -> dict[Key, Row]:
        """Take in the account's rows as they are now; give them by key."""

    @abstractmethod
    def before_run(self, settings: dict[str, Any]) -> Any:
        """Note what the coming run must show, for `after_run`."""

    @abstractmethod
    def after_run(self, noted: Any, *, whole: bool) -> None:
        """Add to `required` what the state vouches for by now, and check the state itself.

        Args:
            noted: what `before_run` gave.
            whole: the run came to its end; else a state that has moved vouches for what it says.
        """

    @abstractmethod
    def is_same(self, record: Record, row: Row) -> bool:
        """Tell whether a record is what the account's row says."""

    @abstractmethod
    def is_up_to_date(self) -> bool:
        """Tell, after a whole run, whether the state is as far as it can be."""

    def catalog(self, version: str) -> Catalog:
        """Give the catalog with the stream alone selected."""
        return catalog(version, self.consumer.stream)

    def key_of(self, row: Row) -> Key:
        """Give what tells the account's rows apart; of its records too."""
        return row["ID"] if "ID" in row else row["id"]

    @abstractmethod
    def retire(self, count: int) -> None:
        """Let the oldest rows disappear from the account."""

    def turn_out(self, **changed: Any) -> None:
        """Let the API behave in another way than was known so far."""
        self.box.switch(**changed)

    # Runs

    @property
    def tally(self) -> Tally:
        return TALLIES[self.family]

    @property
    def now(self) -> datetime:
        return self.box.now

    def wall(self, instant: datetime) -> datetime:
        """Give what the account's clock shows at an instant."""
        return instant.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def text_of(self, wall: str) -> str:
        """Write a time of the account as a record has it: its first occurrence, in UTC."""
        local = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(self.zone))
        return local.astimezone(UTC).isoformat()

    def run(self, cut_after: int | None = None, *, real: bool = False, **settings: Any) -> bool:
        """Run the tap once and check what it left behind; say whether it came to its end."""
        settings = {
            "start_date": self.start.isoformat(),
            "timezone": self.zone,
            "max_tries": 4,
            "optional_streams": ["*"],
            **self.settings,
            **settings,
        }
        if settings.get("api_version", "v2") not in self.versions:
            settings["api_version"] = self.versions[0]
        selected = self.catalog(settings.get("api_version", "v2"))
        noted = self.before_run(settings)
        if real and cut_after is not None:
            status = run_and_kill(self.box, self.consumer, cut_after, selected=selected, **settings)
            complete, killed = status == 0, status < 0
        else:
            ended = run_here(self.box, self.consumer, cut_after, selected=selected, **settings)
            complete, killed = ended is None, isinstance(ended, Killed)
        if complete:
            self.consumer.flush()
        self.tally.runs += 1
        self.tally.kills += killed
        self._look_for_leaks()
        self.learn()
        self.after_run(noted, whole=complete and settings.get("max_api_calls") is None)
        self._compare()
        return complete

    def settle(self, **settings: Any) -> None:
        """Let the API behave, run to the end, and check that all that can be read was read."""
        self.box.clear_faults()
        settings = {**settings, "max_api_calls": None}
        assert self.run(**settings), f"a working API, and yet: {self.consumer.said[-2000:]}"
        assert self.is_up_to_date(), f"the state lags behind: {self.consumer.state}"

    def _look_for_leaks(self) -> None:
        consumer = self.consumer
        secret = any(
            TOKEN in text or _JWT.search(text) for text in (consumer.output, consumer.said)
        )
        personal = self.personal in consumer.said
        self.tally.secrets += secret
        self.tally.personal += personal
        assert not secret, "a secret was written"
        assert not personal, f"a value of a row was logged: {_around(consumer.said, self.personal)}"

    def _compare(self) -> None:
        """Compare the consumer's tables with the account."""
        for table in (self.consumer.table, self.consumer.trusted):
            keys = {key: self.key_of(record) for key, record in table.items()}
            twice = len(keys) - len(set(keys.values()))
            self.tally.duplicated += twice
            assert not twice, f"{twice} rows are there more than once"
            lost = self.required - set(keys.values())
            self.tally.lost += len(lost)
            assert not lost, f"rows that the state vouches for are missing: {sorted(lost)[:5]}"
            foreign = set(keys.values()) - self.known.keys()
            assert not foreign, f"rows that the account never had: {sorted(foreign)[:5]}"
            for key, record in table.items():
                row = self.known[keys[key]]
                assert self.is_same(record, row), f"{record} is not {row}"
        self.tally.compared += len(self.consumer.table)


def bare(value: Any) -> Any:
    """Give a value without the marker, and the damage, that the account's texts end with."""
    return undamaged(value).removesuffix(MARKER) if isinstance(value, str) else value


def undamaged(text: str) -> str:
    """Give a text without what switch `damage` lets it end with: as it is sent, or as it is read."""
    return text.rstrip(_DAMAGE)


def is_number(value: Any, right: Any) -> bool:
    """Tell whether a number is right, or null as one that no type holds."""
    return value is None or bool(value == right)


def _around(text: str, found: str) -> str:
    place = text.index(found)
    return text[max(0, place - 300) : place + 100]

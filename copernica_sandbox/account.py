"""The account's mailings and the events that follow from each.

All of it is computed from a seed and an index.

Nothing is stored but one small object per mailing. The n-th event of a stream, the number of events
before a moment, and the counters of a mailing are arithmetic, so an account of a hundred million
clicks costs what its days cost.

How the streams of a mailing with D destinations fit together, by position: destinations 0..D-1 are
sent in this order; the first ``deliveries`` of them arrive, the next ``errors`` bounce, the rest
has no result yet. Opens come from the first ``openers`` destinations: the p-th open is destination
p's first one while p < openers, a repeated one after that; the same holds for clicks and
``clickers``. So unique counters are known without counting.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, NamedTuple

from copernica_sandbox import curves
from copernica_sandbox.databases.table import index_of, numbered
from copernica_sandbox.numbers import mix
from copernica_sandbox.variety import ALIKE, shares_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox.clock import WallClock
    from copernica_sandbox.curves import Curve

EVENTS = (
    "destinations",
    "deliveries",
    "impressions",
    "clicks",
    "errors",
    "unsubscribes",
    "abuses",
)
_DAY = 86_400
_THURSDAY, _SATURDAY = 3, 5  # days of the week from Monday 0; 1970-01-01 was a Thursday
_BY_WEEKDAY = (115, 120, 115, 115, 105, 60, 70)  # per cent of an average day, Monday first
_CLUMP = 3  # a mail scanner follows several links in one second


class Position(NamedTuple):
    """One event: when it happened, in which mailing, and the how-many-eth of its kind in it."""

    instant: int
    mailing: int
    nth: int  # from 0


@dataclass(frozen=True, slots=True)
class Mailing:
    """One emailing: when it was sent and how many events of each kind it causes.

    ``before`` counts the events of all earlier mailings.
    """

    number: int  # 0 for the account's first
    sent: int
    hour: int  # of the account's wall clock
    noise: int
    counts: dict[str, int]
    before: dict[str, int]
    openers: int
    clickers: int
    even: bool
    planned: int  # destinations; of a failed or cancelled mailing none was reached
    status: str  # sent, failed or cancelled
    to_subprofiles: bool
    sending_hours: int  # 0: ten minutes

    def curve(self, kind: str) -> Curve:
        """Return when the events of a kind happen."""
        if kind == "destinations" and self.sending_hours:
            return curves.sending_for(self.sending_hours)
        return curves.evenly() if self.even else self.curve_of(kind, self.hour)

    @staticmethod
    def curve_of(kind: str, hour: int) -> Curve:
        """Return when the events of a kind happen after a sending in this hour of the day."""
        if kind == "destinations":
            return curves.sending()
        if kind == "deliveries":
            return curves.arriving()
        if kind == "errors":
            return curves.bouncing()
        return curves.reactions(hour)

    def happened(self, kind: str, instant: int) -> int:
        """Return how many events of a kind lie before an instant."""
        events = self.counts[kind]
        count = self.curve(kind).happened(events, instant - self.sent)
        position = count % _CLUMP
        if position and self._clumped(count // _CLUMP):
            return min(events, count - position + _CLUMP)
        return count

    def instant(self, kind: str, index: int) -> int:
        """Return when event ``index`` of a kind happens."""
        if index % _CLUMP and self._clumped(index // _CLUMP):
            index -= index % _CLUMP
        return self.sent + self.curve(kind).second_of(self.counts[kind], index)

    def destination(self, kind: str, index: int) -> int:
        """Return the position of the destination behind event ``index`` of a kind."""
        if kind == "errors":
            return self.counts["deliveries"] + index
        if kind == "abuses":
            return self.openers + index
        people = {"impressions": self.openers, "clicks": self.clickers}.get(kind)
        if people is None or index < people:
            return index
        if self._clumped(index // _CLUMP):
            index -= index % _CLUMP
        return mix(self.noise, 5, index) % people

    def unique(self, kind: str, happened: int) -> int:
        """Return how many destinations are behind the first ``happened`` events of a kind."""
        people = {"impressions": self.openers, "clicks": self.clickers}.get(kind)
        return happened if people is None else min(happened, people)

    def _clumped(self, group: int) -> bool:
        return mix(self.noise, 3, group) % 4 == 0


@dataclass(frozen=True, slots=True)
class Targets:
    """Ids of what mailings can be sent to: the account's first database, and what is in it."""

    database: int = 11
    views: tuple[int, ...] = ()
    collections: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides an account's data: equal plans give equal rows."""

    seed: int
    first_day: int  # days since 1970 of the account's wall clock
    clicks_per_day: int
    mailings_per_day: int | None = None  # None: one to three
    even: bool = False  # one mailing a day whose events are spread over the day
    profiles: int = 25_000
    targets: Targets = Targets()
    varied: bool = False  # mailings differ in their rates; proxies open, and scanners click
    sending_hours: int = 0  # how long a mailing is being sent; 0: ten minutes


class Family:
    """The mailings of one editor (``ms`` or ``publisher``) and their events."""

    def __init__(self, plan: Plan, salt: int, clock: WallClock, *, failing: bool = False) -> None:
        """Take the plan, a number that tells the families apart, and the account's wall clock.

        ``failing`` adds mailings now and then that failed or were cancelled.
        """
        self._failing = failing
        self.plan = plan
        self.mailings: list[Mailing] = []
        self._salt = salt
        self._clock = clock
        self._sent: list[int] = []
        self._next_day = plan.first_day
        self._next_midnight = clock.instant(plan.first_day * _DAY)
        self._before = dict.fromkeys(EVENTS, 0)
        self._span = {kind: self._longest(kind) for kind in EVENTS}

    def count(self, kind: str, instant: int) -> int:
        """Return how many events of a kind lie before an instant, over all mailings."""
        first, last = self._active(kind, instant, instant)
        if last == 0:
            return 0
        total = self.mailings[last - 1].before[kind] + self.mailings[last - 1].counts[kind]
        if first < last:
            total = self.mailings[first].before[kind]
            total += sum(m.happened(kind, instant) for m in self.mailings[first:last])
        return total

    def positions(self, kind: str, begin: int, end: int) -> list[Position]:
        """Return every event of a kind in ``[begin, end)``, by time, then mailing, then index."""
        first, last = self._active(kind, begin, end)
        found = [
            Position(mailing.instant(kind, index), mailing.number, index)
            for mailing in self.mailings[first:last]
            for index in range(mailing.happened(kind, begin), mailing.happened(kind, end))
        ]
        found.sort()
        return found

    def slice(self, kind: str, begin: int, end: int, start: int, stop: int) -> list[Position]:
        """Return events ``start`` to ``stop`` (exclusive) of those in ``[begin, end)``.

        Only the seconds that hold them are read.
        """
        base = self.count(kind, begin)
        stop = min(stop, self.count(kind, end) - base)
        if start >= stop:
            return []
        low = self._second_of(kind, base + start, begin, end)
        high = self._second_of(kind, base + stop - 1, low, end) + 1
        skip = base + start - self.count(kind, low)
        return self.positions(kind, low, high)[skip : skip + stop - start]

    def identify(self, kind: str, number: int) -> Position | None:
        """Return the event with this number, if there is one.

        Events are numbered from 0, mailing by mailing.
        """
        low, high = 0, len(self.mailings)
        while low < high:
            middle = (low + high) // 2
            mailing = self.mailings[middle]
            if number < mailing.before[kind]:
                high = middle
            elif number >= mailing.before[kind] + mailing.counts[kind]:
                low = middle + 1
            else:
                index = number - mailing.before[kind]
                return Position(mailing.instant(kind, index), middle, index)
        return None

    def sent(self, begin: int, end: int) -> range:
        """Return the numbers of the mailings sent in ``[begin, end)``."""
        self._extend(end)
        return range(bisect_left(self._sent, begin), bisect_left(self._sent, end))

    def _second_of(self, kind: str, number: int, low: int, high: int) -> int:
        """Return the second in ``[low, high)`` that holds event ``number`` of all, from 0."""
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.count(kind, middle) <= number else (low, middle)
        return low

    def _active(self, kind: str, begin: int, end: int) -> tuple[int, int]:
        """Return the range of mailings that can have events of a kind in ``[begin, end]``."""
        self._extend(end)
        return bisect_left(self._sent, begin - self._span[kind]), bisect_left(self._sent, end)

    def _longest(self, kind: str) -> int:
        if kind == "destinations" and self.plan.sending_hours:
            return curves.sending_for(self.plan.sending_hours).span
        if self.plan.even:
            return curves.evenly().span
        return max(Mailing.curve_of(kind, hour).span for hour in range(24))

    def _extend(self, instant: int) -> None:
        """Add the mailings of every day up to an instant."""
        while self._next_midnight < instant:
            for mailing in self._day(self._next_day):
                self.mailings.append(mailing)
                self._sent.append(mailing.sent)
            self._next_day += 1
            self._next_midnight = self._clock.instant(self._next_day * _DAY)

    def _day(self, day: int) -> Iterator[Mailing]:
        noise = mix(self.plan.seed, self._salt, day)
        moments = self._moments(day, noise)
        if not moments:
            return
        clicks = self.plan.clicks_per_day * (100 if self.plan.even else _BY_WEEKDAY[_weekday(day)])
        clicks = (clicks + noise % 100) // 100
        weights = [2 + mix(noise, 1, i) % 4 for i in range(len(moments))]
        shared = 0
        for i, moment in enumerate(moments):
            last = i == len(moments) - 1
            part = clicks - shared if last else clicks * weights[i] // sum(weights)
            shared += part
            yield self._mailing(moment, part, mix(noise, 2, i))
        if self._failing and noise // 23 % 15 == 0 and not self.plan.even:
            # One that reached nobody; only Marketing Suite says so, under v4.
            yield self._mailing(moments[-1] + 3600, None, mix(noise, 6))

    def _moments(self, day: int, noise: int) -> list[int]:
        """Return when the mailings of a day are sent, in order."""
        midnight = self._clock.instant(day * _DAY)
        if self.plan.clicks_per_day == 0 and self.plan.mailings_per_day is None:
            return []
        if self.plan.even:
            return [midnight]
        number = self.plan.mailings_per_day
        if number is None:
            number = 1 + noise % 3 if _weekday(day) < _SATURDAY else 1
        walls = {6 * 60 + mix(noise, 4, i) % (15 * 60) for i in range(number)}
        moments = [self._clock.instant(day * _DAY + minute * 60) for minute in sorted(walls)]
        change = self._clock.change_on(day)
        if change is not None and moments:
            # So that both nights on which the clock is changed have rows in every hour.
            moments[0] = change - 1800
        return moments

    def _mailing(self, sent: int, clicks: int | None, noise: int) -> Mailing:
        """Return the next mailing, with what follows from this many clicks; None: it was not sent."""
        status = "sent" if clicks is not None else ("failed", "cancelled")[noise % 2]
        shares = shares_of(noise) if self.plan.varied else ALIKE
        planned = max(3, (clicks or 0) * shares.per_click + noise % 3)
        people, clicks = (0, 0) if clicks is None else (planned, clicks)
        errors = (people * shares.bounced + noise % 100) // 100
        arrived = people - errors - people // 100
        openers = -(-arrived * shares.opened // 100)
        counts = {
            "destinations": people,
            "deliveries": arrived,
            "impressions": max(openers, people * shares.again // 100),
            "clicks": clicks,
            "errors": errors,
            "unsubscribes": min(openers, (people * shares.unsubscribed + noise % 1000) // 1000),
            "abuses": min(arrived - openers, (people + noise % 2000) // 2000),
        }
        before = dict(self._before)
        for kind in EVENTS:
            self._before[kind] += counts[kind]
        clickers = min(openers, (clicks * 55 + 99) // 100)
        hour = self._clock.wall(sent) // 3600 % 24
        return Mailing(
            number=len(self.mailings),
            sent=sent,
            hour=hour,
            noise=noise,
            counts=counts,
            before=before,
            openers=openers,
            clickers=clickers,
            even=self.plan.even,
            planned=planned,
            status=status,
            to_subprofiles=noise // 7 % 5 == 0,
            sending_hours=self.plan.sending_hours,
        )


class Account:
    """One customer of Copernica: a plan, a wall clock and the mailings of both editors."""

    def __init__(self, plan: Plan, clock: WallClock) -> None:
        """Take what decides the data and the account's wall clock."""
        self.plan = plan
        self.clock = clock
        self.families = {
            "ms": Family(plan, 11, clock, failing=True),
            "publisher": Family(plan, 12, clock),
        }

    def profile(self, mailing: Mailing, destination: int) -> int:
        """Return the id of the profile behind a destination, in the account's first database.

        No profile gets a mailing twice.
        """
        return 1 + numbered(self._person(mailing, destination))

    def subprofile(self, mailing: Mailing, destination: int) -> int | None:
        """Return the id of the subprofile behind a destination, one of its profile's first two.

        One mailing in five goes to a collection, where there is one.
        """
        if not mailing.to_subprofiles or not self.plan.targets.collections:
            return None
        person = self._person(mailing, destination)
        # As `databases.table.Owners` deals them out.
        again = mix(mailing.noise, 22, destination) % 2
        return 1 + numbered(person + again * self.plan.profiles)

    def place(self, mailing: Mailing, profile: int) -> int | None:
        """Return the destination of a mailing that is this profile; None if it got none."""
        people = max(self.plan.profiles, mailing.counts["destinations"])
        step = _coprime(people, mix(self.plan.seed, 21))
        index = index_of(profile - 1)
        if index is None:
            return None
        place = (index - mailing.noise) * pow(step, -1, people) % people
        found = index < people and place < mailing.counts["destinations"]
        return place if found else None

    def _person(self, mailing: Mailing, destination: int) -> int:
        """Return the index of the profile behind a destination."""
        people = max(self.plan.profiles, mailing.counts["destinations"])
        step = _coprime(people, mix(self.plan.seed, 21))
        return (mailing.noise + destination * step) % people


def _weekday(day: int) -> int:
    return (day + _THURSDAY) % 7


@lru_cache(maxsize=1024)
def _coprime(modulus: int, start: int) -> int:
    """Return a step that visits every number below the modulus before it repeats one."""
    step = 1 + start % modulus
    while gcd(step, modulus) != 1:
        step += 1
    return step

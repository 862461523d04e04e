"""The state of one sandbox: account, present, switches, faults, and the record of calls. No HTTP.

One lock guards it, since a test changes the account from its own thread while the server answers.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copernica_sandbox import tables
from copernica_sandbox.account import Account, Plan
from copernica_sandbox.catalogue import BY_STREAM
from copernica_sandbox.clock import Present, WallClock, parse_instant, parse_wall
from copernica_sandbox.databases.layout import described, targets
from copernica_sandbox.databases.store import Databases
from copernica_sandbox.databases.table import Period
from copernica_sandbox.databases.timing import Timetable
from copernica_sandbox.datarequests import DataRequests
from copernica_sandbox.faults import Faults
from copernica_sandbox.filters import Query, Situation
from copernica_sandbox.living import Living
from copernica_sandbox.prerender import Written
from copernica_sandbox.question import Asked
from copernica_sandbox.selection import Planned, Selector
from copernica_sandbox.switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from copernica_sandbox import php
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.http import Reply, Request
    from copernica_sandbox.records import Row

    Alteration = Callable[[Request, Reply], Reply]

_DAY = 86_400
_MADE_WITHIN = 3 * 365 * _DAY
_REMEMBERED = 200_000
_EVERYTHING = ((-(1 << 40), 1 << 40),)


@dataclass(frozen=True, slots=True)
class Options:
    """What is decided before a sandbox starts."""

    seed: int = 1
    days: int = 30  # of history before now
    clicks_per_day: int = 100
    mailings_per_day: int | None = None
    even: bool = False
    varied: bool = False  # mailings differ in their rates; proxies open, and scanners click
    profiles: int | None = None  # default: enough for the largest mailing
    now: str | None = (
        None  # ISO instant at which the account's clock stands; None: the machine's clock
    )
    start: str | None = None  # date of the first mailing, instead of `days`
    databases: int = 1  # a plain one, an empty one, then simple ones
    hard_names: bool = False  # the second has names that loaders stumble over
    fields: int = 0  # fill every database up to this many fields
    collections: int = 0  # and up to this many collections
    layout: list[dict[str, Any]] | None = None  # the databases themselves (`databases.layout`)
    token: str = "sandbox-token"  # noqa: S105  (it opens nothing)
    latency_ms: float = 0
    offset_ms_per_thousand: float = 0
    switches: dict[str, Any] = field(default_factory=dict)
    prerender: Sequence[str] = ()  # lists to write in advance, such as "v2/clicks"


class Core:
    """One simulated account and everything that was done to it."""

    def __init__(self, options: Options) -> None:
        """Take the options; raises ValueError for a switch, time or zone that cannot be."""
        self.options = options
        self.token = options.token
        self.lock = threading.RLock()
        self.now = Present(None if options.now is None else parse_instant(options.now))
        self.faults = Faults()
        self.alterations: list[tuple[str, Alteration]] = []
        self.calls: Counter[str] = Counter()
        self.requests: deque[tuple[str, list[tuple[str, str]]]] = deque(maxlen=_REMEMBERED)
        self.hosts: Counter[str] = Counter()
        self.living: dict[str, Living] = {}
        self._started = self.now()
        self.switches = Switches().changed(**options.switches)
        self._profiles = options.profiles or max(1000, options.clicks_per_day * 5)
        self._layout = described(
            options.layout,
            databases=options.databases,
            hard_names=options.hard_names,
            profiles=self._profiles,
            fields=options.fields,
            collections=options.collections,
        )
        self._rebuild()
        self.timetable = Timetable()
        self.databases = self._databases()
        self.datarequests = DataRequests(self._started)
        for name in options.prerender:
            self.prerender(name)

    def switch(self, **values: Any) -> None:
        """Change switches; raises ValueError for an unknown one."""
        with self.lock:
            self.switches = self.switches.changed(**values)
            self._rebuild()

    def set_clock(self, text: str | None) -> None:
        """Move the account's clock to an ISO instant and stop it.

        None lets it follow the machine's clock again.
        """
        self.now.fixed = None if text is None else parse_instant(text)

    def record(self, path: str, pairs: list[tuple[str, str]], host: str) -> None:
        """Count one API call."""
        with self.lock:
            self.calls[path] += 1
            self.requests.append((path, pairs))
            self.hosts[host] += 1
        self.timetable.called(self.now())

    def prerender(self, name: str) -> None:
        """Write a list in advance, named by version and stream (``v2/clicks``), as it is now.

        Any change of a switch drops it again.
        """
        version, _, stream = name.partition("/")
        if stream not in BY_STREAM or not version[1:].isdecimal():
            msg = f"nothing to write in advance under {name!r}; an example is v2/clicks"
            raise ValueError(msg)
        endpoint, number = BY_STREAM[stream], int(version[1:])
        rows = self.selector.select(endpoint, self.everything(), self.now())
        if isinstance(rows, Planned):
            self.written[stream, number] = Written(rows, endpoint, number, self.switches)

    def reset_calls(self) -> None:
        """Forget the calls counted so far."""
        with self.lock:
            self.calls.clear()
            self.requests.clear()
            self.hosts.clear()

    def add(self, stream: str, rows: list[dict[str, Any]]) -> list[int | str]:
        """Add rows to a stream (`living.Living.add`) and return their ids.

        Missing fields are filled in.
        """
        endpoint = BY_STREAM[stream]
        with self.lock:
            living = self.living.setdefault(stream, Living())
            numbers = [
                living.add(
                    {**self._template(endpoint), **row}, endpoint.key, endpoint.time, self.clock
                )
                for row in rows
            ]
            self.selector.forget()
        return numbers

    def remove(self, stream: str, numbers: list[int | str]) -> None:
        """Remove rows of a stream by id."""
        with self.lock:
            self.living.setdefault(stream, Living()).remove(set(numbers))
            self.selector.forget()

    def restore(self) -> None:
        """Drop all that was added, removed or set to fail: the account is what its plan says."""
        with self.lock:
            self.living.clear()
            self.faults.clear()
            self.alterations.clear()
            self.selector.forget()
            self.timetable = Timetable()
            self.databases = self._databases()
            self.datarequests = DataRequests(self._started)

    def rows(self, stream: str, *, late: bool = False) -> Iterator[Row]:
        """Yield the truth: every field of every row that the API shows now, in order of time.

        Ids are numbers; ``instant`` (seconds since 1970 UTC) is the first occurrence of the
        timestamp's wall time. ``late`` includes rows whose time has come but that the API does not
        show yet.
        """
        endpoint = BY_STREAM[stream]
        if not endpoint.timed:
            with self.lock:
                found = tables.everything(self.asked(endpoint, None, self.everything(), {}))
            yield from ({**row, "instant": None} for row in found)
            return
        with self.lock:
            query = self.everything()
            selected = self.selector.select(endpoint, query, self.now(), late=late)
            size = len(selected)
        for start in range(0, size, 1000):
            with self.lock:
                part = selected.cut(start, start + 1000)
            for row in part:
                shown = {name: value for name, value in row.items() if name[0] != "_"}
                wall = parse_wall(row[endpoint.time])
                yield {**shown, "instant": None if wall is None else self.clock.instant(wall)}

    def asked(
        self, endpoint: Endpoint, parent: int | None, query: Query, parameters: php.Parameters
    ) -> Asked:
        """Return a question about the account as it is now."""
        gone = {stream: living.removed for stream, living in self.living.items()}
        selector, switches = self.selector, self.switches
        return Asked(endpoint, parent, query, parameters, selector, switches, self.now(), gone)

    def situation(self) -> Situation:
        """Return what decides how a request is understood now."""
        return Situation(self.switches, self.clock, self.now())

    def everything(self) -> Query:
        """Return the query that selects all that the account holds now."""
        now = self.now()
        oldest = _EVERYTHING[0][0]
        if self.switches.retention_days:
            oldest = now - self.switches.retention_days * _DAY
        return Query(((oldest, now + 1),))

    def _rebuild(self) -> None:
        """Build the account anew for the zone in force; rows added by tests keep their instants."""
        self.clock = WallClock(self.switches.zone)
        options = self.options
        plan = Plan(
            seed=options.seed,
            first_day=self._first_day(),
            clicks_per_day=options.clicks_per_day,
            mailings_per_day=options.mailings_per_day,
            even=options.even,
            profiles=self._profiles,
            targets=targets(self._layout),
            varied=options.varied,
            sending_hours=self.switches.sending_hours,
        )
        self.account = Account(plan, self.clock)
        self.selector = Selector(self.account, self.living, self.switches)
        self.written: dict[tuple[str, int], Written] = {}

    def _databases(self) -> Databases:
        """Return the account's databases, whose rows were made in the three years before it opens."""
        options, opened = self.options, self._started
        if options.start is not None:
            opened = self.clock.instant(self._first_day() * _DAY)
        period = Period(opened - _MADE_WITHIN, opened)
        return Databases(self._layout, self._profiles, options.seed, period)

    def _first_day(self) -> int:
        if self.options.start is None:
            return self.clock.wall(self._started) // _DAY - self.options.days
        wall = parse_wall(self.options.start)
        if wall is None:
            msg = f"start must be a date such as 2026-01-31, not {self.options.start!r}"
            raise ValueError(msg)
        return wall // _DAY

    def _template(self, endpoint: Endpoint) -> Row:
        """Return a row to take the fields from that an added row leaves out."""
        fields = {entry.name: None for entry in endpoint.fields if entry.name != endpoint.key}
        now = self.now()
        example = Selector(self.account, {}, Switches()).select(endpoint, self.everything(), now)
        for row in example.cut(0, 1):
            return {**fields, **{k: v for k, v in row.items() if k != endpoint.key}}
        return {**fields, "mailing": 1, "emailing": 1, "destination": 1}

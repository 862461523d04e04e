"""One examination: the streams it is about, what was seen so far, and the order of the questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import DAY, SECOND, parse_wall
from tap_copernica.doctor.asker import Answer, Asker
from tap_copernica.errors import ApiError, NotOfferedError, StreamError, UnreachableError
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_copernica.context import CopernicaTap
    from tap_copernica.doctor.findings import Findings
    from tap_copernica.doctor.shapes import Shapes
    from tap_copernica.http.calls import Calls
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.streams.base import Stream

AHEAD = timedelta(days=2)
"""How far past now to ask: no zone is further ahead."""

_MOST_UNREACHABLE = 5
# Where to look for rows first: what most accounts have many of.
_LIKELY = (
    "clicks",
    "impressions",
    "deliveries",
    "emailings",
    "publisher_deliveries",
    "destinations",
)


@dataclass(slots=True)
class Sample:
    """What the first call for a stream's whole period showed.

    Attributes:
        rows: its first rows, keys in lower case.
        walls: their wall-clock times, in the order of the rows; None where one cannot be read.
        middle: times of rows from the middle of the list; None before they are asked for.
        total: the rows that the API says there are, None where it does not.
        refusal: why it was refused, empty where it answered.
        offered: yes, no or refused.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    walls: list[datetime | None] = field(default_factory=list)
    total: int | None = None
    middle: list[datetime | None] | None = None
    refusal: str = ""
    offered: str = "yes"


class Examination:
    """The account that is asked, and what is known of it so far."""

    def __init__(
        self,
        tap: CopernicaTap,
        streams: list[Stream],
        calls: Calls,
        findings: Findings,
        shapes: Shapes,
    ) -> None:
        """Take the tap, its streams in the catalog, the budget, and where findings and shapes go."""
        self.tap = tap
        self.settings = tap.run.settings
        self.clock = self.settings.clock
        self.calls = calls
        self.findings = findings
        self.streams = {stream.name: stream for stream in streams}
        self.samples: dict[str, Sample] = {}
        self.totals: dict[str, int] = {}
        self.people: list[tuple[str, int | None]] = []
        self.newest: datetime | None = None
        self._unreachable = 0
        self.large_to_come = self.long_to_come = 0
        self.budget_of_user: int | None = None
        self.date: datetime | None = None
        self._askers = {
            version: Asker(tap, version, calls, shapes) for version in ("v2", "v3", "v4")
        }

    @property
    def asker(self) -> Asker:
        """What asks the version of the settings."""
        return self._askers[self.settings.api_version]

    def asker_of(self, version: str) -> Asker:
        """Give what asks a version."""
        return self._askers[version]

    @property
    def seconds(self) -> list[float]:
        """How long each call took."""
        return [one for asker in self._askers.values() for one in asker.seconds]

    @cached_property
    def timed(self) -> list[WindowedStream]:
        """The streams that are read by time, those first that most likely have rows."""
        found = [one for one in self.streams.values() if isinstance(one, WindowedStream)]
        rank = {name: number for number, name in enumerate(_LIKELY)}
        return sorted(found, key=lambda one: (rank.get(one.name, len(rank)), one.name))

    def timed_as(self, name: str) -> WindowedStream | None:
        """Give the stream of this name, if it is one that is read by time."""
        return next((one for one in self.timed if one.name == name), None)

    @cached_property
    def others(self) -> list[Stream]:
        """The streams without a time."""
        found = (one for one in self.streams.values() if not isinstance(one, WindowedStream))
        return sorted(found, key=lambda one: one.name)

    def params(
        self,
        stream: WindowedStream,
        begin: datetime | None = None,
        end: datetime | None = None,
        how: PeriodFilter | None = None,
    ) -> dict[str, Any]:
        """Give the parameters that ask for a stream's rows between two wall-clock times.

        None is `start_date`, or a time past all rows. The filter is the stream's first, or `how`.
        """
        begin = begin or self.clock.wall(self.settings.start_date or self.now())
        end = end or self.clock.wall(self.now()) + AHEAD
        return {**(how or stream.filters[0]).params(begin, end), **stream.extra_params}

    def page(self, path: str, params: dict[str, Any] | None = None, **options: Any) -> Answer:
        """Ask the version of the settings for a page; keep the API's clock."""
        try:
            answer = self.asker.list(path, params, **options)
        except UnreachableError as error:  # of this list, since the account answered
            self._unreachable += 1
            if self._unreachable > _MOST_UNREACHABLE:
                raise
            raise StreamError(error.message) from None
        self.date = answer.date or self.date
        return answer

    def now(self) -> datetime:
        """Give the time in UTC: the API's as far as known."""
        return self.date or self.calls.now()

    def sample(self, stream: WindowedStream, limit: int = 100) -> Sample:
        """Ask once for a stream's rows from `start_date` on; remember what came."""
        if stream.name in self.samples:
            return self.samples[stream.name]
        sample = Sample()
        try:
            answer = self.page(stream.path, self.params(stream), limit=limit)
        except NotOfferedError as error:
            sample.offered, sample.refusal = "no", error.said
        except ApiError as error:
            sample.offered, sample.refusal = "refused", error.said
        except StreamError:
            sample.offered, sample.refusal = "refused", "no usable answer"
        else:
            sample.rows, sample.total = answer.rows, answer.total
            sample.walls = [self.wall_of(stream, row) for row in answer.rows]
        self.samples[stream.name] = sample
        return sample

    def sampled(self) -> Iterator[tuple[WindowedStream, Sample]]:
        """Give the streams that are read by time with their samples, where they have rows."""
        for stream in self.timed:
            sample = self.samples.get(stream.name)
            if sample is not None and sample.rows:
                yield stream, sample

    def wall_of(self, stream: WindowedStream, row: dict[str, Any]) -> datetime | None:
        """Give the wall-clock time of a row; None where it cannot be read."""
        value = row.get((stream.replication_key or "timestamp").lower())
        text = value.get("date") if isinstance(value, dict) else value  # PHP's DateTime
        try:
            return parse_wall(str(text).partition(".")[0])
        except ValueError:
            return None

    def known_time(self, stream: WindowedStream) -> datetime | None:
        """Give a row's wall-clock time that is more than a day old and in no odd hour."""
        latest = self.clock.wall(self.now()) - DAY
        sample = self.samples.get(stream.name, Sample())
        found = self._usable(sample.walls, latest)
        if not found and sample.total is not None and sample.total > len(sample.rows) > 0:
            found = self._usable(
                self._middle(stream, sample), latest
            )  # its first rows are the newest
        return found[len(found) // 2] if found else None

    def _usable(self, walls: Iterable[datetime | None], latest: datetime) -> list[datetime]:
        return [
            wall
            for wall in walls
            if wall is not None
            and wall < latest
            and self.clock.is_legal(wall)
            and self.clock.is_legal(wall + SECOND)
        ]

    def _middle(self, stream: WindowedStream, sample: Sample) -> list[datetime | None]:
        """Ask once for rows from the middle of a stream's list."""
        if sample.middle is None:
            params, start = self.params(stream), (sample.total or 0) // 2
            try:
                rows = self.page(stream.path, params, limit=20, start=start, total=False).rows
            except StreamError:
                rows = []
            sample.middle = [self.wall_of(stream, row) for row in rows]
        return sample.middle

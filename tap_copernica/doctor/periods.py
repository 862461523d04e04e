"""How lists answer for a period: bounds, order, paging, totals, caps, ids that repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import DAY, SECOND
from tap_copernica.doctor.findings import UNKNOWN
from tap_copernica.errors import ApiError, BudgetSpent, StreamError
from tap_copernica.reading.filters import BetweenDays, BetweenTimes, FieldBounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.doctor.examination import Examination
    from tap_copernica.reading.filters import PeriodFilter
    from tap_copernica.streams.windowed import WindowedStream

_IN, _OUT, _IGNORED = "inclusive", "exclusive", "ignored"
_PAGE = 1000
_ENOUGH, _TOO_MANY = 8, 90
_MOST_PAGES = 12
_CAP_ASKED = 1001
_PROBES, _FEW = 4, 20


def order(exam: Examination, stream: WindowedStream, walls: Sequence[datetime | None]) -> None:
    """Say in which order a list comes, by its first page: `order.<stream>`."""
    known = [wall for wall in walls if wall is not None]
    pairs = list(pairwise(known))
    if len(set(known)) < 3:  # noqa: PLR2004 - two times are in some order by chance
        answer = UNKNOWN
    elif all(one <= other for one, other in pairs):
        answer = "ascending"
    elif all(one >= other for one, other in pairs):
        answer = "descending"
    else:
        answer = "other"
    exam.findings.add(f"order.{stream.name}", answer, rows=len(known))


BOUNDS: tuple[tuple[str, tuple[str, ...], PeriodFilter], ...] = (
    ("event_times", ("clicks", "impressions", "deliveries", "errors"), BetweenTimes()),
    (
        "fields",
        ("clicks", "impressions", "publisher_deliveries", "publisher_clicks"),
        FieldBounds(),
    ),
    ("mailing_dates", ("emailings", "publisher_emailings"), BetweenTimes("fromdate", "todate")),
    ("days", ("destinations", "publisher_destinations"), BetweenDays()),
)
"""Keys of the findings, streams by which they can be found out, and the filters."""


def bounds(exam: Examination, key: str, names: Sequence[str], how: PeriodFilter) -> None:
    """Find out whether the bounds of a filter belong to the period: `bounds.<key>.lower`, `.upper`."""
    for name in names:
        timed = exam.timed_as(name)
        if timed is None or exam.sample(timed).offered != "yes":
            continue
        at = exam.known_time(timed)
        if at is None:
            continue
        try:
            lower, upper, evidence = _Bounds(exam, timed, how).found(at)
        except (ApiError, StreamError):
            continue
        ignored = _IGNORED in {lower, upper}
        advice = _ADVICE_IGNORED if ignored else ""
        needed = ignored and not (key == "event_times" and len(timed.filters) > 1)
        contradicts = needed and how in timed.filters
        for side, answer in (("lower", lower), ("upper", upper)):
            exam.findings.add(
                f"bounds.{key}.{side}",
                answer,
                advice=advice,
                contradicts=contradicts,
                stream=name,
                **evidence,
            )
        return
    for side in ("lower", "upper"):
        exam.findings.add(f"bounds.{key}.{side}", UNKNOWN, reason="no row is known to ask for")


_ADVICE_IGNORED = (
    "The API ignores this filter; the tap notices, tries the other form where there is one, and stops "
    "with an error otherwise. No setting changes that: please report it."
)


@dataclass(frozen=True, slots=True)
class _Bounds:
    exam: Examination
    stream: WindowedStream
    how: PeriodFilter

    def found(self, at: datetime) -> tuple[str, str, dict[str, Any]]:
        """Give the answers for both bounds, by a row at this wall-clock time."""
        step, grain = (DAY, DAY) if isinstance(self.how, BetweenDays) else (SECOND, SECOND)
        if step == DAY:
            at = at.replace(hour=0, minute=0, second=0)
        around = self._walls(at - step, at + step)
        evidence = {"rows": len(around)}
        reach = (
            at - step - grain,
            at + step + grain + (DAY - SECOND if step == DAY else SECOND * 0),
        )
        if any(not reach[0] <= wall <= reach[1] for wall in around):
            return _IGNORED, _IGNORED, evidence
        if not self._has(around, at, step):
            return UNKNOWN, UNKNOWN, evidence
        lower = _IN if self._has(self._walls(at, at + step), at, step) else _OUT
        begin = at if lower == _IN and step == DAY else at - step
        upper = _IN if self._has(self._walls(begin, at), at, step) else _OUT
        return lower, upper, evidence

    def _has(self, walls: Sequence[datetime], at: datetime, step: timedelta) -> bool:
        return any(at <= wall < at + step for wall in walls)

    def _walls(self, begin: datetime, end: datetime) -> list[datetime]:
        """Give the times of rows of a period: of its first page, and of others along a long list."""
        params = self.exam.params(self.stream, begin, end, self.how)
        first = self.exam.page(self.stream.path, params, limit=_PAGE)
        rows = list(first.rows)
        total, seen = first.total or 0, len(rows)
        if isinstance(self.how, BetweenDays) and total > seen > 0:
            for start in sorted(
                {total * part // _PROBES for part in range(1, _PROBES)} | {total - 1}
            ):
                if start >= seen:
                    rows += self.exam.page(
                        self.stream.path, params, limit=_FEW, start=start, total=False
                    ).rows
        found = [self.exam.wall_of(self.stream, row) for row in rows]
        return [wall for wall in found if wall is not None]


@dataclass(slots=True)
class _Read:
    """A period read to its empty page."""

    ids: list[Any]
    total: int | None
    pages: int


def paging(exam: Examination) -> None:
    """Read one period in two page sizes: `paging.stable`, `totals.honest`, `ids.events_unique`."""
    if not exam.samples and exam.calls.left == 0:
        raise BudgetSpent
    for stream, _ in exam.sampled():
        how = stream.filters[0]
        if isinstance(how, BetweenDays) or exam.known_time(stream) is None:
            continue
        try:
            found = _small_period(exam, stream)
            if found is None:
                continue
            params, whole = found
            parts = _read(exam, stream, params, max(2, len(whole.ids) // 3))
        except (ApiError, StreamError):
            continue
        if parts is None:
            continue
        different = len(set(whole.ids) | set(parts.ids))
        evidence: dict[str, Any] = {"stream": stream.name, "rows": different, "pages": parts.pages}
        # Where the single page repeats an id, ids repeat; where only the many do, it is their seams.
        unique = len(set(whole.ids)) == len(whole.ids)
        stable = len(parts.ids) == len(set(parts.ids)) and set(parts.ids) == set(whole.ids)
        exam.findings.add(
            "paging.stable",
            "yes" if stable else "no",
            advice="" if stable else "`page_size`: give 1000, so that fewer pages meet.",
            **evidence,
        )
        honest = "absent" if whole.total is None else "yes" if whole.total == different else "no"
        exam.findings.add("totals.honest", honest, total=whole.total, **evidence)
        exam.findings.add("ids.events_unique", "yes" if unique else "no", **evidence)
        return
    for key in ("paging.stable", "totals.honest", "ids.events_unique"):
        exam.findings.add(key, UNKNOWN, reason="no period with enough rows was found")


def _small_period(exam: Examination, stream: WindowedStream) -> tuple[dict[str, Any], _Read] | None:
    """Find a past period with a few dozen rows, and read it in as few pages as it takes."""
    at = exam.known_time(stream)
    if at is None:
        return None
    latest = exam.clock.wall(exam.now()) - DAY
    half, best = timedelta(hours=3), None
    for _ in range(6):
        begin = exam.clock.legal_before(at - half)
        end = min(exam.clock.legal_before(at + half), exam.clock.legal_before(latest))
        if end <= begin:
            break
        params = exam.params(stream, begin, end)
        page = exam.page(stream.path, params, limit=_PAGE)
        count = len(page.rows)
        if _ENOUGH <= count <= _TOO_MANY:
            best = params
            break
        if count > 1 and count <= _TOO_MANY:
            best = params
        wider = min(half * 8, timedelta(days=2000))
        half = max(SECOND, half * (40 / count)) if count > _TOO_MANY else wider
    read = None if best is None else _read(exam, stream, best, _PAGE)
    return None if best is None or read is None or len(read.ids) < 2 else (best, read)  # noqa: PLR2004


def _read(
    exam: Examination, stream: WindowedStream, params: dict[str, Any], limit: int
) -> _Read | None:
    """Read a period to its empty page; None where that takes too many pages."""
    read = _Read([], None, 0)
    key = stream.key_fields[0].lower()
    while read.pages < _MOST_PAGES:
        page = exam.page(stream.path, params, limit=limit, start=len(read.ids), total=not read.ids)
        if not read.pages:
            read.total = page.total
        read.pages += 1
        if not page.rows:
            return read
        read.ids += [row.get(key) for row in page.rows]
    return None


def cap(exam: Examination) -> None:
    """Ask for more rows than the documented most: `paging.cap`, `paging.cap_echoed`."""
    if not exam.samples and exam.calls.left == 0:
        raise BudgetSpent
    for stream, sample in exam.sampled():
        if isinstance(stream.filters[0], BetweenDays):
            continue
        params = exam.params(stream, end=exam.clock.wall(exam.now()) + DAY)
        try:
            page = exam.page(stream.path, params, limit=_CAP_ASKED)
            count = len(page.rows)
            echoed = page.limit is not None and page.limit < _CAP_ASKED
            if echoed:
                _say_cap(exam, page.limit, "yes", count)
                return
            if count and count < _CAP_ASKED and (sample.total is None or sample.total > count):
                more = exam.page(stream.path, params, limit=1, start=count, total=False)
                if more.rows:
                    _say_cap(exam, count, "no", count)
                    return
            if count >= _CAP_ASKED:
                exam.findings.add("paging.cap", f"above {_CAP_ASKED - 1}", rows=count)
                exam.findings.add("paging.cap_echoed", "no", rows=count)
                return
        except (ApiError, StreamError):
            continue
    for key in ("paging.cap", "paging.cap_echoed"):
        exam.findings.add(key, UNKNOWN, reason="no list is long enough")


def _say_cap(exam: Examination, most: int | None, echoed: str, count: int) -> None:
    most = most or count
    advice = f"`page_size`: give {most}." if most < exam.settings.page_size else ""
    exam.findings.add("paging.cap", most, advice=advice, rows=count)
    exam.findings.add("paging.cap_echoed", echoed, rows=count)

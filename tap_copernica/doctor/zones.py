"""The zone of the account's timestamps, held against the API's clock; and how late rows show up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_copernica.doctor.examination import AHEAD
from tap_copernica.errors import ApiError, BudgetSpent, StreamError
from tap_copernica.reading.filters import BetweenDays

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.doctor.examination import Examination
    from tap_copernica.streams.windowed import WindowedStream

# The clocks of an API's many machines, and a row that is stamped as it is sent.
_TOLERANCE = timedelta(minutes=2)
# A newest row younger than this leaves no zone that lies behind, since zones are a quarter of an hour apart.
_FRESH = timedelta(minutes=14)
_RECENT = timedelta(minutes=30)
_PAGE = 1000
_QUARTER = timedelta(minutes=15)
_OFFSETS = [timedelta(minutes=15) * number for number in range(-48, 57)]
_MOST_LOOKS = 4


@dataclass(slots=True)
class _Newest:
    """The newest row that was seen, and the API's time at that moment."""

    wall: datetime
    seen_at: datetime


def zone(exam: Examination) -> None:
    """Look for rows from the future, and for how old the newest row is: `zone`."""
    newest: _Newest | None = None
    streams = [one for one in exam.timed if not isinstance(one.filters[0], BetweenDays)]
    for stream in streams[:_MOST_LOOKS]:
        try:
            found = _newest(exam, stream)
        except BudgetSpent:
            if newest is None:
                raise
            break
        if found is not None and (newest is None or found.wall > newest.wall):
            newest = found
        if newest is not None and _age(exam, newest) < _FRESH:
            break
    exam.newest = None if newest is None else newest.wall
    if exam.date is None:
        exam.findings.add("zone", "open", reason="the API sends no usable Date header")
        return
    _judge(exam, newest)


def _newest(exam: Examination, stream: WindowedStream) -> _Newest | None:
    """Ask for the last half hour, by the settings' zone, and for what lies ahead."""
    now = exam.clock.wall(exam.now())
    walls: list[datetime] = []
    for begin in (now - _RECENT, now + _TOLERANCE):
        params = exam.params(stream, begin, now + AHEAD)
        try:
            page = exam.page(stream.path, params, limit=_PAGE, total=False)
        except (ApiError, StreamError):
            return None
        found = (exam.wall_of(stream, row) for row in page.rows)
        walls += [wall for wall in found if wall is not None]
        if len(page.rows) < _PAGE and page.limit in (None, _PAGE):
            break  # all of it came: what lies ahead as well
    sample = exam.samples.get(stream.name)
    walls += [wall for wall in (sample.walls if sample else []) if wall is not None]
    return _Newest(max(walls), exam.now()) if walls else None


def _age(exam: Examination, newest: _Newest) -> timedelta:
    """Say how old the newest row was, by the settings' zone; below zero if it lay in the future."""
    return newest.seen_at - exam.clock.instant(newest.wall)


def _judge(exam: Examination, newest: _Newest | None) -> None:
    name = exam.settings.timezone
    if newest is None:
        exam.findings.add("zone", "open", reason="no row is recent enough to tell", timezone=name)
        return
    age = _age(exam, newest)
    minutes = round(age.total_seconds() / 60, 1)
    seen = newest.seen_at.replace(tzinfo=None)
    possible = [offset for offset in _OFFSETS if newest.wall - offset <= seen + _TOLERANCE]
    evidence: dict[str, Any] = {
        "timezone": name,
        "newest_row_age_minutes": minutes,
        "possible_offsets": f"{_written(possible[0])} to {_written(possible[-1])}"
        if possible
        else "none",
    }
    if age < -_TOLERANCE:
        likely = min(possible, default=None)
        hint = "" if likely is None else f", for example one at UTC{_written(likely)} today"
        exam.findings.add(
            "zone",
            "refuted",
            advice=(
                f"`timezone`: rows lie in the future by {name}; give the zone of the account{hint}. Every "
                "time that was read so far is wrong by the difference: read again from `start_date`."
            ),
            contradicts=True,
            **evidence,
        )
    else:
        exam.findings.add("zone", "consistent" if age < _FRESH else "open", **evidence)


def watch(exam: Examination, minutes: int, wait: Callable[[float], None]) -> None:
    """Ask for the newest rows once a minute: `lateness`, and what growth says of `zone`.

    Args:
        exam: the examination.
        minutes: for how long.
        wait: waits a number of seconds.
    """
    stream = next((one for one, _ in exam.sampled()), None) or next(iter(exam.timed), None)
    if stream is None:
        return
    known = _recent_rows(exam, stream)
    ages: list[timedelta] = []
    for _ in range(minutes):
        wait(60.0)
        rows = _recent_rows(exam, stream)
        ages += [exam.now() - exam.clock.instant(rows[key]) for key in rows.keys() - known.keys()]
        known |= rows
    if not ages:
        exam.findings.add("lateness", "unknown", reason="no row arrived", minutes=minutes)
        return
    least, most = min(ages), max(ages)
    offset = timedelta(0)
    if least > _FRESH:
        offset = timedelta(minutes=15) * round(least / timedelta(minutes=15))
        exam.findings.add(
            "zone",
            "refuted",
            advice=(
                f"`timezone`: every row that arrived was {round(least.total_seconds() / 60)} minutes old "
                f"by {exam.settings.timezone}, so the account's zone lies behind it. Give the right one."
            ),
            contradicts=True,
            arrived=len(ages),
            least_age_minutes=round(least.total_seconds() / 60, 1),
        )
    late = max(0, round((most - offset).total_seconds() / 60))
    lookback = max(60, 2 * late)
    enough = exam.settings.lookback >= timedelta(minutes=lookback)
    advice = "" if enough else f"`lookback_minutes`: give {lookback} or more."
    exam.findings.add("lateness", late, advice=advice, arrived=len(ages), minutes=minutes)


def _recent_rows(exam: Examination, stream: WindowedStream) -> dict[object, datetime]:
    """Give the rows of the last hours by id, however far behind the zone may be."""
    now = exam.clock.wall(exam.now())
    key = stream.key_fields[0].lower()
    since = now - timedelta(hours=15) if exam.newest is None else exam.newest - _RECENT
    params = exam.params(stream, since, now + AHEAD)
    found: dict[object, datetime] = {}
    start = 0
    for _ in range(5):
        page = exam.page(stream.path, params, limit=_PAGE, start=start, total=False)
        for row in page.rows:
            wall = exam.wall_of(stream, row)
            if wall is not None:
                found[row.get(key)] = wall
        start += len(page.rows)
        if not page.rows or len(page.rows) < (page.limit or _PAGE):
            break
    return found


def _written(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"

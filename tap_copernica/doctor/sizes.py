"""What is on offer, how much there is of it, since when, and what reading it takes."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from tap_copernica.clock import DAY, SECOND
from tap_copernica.doctor import forecast
from tap_copernica.doctor.findings import UNKNOWN
from tap_copernica.errors import (
    ApiError,
    BudgetSpent,
    CopernicaError,
    NotOfferedError,
    RunError,
    StreamError,
)
from tap_copernica.http.bulk import ROWS_PER_ANSWER
from tap_copernica.reading.filters import BetweenDays
from tap_copernica.reading.list_reader import id_of
from tap_copernica.streams.base import Stream
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from tap_copernica.doctor.examination import Examination
    from tap_copernica.streams.windowed import WindowedStream as Timed

_EDITORS = {
    "ms": ("emailings", "clicks"),
    "publisher": ("publisher_emailings", "publisher_deliveries"),
}
_SLOW_MS = 500
_MANY_PAGES = 10
_MOST_PARTS = 8
_PAGES_BEFORE_BULK = 2


def offered(exam: Examination, stream: Stream) -> None:
    """Ask once whether the account has a stream: `offered.<stream>`; keep how many rows it has."""
    key, total = f"offered.{stream.name}", None
    if isinstance(stream, WindowedStream):
        sample = exam.sample(stream)
        answer, said, total = sample.offered, sample.refusal, sample.total
    elif not stream.is_probed or "{" in stream.path:
        return  # asked for below a parent
    else:
        answer, said = "yes", ""
        try:
            if type(stream).probe is Stream.probe:
                total = exam.page(stream.path, limit=1, bare=True).total
            else:
                stream.probe()
        except NotOfferedError as error:
            answer, said = "no", error.said
        except ApiError as error:
            answer, said = "refused", error.said
        except RunError:
            raise
        except CopernicaError:
            answer, said = "refused", "no usable answer"
    advice = (
        f"Deselect `{stream.name}`, or have the token's rights widened."
        if answer == "refused"
        else ""
    )
    exam.findings.add(key, answer, advice=advice, error=said or None)
    if total is not None:
        exam.totals[stream.name] = total


def databases(exam: Examination) -> None:
    """Ask for the databases: `ids.fields_shared`, and how many profiles there are."""
    try:
        chosen = exam.tap.definitions.databases
    except RunError:
        raise
    except CopernicaError:
        exam.findings.add("ids.fields_shared", UNKNOWN)
        return
    ids = [{id_of(field, "doctor") for field in one.fields} for one in chosen if one.fields]
    shared = sum(map(len, ids)) - len(set[int]().union(*ids))
    answer = "yes" if shared else "no" if len(ids) > 1 else UNKNOWN
    exam.findings.add("ids.fields_shared", answer, databases=len(chosen), shared=shared)
    for database in exam.tap.definitions.chosen:
        for path in (
            f"/{database.path}/profiles",
            *(f"/{one.path}/subprofiles" for one in database.collections),
        ):
            try:
                total = exam.page(path, limit=1).total
            except RunError:
                raise
            except CopernicaError:
                continue
            exam.people.append((path, total))


def retention(exam: Examination) -> None:
    """Find the oldest mailing and the oldest event of each editor: `retention.<editor>`."""
    if not exam.samples and exam.calls.left == 0:
        raise BudgetSpent
    for editor, names in _EDITORS.items():
        oldest: datetime | None = None
        for name in names:
            stream = exam.timed_as(name)
            if stream is None or exam.samples.get(name) is None or not exam.samples[name].rows:
                continue
            found = _oldest(exam, stream)
            if found is not None and (oldest is None or found < oldest):
                oldest = found
        start = exam.settings.start_date
        key = f"retention.{editor}"
        if oldest is None:
            exam.findings.add(key, UNKNOWN, reason="no row was found")
            continue
        days = (exam.clock.wall(exam.now()) - oldest).days
        bound = start is not None and (oldest - exam.clock.wall(start)).days < 1
        exam.findings.add(
            key, oldest.date().isoformat(), days=days, asked_from_start_date_only=bound or None
        )


def _oldest(exam: Examination, stream: Timed) -> datetime | None:
    """Halve the time before the first known row until no day is left before which there are rows."""
    walls = [wall for wall in exam.samples[stream.name].walls if wall is not None]
    if not walls:
        return None
    late, early = min(walls), datetime(2000, 1, 1)  # noqa: DTZ001 - wall-clock time
    while late - early > DAY:
        middle = early + (late - early) / 2
        middle = middle.replace(microsecond=0)
        try:
            params = exam.params(stream, early - SECOND, middle)
            page = exam.page(stream.path, params, limit=100, total=False)
        except (ApiError, StreamError):
            return None
        found = [wall for row in page.rows if (wall := exam.wall_of(stream, row)) is not None]
        if any(wall > middle + DAY for wall in found):
            return None  # the filter is ignored
        if found:
            late = min(found)
        else:
            early = middle
    return late


def sizes(exam: Examination, schedule: str) -> None:
    """Say what is to be read, and what it takes: `size.<stream>`, `size.all`."""
    honest = exam.findings.answer("totals.honest") != "no"
    if not honest:
        exam.findings.add("size.all", UNKNOWN, reason="totals cannot be trusted")
        return
    most = _MANY_PAGES * exam.settings.page_size
    exam.large_to_come = sum(exam.totals.get(one.name, 0) > most for one in exam.timed)
    longer = (exam.totals.get(one.name, 0) > exam.settings.page_size for one in exam.timed)
    exam.long_to_come = 2 * (sum(longer) - exam.large_to_come)
    rows = calls = 0
    timed = lists = 0
    turns = 1.0  # discovery
    seconds = median(exam.seconds) if exam.seconds else 0.0
    for stream in exam.streams.values():
        if exam.findings.answer(f"offered.{stream.name}") in {"no", "refused"}:
            continue  # what was not asked for counts: it is more likely there than not
        total = exam.totals.get(stream.name)
        own = _calls(exam, stream, total)
        if isinstance(stream, WindowedStream):
            timed += 1
            turns += forecast.in_turn(own, exam.settings.concurrency)
        else:
            lists += own
            turns += own
        if total is not None:
            rows += total
            exam.findings.add(f"size.{stream.name}", total, calls_of_first_read=own)
        calls += own
    for _, total in exam.people:
        if total is not None:
            pages = _pages_of_people(exam, total)
            rows += total
            calls += pages
            turns += pages
    if exam.people:
        found = sum(total or 0 for _, total in exam.people)
        own = sum(_pages_of_people(exam, total or 0) for _, total in exam.people)
        exam.findings.add("size.profiles", found, lists=len(exam.people), calls_of_first_read=own)
    calls += 1  # discovery
    month = forecast.month_of_runs(timed, lists, len(exam.people), schedule)
    budget = exam.budget_of_user
    advice = (
        f"`max_api_calls`: a month of runs takes about {month:,} calls."
        if budget is not None
        else ""
    )
    exam.findings.add(
        "size.all",
        rows,
        advice=advice,
        calls_of_first_read=calls,
        minutes_of_first_read=round(forecast.minutes_of(turns, seconds, rows), 2),
        calls_a_month=month,
        schedule=schedule,
    )


def _calls(exam: Examination, stream: Stream, total: int | None) -> int:
    if not isinstance(stream, WindowedStream):
        return _pages(total or 0, exam.settings.page_size)
    start = exam.clock.wall(exam.settings.start_date or exam.now())
    last = exam.clock.wall(exam.now() - exam.settings.lag)
    if exam.settings.end_date is not None:
        last = min(last, exam.clock.wall(exam.settings.end_date))
    if last <= start:
        return 1
    finest = SECOND
    if isinstance(stream.filters[0], BetweenDays):  # complete days only
        finest = DAY
        start, last = (one.replace(hour=0, minute=0, second=0) for one in (start, last))
    stretches = _stretches(exam, stream, total or 0, (start, last))
    return forecast.first_read(stretches, start, last, exam.settings.page_size, finest)


def _stretches(
    exam: Examination, stream: Timed, total: int, period: tuple[datetime, datetime]
) -> list[forecast.Stretch]:
    """Say where a stream's rows lie: between its oldest and its newest."""
    sample = exam.samples.get(stream.name)
    if not total or sample is None:
        return []
    start, last = period
    page_size = exam.settings.page_size
    walls = [wall for wall in sample.walls if wall is not None]
    order = exam.findings.answer(f"order.{stream.name}")
    if total > page_size and order in {"ascending", "descending"}:
        return _by_position(exam, stream, total, period)
    newest = last
    if len(walls) == total:
        start, newest = max(start, min(walls)), min(last, max(walls) + SECOND)
    if newest <= start:
        return [forecast.Stretch(start, start + SECOND, total)]
    return [forecast.Stretch(start, newest, total)]


def _by_position(
    exam: Examination, stream: Timed, total: int, period: tuple[datetime, datetime]
) -> list[forecast.Stretch]:
    """Ask for rows at even distances in a sorted list: where they lie close, there are many."""
    is_large = total > _MANY_PAGES * exam.settings.page_size
    left = exam.calls.left or 0
    own = (left - exam.long_to_come) // max(1, exam.large_to_come)
    parts = max(1, min(_MOST_PARTS, own - 1)) if is_large else 1
    exam.large_to_come -= is_large
    exam.long_to_come -= 2 * (not is_large)
    positions = [round((total - 1) * number / parts) for number in range(parts + 1)]
    found = [(position, wall_at(exam, stream, position)) for position in positions]
    known = sorted((wall, position) for position, wall in found if wall is not None)
    stretches = []
    for (begin, one), (end, other) in pairwise(known):
        first, last = max(begin, period[0]), min(max(end, begin + SECOND), period[1])
        stretches.append(forecast.Stretch(first, max(last, first + SECOND), abs(other - one)))
    return stretches or [forecast.Stretch(*period, total)]


def wall_at(exam: Examination, stream: Timed, position: int) -> datetime | None:
    """Ask for the row at a position of a stream's list; give its wall-clock time, if there is one."""
    if exam.calls.left == 0:
        return None
    try:
        params = exam.params(stream)
        page = exam.page(stream.path, params, limit=1, start=position, total=False)
    except (ApiError, StreamError):
        return None
    return exam.wall_of(stream, page.rows[0]) if page.rows else None


def _pages(total: int, page_size: int) -> int:
    return max(1, math.ceil(total / page_size))


def _pages_of_people(exam: Examination, total: int) -> int:
    """Give the calls of a list of profiles.

    One that is longer than a page ends with an empty one; what is more than two pages comes from the bulk
    host, between a call that begins and one that confirms the end.
    """
    page_size = exam.settings.page_size
    if total > _PAGES_BEFORE_BULK * page_size and exam.findings.answer("access.bulk") == "streams":
        return math.ceil(total / ROWS_PER_ANSWER) + 2
    return 1 if total < page_size else _pages(total, page_size) + 1


def speed(exam: Examination) -> None:
    """Say how fast calls were answered: `speed`, in milliseconds."""
    taken = sorted(exam.seconds)
    if not taken:
        exam.findings.add("speed", UNKNOWN)
        return
    middle = round(median(taken) * 1000, 1)
    slowest = round(taken[min(len(taken) - 1, math.ceil(len(taken) * 0.95) - 1)] * 1000, 1)
    retries = exam.calls.retried
    now = exam.settings.concurrency
    wanted = 2 if retries else 8 if middle > _SLOW_MS else 4
    exam.findings.add(
        "speed",
        middle,
        advice="" if wanted == now else f"`concurrency`: {wanted} suits the answers' pace.",
        percentile_95_ms=slowest,
        calls=len(taken),
        retries=retries,
    )

"""The zone of the times in log files: a row of a file is looked for among the events, by both readings."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from tap_copernica.clock import SECOND, parse_wall
from tap_copernica.doctor.findings import UNKNOWN
from tap_copernica.errors import ApiError, StreamError
from tap_copernica.streams.logs import LogStream
from tap_copernica.streams.windowed import WindowedStream

if TYPE_CHECKING:
    from datetime import datetime

    from tap_copernica.doctor.examination import Examination

KEY = "zone.log_files"
# Files whose rows are events too, and name their IP address, which tells two of one second apart.
_EVENTS = {
    "log_cdm_click": "clicks",
    "log_pom_clicks": "publisher_clicks",
    "log_cdm_impression": "impressions",
    "log_pom_impressions": "publisher_impressions",
}
_MOST_FILES, _MOST_ROWS, _ROWS_ASKED_FOR = 2, 200, 3


def log_files(exam: Examination) -> None:
    """Find out whether the times in log files are the account's or UTC: `zone.log_files`.

    Asks only where the settings name streams of log files.
    """
    if not any(isinstance(one, LogStream) for one in exam.streams.values()):
        return
    votes: set[str] = set()
    compared = 0
    for log, events in _EVENTS.items():
        stream, timed = exam.streams.get(log), exam.streams.get(events)
        if not isinstance(stream, LogStream) or not isinstance(timed, WindowedStream):
            continue
        for row in _rows(exam, stream):
            compared += 1
            votes |= {
                way
                for way, wall in _readings(exam, row).items()
                if _is_event(exam, timed, row, wall)
            }
        if votes:
            break
    answer = votes.pop() if len(votes) == 1 else UNKNOWN
    advice = ""
    if answer == "UTC" and _readings_differ(exam):
        advice = (
            "The column `time` of `log_*` is in UTC, unlike the account's clock: give it that zone."
        )
    exam.findings.add(KEY, answer, advice=advice, rows_compared=compared)


def _rows(exam: Examination, stream: LogStream) -> list[dict[str, Any]]:
    """Give some rows of the newest file that has usable ones."""
    try:
        names = exam.asker.names("/logfiles", {"type": stream.log_type})
        mine = sorted((one for one in names if one.startswith(f"{stream.log_type}.")), reverse=True)
        for name in mine[:_MOST_FILES]:
            rows = exam.asker.first_of_file(stream.path.format(name=name), _MOST_ROWS)
            usable = [row for row in rows if row.get("ip") and _time_of(row) is not None]
            if usable:
                step = max(1, len(usable) // _ROWS_ASKED_FOR)
                return usable[::step][:_ROWS_ASKED_FOR]
    except (ApiError, StreamError):
        pass
    return []


def _time_of(row: dict[str, Any]) -> datetime | None:
    try:
        return parse_wall(str(row.get("time")))
    except ValueError:
        return None


def _readings(exam: Examination, row: dict[str, Any]) -> dict[str, datetime]:
    """Give the account's wall-clock time that a row would be at, by what its text may mean."""
    told = _time_of(row)
    if told is None:
        return {}
    walls = {"account": told, "UTC": exam.clock.wall(told.replace(tzinfo=UTC))}
    if walls["account"] == walls["UTC"]:
        return {"UTC": told}
    return {way: wall for way, wall in walls.items() if exam.clock.is_legal(wall)}


def _readings_differ(exam: Examination) -> bool:
    now = exam.now()
    return exam.clock.wall(now) != now.replace(tzinfo=None)


def _is_event(
    exam: Examination, stream: WindowedStream, row: dict[str, Any], wall: datetime
) -> bool:
    """Ask for the events of one second; tell whether one came from the row's address."""
    params = exam.params(stream, wall - SECOND, wall + SECOND)
    try:
        page = exam.page(stream.path, params, limit=1000, total=False)
    except (ApiError, StreamError):
        return False
    return any(
        one.get("ip") == row.get("ip") and exam.wall_of(stream, one) == wall for one in page.rows
    )

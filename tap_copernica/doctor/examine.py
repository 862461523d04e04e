"""The order of the questions: the most valuable first, so that any number of calls is well spent."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from tap_copernica.doctor import access, log_zone, periods, sizes, zones
from tap_copernica.errors import BudgetSpent, CopernicaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.doctor.examination import Examination

_logger = logging.getLogger("tap-copernica")
_FEW = 3  # times of which the order may be chance
Question = tuple[str, "Callable[[], None]"]


def examine(exam: Examination, schedule: str, minutes: int, wait: Callable[[float], None]) -> None:
    """Ask all questions, as far as the calls go; what is left open is named.

    Args:
        exam: the examination.
        schedule: how often the tap is to run.
        minutes: for how long to watch new rows; 0 does not.
        wait: waits a number of seconds.

    Raises:
        CopernicaError: if nothing could be asked: the host or the token of the chosen version.
    """
    chosen = exam.settings.api_version
    for key, question in _questions(exam, minutes, wait):
        _tried(exam, key, question)
        _logger.info("%s: %d calls made.", key, exam.calls.made)
        if exam.findings.answer(f"access.{chosen}") in {"refused", "unreachable"}:
            others = [one for one in ("v2", "v3", "v4") if one != chosen]
            for version in others:
                _tried(exam, f"access.{version}", partial(access.version_works, exam, version))
            return
    _tried(exam, "size.all", partial(sizes.sizes, exam, schedule))
    sizes.speed(exam)


def _tried(exam: Examination, key: str, question: Callable[[], None]) -> None:
    """Ask a question; what it leaves open is named. Without the chosen version none can be asked."""
    try:
        question()
    except BudgetSpent:
        exam.findings.open.append(key)
    except CopernicaError as error:
        if key == f"access.{exam.settings.api_version}":
            raise
        exam.findings.add(key, "unknown", error=error.message)


def _questions(exam: Examination, minutes: int, wait: Callable[[float], None]) -> list[Question]:
    chosen = exam.settings.api_version
    versions = [chosen, *(one for one in ("v2", "v3", "v4") if one != chosen)]
    found: list[Question] = [
        (f"access.{one}", partial(access.version_works, exam, one)) for one in versions
    ]
    found.append(("zone", partial(zones.zone, exam)))
    found.append(("sample", partial(_first_sample, exam)))
    found += [
        (f"bounds.{key}", partial(periods.bounds, exam, key, names, how))
        for key, names, how in periods.BOUNDS
    ]
    found.append(("paging.stable", partial(periods.paging, exam)))
    found += [
        (f"offered.{stream.name}", partial(_offered, exam, stream.name))
        for stream in (*exam.timed, *exam.others)
    ]
    found.append(("paging.cap", partial(periods.cap, exam)))
    found.append(("ids.fields_shared", partial(sizes.databases, exam)))
    found.append(("names.v4", partial(access.names, exam)))
    found.append(("access.bulk", partial(_bulk, exam)))
    found.append((log_zone.KEY, partial(log_zone.log_files, exam)))
    found.append(("retention", partial(sizes.retention, exam)))
    if minutes:
        found.append(("lateness", partial(zones.watch, exam, minutes, wait)))
    return found


def _first_sample(exam: Examination) -> None:
    """Ask for rows of the streams that most likely have some, until one has."""
    for stream in exam.timed[:4]:
        if exam.sample(stream).rows:
            return


def _offered(exam: Examination, name: str) -> None:
    sizes.offered(exam, exam.streams[name])
    sample = exam.samples.get(name)
    stream = exam.timed_as(name)
    if stream is not None and sample is not None and sample.offered == "yes":
        walls = list(sample.walls)
        if len(set(walls)) < _FEW and sample.total is not None and sample.total > len(walls) > 1:
            # A busy second fills the page: rows from further on tell.
            walls += [
                sizes.wall_at(exam, stream, place)
                for place in (sample.total // 2, sample.total - 1)
            ]
        periods.order(exam, stream, walls)


def _bulk(exam: Examination) -> None:
    longest = max(exam.people, key=lambda one: one[1] or 0, default=None)
    access.bulk(exam, longest)

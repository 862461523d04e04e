"""What the account used, by day: e-mails, API calls and so on."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica import fields as f
from tap_copernica.pool import in_order, result_of
from tap_copernica.streams.per_day import PerDay, days_between

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_copernica.rows import Record

_ONE = timedelta(days=1)
_ZERO = timedelta(0)


class ConsumptionStream(PerDay):
    """One row per complete day.

    Whether `end` belongs to the period is unknown: a day is asked for with `end` on it, and, once it is
    known that this asks for nothing, with `end` on the next. Until one of both forms has answered
    anything but zero, zeros are kept back.
    """

    name = "consumption"
    path = "/consumption"
    primary_keys = ("date",)
    waits_for_a_new_day = True
    cost = "1 per new day, and 1"
    aliases = {"emals": "emails"}  # noqa: RUF012 - how the Dutch page spells it
    schema = f.record(
        date=f.key(f.day("The day, of the account's calendar.")),
        emails=f.integer("E-mails sent."),
        texts=f.integer("Text messages sent."),
        fax=f.integer("Faxes sent."),
        webpages=f.integer("Web pages."),
        apicalls=f.integer("API calls."),
        litmustests=f.integer("Litmus tests."),
        twofiftyoktests=f.integer("Inbox placement tests."),
    )

    @override
    def read(self) -> Iterator[Record]:
        period = self.period()
        if period is None:
            self.logger.info("%s: nothing to read until a new day is complete.", self.name)
            return
        days, form = days_between(*period), self._known_form()
        kept_back: list[Record] = []
        for day, record in in_order(self.run.pool, days, partial(self._of, form or _ZERO)):
            if day > self.last_complete_day():  # now that the API's clock is known
                break
            kept_back.append(record)
            if form is None and _is_something(record):
                form = _ZERO
            if form is not None:
                yield from self._written(kept_back, form)
                kept_back = []
        if kept_back:
            days = days[: len(kept_back)]
            form = result_of(self.run.pool, partial(self._find_form, days[0], days[-1]))
            if form == _ONE:
                kept_back = [r for _, r in in_order(self.run.pool, days, partial(self._of, form))]
            yield from self._written(kept_back, form)

    @override
    def probe(self) -> str:
        return "is asked for each day"

    def _of(self, form: timedelta, day: date) -> Record:
        (record,) = self.reader.records([self._asked(day, day + form)], date=day.isoformat())
        return record

    def _asked(self, begin: date, end: date) -> Record:
        params = {"begin": begin.isoformat(), "end": end.isoformat()}
        return self.object_at(self.path, params)

    def _sum(self, begin: date, end: date) -> bool:
        """Tell whether the API says that anything was used in a period."""
        (record,) = self.reader.records([self._asked(begin, end)], date=begin.isoformat())
        return _is_something(record)

    def _find_form(self, first: date, last: date) -> timedelta | None:
        """Find out what `end` means, after every day from first to last gave zero with `end` on it.

        If `end` belongs to the period, these days are zero together too; so whatever comes for them
        shows that it does not. Only the last of them needs the day after it, which may have anything.
        """
        if first < last and self._sum(first, last):
            return _ONE
        if not self._sum(last, last + _ONE):
            return None
        return _ZERO if self._sum(last + _ONE, last + _ONE) else _ONE

    def _known_form(self) -> timedelta | None:
        known = self.progress("end_is_next_day")
        return {True: _ONE, False: _ZERO}.get(known) if isinstance(known, bool) else None

    def _written(self, records: list[Record], form: timedelta | None) -> Iterator[Record]:
        yield from self.emit(records)
        known = None if form is None else form == _ONE
        self.day_is_done(date.fromisoformat(records[-1]["date"]), end_is_next_day=known)
        self.calls.check()


def _is_something(record: Record) -> bool:
    return any(value for name, value in record.items() if name != "date")

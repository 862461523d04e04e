"""What the account used, by day: e-mails, API calls and so on."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.clock import DAY
from tap_copernica.http.pool import in_order, result_of
from tap_copernica.records import fields as f
from tap_copernica.streams.per_day import PerDay, days_between

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tap_copernica.records.rows import Record

_ZERO = timedelta(0)
# Days that are read before the first call that finds out what `end` means; then twice as many, and so on.
_FIRST_BLOCK = 2


class ConsumptionStream(PerDay):
    """One row per complete day.

    Whether `end` belongs to the period is unknown. So a day is asked for with that day as `end`. If it turns
    out that this asks for nothing, it is asked for with the next day as `end`. While all answers are zero, it
    is not known which form is right. Then only days are written that are zero in both forms.

    `form` below is what is added to a day to get its `end`: nothing or a day, None while that is unknown.
    """

    name = "consumption"
    path = "/consumption"
    primary_keys = ("date",)
    waits_for_a_new_day = True
    cost = "1, and 1 per new day"
    aliases = {"emals": "emails"}  # noqa: RUF012 - how the Dutch page spells it
    schema = f.record(
        date=f.key(f.day("The day, of the account's calendar.")),
        emails=f.integer("E-mails sent.", f.NONE),
        texts=f.integer("Text messages sent.", f.NONE),
        fax=f.integer("Faxes sent.", f.NONE),
        webpages=f.integer("Web pages.", f.NONE),
        apicalls=f.integer("API calls.", f.NONE),
        litmustests=f.integer("Litmus tests.", f.NONE),
        twofiftyoktests=f.integer("Inbox placement tests.", f.NONE),
    )

    @override
    def read(self) -> Iterator[Record]:
        period = self.period()
        if period is None:
            self.tell_of_nothing(self.why_nothing())
            return
        days, form, size = days_between(*period), self._known_form(), _FIRST_BLOCK
        while days and form is None:
            days, form = yield from self._block(days, size)
            size *= 2
        for day, record in in_order(self.run.pool, days, partial(self._of, form or _ZERO)):
            if day > self.last_complete_day():  # now that the API's clock is known
                break
            yield from self._written([record], form, days[-1])
        # By the API's clock, which the answers told.
        self.had_nothing_to_read = period[0] > self.last_complete_day()

    def _of(self, form: timedelta, day: date) -> Record:
        """Ask for a day; runs in a worker thread."""
        (record,) = self.reader.records([self._asked(day, day + form)], date=day.isoformat())
        return record

    def _asked(self, begin: date, end: date) -> Record:
        params = {"begin": begin.isoformat(), "end": end.isoformat()}
        return self.object_at(self.path, params)

    def _block(
        self, days: list[date], size: int
    ) -> Generator[Record, None, tuple[list[date], timedelta | None]]:
        """Read the first `size` of these days, while the form is not known.

        Returns:
            The days that are left, and the form if it is known now.
        """
        form: timedelta | None = None
        zeros: list[Record] = []
        for day, record in in_order(self.run.pool, days[:size], partial(self._of, _ZERO)):
            if day > self.last_complete_day():  # now that the API's clock is known
                days = days[: days.index(day)]
                break
            zeros.append(record)
            if form is not None or _is_something(record):
                form = _ZERO
                yield from self._written(zeros, form, days[-1])
                zeros = []
        if not zeros:
            return days[size:], form
        form = result_of(
            self.run.pool, partial(self._find_form, _day_of(zeros[0]), _day_of(zeros[-1]))
        )
        if form == DAY:
            self.write_state(end_is_next_day=True)
            return days, form  # these zeros told nothing: ask again
        # Together they are zero too. If `end` does not belong to the period, the last day was not in it.
        certain = zeros[:-1] or zeros
        yield from self._written(certain, form, days[-1])
        return days[len(certain) :], form

    def _is_used(self, begin: date, end: date) -> bool:
        """Tell whether the API says that anything was used in a period."""
        (record,) = self.reader.records([self._asked(begin, end)], date=begin.isoformat())
        return _is_something(record)

    def _find_form(self, first: date, last: date) -> timedelta | None:
        """Find out the form, after each day from `first` to `last` gave zero with itself as `end`.

        If `end` belongs to the period, these days are zero together too. So if they are not, it does not
        belong to it. A single day is asked for together with the day after it.
        """
        if first < last:
            return DAY if self._is_used(first, last) else None
        if not self._is_used(last, last + DAY):
            return None
        return _ZERO if self._is_used(last + DAY, last + DAY) else DAY

    def _known_form(self) -> timedelta | None:
        known = self.progress("end_is_next_day")
        return {True: DAY, False: _ZERO}.get(known) if isinstance(known, bool) else None

    def _written(
        self, records: list[Record], form: timedelta | None, last: date
    ) -> Iterator[Record]:
        yield from self.emit(records)
        known = None if form is None else form == DAY
        self.day_is_done(_day_of(records[-1]), last, end_is_next_day=known)
        self.calls.check()


def _day_of(record: Record) -> date:
    return date.fromisoformat(record["date"])


def _is_something(record: Record) -> bool:
    return any(value for name, value in record.items() if name != "date")

"""Log files: one JSON array per type and day, of any size; memory does not depend on the size.

A file is downloaded to a temporary file as a whole, then parsed row by row. Its rows have no id. So the
file's name and the place of the row in it are the key: a file that is read again replaces its own rows.
"""

from __future__ import annotations

import re
from datetime import date
from functools import partial
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from typing_extensions import override

from tap_copernica.errors import UnreadableError
from tap_copernica.http.json_rows import CutOffError, NotAnArrayError, elements, parts_of
from tap_copernica.http.pool import result_of
from tap_copernica.http.question import Question
from tap_copernica.http.transport import without_mark
from tap_copernica.reading.parents import Parents, Refused, Waiting
from tap_copernica.streams.log_fields import log
from tap_copernica.streams.per_day import PerDay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_copernica.http.json_rows import Decode
    from tap_copernica.records.rows import Record

_NAME = re.compile(r"^(?P<type>.+)\.(?P<day>\d{4}-\d\d-\d\d)(\..*)?$", re.ASCII)
_ROWS_AT_ONCE = 1000


class LogStream(PerDay):
    """The files of one type, a day at a time."""

    path = "/logfile/{name}/json"
    primary_keys = ("file", "row")
    waits_for_a_new_day = False
    cost = "1, and 1 per new day; 1 more for all log files together"

    log_type: ClassVar[str]
    """What the names of the files begin with."""

    @override
    def read(self) -> Iterator[Record]:
        self._files: set[IO[bytes]] | None = set()
        if self.period() is None:
            self.tell_of_nothing(self.why_nothing())
            return
        names = result_of(self.run.pool, self._names)
        period = self.period()  # now that the API's clock is known
        if period is None:
            self.tell_of_nothing(self.why_nothing())
            return
        try:
            yield from self._read(names, period)
        finally:
            files, self._files = self._files, None
            for file in files or ():
                file.close()

    def _read(self, names: list[tuple[date, str]], period: tuple[date, date]) -> Iterator[Record]:
        files = [(day, name) for day, name in names if period[0] <= day <= period[1]]
        waiting = Waiting(self.name, self.progress("refused"), str)
        again = [file for file in names if file[1] in waiting.since and file not in files]
        others = [file for file in names if file not in files and file not in again]
        asked = Parents(
            self.name,
            self.run.pool,
            self._downloaded,
            one_more=lambda: others[-1] if others else None,
        )
        # Files of `again` get numbers up to 0, those of `files` the numbers from 1 on.
        for number, (file, answer) in enumerate(asked.answers(files, again), 1 - len(again)):
            day, name = file
            self.settle(name, answer, waiting)
            if not isinstance(answer, Refused):
                yield from self._written(name, day, answer)
                answer.close()
            if number <= 0:
                self.write_state(refused=waiting.state)
            elif number == len(files) or files[number][0] != day:
                self.day_is_done(day, files[-1][0], refused=waiting.state)
            self.calls.check()

    def _names(self) -> list[tuple[date, str]]:
        """Ask for the names of this type's files; runs in a worker thread."""
        question = Question(path="/logfiles", params={"type": self.log_type}, is_bare=True)
        listed = self.bare_list(question)
        found = [match for name in listed if isinstance(name, str) and (match := _NAME.match(name))]
        mine = [match for match in found if match["type"] == self.log_type]
        try:
            if not listed or found:
                return sorted({(date.fromisoformat(match["day"]), match[0]) for match in mine})
        except ValueError:  # a day that no calendar has
            pass
        msg = (
            f"{self.name}: the API was asked for the names of log files and gave something else. "
            "Please report it as an unexpected API answer."
        )
        raise UnreadableError(msg)

    def _downloaded(self, listed: tuple[date, str]) -> IO[bytes]:
        """Download a file; runs in a worker thread."""
        file = self.download(self.path.format(name=quote(listed[1], safe="")))
        if self._files is None:  # the stream has ended meanwhile
            file.close()
        else:
            self._files.add(file)
        return file

    def _written(self, name: str, day: date, file: IO[bytes]) -> Iterator[Record]:
        rows = rows_of(file, self.decoder.loads, partial(self._broken, name))
        position = 0
        while batch := list(islice(rows, _ROWS_AT_ONCE)):
            numbered = [{**row, "row": position + n} for n, row in enumerate(batch)]
            yield from self.emit(self.reader.records(numbered, file=name, date=day.isoformat()))
            position += len(batch)
            self.calls.check()

    def _broken(self, name: str) -> UnreadableError:
        return UnreadableError(
            f"{self.name}: {name} is not a JSON array of objects. The day is not in the state, so "
            "that the next run reads it again."
        )


def rows_of(
    file: IO[bytes], decode: Decode, broken: Callable[[], UnreadableError]
) -> Iterator[dict[str, Any]]:
    """Give the rows of a JSON array, one by one.

    Args:
        file: a file that begins with the array.
        decode: decodes JSON.
        broken: makes the error to raise where it is no array of objects.
    """
    try:
        for row in chain.from_iterable(elements(parts_of(file), decode, bare=True)):
            if not isinstance(row, dict):
                raise broken()
            yield row
    except NotAnArrayError as error:
        if without_mark(error.head).strip() != b"{}":  # PHP's empty array
            raise broken() from None
    except CutOffError:
        raise broken() from None


class CdmAttemptsLog(LogStream):
    """Attempts to deliver drag-and-drop mailings."""

    name = "log_cdm_attempts"
    log_type = "cdm-attempts"
    schema = log(
        "id time mailingid profileid subprofileid databaseid collectionid senderdomain templateid"
        " tags email"
    )


class CdmAbuseLog(LogStream):
    """Complaints about drag-and-drop mailings."""

    name = "log_cdm_abuse"
    log_type = "cdm-abuse"
    schema = log("id time mail email tags senderdomain profile subprofile template")


class CdmClickLog(LogStream):
    """Clicks in drag-and-drop mailings, with the place they came from."""

    name = "log_cdm_click"
    log_type = "cdm-click"
    schema = log(
        "id senderdomain time linkinfo ip header email tags countrycode countryname regioncode city"
        " profile subprofile template"
    )


class CdmDeliveryLog(LogStream):
    """Deliveries of drag-and-drop mailings."""

    name = "log_cdm_delivery"
    log_type = "cdm-delivery"
    schema = log("id time attempts email tags senderdomain profile subprofile template")


class CdmErrorLog(LogStream):
    """Errors of drag-and-drop mailings."""

    name = "log_cdm_error"
    log_type = "cdm-error"
    schema = log(
        "id time type status description code email tags senderdomain profile subprofile template"
    )


class CdmImpressionLog(LogStream):
    """Opens of drag-and-drop mailings, with the place they came from."""

    name = "log_cdm_impression"
    log_type = "cdm-impression"
    schema = log(
        "id time ip header email tags countrycode countryname regioncode city senderdomain profile"
        " subprofile template"
    )


class CdmRetryLog(LogStream):
    """Retries of drag-and-drop mailings, which no other stream has."""

    name = "log_cdm_retry"
    log_type = "cdm-retry"
    schema = log("id time attempt email tags senderdomain profile subprofile template")


class CdmUnsubscribeLog(LogStream):
    """Unsubscriptions from drag-and-drop mailings."""

    name = "log_cdm_unsubscribe"
    log_type = "cdm-unsubscribe"
    schema = log("id time email tags senderdomain profile subprofile template")


class PomAttemptsLog(LogStream):
    """Attempts to deliver HTML mailings."""

    name = "log_pom_attempts"
    log_type = "pom-attempts"
    schema = log(
        "id time groupid mailingid profileid subprofileid databaseid collectionid senderdomain"
        " templateid documentid tags email"
    )


class PomAbusesLog(LogStream):
    """Complaints about HTML mailings."""

    name = "log_pom_abuses"
    log_type = "pom-abuses"
    schema = log(
        "id time mail email tags senderdomain groupid profile subprofile template document"
    )


class PomClicksLog(LogStream):
    """Clicks in HTML mailings, with the place they came from."""

    name = "log_pom_clicks"
    log_type = "pom-clicks"
    schema = log(
        "id time ip header email tags countrycode countryname regioncode city linkinfo senderdomain"
        " groupid profile subprofile template document"
    )


class PomClicksOldLog(LogStream):
    """Clicks in HTML mailings that went through the old link tracking."""

    name = "log_pom_clicks_old"
    log_type = "pom-clicks-old"
    schema = log(
        "id time ip header email tags countrycode countryname regioncode city senderdomain groupid"
        " profile subprofile template document"
    )


class PomDeliveriesLog(LogStream):
    """Deliveries of HTML mailings."""

    name = "log_pom_deliveries"
    log_type = "pom-deliveries"
    schema = log(
        "id time attempts email tags senderdomain groupid profile subprofile template document"
    )


class PomErrorsLog(LogStream):
    """Errors of HTML mailings."""

    name = "log_pom_errors"
    log_type = "pom-errors"
    schema = log(
        "id time type status description code content email tags senderdomain groupid profile"
        " subprofile template document"
    )


class PomImpressionsLog(LogStream):
    """Opens of HTML mailings, with the place they came from."""

    name = "log_pom_impressions"
    log_type = "pom-impressions"
    schema = log(
        "id time ip header email tags countrycode countryname regioncode city senderdomain groupid"
        " profile subprofile template document"
    )


class PomRetriesLog(LogStream):
    """Retries of HTML mailings, which no other stream has."""

    name = "log_pom_retries"
    log_type = "pom-retries"
    aliases: ClassVar[dict[str, str]] = {"attempt": "attempts"}  # what the Dutch page calls it
    schema = log(
        "id time attempts email tags senderdomain groupid profile subprofile template document"
    )


class PomUnsubscribesLog(LogStream):
    """Unsubscriptions from HTML mailings."""

    name = "log_pom_unsubscribes"
    log_type = "pom-unsubscribes"
    schema = log("id time email tags senderdomain groupid profile subprofile template document")


class FeedbackLoopErrorsLog(LogStream):
    """Calls to the account's webhooks that failed."""

    name = "log_feedback_loop_errors"
    log_type = "feedback-loop-errors"
    schema = log("time response recipient header")

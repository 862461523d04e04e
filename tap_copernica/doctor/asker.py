"""Makes the doctor's calls: with the tap's own client, one budget for all API versions."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.errors import UnreadableError
from tap_copernica.http.calls import date_of
from tap_copernica.http.client import CopernicaStream
from tap_copernica.http.connection import Connection
from tap_copernica.http.pagination import Page, body_of, page_of
from tap_copernica.http.question import Question
from tap_copernica.reading.list_reader import lowered
from tap_copernica.streams.logs import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import requests
    from singer_sdk.helpers.types import Context

    from tap_copernica.context import CopernicaTap
    from tap_copernica.doctor.shapes import Shapes
    from tap_copernica.http.calls import Calls

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a list.

    Attributes:
        rows: its rows, keys in lower case.
        total: the total that it names, if it does.
        limit: the limit that it names, if it does.
        date: its `Date` header, in UTC, if it has one.
    """

    rows: list[Row]
    total: int | None
    limit: int | None
    date: datetime | None


class Asker(CopernicaStream):
    """Asks one version of the API; no stream of the tap, and it writes nothing."""

    name = "doctor"
    path = "/identity"
    schema = {"type": "object", "properties": {"id": {"type": ["string", "null"]}}}  # noqa: RUF012

    def __init__(self, tap: CopernicaTap, version: str, calls: Calls, shapes: Shapes) -> None:
        """Take the tap whose settings count, the API version, the counter of calls, and the shapes."""
        self.version = version
        self._shapes = shapes
        settings = replace(tap.run.settings, api_version=version)
        self._connection = Connection(settings, tap.logger, calls)
        self.seconds: list[float] = []
        self.last: requests.Response | None = None
        super().__init__(tap)

    @property
    @override
    def run(self) -> Connection:
        return self._connection

    def list(  # noqa: PLR0913 - each is one parameter of the API, or a form of the answer
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        limit: int = 100,
        start: int = 0,
        total: bool = True,
        bare: bool = False,
    ) -> Answer:
        """Ask for one page of a list.

        Raises:
            BudgetSpent: if no call is left.
            CopernicaError: as the tap's own calls.
        """
        question = Question(path=path, params=params or {}, limit=limit, total=total, is_bare=bare)
        response = self._timed(question, start)
        page: Page = page_of(response)
        rows = [lowered(row, self.name) for row in page.rows if isinstance(row, dict)]
        return Answer(rows, page.total, page.limit, date_of(response.headers))

    def object(self, path: str) -> object:
        """Ask for what is no list; give the decoded JSON."""
        return body_of(self._timed(Question(path=path, is_object=True), 0))

    def names(self, path: str, params: Mapping[str, Any]) -> Sequence[str]:
        """Ask for a bare list of names."""
        question = Question(path=path, params=params, is_bare=True)
        found = page_of(self._timed(question, 0)).rows
        return [one for one in found if isinstance(one, str)]

    def first_of_file(self, path: str, most: int) -> Sequence[Row]:
        """Download a file that is one JSON array; give its first rows, keys in lower case."""
        with self.download(path) as file:
            rows = rows_of(
                file, self.decoder.loads, lambda: UnreadableError("It is no JSON array.")
            )
            return [lowered(row, self.name) for row in islice(rows, most)]

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Give none."""
        return ()

    def _timed(self, question: Question, start: int) -> requests.Response:
        began = time.monotonic()
        response = self.answer(question, start)
        self.seconds.append(time.monotonic() - began)
        self.last = response
        self._shapes.keep(self.version, question.path, question.params_at(start, 0), response)
        return response

"""The pages of a pass: by id, from the API's own host or the bulk host; by offset where ids cannot be used.

Every page is checked before its rows are written, since the API ignores a filter that it does not understand
and sends the whole table (observed).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tap_copernica.errors import ApiError, EndlessError, StreamError
from tap_copernica.http.bounds import CALLS_BEFORE_DOUBT, MORE_DOUBT
from tap_copernica.http.bulk import ROWS_PER_ANSWER, BrokenOffError, NoBulkError
from tap_copernica.http.pagination import KeysetPaginator, page_of
from tap_copernica.http.pool import Tasks, result_of
from tap_copernica.http.question import Question
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.passes import PassQuestion, check_ids

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Generator, Iterator, Sequence

    import requests

    from tap_copernica.http.connection import Connection
    from tap_copernica.http.decoding import Decoder
    from tap_copernica.http.pagination import Page as ListPage
    from tap_copernica.reading.passes import Pass
    from tap_copernica.records.profile_rows import ProfileReader
    from tap_copernica.records.rows import Record
    from tap_copernica.settings import Settings

    Page = tuple[Sequence[Record], Pass]
    """Records, and the pass as it will be when they are written."""

# After so many pages from the API's own host, the rest of a list is read from the bulk host.
_OWN_PAGES = 2


class ProfileApi(Protocol):
    """Makes the calls for the rows of a database or collection."""

    name: str
    path: str

    @property
    def parent(self) -> str:
        """The field with the id of the database or collection."""

    @property
    def settings(self) -> Settings:
        """The tap's settings."""

    @property
    def run(self) -> Connection:
        """What the calls of this run share."""

    @property
    def reader(self) -> ProfileReader:
        """Turns rows into records."""

    @property
    def logger(self) -> logging.Logger:
        """Where to log."""

    @property
    def decoder(self) -> Decoder:
        """What decodes the answers."""

    def answer(self, question: Question, start: int = 0) -> requests.Response:
        """Make one call, with retries."""

    def bulk_request(self, question: Question, last: int) -> requests.PreparedRequest:
        """Make the request for rows above an id from the bulk host, with credentials in it."""


class ProfilePages:
    """Gives pages of records, each with the pass as it will be when they are written.

    Attributes:
        evidence: what shows that all rows came, once all pages by id were given.
    """

    def __init__(self, source: ProfileApi, owner: int) -> None:
        """Read the stream's list, that of the database or collection with this id."""
        self._stream = source
        self._parent = {source.parent: owner}
        self._page_size = source.settings.page_size
        self._rows = self._calls = 0
        self._bulk_rows = self._all_bulk_rows = 0
        self._first_page: tuple[int, int] | None = None  # its last id, and how many rows it has
        self.evidence: Evidence | None = None
        self._total: int | None = None
        self._doubt_after = CALLS_BEFORE_DOUBT

    def by_id(self, began: Pass) -> Iterator[Page]:
        """Page by the last id: from the API's own host; from the bulk host if there are more than two pages.

        The end of the list is always confirmed by the API's own host. An answer of the bulk host looks the
        same whether it ends where the list ends, or earlier. Nor does it show that rows are left out in the
        middle; where it does that, the pass is read once more, all of it from the API's own host.
        """
        running, is_over = yield from self._own_pages(began, self._is_much)
        while not is_over:
            running, is_longer = yield from self._bulk_answer(running)
            if not is_longer:
                running, is_over = yield from self._own_pages(running, self._is_on_after_bulk)
        if self._lacks_rows() and self._all_bulk_rows:
            self._ask_for_the_total_again(began)
            if self._lacks_rows() and self._is_a_total_right(began):
                yield from self._without_bulk(began)
                return
        self.evidence = Evidence(self._total, self._rows, self._proof, 1, self._calls)
        if self._lacks_rows():
            self._stream.logger.warning(
                "%s: the API promised %d rows and gave %d. Where each run tells so, its `total` is wrong and "
                "nothing is missing; where this one alone does, rows may be: run once without this stream's "
                "state.",
                *(self._stream.name, self._total, self._rows),
            )

    def _lacks_rows(self) -> bool:
        return self._rows < (self._total or 0)

    @property
    def _proof(self) -> Proof:
        if self._lacks_rows():
            return Proof.SHORT
        return Proof.COUNTED if self._rows == self._total else Proof.WITHOUT_TOTAL

    def _ask_for_the_total_again(self, began: Pass) -> None:
        """Take today's total of the pass, if rows that were removed meanwhile explain that fewer came."""
        total = self._total_of(began, None)
        if total is not None and total <= self._rows:
            self._total = total

    def _is_a_total_right(self, began: Pass) -> bool:
        """Tell whether the total of the ids that the first page covered is the number of its rows.

        There are rows behind that page. So an API that ignores the upper bound gives another total.
        """
        if self._first_page is None:
            return False
        last, rows = self._first_page
        return self._total_of(began, last) == rows

    def _total_of(self, began: Pass, up_to: int | None) -> int | None:
        """Ask the API's own host how many rows a pass has, or those of them up to an id."""
        question = replace(self._question(began, 1, total=True), up_to=up_to, strict_page=None)
        self._calls += 1
        try:
            ask = partial(self._stream.answer, question, began.last)
            return page_of(result_of(self._stream.run.pool, ask)).total
        except ApiError:
            return None

    def _without_bulk(self, began: Pass) -> Iterator[Page]:
        """Give up the bulk host, and read the pass once more from where this run began with it."""
        name = self._stream.name
        reason = f"rows are missing in its answers: {self._total} were announced, {self._rows} came"
        self._stream.run.bulk.give_up(name, reason)
        self._stream.logger.info("%s: what came from the bulk host is read once more.", name)
        yield [], began  # if this run ends now, the next one begins there too
        again = ProfilePages(self._stream, *self._parent.values())
        yield from again.by_id(began)
        if again.evidence is not None:
            calls = self._calls + again.evidence.calls
            self.evidence = replace(again.evidence, readings=2, calls=calls)

    def by_offset(self, running: Pass) -> Iterator[Page]:
        """Page by offset, where a field of the account called `id` hides the real one in filters.

        Each page begins with the last row of the one before it. If rows before it were removed, the page
        begins with a later row, and rows may be skipped: then step back until a known row is seen.
        """
        limit = max(2, self._page_size)  # one row would only be the last one again
        offset, step = running.offset, 1
        while True:
            question = self._question(running, limit, by_offset=True)
            rows = page_of(self._stream.answer(question, offset)).rows
            self._count_call()
            records = self._records(rows, running)
            check_ids(records, records[0]["ID"] - 1 if records else 0, self._stream.name)
            if offset and (not records or records[0]["ID"] > running.last):
                offset, step = max(0, offset - step), step * 2
                continue
            new = [record for record in records if record["ID"] > running.last]
            if not new and len(records) <= 1:
                return
            # If no row is new, rows were added before these and moved them: go on behind them.
            offset, step = offset + len(records) - 1, 1
            if new:
                running = running.after(new, offset)
                yield new, running

    def _own_pages(
        self, running: Pass, is_for_bulk: Callable[[ListPage], bool]
    ) -> Generator[Page, None, tuple[Pass, bool]]:
        """Read from the API's own host.

        Args:
            running: where to begin.
            is_for_bulk: tells, for a page that is not the last, whether the bulk host goes on after it.

        Returns:
            The pass after the last page, and whether that was the end of the list.
        """
        paginator = KeysetPaginator(running.last)
        tasks = Tasks(self._stream.run.pool)
        self._ask(tasks, running, paginator.current_value)
        try:
            while True:
                finished = tasks.next_finished()
                if finished.error is not None:
                    raise finished.error
                self._count_call()
                page = page_of(finished.result)
                records = self._next_records(page.rows, running)
                paginator.advance(finished.result)
                if paginator.finished:
                    return running, True
                running = running.after(records)
                self._first_page = self._first_page or (running.last, self._rows)
                is_over = self._is_last(page)
                goes_on = not is_over and not is_for_bulk(page)
                if goes_on:
                    self._ask(tasks, running, paginator.current_value)
                yield records, running  # written while the next page is under way
                if not goes_on:
                    return running, is_over
        finally:
            tasks.abandon()

    def _ask(self, tasks: Tasks, running: Pass, last: int) -> None:
        """Begin to ask for the page above an id; the first call of a pass asks for the total too."""
        question = self._question(running, self._page_size, total=not self._calls)
        tasks.start(None, partial(self._stream.answer, question, last))

    def _is_last(self, page: ListPage) -> bool:
        """Tell whether a page is the last: not full, and with as many rows as the total promised."""
        if self._calls == 1 and page.total is not None and page.total >= len(page.rows):
            self._total = page.total
        return not self._is_full(page) and self._rows == self._total

    def _is_full(self, page: ListPage) -> bool:
        return len(page.rows) >= min(self._page_size, page.limit or self._page_size)

    def _is_much(self, page: ListPage) -> bool:
        """Tell whether the list is long enough for the bulk host: more than two pages."""
        if not self._stream.run.bulk.is_used:
            return False
        if self._total is not None:
            return self._total > _OWN_PAGES * self._page_size
        return self._calls >= _OWN_PAGES and self._is_full(page)

    def _is_on_after_bulk(self, page: ListPage) -> bool:
        """Tell whether the bulk host goes on, after its last answer ended before the list did."""
        bulk = self._stream.run.bulk
        if self._bulk_rows < self._page_size:  # a call to the API's own host gives more
            reason = f"it gave {self._bulk_rows} rows and ended, where the list has more"
            bulk.give_up(self._stream.name, reason)
        return bulk.is_used and self._is_full(page)

    def _bulk_answer(self, running: Pass) -> Generator[Page, None, tuple[Pass, bool]]:
        """Make one call to the bulk host; give the pass after it, and whether the list surely goes on."""
        name, bulk, count, is_longer = self._stream.name, self._stream.run.bulk, 0, False
        most = ROWS_PER_ANSWER
        self._count_call()
        request = self._stream.bulk_request(self._question(running, ROWS_PER_ANSWER), running.last)
        try:
            for rows in bulk.rows(
                request, name, self._stream.decoder.loads, self._stream.reader.strict_rows
            ):
                records = self._next_records(rows, running)
                running = running.after(records)
                count += len(records)
                yield records, running
                if count > most:  # the host ignores `limit`, but must end somewhere
                    self._doubt()
                    most *= MORE_DOUBT
            is_longer = count >= ROWS_PER_ANSWER
        except BrokenOffError as error:
            is_longer = count >= self._page_size
            if not is_longer:  # a call to the API's own host gives more
                bulk.give_up(name, f"its answer broke off: {error}")
        except EndlessError:
            raise
        except (NoBulkError, StreamError) as error:
            bulk.give_up(name, error)
        self._bulk_rows = count
        self._all_bulk_rows += count
        return running, is_longer

    def _count_call(self) -> None:
        self._calls += 1
        if self._calls >= self._doubt_after:
            self._doubt_after *= MORE_DOUBT
            self._doubt()

    def _doubt(self) -> None:
        """Ask for the total again, since the list has given so many rows.

        Raises:
            EndlessError: if it gave more than twice as many as the total.
        """
        ask = partial(self._stream.answer, Question(path=self._stream.path, limit=1))
        total = page_of(result_of(self._stream.run.pool, ask)).total
        if total is not None and self._rows > 2 * total + self._page_size:
            msg = (
                f"{self._stream.name}: the list has no end: it gave {self._rows} rows and says that it "
                f"has {total}. Please report it as an unexpected API answer."
            )
            raise EndlessError(msg)

    def _question(
        self, running: Pass, limit: int, *, by_offset: bool = False, total: bool = False
    ) -> PassQuestion:
        return PassQuestion(
            path=self._stream.path,
            limit=limit,
            total=total,
            running=running,
            clock=self._stream.settings.clock,
            by_offset=by_offset,
            strict_page=None if by_offset else self._stream.reader.strict_page,
        )

    def _next_records(self, rows: Sequence[Any], running: Pass) -> Sequence[Record]:
        records = self._records(rows, running)
        check_ids(records, running.last, self._stream.name)
        return records

    def _records(self, rows: Sequence[Any], running: Pass) -> Sequence[Record]:
        records = self._stream.reader.of_page(rows, **self._parent)
        running.check_modified(records, self._stream.name)
        self._rows += len(records)
        return records

"""What all streams share: one guard around reading, one reader of rows, one place for failures."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, final

from singer_sdk.streams.core import Stream as SdkStream
from typing_extensions import override

from tap_copernica.clock import rfc3339
from tap_copernica.errors import (
    EndOfRun,
    EndOfStream,
    NotOfferedError,
    RunError,
    StreamError,
    UnreadableError,
)
from tap_copernica.http.pagination import page_of
from tap_copernica.http.question import Question
from tap_copernica.output.progress import Progress
from tap_copernica.output.writer import BlockWriter
from tap_copernica.reading.bare_lists import BareLists
from tap_copernica.reading.evidence import Evidence, Proof
from tap_copernica.reading.list_reader import ListReader
from tap_copernica.reading.parents import Refused
from tap_copernica.records import fields as f
from tap_copernica.records.named import NamingReader
from tap_copernica.settings import DEFAULT_TIMEZONE
from tap_copernica.streams.resting import RestingStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from singer_sdk.helpers.types import Context

    from tap_copernica.context import CopernicaTap
    from tap_copernica.reading.parents import Waiting
    from tap_copernica.records.fields import Schema
    from tap_copernica.records.personal import Action, Rules
    from tap_copernica.records.rows import Record, RecordReader

P = TypeVar("P")
# A time in a state is damaged if its year is not among these.
YEARS_OF_STATES = range(1970, 3000)
# A bookmark may be ahead of the clock by so much without a word: clocks differ.
_NOTABLE = timedelta(hours=1)


def _unusable(stream: str, path: str, what: str) -> str:
    return f"{stream}: the API sent {what}, for `{path}`. Run again later; please report it if it stays so."


class Stream(RestingStream):
    """A stream of this tap: data on top, and `read`, which yields records and writes STATE."""

    # `rows.py` has made every value what the schema says.
    TYPE_CONFORMANCE_LEVEL = type(SdkStream.TYPE_CONFORMANCE_LEVEL).NONE

    api_versions: ClassVar[tuple[str, ...]] = ("v2", "v3", "v4")

    cost: ClassVar[str] = ""
    """How many calls a run makes for it, for the table of streams in the docs; empty for the usual number."""

    aliases: ClassVar[dict[str, str]] = {}
    """Other names that the API may have for a field of the schema."""

    is_probed: ClassVar[bool] = True
    """Whether `--test` asks for a row of it. Not where its rows come in another stream's answer."""

    optional_in: ClassVar[tuple[str, ...]] = ()
    """API versions in which it is in the catalog only if `optional_streams` names it: it costs many calls."""

    optional_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that are in the catalog only if `optional_fields` names them: credentials, and large ones."""

    without_bookmark: ClassVar[str] = "the stream is read again from `start_date`"
    """What a run does if the state has no bookmark; a part of a message."""

    notes_windows: ClassVar[bool] = False
    """Whether each of its windows is a row of `sync_windows`. Else all that a run reads is one row."""

    had_nothing_to_read: bool = False
    """Whether this run had no period to read. Then `sync_windows` gets no row."""

    evidence: Evidence | None = None
    """What shows that all was read, where the stream itself knows."""

    follows_counters: ClassVar[bool] = False
    """Whether rows are read again for `statistics_window_days`, since their counters change after sending."""

    _began: datetime
    _api_clock_known: bool
    _calls_before: int

    read_order: ClassVar[int] = 0
    """Streams with a lower number are read before those with a higher one."""

    names_ids_of: ClassVar[Mapping[str, str]] = {}
    """Fields that hold an id of a row of another stream, and that stream's name.

    An id that the list of that stream does not have yet makes the run read the list again.
    """

    def __init__(
        self, tap: CopernicaTap, *, schema: Schema | None = None, name: str | None = None
    ) -> None:
        """Note the stream's own keys and schema, before a catalog changes what the SDK shows of them."""
        withheld = tap.withheld(name or self.name, self.optional_fields)
        read = f.without(self.schema if schema is None else schema, withheld)
        self.protection = tap.personal.of(name or self.name, read)
        own = f.without(read, self.protection.dropped)
        super().__init__(tap, schema=own, name=name)
        self.withheld, self.read_schema = withheld, read
        self.key_fields = tuple(self.primary_keys or ())
        self.time_field = self.replication_key
        if schema is None:
            self.schema = own  # type: ignore[misc] # in the place of the class's, which has all fields
        self.own_schema = own
        self.watch = Progress(self.name, self.calls, self.logger)

    @property
    def began(self) -> datetime:
        """When its reading began, by the earlier of this machine's clock and the API's.

        The API's is known from the first answer of a run, which may come after the reading began.
        """
        if self._api_clock_known:
            return self._began
        return min(self._began, self.calls.api_date or self._began)

    def begin(self) -> None:
        """Note when its reading begins, and what calls were made before."""
        self._began, self._calls_before = self.calls.now(), self.calls.made_for[self.name]
        self._api_clock_known = self.calls.api_date is not None

    def reached(self) -> datetime | None:
        """Read the bookmark, as an instant in UTC.

        Raises:
            StreamError: if it is no date-time.
        """
        return None if self.bookmark is None else self.instant_of_state(self.bookmark)

    @property
    def lookback(self) -> timedelta:
        """How far before its bookmark the stream reads again."""
        settings = self.settings
        counters = settings.statistics_window if self.follows_counters else timedelta()
        return max(settings.lookback, counters)

    def reads_again_from(self, reached: datetime, latest: datetime) -> datetime:
        """Give the instant from which a stream that came to `reached` reads again.

        A bookmark after `latest` was written by a clock that was wrong, and counts as that.
        """
        return min(reached, latest) - self.lookback

    def tell_of_nothing(self, why: str) -> None:
        """Log that there is nothing to read: `start_date` is in the future, or else `why`."""
        start = self.settings.start_date
        if self.bookmark is None and start is not None and start > self.calls.now():
            why = ", `start_date` is in the future"
        self.logger.info("%s: nothing to read%s.", self.name, why)

    def bookmark_at(self, instant: datetime) -> str:
        """Give the bookmark once all before an instant is written; it never moves back."""
        reached = self.reached()
        return rfc3339(instant if reached is None else max(instant, reached))

    def instant_of_state(self, text: str) -> datetime:
        """Read a time that the state holds; raises `StreamError`."""
        instant = None
        with contextlib.suppress(ValueError, OverflowError):
            instant = self.settings.clock.parse(text)
        if instant is None or instant.year not in YEARS_OF_STATES:
            msg = (
                f"{self.name}: the bookmark in the state is no date-time. Correct or remove it; without "
                f"one, {self.without_bookmark}."
            )
            raise StreamError(msg)
        return instant

    def _warn_of_the_future(self) -> None:
        """Warn of a bookmark in the future: no run can have reached it, and rows before it are not read."""
        reached = self.reached()
        if reached is not None and reached > self.calls.now() + _NOTABLE:
            self.logger.warning(
                "%s: its bookmark lies in the future (%s), and all before it counts as read. A clock may "
                "have been wrong when it was written. Set it back in the state, or remove it; without "
                "one, %s.",
                *(self.name, rfc3339(reached), self.without_bookmark),
            )

    @cached_property
    def reader(self) -> RecordReader:
        """Turns this stream's rows into records."""
        return NamingReader(
            self.name,
            self.read_schema,
            self.settings.clock,
            protection=self.protection,
            names=self.names_ids_of,
            into=self.run.named,
            notice=self.notice,
            required=[*self.key_fields, *([self.time_field] if self.time_field else [])],
            logger=self.logger,
            aliases=self.aliases,
            withheld=self.withheld,
        )

    @cached_property
    def list_reader(self) -> ListReader:
        """Reads lists for this stream; what one list teaches serves the next."""
        return ListReader(self)

    def _note_whole(self) -> None:
        """Write the one row of `sync_windows` for a list or pass, which has no windows."""
        made = self.calls.made_for[self.name] - self._calls_before
        found = self.list_reader.evidence if "list_reader" in self.__dict__ else None
        rows = self.watch.rows
        evidence = found or self.evidence or Evidence(None, rows, Proof.ANSWERED, 1, made)
        if self.lacks_rows:
            evidence = replace(evidence, proof=Proof.PARTIAL)
        at = rfc3339(self.began)
        self.run.ledger.note(self.name, at, at, evidence, written=rows, started=self.began)

    def notice(self, records: Sequence[Record]) -> None:
        """Look at records as soon as they are read; called in the thread that reads them."""

    def after_reading(self) -> None:
        """Do what there is to do once the stream was read to its end."""

    def probe(self) -> str:
        """Make one call for one row, for `--test`; say what came."""
        page = next(iter(self.pages(Question(path=self.path, limit=1))))
        found = (
            f"{page.total} rows" if page.total is not None else "rows" if page.rows else "none yet"
        )
        return f"answers: {found}"

    @property
    def extra_params(self) -> dict[str, Any]:
        """Parameters that every call for its list has, besides those of the page and the period."""
        return {}

    def object_at(
        self, path: str, params: Mapping[str, Any] | None = None, *, may_be_null: bool = False
    ) -> Record:
        """Ask for one object. It comes bare, or under `data`, as some pages of the docs have it.

        Args:
            path: its path.
            params: parameters of the call.
            may_be_null: whether `null` is an empty object.
        """
        body = self.single(path, params)
        inner = body.get("data", body) if isinstance(body, dict) else body
        if inner == [] or (inner is None and may_be_null):  # PHP's empty object
            inner = {}
        if not isinstance(inner, dict):
            kind = "`null`" if inner is None else type(inner).__name__
            raise UnreadableError(_unusable(self.name, path, f"no object, but {kind}"))
        if inner and not self.reader.knows(inner):
            what = "an object that has none of the documented fields"
            raise UnreadableError(_unusable(self.name, path, what))
        return inner

    @property
    @override
    def meanings(self) -> dict[str, Any]:
        zone = self.settings.timezone
        if not self.time_field:
            return {}
        return {"timezone": None if zone == DEFAULT_TIMEZONE else zone}

    def personal_actions(self, rules: Rules) -> dict[str, Action]:
        """Give what rules on personal data do with the fields of this stream that they do not keep."""
        return rules.actions(self.name, self.read_schema)

    def bare_list(self, question: Question) -> list[Any]:
        """Read a list that comes without an envelope to its end."""
        lists = self.run.shared(f"bare {self.path}", BareLists)
        return lists.rows(lambda asked, start: page_of(self.answer(asked, start)), question)

    def refused(self, parent: object, answer: Refused) -> bool:
        """Warn that a parent is left out; tell whether the next run is to ask for it again."""
        self.logger.warning("%s", answer.told(self.name, parent))
        if answer.is_gone:
            return False
        self.watch.left_out.append(f"{parent}")
        self.keep_old_rows()
        return True

    def settle(self, parent: P, answer: object, waiting: Waiting[P], name: str = "") -> None:
        """Note what came for a parent. One that was refused waits for the next run, unless it is gone.

        Args:
            parent: the parent.
            answer: what came for it: a refusal, or anything else.
            waiting: the parents that wait.
            name: what messages call it, if not by itself.
        """
        name = name or f"{parent}"
        if not isinstance(answer, Refused) or not self.refused(name, answer):
            waiting.done(parent)
        elif not waiting.add(parent, self.calls.now().date()):
            self.logger.warning(
                "%s: %s gave no answer for a month and is not asked for any more.", self.name, name
            )

    def read_also(self, read: Callable[[], Iterator[Record]]) -> None:
        """Read once more, with another `read`, after every stream was read; no SCHEMA is written again."""
        self.read = read  # type: ignore[method-assign] # `sync_records` calls it
        self.sync_records()

    @abstractmethod
    def read(self) -> Iterator[Record]:
        """Yield every record, and write STATE after what it covers."""

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """Whether to say at the end of a whole list that all rows of other versions are gone.

        Not with files: a loader does not know the version of a file's rows, and would delete them.
        """
        return self.settings.activates_versions and self.settings.batches is None

    @override
    @contextlib.contextmanager
    def around_sync(self) -> Iterator[None]:
        try:
            yield
        except EndOfStream as end:
            self.watch.outcome = "failed"
            self.run.report.failed(self.name, end.error)

    @final
    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Read; a failure ends this stream or the whole run, depending on what it is."""
        if self.watch not in self.run.report.watches:
            self.run.report.watches.append(self.watch)
        self.watch.place = self.run.report.place()
        self.watch.begin()
        for name in self.changed_meanings():
            self.logger.warning(
                "%s: `%s` had another value when the bookmark was written. Rows before the bookmark stay as "
                "they were read then; to read them again, run once with a full refresh (Meltano's "
                "`--full-refresh`, or without a state).",
                self.name,
                name,
            )
        try:
            self.begin()
            with self.run.turns.turn(self.name):
                yield from self.read()
            if not self.notes_windows and not self.had_nothing_to_read:
                self._note_whole()
            self.activate_version()
            if self.is_daily and not self.lacks_rows:
                self.note_read()
            self.after_reading()
            self._warn_of_the_future()
            self.watch.outcome = "done"
        except NotOfferedError as error:
            self.watch.outcome = "skipped"
            # Remembered for the day if the API said so, not if the tap itself found out.
            if error.said:
                self.note_absent()
            self.run.report.skipped(self.name, error)
        except StreamError as error:
            self.watch.outcome = "failed"
            self.run.report.failed(self.name, error)
        except RunError as error:
            # Past the SDK, whose `except Exception` would call it unhandled.
            raise EndOfRun(error) from None
        finally:
            writer = self.tap.message_writer
            if (
                self.watch.outcome != "done"
                and self.is_incremental
                and isinstance(writer, BlockWriter)
            ):
                writer.stream_ended_early()
            self.reader.log_losses()
            self.watch.end()

"""Ids of the (sub)profiles that exist, and of those in a selection: deletions can be found with them.

Lists of (sub)profiles have no removed ones, and a removal does not change `modified` (observed). So a row in
the warehouse whose id is not in a complete list of ids was removed.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from tap_copernica.clock import rfc3339
from tap_copernica.errors import IS_UNDOCUMENTED, ApiError, StreamError, UnreadableError
from tap_copernica.http.bounds import MOST_MORE_IDS, MOST_ROWS
from tap_copernica.http.id_lists import Ids, ids_of
from tap_copernica.http.pagination import page_of
from tap_copernica.http.question import Question
from tap_copernica.reading.parents import Parents, Refused
from tap_copernica.records import fields as f
from tap_copernica.records.casts import integer_or_none
from tap_copernica.settings import API_VERSIONS
from tap_copernica.streams.base import Stream
from tap_copernica.streams.databases import MiniviewsStream, SelectionStream, ViewsStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_copernica.records.fields import Schema
    from tap_copernica.records.rows import Record

_RECORDS_AT_ONCE = 2000


class IdStream(Stream):
    """Ids, one list per parent: written if it has as many ids as the list of the rows announces."""

    optional_in = API_VERSIONS
    is_probed = False
    parent: ClassVar[str]
    """The kind of parent: the field with its id, and the name in the paths."""
    people: ClassVar[str]
    """Whose ids they are, as paths have it: `profile` or `subprofile`."""

    @abstractmethod
    def parents(self) -> Sequence[int]:
        """Give the ids of the parents."""

    @override
    def read(self) -> Iterator[Record]:
        failed: list[StreamError] = []
        asked = Parents(self.name, self.run.pool, self._ids_or_error)
        for parent, outcome in asked.answers(self.parents()):
            if isinstance(outcome, Refused):
                self.refused(parent, outcome)
            elif isinstance(outcome, StreamError):
                failed.append(outcome)
            else:
                yield from self._write(parent, outcome)
        if failed:
            raise UnreadableError(" ".join(error.message for error in failed))

    def selections(self, stream: SelectionStream, parents: Sequence[int]) -> Sequence[int]:
        """Give the ids of selections. If a list of selections was refused, rows of earlier runs stay."""
        numbers = stream.ids_below(parents)
        if stream.lacks_some:
            self.keep_old_rows()
        return numbers

    def _write(self, parent: int, ids: Sequence[int]) -> Iterator[Record]:
        rest = {"seen_at": rfc3339(self.run.began), "list_size": len(ids)}
        for begin in range(0, len(ids), _RECORDS_AT_ONCE):
            some = ids[begin : begin + _RECORDS_AT_ONCE]
            yield from self.emit([{self.parent: parent, "ID": number, **rest} for number in some])

    def _ids_or_error(self, parent: int) -> Sequence[int] | StreamError:
        """Read a list of ids, or give the error of this list alone; raises `ApiError` if it is refused."""
        try:
            return self._ids(parent)
        except ApiError:
            raise
        except StreamError as error:
            return error

    def _ids(self, parent: int) -> Sequence[int]:
        """Read a list until it has as many ids as its parent has rows.

        Rows may be added or removed meanwhile: a count between the totals before and after is right too.
        """
        path = f"/{self.parent}/{parent}/{self.people}"
        before = self._total(f"{path}s")
        for _ in range(self.settings.max_tries):
            ids = self._list(f"{path}ids", before)
            if ids is not None and before in {None, len(ids)}:
                return ids
            after = self._total(f"{path}s")
            counts = sorted(total for total in (before, after) if total is not None)
            if ids is not None and (after is None or counts[0] <= len(ids) <= counts[-1]):
                return ids
            before = after
        what = "changes while it is read" if ids is None else f"has {len(ids)} ids"
        msg = (
            f"{self.name}: {path}ids {what}, its {self.parent} {before} rows. Nothing of it "
            "was written, since what it lacks would look deleted. Run again later; please report it if "
            "it stays so."
        )
        raise UnreadableError(msg)

    def _total(self, path: str) -> int | None:
        return page_of(self.answer(Question(path=path, limit=1))).total

    def _list(self, path: str, expected: int | None) -> Sequence[int] | None:
        """Ask for ids until there are as many as expected, or no new one comes.

        The docs contradict each other on whether these bare lists are paged. So each page is asked for from
        the last id of the page before it on. If a page begins with another id, ids before it were removed,
        and ids between the two pages may be missing.

        Returns:
            The ids; None where the list changed while it was read.

        Raises:
            UnreadableError: if new ones never cease to come.
        """
        most = 2 * (MOST_ROWS if expected is None else expected) + MOST_MORE_IDS
        ids, question = Ids(), Question(path=path, limit=max(2, self.settings.page_size))
        while True:
            known = len(ids.numbers)
            first, count, new = None, 0, 0
            with self.download_page(question, max(0, known - 1)) as file:
                found = ids_of(file, self.decoder.loads, self.name, path)
                for count, number in enumerate(map(self._id, found), 1):
                    first = number if count == 1 else first
                    new += ids.add(number)
                    if len(ids.numbers) > most:
                        raise UnreadableError(self._endless(path, most))
            goes_on = not known or first == ids.numbers[known - 1]
            is_whole_again = not new and count == known
            if not goes_on and not is_whole_again:
                return None
            if not new or len(ids.numbers) == expected:
                return ids.numbers

    def _endless(self, path: str, most: int) -> str:
        return (
            f"{self.name}: {path} has no end: it gave more than {most} ids, twice as many as its "
            f"{self.parent} has rows. Nothing of it was written."
        )

    def _id(self, value: object) -> int:
        number = integer_or_none(value)
        if number is None:
            msg = (
                f"{self.name}: the API sent an id of type {type(value).__name__} that is no number. "
                f"Nothing of its list was written. {IS_UNDOCUMENTED}"
            )
            raise UnreadableError(msg)
        return number


def _schema(parent: str, of_parent: str, person: str) -> Schema:
    return f.record(
        **{parent: f.key(f.integer(of_parent, f.NONE))},
        ID=f.key(f.integer(f"Id of the {person}.", f.LINK)),
        seen_at=f.moment("When the run began that saw it, in UTC."),
        list_size=f.integer(
            "Ids in this list: as many rows have this `seen_at` once all are loaded.", f.NONE
        ),
    )


class ProfileIdsStream(IdStream):
    """Profiles that exist, by database."""

    name = "profile_ids"
    path = "/database/{id}/profileids"
    cost = "2 per database"
    parent = "database"
    people = "profile"
    primary_keys = ("database", "ID")
    schema = _schema("database", "Id of the database (`databases.ID`).", "profile")

    @override
    def parents(self) -> Sequence[int]:
        return [one.id for one in self.tap.definitions.chosen]


class SubprofileIdsStream(IdStream):
    """Subprofiles that exist, by collection."""

    name = "subprofile_ids"
    path = "/collection/{id}/subprofileids"
    cost = "2 per collection"
    parent = "collection"
    people = "subprofile"
    primary_keys = ("collection", "ID")
    schema = _schema("collection", "Id of the collection (`collections.ID`).", "subprofile")

    @override
    def parents(self) -> Sequence[int]:
        return [part.id for part in self.tap.definitions.chosen_collections]


class ViewProfileIdsStream(IdStream):
    """Profiles that are in a selection."""

    name = "view_profile_ids"
    read_order = 1  # the selections are known by then, where they are read too
    path = "/view/{id}/profileids"
    cost = "2 per selection, and what `views` costs"
    parent = "view"
    people = "profile"
    primary_keys = ("view", "ID")
    schema = _schema("view", "Id of the selection (`views.ID`).", "profile")

    @override
    def parents(self) -> Sequence[int]:
        return self.selections(
            ViewsStream(self.tap), [one.id for one in self.tap.definitions.chosen]
        )


class MiniviewSubprofileIdsStream(IdStream):
    """Subprofiles that are in a selection."""

    name = "miniview_subprofile_ids"
    read_order = 1
    path = "/miniview/{id}/subprofileids"
    cost = "2 per selection, and what `miniviews` costs"
    parent = "miniview"
    people = "subprofile"
    primary_keys = ("miniview", "ID")
    schema = _schema("miniview", "Id of the selection (`miniviews.ID`).", "subprofile")

    @override
    def parents(self) -> Sequence[int]:
        parts = [part.id for part in self.tap.definitions.chosen_collections]
        return self.selections(MiniviewsStream(self.tap), parts)

"""A pass over the profiles of a database, or the subprofiles of a collection.

A pass reads the rows that changed since the bookmark, in the order of their ids. The bookmark is a time,
so it can move only when the pass is finished. Until then the state keeps how far the pass came, and a run
that is killed goes on there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.clock import rfc3339, wall_text
from tap_copernica.errors import IgnoredFilterError
from tap_copernica.http.question import Question
from tap_copernica.records.strict import column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.records.rows import Record


@dataclass(frozen=True, slots=True)
class Pass:
    """How far a pass came.

    Attributes:
        began: when it began. The next pass reads what changed after that.
        since: it reads rows that were modified at this instant or later; None reads all.
        last: all rows up to this id are written.
        offset: where the next page begins, where pages can only begin at an offset.
        fields: which fields its rows have, as `KnownFields.text`; None for a pass of an earlier version.
    """

    began: datetime
    since: datetime | None = None
    last: int = 0
    offset: int = 0
    fields: str | None = None

    @classmethod
    def of_state(cls, state: Any) -> Pass | None:
        """Read what `state` has written; None for anything else."""
        if not isinstance(state, dict):
            return None
        since = state.get("since")
        try:
            return cls(
                _instant(state["began"]),
                None if since is None else _instant(since),
                int(state["last"]),
                int(state["offset"]),
                state.get("fields"),
            )
        except (KeyError, ValueError, TypeError):
            return None

    def state(self) -> dict[str, Any]:
        """Give what the state keeps of it."""
        return {
            "began": rfc3339(self.began),
            "since": None if self.since is None else rfc3339(self.since),
            "last": self.last,
            "offset": self.offset,
            **({} if self.fields is None else {"fields": self.fields}),
        }

    def conditions(
        self, clock: AccountClock, *, above: int | None, up_to: int | None = None
    ) -> list[str]:
        """Give the conditions for the parameter `fields[]`. None may have a blank before its operator.

        Args:
            clock: the account's.
            above: rows must have a higher id than this; None makes no such condition.
            up_to: rows must have this id or a lower one; None makes no such condition.
        """
        found = []
        if self.since is not None:
            found.append(f"modified>={wall_text(clock.wall(self.since))}")
        if above is not None:
            found.append(f"id>{above}")
        if up_to is not None:
            found.append(f"id<={up_to}")
        return found

    def check_modified(self, records: Sequence[Record], stream: str) -> None:
        """Make sure that the API did not ignore the filter on `modified`.

        Raises:
            IgnoredFilterError: if a row was modified before what was asked for, or never.
        """
        if self.since is None:
            return
        first = rfc3339(self.since)
        if any(time is None or time < first for time in column_of(records, "modified")):
            msg = (
                f"{stream}: the API ignores the filter fields[]=modified>=…: asked for what changed since "
                f"{first}, it gave a row that did not. Nothing of this page was written. Check `timezone`; "
                "if it is right, run with `--full-refresh`, and please report it."
            )
            raise IgnoredFilterError(msg)

    def after(self, records: Sequence[Record], offset: int = 0) -> Pass:
        """Give the pass as it will be when these records are written; the next page begins at `offset`."""
        last = records[-1]["ID"] if records else self.last
        return replace(self, last=last, offset=offset)


@dataclass(frozen=True, kw_only=True)
class PassQuestion(Question):
    """The rows of a pass, in the order of their ids.

    Attributes:
        running: the pass.
        clock: the account's.
        by_offset: whether a page begins at an offset. Else it begins above an id: then rows that are added or
            removed meanwhile shift no other row.
        up_to: the highest id that it asks for; None for all.
    """

    running: Pass
    clock: AccountClock
    by_offset: bool = False
    up_to: int | None = None

    @override
    def params_at(self, position: int, page_size: int) -> dict[str, Any]:
        above = None if self.by_offset else position
        params = {
            "fields[]": self.running.conditions(self.clock, above=above, up_to=self.up_to),
            "orderby": "id",
            "order": "asc",
            "limit": self.limit or page_size,
            **({"start": position} if self.by_offset else {}),
        }
        if not self.total:
            params["total"] = "false"  # documented: such an answer is faster
        return params


def check_ids(records: Sequence[Record], last: int, stream: str) -> None:
    """Make sure that the ids of a page rise, and are higher than `last`.

    Raises:
        IgnoredFilterError: if it does not.
    """
    reached = last
    for one in column_of(records, "ID"):
        if one <= reached:
            what = "fields[]=id>…" if one <= last else "orderby=id"
            msg = (
                f"{stream}: the API ignores {what}: after the id {reached} it gave {one}. "
                "Nothing of this page was written; what came before it is in the state. Run again "
                "later, and please report it if it stays so."
            )
            raise IgnoredFilterError(msg)
        reached = one


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)

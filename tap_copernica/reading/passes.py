"""One pass over the rows of a database or collection: where it began, and how far it has come.

Rows are read in the order of their ids, while the bookmark is about `modified`. So the bookmark can
move only when a pass ends, and the state holds the pass beside it, to go on in its middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_copernica.clock import rfc3339, wall_text
from tap_copernica.errors import IgnoredFilterError
from tap_copernica.http.question import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_copernica.clock import AccountClock
    from tap_copernica.records.rows import Record


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass.

    Attributes:
        began: when it began: changes after that are the next pass's.
        since: reads rows modified from this instant on; None reads all.
        last: the id up to which all of them are written.
        offset: where to look for the next ones, where only offsets can page.
    """

    began: datetime
    since: datetime | None = None
    last: int = 0
    offset: int = 0

    @classmethod
    def of_state(cls, state: Any) -> Pass | None:
        """Read what `state` wrote; None where it is no unfinished pass, or not one of ours."""
        if not isinstance(state, dict):
            return None
        since = state.get("since")
        try:
            return cls(
                _instant(state["began"]),
                None if since is None else _instant(since),
                int(state["last"]),
                int(state["offset"]),
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
        }

    def conditions(self, clock: AccountClock, *, above: int | None) -> list[str]:
        """Write what to ask for, as the parameter `fields[]` takes it: no blank may be in it.

        Args:
            clock: the account's.
            above: the id that rows must be above; None asks for none.
        """
        found = []
        if self.since is not None:
            found.append(f"modified>={wall_text(clock.wall(self.since))}")
        if above is not None:
            found.append(f"id>{above}")
        return found

    def check_modified(self, records: Sequence[Record], stream: str) -> None:
        """Make sure that the filter on `modified` was not ignored, as one the API cannot read is.

        Raises:
            IgnoredFilterError: if a row was modified before what was asked for, or never.
        """
        if self.since is None:
            return
        first = rfc3339(self.since)
        if any(record["modified"] is None or record["modified"] < first for record in records):
            msg = (
                f"{stream}: the API ignores the filter fields[]=modified>=…: asked for what changed since "
                f"{first}, it gave what did not. Nothing of this page was written. Check `timezone`; if "
                "it is right, run with `--full-refresh`, and please report it."
            )
            raise IgnoredFilterError(msg)

    def after(self, records: Sequence[Record], offset: int = 0) -> Pass:
        """Give the pass with these records written; `offset` is where to look next."""
        last = records[-1]["ID"] if records else self.last
        return replace(self, last=last, offset=offset)


@dataclass(frozen=True, kw_only=True)
class PassQuestion(Question):
    """The rows of a pass, in the order of their ids.

    Attributes:
        running: the pass.
        clock: the account's.
        by_offset: pages begin at an offset; else above an id, which moves no row when others come or go.
    """

    running: Pass
    clock: AccountClock
    by_offset: bool = False

    @override
    def params_at(self, position: int, page_size: int) -> dict[str, Any]:
        above = None if self.by_offset else position
        params = {
            "fields[]": self.running.conditions(self.clock, above=above),
            "orderby": "id",
            "order": "asc",
            "limit": self.limit or page_size,
            **({"start": position} if self.by_offset else {}),
        }
        if not self.total:
            params["total"] = "false"  # the API counts faster without (D)
        return params


def check_ids(records: Sequence[Record], last: int, stream: str) -> None:
    """Make sure that a page goes on after an id, in the order of ids.

    Raises:
        IgnoredFilterError: if it does not.
    """
    reached = last
    for record in records:
        if record["ID"] <= reached:
            what = "fields[]=id>…" if record["ID"] <= last else "orderby=id"
            msg = (
                f"{stream}: the API ignores {what}: after the id {reached} it gave {record['ID']}. "
                "Nothing of this page was written; what came before it is in the state. Run again "
                "later, and please report it if it stays so."
            )
            raise IgnoredFilterError(msg)
        reached = record["ID"]


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)

"""Streams that ask something for each mailing or template, and lists that are read whole."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tests.reliability.world import LAG, World, bare, is_number

if TYPE_CHECKING:
    from tests.reliability.consumer import Key, Record
    from tests.reliability.world import Row

_COUNTERS = ("abuses", "clicks", "errors", "impressions", "unsubscribes")
_ACCOUNT = {"days": 4, "clicks_per_day": 8, "mailings_per_day": 2}


class CounterWorld(World):
    """Rows that hold counters, which only grow."""

    account = _ACCOUNT
    fresh = False
    """Whether the last run has read every row anew."""

    @property
    def left_out(self) -> set[Any]:
        """The ids of parents that the API refused: the next run asks for them again."""
        parents = [entry["parent"] for entry in self.consumer.progress.get("refused") or []]
        return {parent[1] if isinstance(parent, list) else parent for parent in parents}

    @override
    def learn(self) -> dict[Key, Row]:
        shown = {self.key_of(row): row for row in self.box.rows(self.consumer.stream)}
        self.known |= shown
        return shown

    @override
    def before_run(self, settings: dict[str, Any]) -> Any:
        return self.consumer.progress.get("finished") is None

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        totals = [(record[kind]["total"], row[kind]["total"]) for kind in _COUNTERS]
        # What stands beside a number that no type holds is there.
        people = [
            (record[kind]["unique"], row[kind]["unique"])
            for kind in _COUNTERS
            if "unique" in row[kind]
        ]
        if self.fresh and self.key_of(row) in self.required - self.left_out:
            right = all(is_number(read, counted) for read, counted in totals)
            return right and all(read == counted for read, counted in people)
        grown = all(read is None or read <= counted for read, counted in totals)
        return grown and all(read <= counted for read, counted in people)


class MailingWorld(CounterWorld):
    """Counters of mailings: the bookmark vouches for those sent before it."""

    family = "per mailing"
    streams: ClassVar[tuple[str, ...]] = ("emailing_statistics", "publisher_emailing_statistics")

    @property
    def parents(self) -> str:
        """The stream of the mailings."""
        return self.consumer.stream.replace("emailing_statistics", "emailings")

    @override
    def key_of(self, row: Row) -> Key:
        return row["emailing"] if "emailing" in row else row["mailing"]

    @override
    def retire(self, count: int) -> None:
        self.learn()
        oldest = [row["id"] for row in self.box.rows(self.parents)][:count]
        self.box.remove(self.parents, oldest)
        self.required -= set(oldest)

    @override
    def after_run(self, noted: bool, *, whole: bool) -> None:
        self.fresh = whole and noted
        reached = self.consumer.bookmark
        if reached is not None:
            self.required |= {
                row["id"]
                for row in self.box.rows(self.parents)
                if self.start <= row["instant"] < datetime.fromisoformat(reached)
            } - self.left_out

    @override
    def is_up_to_date(self) -> bool:
        reached = self.consumer.bookmark
        hour = self.wall(self.now - LAG).hour
        return 1 <= hour <= 4 or reached is not None  # the latter: no clock is changed


class GroupWorld(MailingWorld):
    """Final groups, of which every other mailing that was split has none."""

    family = "final groups"
    streams = ("publisher_final_groups",)
    account = {"days": 4, "clicks_per_day": 0, "mailings_per_day": 12}  # noqa: RUF012 - as in its base
    switches: ClassVar[dict[str, Any]] = {**World.switches, "final_groups": "half"}

    @property
    @override
    def parents(self) -> str:
        return "publisher_emailings"

    @override
    def settle(self, **settings: Any) -> None:
        """Say of none any more that its endpoint is unknown: said of all, that is an API without it."""
        self.box.switch(no_final_group="missing")
        super().settle(**settings)

    @override
    def key_of(self, row: Row) -> Key:
        return row["emailing"]

    @override
    def after_run(self, noted: bool, *, whole: bool) -> None:
        super().after_run(noted, whole=whole)
        self.required &= self.learn().keys()

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        return bool(bare(record["name"]) == row["name"]) and is_number(
            record["destinations"], row["destinations"]
        )


class ListWorld(CounterWorld):
    """Lists without a bookmark: a pass that is over replaces all that was there before it."""

    family = "lists"
    streams = ("templates", "template_statistics")

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.settings = {"emit_activate_version_messages": True}

    @override
    def key_of(self, row: Row) -> Key:
        return row["id"] if "id" in row else row["template"]

    @override
    def retire(self, count: int) -> None:
        self.learn()
        gone = [row["id"] for row in self.box.rows("templates")][: count % 2]
        self.box.remove("templates", gone)
        self.required -= set(gone)

    @override
    def before_run(self, settings: dict[str, Any]) -> tuple[bool, set[Any]]:
        return super().before_run(settings), set(self.consumer.versions.values())

    @override
    def after_run(self, noted: tuple[bool, set[Any]], *, whole: bool) -> None:
        is_new_pass, earlier = noted
        whole = whole and "is left out" not in self.consumer.said
        self.fresh = whole and is_new_pass
        if whole:
            self.required = {row["id"] for row in self.box.rows("templates")}
        # The SDK's versions are seconds, and two runs of a test may share one.
        if self.fresh and not earlier & set(self.consumer.versions.values()):
            assert len(self.consumer.table) == len(self.required), "rows of an older pass are left"

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        if self.consumer.stream == "template_statistics":
            return super().is_same(record, row)
        return bool(record["id"] == row["id"])

    @override
    def is_up_to_date(self) -> bool:
        return self.consumer.progress.get("finished") is None

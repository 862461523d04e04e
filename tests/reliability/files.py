"""Log files: whole days, whose rows are told apart by the file's name and their place in it."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from copernica_sandbox import damage, logs
from tests.reliability.world import LAG, World, is_number, undamaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reliability.consumer import Key, Record
    from tests.reliability.world import Row

_TYPES = {"log_cdm_click": "cdm-click", "log_pom_attempts": "pom-attempts"}
_DAY = timedelta(days=1)


class LogWorld(World):
    """The files of one type: the bookmark vouches for the days up to and with it."""

    family = "log files"
    streams = tuple(_TYPES)
    account = {"days": 6, "clicks_per_day": 8, "mailings_per_day": 2}  # noqa: RUF012 - as in its base
    personal = "@example.org"

    @property
    def last_day(self) -> date:
        """The last day that is over both in UTC and on the account's clock."""
        edge = self.now - LAG
        return min(edge.astimezone(UTC).date(), self.wall(edge).date()) - _DAY

    @override
    def key_of(self, row: Row) -> Key:
        return row["file"], row["row"]

    @override
    def learn(self) -> dict[Key, Row]:
        shown = {self.key_of(row): row for row in self._rows()}
        self.known |= shown
        return shown

    @override
    def retire(self, count: int) -> None:
        self.learn()
        self.box.switch(retention_days=count)

    @override
    def turn_out(self, **changed: Any) -> None:
        changed.pop("order", None)  # a file stays as it was written
        super().turn_out(**changed)

    @override
    def before_run(self, settings: dict[str, Any]) -> tuple[date, date | None]:
        before = self._reached()
        return before or self.wall(self.start).date(), before

    @override
    def after_run(self, noted: tuple[date, date | None], *, whole: bool) -> None:
        (first, before), reached = noted, self._reached()
        if reached is None:
            return
        assert reached <= self.last_day, "the bookmark is a day that is not over"
        assert before is None or reached >= before, "the bookmark moved back"
        refused = {entry["parent"] for entry in self.consumer.progress.get("refused") or []}
        if whole or reached != before:
            self.required |= {
                key for key, row in self.learn().items()
                if first <= date.fromisoformat(row["date"]) <= reached and key[0] not in refused
            }  # fmt: skip

    @override
    def is_same(self, record: Record, row: Row) -> bool:
        return record.keys() == row.keys() and all(
            is_number(record[name], value)
            if name in damage.LOG_NUMBERS
            else _undamaged(record[name]) == value
            for name, value in row.items()
        )

    @override
    def is_up_to_date(self) -> bool:
        reached, first = self._reached(), self.wall(self.start).date()
        return self.last_day < first if reached is None else reached >= self.last_day

    def _reached(self) -> date | None:
        text = self.consumer.bookmark
        return None if text is None else date.fromisoformat(text)

    def _rows(self) -> Iterator[Row]:
        """Give the rows of all files that are complete and still there."""
        kind = _TYPES[self.consumer.stream]
        days = 400 if not (kept := self.box.switches.retention_days) else kept
        first = self.box.core.account.plan.first_day
        for back in range(days):
            day = self.last_day - back * _DAY
            if (day - date(1970, 1, 1)).days < first:
                return
            name = f"{kind}.{day}.log"
            for number, row in enumerate(logs.log_rows(self.box.core, kind, day.isoformat())):
                yield {**row, "file": name, "row": number, "date": day.isoformat()}


def _undamaged(value: Any) -> Any:
    return undamaged(value) if isinstance(value, str) else value

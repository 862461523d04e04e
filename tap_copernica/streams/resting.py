"""When a stream rests: a run makes no call for it, since an earlier run has read it today, for example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from typing_extensions import override

from tap_copernica.http.client import CopernicaStream
from tap_copernica.output.report import Rest
from tap_copernica.output.writing import WritingStream
from tap_copernica.sdk import tap_of

if TYPE_CHECKING:
    from tap_copernica.context import CopernicaTap
    from tap_copernica.run import Run


class RestingStream(CopernicaStream, WritingStream):
    """A stream that may rest: then a run makes no call for it and writes nothing of it."""

    frequent: ClassVar[bool] = False
    """Whether a list without a time is read in every run, since it is about the next hours."""

    time_field: str | None
    """The field by whose time it is read; None where all is read each time."""

    @property
    def tap(self) -> CopernicaTap:
        """The tap that the stream belongs to."""
        return cast("CopernicaTap", tap_of(self))

    @property
    @override
    def run(self) -> Run:
        """What the streams of this run share."""
        return self.tap.run

    @property
    def today(self) -> str:
        """The calendar day in the account's zone, by the earlier of both clocks."""
        return self.run.today

    @property
    def is_daily(self) -> bool:
        """Whether it is read once per calendar day: a list without a time, unless the settings say always."""
        return (
            self.time_field is None
            and not self.frequent
            and self.settings.full_table_frequency == "daily"
        )

    def is_outdated(self) -> bool:
        """Tell whether the list, though read today, lacks a row that another stream has named."""
        return False

    def kept_of_list(self) -> dict[str, Any]:
        """Give what to remember of a list that was read whole."""
        return {}

    @override
    def rests(self) -> bool:
        why = self.why_rests()
        if why is not None:
            self.run.report.rests(self.name, why)
        return why is not None

    def why_rests(self) -> Rest | None:
        """Give the reason why this run need not ask for the stream, if there is one."""
        if self.absent_on(self.today, self._where):
            return Rest.ABSENT
        if self.is_daily and self.read_on(self.today) and not self.is_outdated():
            return Rest.READ_TODAY
        return None

    @override
    def write_state_now(self) -> None:
        self.run.note_month()
        super().write_state_now()
        self.run.memory.is_written = True

    @property
    def _where(self) -> str:
        """The API that lacks an endpoint: what is remembered of one says nothing of another."""
        return f"{self.settings.api_version} {self.settings.api_url}"

"""When a stream rests: a run makes no call for it, since an earlier run has read it today, for example.

Beside its bookmark a stream keeps the day on which its list was read whole (`read_on`, in the account's
zone), a digest of the fields and settings it was read with (`read_as`), the highest id in the list or in
mailings that name its rows (`highest`), and the day on which an API had no such endpoint (`absent_on`,
`absent_at`).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, ClassVar, cast

import orjson
from typing_extensions import override

from tap_copernica.http.client import CopernicaStream
from tap_copernica.output.report import Rest
from tap_copernica.output.writing import WritingStream
from tap_copernica.sdk import tap_of

if TYPE_CHECKING:
    from tap_copernica.context import CopernicaTap
    from tap_copernica.run import Run

# Settings that change what a target gets of the same rows.
_SHAPING = (
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_separator",
    "flattening_max_key_length",
    "stream_maps",
    "personal_data",
    "personal_data_overrides",
    "plain_fields",
)


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
        if (self.progress("absent_on"), self.progress("absent_at")) == (self.today, self._where):
            return Rest.ABSENT
        if self.is_daily and self._is_read() and not self.is_outdated():
            return Rest.READ_TODAY
        return None

    def note_absent(self) -> None:
        """Remember for the day that the API said that it has no such endpoint."""
        note = self.write_state if self.is_incremental else self.write_progress
        note(absent_on=self.today, absent_at=self._where)

    def note_read(self) -> None:
        """Remember for the day that the whole list was read."""
        self.write_progress(read_on=self.today, read_as=self._shape(), **self.kept_of_list())

    def _is_read(self) -> bool:
        """Tell whether the list was read today, with the same fields and settings as now."""
        return (self.progress("read_on"), self.progress("read_as")) == (self.today, self._shape())

    def _shape(self) -> str:
        """Give a digest of all that decides what a target gets of a row: fields, types, selection, maps."""
        properties = self.schema["properties"]
        selected = {
            name: properties[name] for name in properties if self.mask[("properties", name)]
        }
        unselected = sorted("/".join(path) for path, chosen in self.mask.items() if not chosen)
        shaping = {name: self.config.get(name) for name in _SHAPING}
        told = [selected, self.primary_keys, unselected, shaping]
        text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS, default=str)
        return hashlib.sha256(text).hexdigest()[:12]

    @override
    def write_state_now(self) -> None:
        self.run.note_month()
        super().write_state_now()
        self.run.memory.is_written = True

    @property
    def _where(self) -> str:
        """The API that lacks an endpoint: what is remembered of one says nothing of another."""
        return f"{self.settings.api_version} {self.settings.api_url}"

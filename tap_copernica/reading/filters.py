"""The ways in which lists of the API can be asked for a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tap_copernica.clock import wall_text

if TYPE_CHECKING:
    from datetime import datetime


class PeriodFilter(Protocol):
    """Turns wall-clock bounds into parameters of a call; the API may ignore or widen them."""

    @property
    def described(self) -> str:
        """How documents and messages name it."""

    def params(self, begin: datetime, end: datetime) -> dict[str, Any]:
        """Give the parameters that ask for what lies between two wall-clock times."""


@dataclass(frozen=True, slots=True)
class BetweenTimes:
    """Two parameters, documented as "after" and "before" (inclusive or not is not said)."""

    begin: str = "begintime"
    end: str = "endtime"

    @property
    def described(self) -> str:
        """Both parameters' names."""
        return f"`{self.begin}`/`{self.end}`"

    def params(self, begin: datetime, end: datetime) -> dict[str, Any]:
        """Give both bounds as `YYYY-MM-DD HH:MM:SS`."""
        return {self.begin: wall_text(begin), self.end: wall_text(end)}


@dataclass(frozen=True, slots=True)
class BetweenDays:
    """Two parameters that take whole days; whether either day belongs to the period is unknown."""

    begin: str = "from"
    end: str = "to"

    @property
    def described(self) -> str:
        """Both parameters' names."""
        return f"`{self.begin}`/`{self.end}` (whole days)"

    def params(self, begin: datetime, end: datetime) -> dict[str, Any]:
        """Give the days of both bounds as `YYYY-MM-DD`."""
        return {self.begin: begin.date().isoformat(), self.end: end.date().isoformat()}


@dataclass(frozen=True, slots=True)
class FieldBounds:
    """Conditions in `fields[]`. The API silently ignores one that it does not understand (observed).

    There must be no blank before the operator: the API would not know the field then.
    """

    field: str = "timestamp"

    @property
    def described(self) -> str:
        """The conditions, without values."""
        return f"`fields[]={self.field}>=…`, `fields[]={self.field}<…`"

    def params(self, begin: datetime, end: datetime) -> dict[str, Any]:
        """Give both bounds as conditions."""
        conditions = [f"{self.field}>={wall_text(begin)}", f"{self.field}<{wall_text(end)}"]
        return {"fields[]": conditions}

"""Reads settings one by one, within the bounds of their schemas, and collects what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_copernica.inputs.urls import plain_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_copernica.clock import AccountClock

# A later date, which means "no end", is taken for this one: near year 9999 zones and windows have no room.
_NO_END = datetime(9000, 1, 1, tzinfo=UTC)


def without_decimals(value: Any) -> Any:
    """Replace Decimals by floats: the SDK reads a number with a point as a Decimal."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: without_decimals(one) for name, one in value.items()}
    return [without_decimals(one) for one in value] if isinstance(value, list) else value


class Reader:
    """Reads one setting after the other and collects what is wrong, one line per mistake."""

    def __init__(self, config: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
        """Take what the user gave, and the settings' schemas by name."""
        self.config = config
        self._properties = properties
        self.problems: list[str] = []

    def problem(self, name: str, what: str) -> None:
        """Note a mistake in a setting."""
        self.problems.append(f"`{name}` {what}")

    def given(self, name: str) -> Any:
        """Give a setting as it was given, or its default."""
        value = self.config.get(name)
        return self.default(name) if value is None else value

    def default(self, name: str) -> Any:
        """Give the default of a setting."""
        return self._properties[name].get("default")

    def whole(self, name: str) -> int:
        """Read a whole number."""
        return int(self._numeric(name, "a whole number", int))

    def whole_or_none(self, name: str) -> int | None:
        """Read a whole number that need not be given."""
        return None if self.config.get(name) is None else self.whole(name)

    def number(self, name: str) -> float:
        """Read a number of seconds."""
        return float(self._numeric(name, "a number of seconds", (int, float)))

    def _numeric(self, name: str, what: str, kinds: Any) -> Any:
        """Give a number, if it lies within the bounds in the schema; else note the problem."""
        value, bounds = self.given(name), self._properties[name]
        least, above = bounds.get("minimum"), bounds.get("exclusiveMinimum")
        most = bounds.get("maximum")
        if (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and (least is None or value >= least)
            and (above is None or value > above)
            and (most is None or value <= most)
        ):
            return value
        limits = f"above {above:g}" if least is None else f"of at least {least:g}"
        if most is not None:
            limits = (
                f"{limits} and at most {most}" if least is None else f"from {least:g} to {most}"
            )
        self.problem(name, f"is {value!r}; give {what} {limits}.")
        return self.default(name) or least

    def flag(self, name: str) -> bool:
        """Read true or false."""
        value = self.given(name)
        if not isinstance(value, bool):
            self.problem(name, f"is {value!r}; give true or false.")
        return value is True

    def choice(self, name: str) -> str:
        """Read one of the texts that the schema names."""
        value, schema = self.given(name), self._properties[name]
        if isinstance(value, str) and value in schema["enum"]:
            return value
        self.problem(name, f"is {value!r}; give one of {', '.join(schema['enum'])}.")
        return str(schema.get("default"))

    def instant(self, name: str, clock: AccountClock) -> datetime | None:
        """Read a date or date-time; without an offset it is wall-clock time on `clock`."""
        value = self.config.get(name)
        if value is None:
            return None
        try:
            return min(clock.parse(value), _NO_END)
        except (ValueError, TypeError, OverflowError):
            self.problem(
                name,
                f"is {value!r}; give a date (2024-01-31) or a date-time (2024-01-31T00:00:00+01:00).",
            )
            return None

    def url(self, name: str, default: str, *, may_be_empty: bool = False) -> str:
        """Read the URL of a host; an empty text where that is allowed."""
        value = self.config.get(name)
        if value is None:
            return default
        if isinstance(value, str) and not value.strip() and may_be_empty:
            return ""
        url = plain_url(value) if isinstance(value, str) else None
        if url is None:
            self.problem(name, f"is not a URL of a host; give one like {default}.")
        return url or default

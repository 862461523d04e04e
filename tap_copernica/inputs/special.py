"""Settings that need more than `Reader` does: one function for each."""

from __future__ import annotations

import json
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

from tap_copernica.clock import AccountClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.inputs.reader import Reader

# So many entries of a list are named in a message.
_MOST_ENTRIES = 5


def clock(reader: Reader) -> AccountClock:
    """Read `timezone`."""
    zone = reader.given("timezone")
    make: Callable[[str], AccountClock] = AccountClock
    try:
        if isinstance(zone, str):  # a number would be an offset in seconds
            return make(zone)
    except (ValueError, TypeError, OSError):
        pass
    reader.problem(
        "timezone", f"is {zone!r}; give an IANA name, like Europe/Amsterdam or America/New_York."
    )
    return make(reader.default("timezone"))


def newest_first(reader: Reader, *, bounded: bool) -> bool:
    """Read `backfill_order`; a bounded backfill begins with its oldest day."""
    given = reader.config.get("backfill_order")
    return not bounded if given is None else reader.choice("backfill_order") == "newest_first"


def reread(reader: Reader, clock: AccountClock) -> dict[str, str]:
    """Give the periods to read once more, by the name or pattern of a stream."""
    given = reader.config.get("reread")
    if isinstance(given, str):
        given = {"*": given}
    if not given:
        return {}
    try:
        for period in given.values():
            clock.period(period)
    except (AttributeError, TypeError, ValueError, OverflowError):
        reader.problem(
            "reread",
            "is no period; give a month (2025-03), a day (2025-03-14), two days (2025-03-01/2025-03-14), or "
            'an object of streams and periods ({"clicks": "2025-03"}).',
        )
        return {}
    return {name: period.strip() for name, period in given.items()}


def user_agent(reader: Reader) -> str:
    """Read `user_agent`; the tap's name and version by default."""
    given = reader.config.get("user_agent")
    if given is None:
        return f"tap-copernica/{_version()}"
    if isinstance(given, str) and given.strip() and given.isascii() and given.isprintable():
        return given.strip()
    reader.problem(
        "user_agent", f"is {given!r}; give a text of plain letters, like my-pipeline/1.0."
    )
    return "tap-copernica"


def databases(reader: Reader) -> tuple[str, ...] | None:
    """Read the names or ids of `databases`; None for all."""
    given = reader.config.get("databases")
    if given is None:
        return None
    if not isinstance(given, list):
        reader.problem("databases", "is not a list; give names or ids, like [Customers, 12].")
        return None
    odd = [_entry(number, one) for number, one in enumerate(given, 1) if not _is_name_or_id(one)]
    if odd:
        what = f"has entries that are no name or id ({', '.join(odd[:_MOST_ENTRIES])})"
        reader.problem("databases", f"{what}; give names or ids, like [Customers, 12].")
        return None
    return tuple(str(one).strip() for one in given)


def _is_name_or_id(entry: object) -> bool:
    if isinstance(entry, int):
        return not isinstance(entry, bool)
    return isinstance(entry, str) and bool(entry.strip())


def _entry(number: int, entry: object) -> str:
    """Say what an entry of a list is that is no name."""
    if entry is None or isinstance(entry, (bool, int, float)):
        kind = json.dumps(entry)
    elif isinstance(entry, str):
        kind = "empty"
    else:
        kind = "a list" if isinstance(entry, list) else "an object"
    return f"entry {number} is {kind}"


def names(reader: Reader, setting: str, example: str) -> tuple[str, ...]:
    """Read a list of names and patterns."""
    given = reader.config.get(setting)
    if given is None:
        return ()
    what = "is not a list of names"
    if isinstance(given, list):
        odd = [
            _entry(number, one)
            for number, one in enumerate(given, 1)
            if not isinstance(one, str) or not one.strip()
        ]
        if not odd:
            return tuple(given)
        what = f"has entries that are no names ({', '.join(odd[:_MOST_ENTRIES])})"
    reader.problem(setting, f"{what}; give names or patterns, like {example}.")
    return ()


@cache
def _version() -> str:
    """Give the tap's version. Cached, since it is read from a file, and settings are read several times."""
    return metadata.version("tap-copernica")

"""What one row says: every field of every kind of event, computed from its position in its mailing.

Rows hold plain values (numbers as numbers, None for nothing); `render.py` writes them the way an
endpoint and version do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_copernica.sandbox import content
from tap_copernica.sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_copernica.sandbox.account import Account, Mailing, Position

Row = dict[str, Any]
FIRST_MAILING = {"ms": 1001, "publisher": 5001}


def event(account: Account, family: str, kind: str, position: Position) -> Row:
    """Return the row of an event."""
    mailing = account.families[family].mailings[position.mailing]
    number = mailing.before[kind] + position.nth + 1
    destination = mailing.destination(kind, position.nth)
    row: Row = {
        "ID": number,
        mailing_key(family): mailing.number + FIRST_MAILING[family],
        "timestamp": account.clock.text(position.instant),
        "destination": mailing.before["destinations"] + destination + 1,
        "profile": profile(account, mailing, destination),
        "subprofile": account.subprofile(mailing, destination),
    }
    details = _DETAILS.get((family, kind))
    if details is not None:
        details(row, mailing, position.nth, mix(mailing.noise, 41, destination))
    return row


def mailing_key(family: str) -> str:
    """Return how event records of a family call their mailing."""
    return "mailing" if family == "ms" else "emailing"


def profile(account: Account, mailing: Mailing, destination: int) -> int | None:
    """Return a destination's profile.

    One in forty was deleted since, which leaves its events without one.
    """
    if mix(mailing.noise, 42, destination) % 40 == 0:
        return None
    return account.profile(mailing, destination)


def _click(row: Row, mailing: Mailing, index: int, person: int) -> None:
    row["link"] = content.link(mailing.noise, row["mailing"], mix(mailing.noise, 43, index))
    row["ip"] = content.address(person)
    row["useragent"] = content.agent(person)[0]


_DETAILS: dict[tuple[str, str], Callable[[Row, Mailing, int, int], None]] = {
    ("ms", "clicks"): _click,
}

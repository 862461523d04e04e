"""What one row says: every field of every kind, computed from its position in its mailing.

Rows hold plain values (numbers as numbers, None for nothing); `render.py` writes them the way an
endpoint and version do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import content, groups
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from collections.abc import Callable

    from copernica_sandbox.account import Account, Mailing, Position

Row = dict[str, Any]
_MASK = (1 << 64) - 1
_ODD = 0x9E3779B97F4A7C15
FIRST_MAILING = {"ms": 1001, "publisher": 5001}


def event(account: Account, family: str, kind: str, position: Position) -> Row:
    """Return the row of an event."""
    mailing = account.families[family].mailings[position.mailing]
    destination = mailing.destination(kind, position.nth)
    row: Row = {
        "ID": mailing.before[kind] + position.nth + 1,
        "mailing" if family == "ms" else "emailing": mailing.number + FIRST_MAILING[family],
        "timestamp": account.clock.text(position.instant),
        "destination": mailing.before["destinations"] + destination + 1,
        "profile": profile(account, mailing, destination),
        "subprofile": subprofile(account, mailing, destination),
    }
    person = mix(mailing.noise, 41, destination)
    _DETAILS[kind](row, mailing, mix(mailing.noise, 43, position.nth), person)
    if account.plan.varied and (machine := content.machine(kind, person)):
        row["useragent"] = machine
        if "device" in row:
            row["device"] = "unknown"
    return row


def destination(account: Account, family: str, position: Position, key: str, now: int) -> Row:
    """Return the row of one message to one recipient; ``key`` names its id field."""
    mailing = account.families[family].mailings[position.mailing]
    place = position.nth
    number = mailing.before["destinations"] + place + 1
    digest = hashed(account.plan.seed, number)
    row: Row = {
        key: number if family == "ms" else digest,
        "timestampsent": account.clock.text(position.instant),
        "profile": profile(account, mailing, place),
        "subprofile": subprofile(account, mailing, place),
        "mailing": mailing.number + FIRST_MAILING[family],
    }
    if family == "ms":
        row["messageID"] = digest
        row["unsubscribed"] = place < mailing.happened("unsubscribes", now + 1)
    else:
        row["internal"] = number
        row["mailing-group"] = groups.group(mailing, place)
    return row


def hashed(seed: int, number: int) -> str:
    """Return the hash that names a destination, from which `unhashed` gets the number back."""
    return f"{mix(seed, number, 44):016x}{number * _ODD + mix(seed, 45) & _MASK:016x}"


def unhashed(seed: int, digest: str) -> int | None:
    """Return the number of the destination that a hash names; None for anything else."""
    try:
        second = int(digest[16:], 16)
    except ValueError:
        return None
    number = (second - mix(seed, 45)) * pow(_ODD, -1, 1 << 64) & _MASK
    return number if hashed(seed, number) == digest.lower() else None


def profile(account: Account, mailing: Mailing, place: int) -> int | None:
    """Return a destination's profile.

    One in forty was deleted since, which leaves its events without one.
    """
    return None if _deleted(mailing, place) else account.profile(mailing, place)


def subprofile(account: Account, mailing: Mailing, place: int) -> int | None:
    """Return a destination's subprofile, which goes with its profile."""
    return None if _deleted(mailing, place) else account.subprofile(mailing, place)


def _deleted(mailing: Mailing, place: int) -> bool:
    return mix(mailing.noise, 42, place) % 40 == 0


def _click(row: Row, mailing: Mailing, draw: int, person: int) -> None:
    row["link"] = content.link(mailing.noise, mailing.number + 1, draw)
    row["ip"] = content.address(person)
    row["useragent"] = content.agent(person)[0]
    if "emailing" in row:
        row["link_id"] = row["emailing"] * 16 + draw % 5
        row["link_title"] = "" if draw % 3 else "Read more"
        row["referer"] = None if draw % 4 else "https://mail.example/inbox"


def _impression(row: Row, _mailing: Mailing, draw: int, person: int) -> None:
    row["ip"] = content.address(person)
    row["useragent"], row["device"] = content.agent(person)
    if "emailing" in row:
        row["referer"] = None if draw % 4 else "https://mail.example/inbox"


def _delivery(row: Row, _mailing: Mailing, draw: int, _person: int) -> None:
    tries = 0 if draw % 20 else draw % 3
    if "emailing" in row:
        row["attempt"] = tries
        row["smtp-response"] = f"250 2.0.0 ok {draw % 1_000_000:06d}"
    else:
        row["attempts"] = tries + 1


def _error(row: Row, _mailing: Mailing, draw: int, _person: int) -> None:
    code, kind, text = content.bounce(draw)
    row["description"] = text
    if "emailing" in row:
        row["errorcode"] = code
        row["errortype"] = kind
        row["errortypedescription"] = content.BOUNCES[kind]
    else:
        row["status"] = None if draw % 5 else code
        row["errorcode"] = str(draw % 3)
        row["errortype"] = "" if draw % 2 else kind


def _unsubscribe(row: Row, _mailing: Mailing, draw: int, _person: int) -> None:
    row["source"] = ("link", "email")[draw % 2] if "emailing" in row else "click"
    row["success"] = draw % 30 != 0


def _abuse(row: Row, _mailing: Mailing, draw: int, _person: int) -> None:
    if "emailing" in row:
        row["recognized_as"] = ("arf", "JMR", "none")[draw % 3]
        row["feedback_type"] = "abuse" if draw % 4 else "opt-out"
        row["arf_version"] = "0.1"
        row["details"] = "" if draw % 3 else "Feedback-Type: abuse"
    else:
        row["report"] = {} if draw % 3 else {"feedback-type": "abuse", "version": "0.1"}


_DETAILS: dict[str, Callable[[Row, Mailing, int, int], None]] = {
    "abuses": _abuse,
    "clicks": _click,
    "deliveries": _delivery,
    "errors": _error,
    "impressions": _impression,
    "unsubscribes": _unsubscribe,
}

"""Split runs: the test groups and the final group of a Publisher mailing.

A tenth of the destinations is in each of two test groups, the rest in the final group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from copernica_sandbox.account import Mailing

FINAL = 2
_FIRST = 3001
_GROUPS = 3  # two test groups, then the final group
_SHARES = 10


def tested(mailing: Mailing) -> int:
    """Return how many test groups a mailing had: two for one in ten, else none."""
    return FINAL if mailing.noise // 11 % 10 == 0 else 0


def group(mailing: Mailing, place: int) -> int | None:
    """Return the id of the group that a destination is in, if the mailing was split."""
    return identity(mailing.number, min(FINAL, place % _SHARES)) if tested(mailing) else None


def is_early(mailing: Mailing) -> bool:
    """Tell whether a split run is one of the half that has a final group under any switch."""
    return mailing.noise // 7 % 2 == 0


def identity(mailing: int, which: int) -> int:
    """Return the id of a group: of a mailing's number, 0 and 1 the test groups, 2 the final one."""
    return _FIRST + mailing * _GROUPS + which


def named(number: int) -> tuple[int, int]:
    """Return the mailing's number and which of its groups an id stands for."""
    return divmod(number - _FIRST, _GROUPS)


def size(mailing: Mailing, which: int) -> int:
    """Return how many destinations a group has."""
    whole, rest = divmod(mailing.counts["destinations"], _SHARES)
    if which < FINAL:
        return whole + (rest > which)
    return whole * (_SHARES - FINAL) + max(0, rest - FINAL)

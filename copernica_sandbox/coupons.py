"""Coupon campaigns and their coupons, by index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copernica_sandbox.clock import wall_text
from copernica_sandbox.numbers import mix

if TYPE_CHECKING:
    from copernica_sandbox.records import Row

# Name, description, archived, coupons that are available, sent and redeemed, tags.
_CAMPAIGNS: tuple[tuple[str, str, bool, int, int, int, list[str]], ...] = (
    ("Spring", "Spring offers", False, 25, 10, 5, ["discount"]),
    ("Birthday", "A present \u2013 once a year", False, 120, 110, 30, ["loyalty", "Vip"]),
    ("Opening", "", True, 0, 900, 600, []),
    ("Empty", "Nothing was made yet", False, 0, 0, 0, []),
)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_DAY = 86_400


def campaigns() -> list[Row]:
    """Return the campaigns; their list calls the name ``code``, a single one ``name``."""
    return [
        {
            "ID": number,
            "code": name,
            "name": name,
            "description": description,
            "archived": archived,
            "available": available,
            "sent": sent,
            "redeemed": redeemed,
            "tags": tags,
        }
        for number, (name, description, archived, available, sent, redeemed, tags) in enumerate(
            _CAMPAIGNS, 1
        )
    ]


def coupons(
    seed: int, campaign: int, first_day: int, *, start_again: bool = False
) -> list[Row] | None:
    """Return a campaign's coupons; None for a campaign that does not exist.

    None shares its id with another campaign's, unless ids ``start_again`` in each.
    """
    if not 1 <= campaign <= len(_CAMPAIGNS):
        return None
    sizes = [sum(entry[3:6]) for entry in _CAMPAIGNS]
    before = sum(sizes[: campaign - 1])
    _, _, _, available, sent, _, _ = _CAMPAIGNS[campaign - 1]
    rows = []
    for place in range(sizes[campaign - 1]):
        draw = mix(seed, 81, before + place)
        state = "available" if place < available else "sent"
        if place >= available + sent:
            state = "redeemed"
        begin = (first_day + draw % 20) * _DAY
        rows.append(
            {
                "ID": place + 1 if start_again else before + place + 1,
                "code": "".join(_LETTERS[draw >> 5 * i & 31] for i in range(8)),
                "validfrom": wall_text(begin),
                "validuntil": "" if draw % 3 else wall_text(begin + 90 * _DAY),
                "status": state,
                "_valid": draw % 3 != 0,
            }
        )
    return rows

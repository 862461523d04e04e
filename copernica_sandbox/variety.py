"""How far one mailing differs from the next: what a report about mailings needs to have something to say.

Without variety all mailings of an account have the same rates.
"""

from __future__ import annotations

from typing import NamedTuple

from copernica_sandbox.numbers import mix


class Shares(NamedTuple):
    """What becomes of a mailing."""

    per_click: int = 4  # messages sent for each click
    opened: int = 45  # per cent of the delivered messages, opened at least once
    again: int = 70  # opens, repeated ones included, per cent of all messages
    bounced: int = 3  # per cent of all messages
    unsubscribed: int = 4  # per thousand messages


ALIKE = Shares()


def shares_of(noise: int) -> Shares:
    """Return what becomes of the mailing with this noise; most are ordinary, few stand out."""
    opened = 38 + mix(noise, 81) % 15
    bounced = 2 + mix(noise, 82) % 3
    per_click, unsubscribed = 3 + mix(noise, 83) % 3, 3 + mix(noise, 84) % 3
    match mix(noise, 85) % 16:
        case 0:  # an old list: many addresses are gone
            bounced = 11 + mix(noise, 86) % 6
        case 1:  # a subject that nobody cares for
            opened = 21 + mix(noise, 87) % 6
        case 2:  # opened as ever, but with little to click on
            per_click = 14
        case 3:  # too much of it
            unsubscribed = 14 + mix(noise, 88) % 8
    return Shares(per_click, opened, opened + 25, bounced, unsubscribed)

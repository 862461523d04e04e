"""A question about rows that do not lie on the account's time line, with what an answer needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from copernica_sandbox.http import missing_entity
from copernica_sandbox.mailings import emailing
from copernica_sandbox.records import FIRST_MAILING
from copernica_sandbox.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from copernica_sandbox import php
    from copernica_sandbox.account import Mailing
    from copernica_sandbox.endpoint import Endpoint
    from copernica_sandbox.filters import Query
    from copernica_sandbox.records import Row
    from copernica_sandbox.selection import Selector
    from copernica_sandbox.switches import Switches


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks of an endpoint; ``parent`` is the id in its path."""

    endpoint: Endpoint
    parent: int | None
    query: Query
    parameters: php.Parameters
    selector: Selector
    switches: Switches
    now: int
    gone: Mapping[str, AbstractSet[int | str]]

    @property
    def seed(self) -> int:
        """Return the account's seed."""
        return self.selector.account.plan.seed

    @property
    def statistics(self) -> Statistics:
        """Return the counts of events within the query."""
        return Statistics(self.selector, self.endpoint.family, self.query, self.now)

    def existing(self, last: int) -> int:
        """Return the parent's id, from 1 to the last there is; raises ApiError for any other."""
        number = self.parent or 0
        if not 1 <= number <= last:
            raise missing_entity()
        return number

    def mailing(self) -> Mailing:
        """Return the mailing behind the parent's id; raises ApiError if there is none yet."""
        return self.mailing_number((self.parent or 0) - FIRST_MAILING[self.endpoint.family])

    def mailing_number(self, number: int) -> Mailing:
        """Return a mailing by its number from 0; raises ApiError if there is none yet."""
        if number not in self.sent():
            raise missing_entity()
        return self.selector.account.families[self.endpoint.family].mailings[number]

    def sent(self) -> range:
        """Return the numbers of all mailings so far."""
        family = self.selector.account.families[self.endpoint.family]
        return family.sent(-(1 << 40), self.now + 1)

    def emailing(self, mailing: Mailing) -> Row:
        """Return a mailing's own record, without its counters."""
        return emailing(self.selector.account, self.endpoint.family, mailing, lambda _: 0)

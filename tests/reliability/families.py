"""A state machine per family of streams: the rules of all, and what happens to its own rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.reliability.files import LogWorld
from tests.reliability.machine import LivingAccount, switched
from tests.reliability.parents import ListWorld, MailingWorld
from tests.reliability.people import ProfileWorld
from tests.reliability.timed import DestinationWorld, EmailingWorld, EventWorld
from tests.reliability.world import LAG, SECOND, World

_PICKS = st.lists(st.integers(0, 99), min_size=1, max_size=5)
_CALLS = st.integers(0, 6)
_PROFILE_SWITCHES: dict[str, list[Any]] = {
    "bulk": ["streams", "capped", "empty", "partial", "missing", "refuses"],
    "bulk_limit": [100_000, 7],
    "bulk_cut_bytes": [0, 300, 4000],
    "field_values": ["text", "typed", "mixed"],
    "interests": ["names", "numbers", "booleans"],
}


class LivingEvents(LivingAccount):
    """Rows come about now, earlier, many at once, at the bounds, and late."""

    kind: ClassVar[type[World]] = EventWorld

    @rule(ages=st.lists(st.integers(0, 20_000), max_size=12))
    def rows_come_about(self, ages: list[int]) -> None:
        self.world.arrive(self.world.now - timedelta(seconds=age) for age in ages)

    @rule(minutes=st.sampled_from([-40_000, -3000, -61, -1, 1, 61, 3000, 40_000]))
    def start_date_is_moved(self, minutes: int) -> None:
        self.world.move_start(timedelta(minutes=minutes))

    @rule(age=st.integers(0, 5), more=st.integers(0, 3))
    def days_are_ordered_to_be_read_again(self, age: int, more: int) -> None:
        self.world.order_again(age, more)

    @rule(age=st.integers(0, 4000), count=st.integers(2, 25))
    def many_rows_of_one_second(self, age: int, count: int) -> None:
        self.world.arrive([self.world.now - timedelta(seconds=age)] * count)

    @rule(off=st.integers(-1, 1), bound=st.sampled_from(["edge", "bookmark", "start"]))
    def a_row_at_a_bound(self, off: int, bound: str) -> None:
        world = self.world
        bounds = {"edge": world.now - LAG, "bookmark": world.bookmark, "start": world.start}
        world.arrive([(bounds[bound] or world.now) + off * SECOND])

    @rule(ages=st.lists(st.integers(0, 12_000), max_size=6), late=st.integers(1, 240))
    def rows_that_show_up_late(self, ages: list[int], late: int) -> None:
        now = self.world.now
        instants = [now - timedelta(seconds=age) for age in ages]
        self.world.arrive(instants, visible_from=now + timedelta(minutes=late))


class LivingEmailings(LivingEvents):
    """Mailings."""

    kind = EmailingWorld


class LivingDestinations(LivingEvents):
    """Recipients."""

    kind = DestinationWorld


class LivingProfiles(LivingAccount):
    """Profiles change, come and go, also between two calls of a run."""

    kind = ProfileWorld

    @rule(picks=_PICKS, after=_CALLS)
    def profiles_change(self, picks: list[int], after: int) -> None:
        self.world.change(picks, after)

    @rule(count=st.integers(1, 5), after=_CALLS)
    def profiles_are_added(self, count: int, after: int) -> None:
        self.world.add(count, after)

    @rule(picks=_PICKS, after=_CALLS)
    def profiles_are_removed(self, picks: list[int], after: int) -> None:
        self.world.remove(picks, after)

    @rule(changed=switched(_PROFILE_SWITCHES))
    def the_bulk_host_turns_out_otherwise(self, changed: dict[str, Any]) -> None:
        self.world.box.switch(**changed)
        self.world.settings["bulk_url"] = self.world.box.bulk_url

    @rule()
    def the_bulk_host_is_not_used(self) -> None:
        self.world.settings["bulk_url"] = ""


class LivingMailings(LivingAccount):
    """Mailings are sent by the account's own plan, and their counters grow."""

    kind = MailingWorld
    most_minutes = 1440


class LivingLists(LivingAccount):
    """Templates disappear, and their counters grow."""

    kind = ListWorld
    most_minutes = 1440


class LivingLogs(LivingAccount):
    """Files appear with each day, and retention takes the oldest."""

    kind = LogWorld
    most_minutes = 3 * 1440


FAMILIES: tuple[type[LivingAccount], ...] = (
    LivingEvents,
    LivingEmailings,
    LivingDestinations,
    LivingMailings,
    LivingLists,
    LivingProfiles,
    LivingLogs,
)

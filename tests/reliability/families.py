"""A state machine per family of streams: the rules of all, and what happens to its own rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.reliability.files import LogWorld
from tests.reliability.machine import SWITCHES, LivingAccount, switched
from tests.reliability.parents import GroupWorld, ListWorld, MailingWorld
from tests.reliability.people import IdWorld, ProfileWorld
from tests.reliability.timed import DestinationWorld, EmailingWorld, EventWorld, SendingWorld
from tests.reliability.world import LAG, SECOND, World

_PICKS = st.lists(st.integers(0, 99), min_size=1, max_size=5)
_CALLS = st.integers(0, 6)
_PROFILE_SWITCHES: dict[str, list[Any]] = {
    "bulk": ["streams", "capped", "empty", "partial", "missing", "refuses"],
    "bulk_limit": [100_000, 7],
    "bulk_cut_bytes": [0, 300, 4000],
    "field_values": ["text", "typed", "mixed"],
    "interests": ["names", "numbers", "booleans"],
    "embedded_cap": [1000, 1],
    "embedded_fields_cap": [100, 1],
}
_ID_SWITCHES: dict[str, list[Any]] = {
    "id_lists": ["whole", "paged"],
    "damage": ["none", "tab"],
}
_SENDING_SWITCHES: dict[str, list[Any]] = {"destinations_counted": ["planned", "so_far"]}
_GROUP_SWITCHES: dict[str, list[Any]] = {
    "no_final_group": ["missing", "refused", "unknown", "list", "object"],
}
# How worlds use a switch otherwise than by a rule that turns it.
_BY_THE_WORLD = {
    "zone": "drawn when an account is opened",
    "marker": "in every account: what logs are searched for",
    "late_minutes": "rows that show up late are added by a rule",
    "late_fraction": "rows that show up late are added by a rule",
    "retention_days": "turned by what retention deletes of log files",
    "sending_hours": "one of four for each account: turned later, it would change the past",
    "final_groups": "half in each account of final groups: turned later, it would change the past",
}
NOT_FUZZED = {
    "filter_ignored": "an error at once: tests/http/test_faults.py",
    "fields_ignored": "an error at once: tests/profiles/test_filters.py, tests/family/test_family.py",
    "seam": "rows or an error: tests/switches/test_single_switches.py, test_combinations.py",
    "log_zone": "moves the days of files that are read: tests/doctor/test_findings.py",
    "id_list_cut": "rows or an error: tests/profiles/test_ids.py",
    "unique_choice": "asks another question: tests/http/test_clicks.py",
    "location_query": "for calls that write: tests/conformance/test_people.py",
    "date_header": "without it now is this machine's: tests/switches/test_filters_and_clocks.py",
    "clock_offset_seconds": "moves now: tests/switches/test_filters_and_clocks.py",
    "failed_exchange": "the token of a world is right: tests/switches/test_v4.py",
    "raw_token_as_bearer": "the tap never sends it: tests/sandbox/test_auth.py",
    "v4_only": "v2 and v3 end with one clear error: tests/switches/test_v4.py",
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


class LivingIds(LivingProfiles):
    """Profiles come and go; lists of their ids may be paged, or cut off."""

    kind = IdWorld

    @rule(changed=switched(_ID_SWITCHES))
    def lists_of_ids_turn_out_otherwise(self, changed: dict[str, Any]) -> None:
        self.world.box.switch(**changed)


class LivingSending(LivingAccount):
    """Mailings are being sent for days."""

    kind = SendingWorld
    most_minutes = 3 * 1440

    @rule(changed=switched(_SENDING_SWITCHES))
    def recipients_are_counted_otherwise(self, changed: dict[str, Any]) -> None:
        self.world.box.switch(**changed)


class LivingMailings(LivingAccount):
    """Mailings are sent by the account's own plan, and their counters grow."""

    kind = MailingWorld
    most_minutes = 1440


class LivingGroups(LivingMailings):
    """Some mailings have a final group, and the API says otherwise that one has none."""

    kind = GroupWorld

    @rule(changed=switched(_GROUP_SWITCHES))
    def no_group_is_said_otherwise(self, changed: dict[str, Any]) -> None:
        self.world.box.switch(**changed)


class LivingLists(LivingAccount):
    """Templates disappear, and their counters grow."""

    kind = ListWorld
    most_minutes = 1440


class LivingLogs(LivingAccount):
    """Files appear with each day, and retention takes the oldest."""

    kind = LogWorld
    most_minutes = 3 * 1440


FUZZED = {
    *SWITCHES, *_PROFILE_SWITCHES, *_ID_SWITCHES, *_SENDING_SWITCHES, *_GROUP_SWITCHES, *_BY_THE_WORLD,
}  # fmt: skip
"""The switches that some world turns."""

FAMILIES: tuple[type[LivingAccount], ...] = (
    LivingEvents,
    LivingEmailings,
    LivingDestinations,
    LivingSending,
    LivingMailings,
    LivingGroups,
    LivingLists,
    LivingProfiles,
    LivingIds,
    LivingLogs,
)

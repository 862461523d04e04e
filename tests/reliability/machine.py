"""The state machines: the account lives, the API misbehaves, the tap is killed and run again.

What may happen to every account is said once; a family adds what happens to its own rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from typing_extensions import override

if TYPE_CHECKING:
    from tests.reliability.world import World

# Evenings before the two odd nights of each zone, so that the clock moves through them.
EVENINGS = {
    "Europe/Amsterdam": (
        datetime(2025, 3, 29, 20, tzinfo=UTC),
        datetime(2025, 10, 25, 20, tzinfo=UTC),
    ),
    "America/New_York": (datetime(2025, 3, 9, 3, tzinfo=UTC), datetime(2025, 11, 2, 2, tzinfo=UTC)),
    "Australia/Lord_Howe": (
        datetime(2025, 4, 5, 11, tzinfo=UTC),
        datetime(2025, 10, 4, 12, tzinfo=UTC),
    ),
    "Asia/Kathmandu": (datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 9, 1, tzinfo=UTC)),
}
PASSING_FAULTS = (
    "502", "503", "504", "429", "500", "empty", "reset", "truncated", "chunk_cut",
    "invalid_json", "html", "hang", "redirect_same",
)  # fmt: skip
FATAL_FAULTS = ("400", "redirect_other")
SWITCHES: dict[str, list[Any]] = {
    "begin_inclusive": [True, False],
    "end_inclusive": [False, True],
    "to_inclusive": [True, False],
    "bounds": ["texts", "instants"],
    "order": ["asc", "desc", "shuffled"],
    "page_cap": [1000, 4],
    "cap_echoed": [True, False],
    "total": ["exact", "absent", "string", "account", "three_high", "zero"],
    "id_type": ["documented", "mixed"],
    "number_type": ["documented", "mixed"],
    "key_case": ["documented", "mixed"],
    "extra_fields": [False, True],
    "wrapped": [False, True],
    "names": ["both", "old", "new"],
    "bare_lists": ["whole", "paged"],
    "bare_form": ["list", "object"],
    "nested_ids": ["fields", "all", "none"],
    "expired_jwt": ["400json", "400words", "400empty", "401json", "401empty", "403", "498"],
    "damage": [
        "none", "byte", "latin1", "emoji", "surrogate", "tab", "huge", "nan", "digits",
    ],
    "content_type": ["json", "html"],
    "mark": [False, True],
    "jwt_body": ["text", "padded", "marked", "json_string", "json_object"],
    "jwt_content_type": ["text/html; charset=UTF-8", "application/json", "text/plain"],
    "jwt_lifetime_seconds": [86_400, 1],
    "nothing": ["null", "zero", "false", "empty", "mixed"],
    "empty_object": ["list", "object"],
    "flag_type": ["documented", "mixed"],
    "time_type": ["documented", "text", "object", "mixed"],
    "person_type": ["documented", "mixed"],
    "unicode_escaped": [True, False],
    "nextid": [False, True],
    "moved": ["no", "slash", "path"],
    "intentions": [True, False],
    "v3_prefix": [True, False],
    "default_period": ["all", "month"],
    "consumption_end_inclusive": [True, False],
}  # fmt: skip


@st.composite
def switched(draw: st.DrawFn, switches: dict[str, list[Any]]) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(switches)))
    return {name: draw(st.sampled_from(switches[name]))}


SETTINGS = st.fixed_dictionaries(
    {
        "page_size": st.sampled_from([3, 10, 1000]),
        "concurrency": st.sampled_from([1, 8]),
        "lookback_minutes": st.sampled_from([0, 60, 180]),
        "api_version": st.sampled_from(["v2", "v3", "v4"]),
        "max_api_calls": st.sampled_from([None, None, None, 1, 2, 3, 7, 20]),
        "backfill_order": st.sampled_from(["newest_first", "oldest_first"]),
    }
)
OUTPUT = st.integers(0, 12_000)  # characters after which a run is killed
MINUTES = [1, 7, 31, 60, 61, 179, 1440, 40_000]


class LivingAccount(RuleBasedStateMachine):
    """Every rule is something that happens to an account, to its API, or to the tap."""

    kind: ClassVar[type[World]]
    most_minutes: ClassVar[int] = 40_000
    """How far the clock moves at once."""
    killed_for_real = False  # once per account, since a process costs a second or more

    @initialize(
        zone=st.sampled_from(sorted(EVENINGS)),
        night=st.integers(0, 1),
        minutes=st.integers(0, 480),
        days=st.sampled_from([0, 1, 40]),
        stream=st.integers(0, 9),
    )
    def open(self, zone: str, night: int, minutes: int, days: int, stream: int) -> None:
        now = EVENINGS[zone][night] + timedelta(minutes=minutes)
        streams = self.kind.streams
        history = timedelta(days=days, minutes=30)
        self.world: Any = self.kind.begin(now, zone, history, streams[stream % len(streams)])

    @override
    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.settle()
            finally:
                self.world.end()

    @rule(count=st.integers(1, 10))
    def retention_deletes_the_oldest(self, count: int) -> None:
        self.world.retire(count)

    @rule(minutes=st.sampled_from(MINUTES), second=st.integers(0, 59))
    def time_passes(self, minutes: int, second: int) -> None:
        minutes = min(minutes, self.most_minutes)
        self.world.box.now = self.world.now + timedelta(minutes=minutes, seconds=second)

    @rule(changed=switched(SWITCHES))
    def the_api_turns_out_otherwise(self, changed: dict[str, Any]) -> None:
        self.world.turn_out(**changed)

    @rule(
        kind=st.sampled_from(PASSING_FAULTS),
        share=st.sampled_from([0.05, 0.3]),
        seed=st.integers(0, 99),
    )
    def the_api_begins_to_fail(self, kind: str, share: float, seed: int) -> None:
        options = {"seconds": 0.4} if kind == "hang" else {}
        self.world.box.fault(kind, probability=share, seed=seed, **options)

    @rule(kind=st.sampled_from(FATAL_FAULTS), call=st.integers(1, 12))
    def the_api_refuses_one_call(self, kind: str, call: int) -> None:
        self.world.box.fault(kind, calls=[call])

    @rule()
    def the_api_recovers(self) -> None:
        self.world.box.clear_faults()

    @rule(settings=SETTINGS)
    def a_run(self, settings: dict[str, Any]) -> None:
        self.world.run(request_timeout=0.2, **settings)

    @rule(settings=SETTINGS, after=OUTPUT)
    def a_run_is_killed(self, settings: dict[str, Any], after: int) -> None:
        self.world.run(cut_after=after, request_timeout=0.2, **settings)

    @precondition(lambda self: not self.killed_for_real)
    @rule(settings=SETTINGS, after=OUTPUT)
    def a_process_is_killed(self, settings: dict[str, Any], after: int) -> None:
        self.killed_for_real = True
        self.world.run(cut_after=after, real=True, request_timeout=0.2, **settings)

    @rule(settings=SETTINGS)
    def a_run_against_a_working_api(self, settings: dict[str, Any]) -> None:
        self.world.settle(**settings)

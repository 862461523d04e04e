"""Events and databases of one account tell of the same people."""

from __future__ import annotations

from copernica_sandbox import Sandbox
from tests.sandbox_databases.conftest import NOW, ORDERS, PLAIN


def test_events_name_profiles_and_subprofiles_that_belong_together() -> None:
    with Sandbox(seed=3, days=40, clicks_per_day=60, now=NOW) as box:
        profiles = {row["ID"] for row in box.profiles(PLAIN)}
        owners = {row["ID"]: row["profile"] for row in box.subprofiles(ORDERS)}
        events = list(box.rows("clicks"))
        assert {event["profile"] for event in events} - {None} <= profiles
        named = [event for event in events if event["subprofile"] is not None]
        assert named
        for event in named:
            assert owners[event["subprofile"]] == event["profile"]

"""A pass over profiles: what it asks for, what shows that the API ignored it, what the state keeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_copernica.clock import AccountClock
from tap_copernica.errors import IgnoredFilterError
from tap_copernica.reading.passes import Pass, PassQuestion, check_ids

CLOCK = AccountClock("Europe/Amsterdam")
BEGAN = datetime(2026, 6, 2, 9, 55, tzinfo=UTC)
SINCE = datetime(2026, 6, 1, 6, 50, tzinfo=UTC)
TEXTS = {"began": "2026-06-02T09:55:00+00:00", "since": "2026-06-01T06:50:00+00:00"}


def rows(*ids: int, modified: str | None = "2026-06-01T06:50:00+00:00") -> list[dict[str, Any]]:
    return [{"ID": number, "modified": modified} for number in ids]


def test_a_pass_comes_back_from_the_state_as_it_went() -> None:
    for running in (Pass(BEGAN), Pass(BEGAN, SINCE, last=7, offset=3, fields="a b")):
        assert Pass.of_state(running.state()) == running
    assert Pass(BEGAN, SINCE, 7, 3).state() == {**TEXTS, "last": 7, "offset": 3}
    assert Pass(BEGAN, fields="").state()["fields"] == ""
    assert Pass(BEGAN).state() == {**TEXTS, "since": None, "last": 0, "offset": 0}


def test_times_without_a_zone_are_utc_wherever_the_machine_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = {"began": "2026-06-02T09:55:00", "since": "2026-06-01T08:50:00+02:00", "offset": 3}
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        read = Pass.of_state({**state, "last": "7"})
    time.tzset()
    assert read == Pass(BEGAN, SINCE, 7, 3)
    assert (read.began.tzinfo, read.since and read.since.tzinfo) == (UTC, UTC)


@pytest.mark.parametrize(
    "state",
    [
        None,
        [],
        "pass",
        {},
        {"last": 0, "offset": 0},
        {**TEXTS, "last": 0},
        {**TEXTS, "offset": 0},
        {**TEXTS, "began": "soon", "last": 0, "offset": 0},
        {**TEXTS, "since": "soon", "last": 0, "offset": 0},
        {**TEXTS, "last": None, "offset": 0},
        {**TEXTS, "last": 0, "offset": "a"},
    ],
)
def test_what_is_no_pass_begins_a_new_one(state: Any) -> None:
    assert Pass.of_state(state) is None


def test_conditions_are_in_the_accounts_time_and_have_no_blank_before_the_operator() -> None:
    assert Pass(BEGAN).conditions(CLOCK, above=None) == []
    assert Pass(BEGAN).conditions(CLOCK, above=0) == ["id>0"]
    assert Pass(BEGAN, SINCE).conditions(CLOCK, above=None) == ["modified>=2026-06-01 08:50:00"]
    assert Pass(BEGAN, SINCE).conditions(CLOCK, above=12) == [
        "modified>=2026-06-01 08:50:00",
        "id>12",
    ]


def test_pages_are_asked_for_above_an_id_or_from_an_offset_in_the_order_of_ids() -> None:
    question = PassQuestion(path="/x", running=Pass(BEGAN), clock=CLOCK, total=False)
    order = {"orderby": "id", "order": "asc"}
    assert question.params_at(9, 50) == {
        "fields[]": ["id>9"], **order, "limit": 50, "total": "false",
    }  # fmt: skip
    question = PassQuestion(path="/x", running=Pass(BEGAN, SINCE), clock=CLOCK)
    assert question.params_at(9, 50)["fields[]"] == ["modified>=2026-06-01 08:50:00", "id>9"]
    question = PassQuestion(path="/x", running=Pass(BEGAN), clock=CLOCK, limit=7, by_offset=True)
    assert question.params_at(9, 50) == {"fields[]": [], **order, "limit": 7, "start": 9}


def test_a_row_that_did_not_change_shows_that_the_filter_was_ignored() -> None:
    running = Pass(BEGAN, SINCE)
    running.check_modified(rows(1, 2), "profiles")
    Pass(BEGAN).check_modified(rows(1, modified=None), "profiles")
    for modified in (None, "2026-06-01T06:49:59+00:00"):
        with pytest.raises(
            IgnoredFilterError, match=r"^profiles: the API ignores .*06:50:00\+00:00"
        ):
            running.check_modified([*rows(1), *rows(2, modified=modified)], "profiles")


def test_ids_that_do_not_rise_show_that_the_order_or_the_filter_was_ignored() -> None:
    check_ids([], 5, "profiles")
    check_ids(rows(6, 7, 9), 5, "profiles")
    with pytest.raises(IgnoredFilterError, match=r"ignores fields.*after the id 5 it gave 5"):
        check_ids(rows(5, 6), 5, "profiles")
    with pytest.raises(IgnoredFilterError, match="ignores orderby=id: after the id 8 it gave 7"):
        check_ids(rows(6, 8, 7), 5, "profiles")
    with pytest.raises(IgnoredFilterError, match="ignores orderby=id: after the id 6 it gave 6"):
        check_ids(rows(6, 6), 5, "profiles")


def test_what_was_written_moves_the_pass_on() -> None:
    running = Pass(BEGAN, SINCE, last=5, offset=4)
    assert running.after(rows(6, 7, 9), offset=11) == Pass(BEGAN, SINCE, 9, 11)
    assert running.after([]) == Pass(BEGAN, SINCE, 5, 0)

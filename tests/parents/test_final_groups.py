"""Final groups: a mailing that has none blocks no other, whatever the API says for it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.runs import Output, run

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request

STREAM = "publisher_final_groups"
NOON = "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {"seed": 5, "days": 30, "clicks_per_day": 0, "mailings_per_day": 12}
ANSWERS = ["missing", "refused", "unknown", "list", "object"]


def read(box: Sandbox, state: Any = None) -> Output:
    return run(box, state=state, streams=(STREAM,), start_date="2026-05-01")


def emailings(output: Output) -> set[int]:
    return {record["emailing"] for record in output.records(STREAM)}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_mailing_without_a_final_group_has_none_and_gets_it_later(answer: str) -> None:
    with Sandbox(**ACCOUNT, now=NOON) as box:
        every = {row["emailing"] for row in box.rows(STREAM)}
        box.switch(final_groups="half", no_final_group=answer)
        some = {row["emailing"] for row in box.rows(STREAM)}
        assert len(every) > len(some) > 1
        first = read(box)
        assert first.error is None
        assert emailings(first) == some
        state = first.state["bookmarks"][STREAM]
        assert state["replication_key_value"] == "2026-06-01T11:55:00+00:00"
        assert not state.get("refused")
        box.now = "2026-06-02T12:00:00+00:00"
        box.switch(final_groups="all")
        second = read(box, state=first.state)
        assert emailings(second) >= every - some


@pytest.mark.parametrize("answer", ANSWERS)
def test_where_no_mailing_has_one_the_bookmark_moves_on_unless_the_method_is_unknown(
    answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Sandbox(**ACCOUNT, now=NOON) as box:
        box.switch(final_groups="half", no_final_group=answer)
        for row in list(box.rows(STREAM)):
            box.remove("publisher_emailings", [row["emailing"]])
        output = run(box, streams=(STREAM, "account"), start_date="2026-05-01")
        assert output.error is None
        assert output.records(STREAM) == []
        is_skipped = f"Stream `{STREAM}` is skipped" in caplog.text
        assert is_skipped == (answer == "unknown")
        state = output.state.get("bookmarks", {}).get(STREAM, {})
        assert ("replication_key_value" in state) != is_skipped


def test_a_mailing_is_asked_for_once_although_its_test_groups_change_during_the_run() -> None:
    """Two streams list the same mailings: one to write them, one to ask for the group of each."""
    numbers = itertools.count(1)

    def growing(_request: Request, reply: Reply) -> Reply:
        now = b'"testgroups":%d' % next(numbers)
        reply.body = re.sub(rb'"testgroups":"?\d+"?', now, reply.body)
        return reply

    with Sandbox(**ACCOUNT, now=NOON) as box:
        box.alter(growing, "/publisher/emailings")
        streams = ("publisher_emailings", STREAM, "publisher_destinations")
        output = run(box, streams=streams, start_date="2026-05-01")
        assert output.error is None
        assert next(numbers) > 2  # so that the mailings were listed twice
        read = [record["emailing"] for record in output.records(STREAM)]
        assert len(read) == len(set(read)) > 1


@pytest.mark.parametrize("sent", [b"null", b"1e400", b'"many"', b"9" * 5000])
def test_a_group_is_read_although_the_number_of_test_groups_cannot_be(sent: bytes) -> None:
    """A number that no type holds is null, and null is no reason to ask for nothing."""

    def damaged(_request: Request, reply: Reply) -> Reply:
        reply.body = re.sub(rb'"testgroups":"?\d+"?', b'"testgroups":' + sent, reply.body)
        return reply

    with Sandbox(**ACCOUNT, now=NOON) as box:
        every = {row["emailing"] for row in box.rows(STREAM)}
        box.alter(damaged, "/publisher/emailings")
        output = read(box)
        assert output.error is None
        assert emailings(output) == every

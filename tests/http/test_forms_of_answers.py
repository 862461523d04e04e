"""Answers are what their body is, whatever their headers call it; a mark before them is none of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support import profiles
from tests.support.runs import Output, run

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request

NOON = "2026-06-01T12:00:00+00:00"
ACCOUNT: dict[str, Any] = {"seed": 3, "days": 4, "clicks_per_day": 40, "now": NOON, "profiles": 60}
STREAMS = (
    *("account", "clicks", "emailings", "emailing_statistics", "databases", "consumption"),
    *("profile_ids", "log_cdm_click", "publisher_final_groups", "coupons", "views"),
)


def read(box: Sandbox, **settings: Any) -> Output:
    plain = {"start_date": "2026-05-29", "streams": STREAMS, "max_tries": 2}
    return run(box, **{**plain, **settings})


def rows(output: Output) -> list[dict[str, Any]]:
    assert output.error is None, output.error
    found = [(m["stream"], m["record"]) for m in output.messages if m["type"] == "RECORD"]
    for _, record in found:
        record.pop("seen_at", None)
        record.pop("apicalls", None)
    return sorted(({"stream": stream, **record} for stream, record in found), key=str)


@pytest.mark.parametrize("version", ["v2", "v3", "v4"])
def test_whatever_an_answer_is_called_its_rows_are_the_same(version: str) -> None:
    with Sandbox(**ACCOUNT) as box:
        plain = rows(read(box, api_version=version))
        assert {row["stream"] for row in plain} >= {"clicks", "profile_ids", "log_cdm_click"}
        box.switch(content_type="html", mark=True)
        assert rows(read(box, api_version=version)) == plain


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("version", ["v2", "v4"])
def test_the_bulk_host_is_used_whatever_it_calls_its_answers(version: str, *, mark: bool) -> None:
    with Sandbox(**ACCOUNT, switches={"content_type": "html", "mark": mark}) as box:
        settings = {"api_version": version, "bulk_url": box.bulk_url, "page_size": 10}
        output = profiles.read(box, profiles.CUSTOMERS, **settings)
        assert output.error is None
        assert set(output.ids(profiles.CUSTOMERS)) == set(profiles.truth(box, profiles.PLAIN))
        assert box.calls[f"/bulk/{version}/database/{profiles.PLAIN}/profiles"] > 0
        assert box.calls[f"/{version}/database/{profiles.PLAIN}/profiles"] <= 2


def test_a_page_is_no_answer_whatever_it_is_called() -> None:
    def page(_request: Request, reply: Reply) -> Reply:
        reply.body, reply.content_type = b"\n<html><h1>Maintenance</h1></html>", "application/json"
        return reply

    with Sandbox(**ACCOUNT) as box:
        box.alter(page, "clicks")
        box.alter(page, "logfile/")
        box.alter(page, "profileids")
        output = read(box, streams=("clicks", "log_cdm_click", "profile_ids"))
        assert "3 of the streams failed" in str(output.error)
        assert str(output.error).count("an HTML page under HTTP 200") >= 3

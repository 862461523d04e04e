"""Lists without an envelope: read to their end, in each form that PHP may give them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox import Sandbox
from tests.support.crossed import crossed, pairs
from tests.support.profiles import discovered, select
from tests.support.runs import Output, run

if TYPE_CHECKING:
    from copernica_sandbox.http import Reply, Request

NOON = "2026-06-01T12:00:00+00:00"
LOG, LINKS, IDS = "log_cdm_delivery", "emailing_hyperlinks", "profile_ids"
SETTINGS: dict[str, Any] = {"api_version": "v3", "start_date": "2026-01-02"}
ACCOUNT: dict[str, Any] = {"seed": 5, "days": 152, "clicks_per_day": 4, "mailings_per_day": 1}


def marked(_: Request, reply: Reply) -> Reply:
    if reply.chunks is None:
        reply.body = codecs.BOM_UTF8 + reply.body
    return reply


def read(box: Sandbox, stream: str, **settings: Any) -> Output:
    catalog = select(discovered(box, api_version="v3"), stream)
    return run(box, catalog=catalog, streams=(stream,), **{**SETTINGS, **settings})


@pytest.mark.parametrize(("cap", "form"), crossed([1000, 100, 7], ["list", "object"]))
def test_the_names_of_log_files_are_read_to_the_end(cap: int, form: str) -> None:
    with Sandbox(**ACCOUNT, now=NOON) as box:
        whole = read(box, LOG)
        assert whole.error is None
        days = {record["date"] for record in whole.records(LOG)}
        asked = box.calls["/v3/logfiles"]
        box.reset_calls()
        box.switch(bare_lists="paged", bare_form=form, page_cap=cap)
        paged = read(box, LOG)
        assert paged.error is None
        assert paged.records(LOG) == whole.records(LOG)
        assert len(days) > 100
        assert asked == 2
        assert box.calls["/v3/logfiles"] == 2 + 151 // cap


def test_that_start_is_ignored_is_learnt_once_in_a_run() -> None:
    with Sandbox(**{**ACCOUNT, "days": 3}, now=NOON) as box:
        streams = ("log_cdm_click", "log_cdm_delivery", "log_pom_clicks")
        output = run(box, streams=streams, **SETTINGS)
        assert output.error is None
        assert box.calls["/v3/logfiles"] == len(streams) + 1


@pytest.mark.parametrize("form", ["list", "object"])
@pytest.mark.parametrize("lists", ["whole", "paged"])
def test_what_is_added_to_links_is_read_to_the_end(lists: str, form: str) -> None:
    with Sandbox(**{**ACCOUNT, "days": 9}, now=NOON) as box:
        whole = read(box, LINKS)
        assert whole.records(LINKS)
        box.switch(bare_lists=lists, bare_form=form, page_cap=1)
        again = read(box, LINKS, page_size=1000)
        assert again.error is None
        assert again.records(LINKS) == whole.records(LINKS)


@pytest.mark.parametrize(
    ("asked", "is_marked"),
    crossed(pairs([LOG, LINKS, IDS], ["list", "object"]), [False, True]),
    ids=str,
)
def test_each_form_gives_the_same_rows(asked: tuple[str, str], *, is_marked: bool) -> None:
    stream, form = asked
    with Sandbox(**{**ACCOUNT, "days": 9}, databases=1, profiles=30_000, now=NOON) as box:
        whole = read(box, stream)
        assert whole.error is None
        box.switch(bare_form=form)
        if is_marked:
            box.alter(marked)
        again = read(box, stream)
        assert again.error is None
        assert [plain(one) for one in again.records(stream)] == [
            plain(one) for one in whole.records(stream)
        ]


def plain(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "seen_at"}

"""The bulk host: few calls where it serves, the other host where it does not, the same rows always."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson
import pytest

from tap_copernica.http.bulk import BrokenOffError, NoBulkError, rows_of
from tap_copernica.http.decoding import strict
from tests.support.crossed import crossed, pairs
from tests.support.profiles import (
    CUSTOMERS,
    PLAIN,
    SUBPROFILES,
    discovered,
    read,
    subtruth,
    truth,
    upserted,
)

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox
    from copernica_sandbox.http import Reply, Request
    from tests.support.runs import Output

PROFILES = f"/database/{PLAIN}/profiles"


def test_a_large_list_is_one_call_between_two_of_the_other_host(box: Sandbox) -> None:
    output = read(box, CUSTOMERS, SUBPROFILES, bulk_url=box.bulk_url, page_size=10)
    assert output.error is None
    assert upserted(output) == truth(box, PLAIN)
    assert upserted(output, stream=SUBPROFILES) == subtruth(box, 701)
    assert [path for path, _ in box.requests if path.endswith(PROFILES)] == [
        f"/v2{PROFILES}", f"/bulk/v2{PROFILES}", f"/v2{PROFILES}",
    ]  # fmt: skip
    assert box.calls.total() == 2 * 3


@pytest.mark.parametrize("total", ["exact", "string", "absent", "three_high", "zero"])
@pytest.mark.parametrize(("page_size", "asked"), [(114, True), (117, False), (230, False)])
def test_what_is_no_more_than_two_pages_is_asked_of_the_other_host_only(
    box: Sandbox, total: str, page_size: int, *, asked: bool
) -> None:
    box.switch(total=total)
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=page_size)
    assert upserted(output) == truth(box, PLAIN)
    assert bool(box.calls[f"/bulk/v2{PROFILES}"]) == asked


@pytest.mark.parametrize(("total", "calls"), [("exact", 1), ("absent", 2), ("zero", 2)])
def test_an_hours_changes_are_one_call_where_the_total_vouches_for_them(
    box: Sandbox, total: str, calls: int
) -> None:
    first = read(box, CUSTOMERS)
    catalog = discovered(box)
    changed = list(truth(box, PLAIN))[3:190:60]
    box.change_profiles(PLAIN, changed, fields={"City": "x"})
    box.switch(total=total)
    later = read(box, CUSTOMERS, catalog=catalog, state=first.state, bulk_url=box.bulk_url)
    assert later.ids(CUSTOMERS) == changed
    assert box.calls[f"/v2{PROFILES}"] == calls
    assert box.calls[f"/bulk/v2{PROFILES}"] == 0


@pytest.mark.parametrize(
    ("answer", "total"),
    crossed(pairs(["empty", "partial"], [10, 40, 100]), ["exact", "absent", "account"]),
    ids=str,
)
def test_a_host_that_ends_early_in_good_form_loses_nothing(
    box: Sandbox, answer: tuple[str, int], total: str
) -> None:
    mode, page_size = answer
    box.switch(bulk=mode, total=total)
    settings: dict[str, Any] = {"bulk_url": box.bulk_url, "page_size": page_size}
    first = read(box, CUSTOMERS, SUBPROFILES, **settings)
    assert first.error is None
    assert first.ids(CUSTOMERS) == list(truth(box, PLAIN))
    assert upserted(first) == truth(box, PLAIN)
    assert upserted(first, stream=SUBPROFILES) == subtruth(box, 701)
    changed = list(truth(box, PLAIN))[20:]
    box.change_profiles(PLAIN, changed, fields={"City": "x"})
    assert read(box, CUSTOMERS, state=first.state, **settings).ids(CUSTOMERS) == changed


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_it_serves_every_version(box: Sandbox, version: str) -> None:
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, api_version=version, page_size=50)
    assert upserted(output) == truth(box, PLAIN)
    assert box.calls[f"/bulk/{version}{PROFILES}"] == 1


def test_a_host_that_caps_its_lists_is_paged(box: Sandbox) -> None:
    box.switch(bulk="capped", page_cap=100)
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=20)
    assert upserted(output) == truth(box, PLAIN)
    assert len(output.records(CUSTOMERS)) == 230
    assert box.calls[f"/bulk/v2{PROFILES}"] == 2
    assert box.calls[f"/v2{PROFILES}"] == 3


@pytest.mark.parametrize("size", [1, 700, 20_000, 60_001, 130_000])
def test_a_reply_cut_inside_a_record_keeps_what_was_whole(
    box: Sandbox, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    box.switch(bulk_cut_bytes=size)
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=60)
    assert output.error is None
    assert output.ids(CUSTOMERS) == list(truth(box, PLAIN))
    assert upserted(output) == truth(box, PLAIN)
    warned = [record for record in caplog.records if "bulk host is not used" in record.message]
    # Where an answer holds fewer rows than a page of the other host, that one is asked instead.
    assert len(warned) == (size < 60_000)


@pytest.mark.parametrize("part", [1 << 13, 1 << 14, 1 << 16])
def test_a_reply_packed_in_parts_of_a_round_size_comes_once(box: Sandbox, part: int) -> None:
    def packed(_request: Request, reply: Reply) -> Reply:
        body = reply.body + b"".join(reply.chunks or ())
        parts = [gzip.compress(body[at : at + part], 1) for at in range(0, len(body), part)]
        reply.body, reply.chunks = b"".join(parts), None
        reply.headers.append(("Content-Encoding", "gzip"))
        return reply

    box.alter(packed, "/bulk/")
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=60)
    assert output.ids(CUSTOMERS) == list(truth(box, PLAIN))
    assert box.calls[f"/v2{PROFILES}"] == 2


def test_one_reply_that_is_cut_is_gone_on_with_on_the_bulk_host(box: Sandbox) -> None:
    catalog = discovered(box)
    box.fault("chunk_cut", path="/bulk/", times=1, bytes=60_000)
    output = read(box, CUSTOMERS, catalog=catalog, bulk_url=box.bulk_url, page_size=20)
    assert output.ids(CUSTOMERS) == list(truth(box, PLAIN))
    assert box.calls[f"/bulk/v2{PROFILES}"] == 2
    assert box.calls.total() == 2 + 2


@pytest.mark.parametrize("mode", ["missing", "refuses"])
def test_a_host_that_does_not_serve_is_asked_once(
    box: Sandbox, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    box.switch(bulk=mode)
    output = read(box, CUSTOMERS, SUBPROFILES, bulk_url=box.bulk_url, page_size=50)
    assert output.error is None
    assert upserted(output) == truth(box, PLAIN)
    assert upserted(output, stream=SUBPROFILES) == subtruth(box, 701)
    warned = [record for record in caplog.records if "bulk host is not used" in record.message]
    assert len(warned) == 1
    assert box.calls[f"/bulk/v2{PROFILES}"] <= 1


def test_a_host_that_never_answers_costs_one_wait(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_copernica.http.bulk._CONNECT_SECONDS", 0.2)
    box.switch(bulk="hangs")
    output = read(box, CUSTOMERS, bulk_url=box.bulk_url, page_size=50)
    assert output.error is None
    assert upserted(output) == truth(box, PLAIN)


@pytest.mark.parametrize("kind", ["503", "html", "truncated", "400", "redirect_other"])
def test_an_answer_that_cannot_be_used_is_replaced(box: Sandbox, kind: str) -> None:
    catalog = discovered(box)
    box.fault(kind, path="/bulk/")
    output = read(box, CUSTOMERS, catalog=catalog, bulk_url=box.bulk_url, page_size=50)
    assert output.error is None
    assert box.calls[f"/bulk/v2{PROFILES}"] in {1, 2}
    assert upserted(output) == truth(box, PLAIN)


def test_a_filter_that_is_ignored_there_is_asked_of_the_other_host(box: Sandbox) -> None:
    first = read(box, CUSTOMERS)
    catalog = discovered(box)
    changed = list(truth(box, PLAIN))[5:90]
    box.change_profiles(PLAIN, changed, fields={"City": "x"})
    box.on_call(1, lambda: box.switch(fields_ignored=True))
    box.on_call(2, lambda: box.switch(fields_ignored=False))
    later = read(
        box, CUSTOMERS, catalog=catalog, state=first.state, bulk_url=box.bulk_url, page_size=40
    )
    assert later.error is None
    assert later.ids(CUSTOMERS) == changed
    assert box.calls[f"/bulk/v2{PROFILES}"] == 1
    assert box.calls[f"/v2{PROFILES}"] == 1 + 2


def test_changes_while_it_streams_lose_nothing(box: Sandbox) -> None:
    catalog = discovered(box)
    exact: dict[str, Any] = {"lookback_minutes": 0, "lag_minutes": 0, "bulk_url": box.bulk_url}
    exact["page_size"] = 30
    box.switch(bulk_limit=90)
    box.change_profiles(PLAIN, [2, 230], fields={"City": "x"}, after_calls=2)
    box.remove_profiles(PLAIN, [1, 90, 91], after_calls=2)
    box.add_profiles(PLAIN, 3, after_calls=2)
    first = read(box, CUSTOMERS, catalog=catalog, **exact)
    second = read(box, CUSTOMERS, catalog=catalog, state=first.state, **exact)
    now = truth(box, PLAIN)
    found = upserted(first, second)
    assert {number: found[number] for number in now} == now


ROWS = [{"ID": str(number), "fields": {"a": "x" * number, "b": 1.5}} for number in range(1, 40)]
BODY = orjson.dumps({"start": 0, "limit": 100, "count": 39, "data": ROWS, "total": 39})


@pytest.mark.parametrize("size", [1, 7, 1000, 10_000])
def test_rows_are_whole_however_the_bytes_arrive(size: int) -> None:
    parts = [BODY[at : at + size] for at in range(0, len(BODY), size)]
    assert [row for rows in rows_of(parts, strict) for row in rows] == ROWS


@pytest.mark.parametrize("end", range(0, len(BODY), 97))
def test_a_body_cut_anywhere_gives_the_rows_before_the_cut(end: int) -> None:
    found: list[Any] = []

    def read_all() -> None:
        for rows in rows_of([BODY[:end]], strict):
            found.extend(rows)

    with pytest.raises(BrokenOffError):
        read_all()
    assert found == ROWS[: len(found)]
    assert BODY.find(orjson.dumps(ROWS[len(found)])) + len(orjson.dumps(ROWS[len(found)])) > end


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'{"data": [], "count": 0}', []),
        (b'{"data": {}, "count": 0}', []),
        (b'{"data": {"3": {"ID": 1}}, "count": 1}', [{"ID": 1}]),
        (b'[{"ID": 1}]', [{"ID": 1}]),
    ],
)
def test_an_answer_without_rows_has_none_in_another_form(body: bytes, rows: list[Any]) -> None:
    assert [row for some in rows_of([body], strict) for row in some] == rows


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "Database is locked"}}', "refused the call: Database is locked"),
        (b'{"error": 5}', "refused the call: an error without a message"),
        (b"3", "got a number"),
        (b'{"data": 3}', "under `data`, got a number"),
    ],
)
def test_what_is_no_list_is_no_answer(body: bytes, words: str) -> None:
    with pytest.raises(NoBulkError, match=words):
        list(rows_of([body], strict))


def lossy(_request: Request, reply: Reply) -> Reply:
    """Leave out every seventh row of an answer."""
    answer = orjson.loads(reply.body + b"".join(reply.chunks or ()))
    rows = [row for place, row in enumerate(answer["data"]) if place % 7 != 3]
    reply.body, reply.chunks = orjson.dumps({**answer, "data": rows, "count": len(rows)}), None
    return reply


def evidence(output: Output) -> list[Any]:
    """Give what `sync_windows` says of the one pass: announced, distinct, verdict, readings, calls."""
    (row,) = output.records("sync_windows")
    return [row[name] for name in ("announced", "distinct", "verdict", "readings", "calls")]


def test_a_host_that_leaves_rows_out_is_given_up_and_the_pass_is_read_once_more(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    box.alter(lossy, "/bulk/")
    first = read(box, "sync_windows", CUSTOMERS, bulk_url=box.bulk_url, page_size=50)
    assert first.error is None
    assert upserted(first) == truth(box, PLAIN)
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert "rows are missing in its answers: 230 were announced, 204 came" in warning.message
    # A page, the bulk host, the end, two totals; then five pages.
    assert evidence(first) == [230, 230, "counted", 2, 5 + 5]
    assert read(box, CUSTOMERS, state=first.state).records(CUSTOMERS) == []


@pytest.mark.usefixtures("every_state")
def test_a_pass_that_is_read_once_more_can_be_stopped_anywhere(box: Sandbox) -> None:
    box.alter(lossy, "/bulk/")
    settings: dict[str, Any] = {"bulk_url": box.bulk_url, "page_size": 50}
    for calls in range(5, 10):
        first = read(box, CUSTOMERS, max_api_calls=calls, **settings)
        second = read(box, CUSTOMERS, state=first.state, **settings)
        assert upserted(first, second) == truth(box, PLAIN), calls


def test_rows_that_were_removed_while_the_bulk_host_gave_them_are_not_missed(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = discovered(box)
    box.remove_profiles(PLAIN, [90, 91], after_calls=1)
    output = read(
        box, "sync_windows", CUSTOMERS, catalog=catalog, bulk_url=box.bulk_url, page_size=50
    )
    assert output.error is None
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    assert evidence(output) == [228, 228, "counted", 1, 4]


def test_a_total_that_is_wrong_does_not_accuse_the_bulk_host(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = discovered(box)
    box.switch(total="three_high")
    output = read(
        box, "sync_windows", CUSTOMERS, catalog=catalog, bulk_url=box.bulk_url, page_size=50
    )
    assert upserted(output) == truth(box, PLAIN)
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert "Where each run tells so, its `total` is wrong" in warning.message
    assert evidence(output) == [233, 230, "short", 1, 5]


def test_an_api_that_ignores_the_upper_bound_does_not_accuse_the_bulk_host(
    box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    def without_bound(request: Request, reply: Reply) -> Reply:
        if "id<=" in unquote(request.query):
            reply.body = orjson.dumps({**orjson.loads(reply.body), "total": 230})
        return reply

    box.alter(lossy, "/bulk/")
    box.alter(without_bound, f"/v2{PROFILES}")
    output = read(box, "sync_windows", CUSTOMERS, bulk_url=box.bulk_url, page_size=50)
    assert "the API promised 230 rows and gave 204" in caplog.text
    assert "bulk host is not used" not in caplog.text
    assert evidence(output) == [230, 204, "short", 1, 5]

"""What hostile answers found, each once: it does not come back."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from copernica_sandbox.http import Reply
from tap_copernica.clock import AccountClock
from tap_copernica.errors import StreamError, UnreadableError
from tap_copernica.http.bulk import BrokenOffError, rows_of
from tap_copernica.http.decoding import strict
from tap_copernica.streams import logs
from tests.hostile.families import FAMILIES, START
from tests.hostile.reading import rows_of as rows_read
from tests.support.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from copernica_sandbox import Sandbox
    from copernica_sandbox.http import Request
    from tests.hostile.reading import Reader

BY_NAME = {family.name: family for family in FAMILIES}
BRACKETS = b"[" * 100_000


@pytest.fixture
def box(reader: Reader) -> Iterator[Sandbox]:
    reader.box.clear_faults()
    yield reader.box
    reader.box.clear_faults()


def answering(value: Any) -> Callable[[Request, Reply], Reply]:
    return lambda _request, _reply: Reply(200, json.dumps(value).encode())


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Amsterdam", "0001-01-01 00:00:00"),
        ("America/New_York", "9999-12-31 23:59:59"),
    ],
)
def test_a_time_that_utc_has_no_year_for_is_left_to_the_cast_of_one_value(
    zone: str, text: str
) -> None:
    assert AccountClock(zone).utc_texts([text]) is None


@pytest.mark.parametrize("name", ["America", "x" * 5000, "../UTC", ""])
def test_a_zone_that_is_none_is_an_error_of_its_value(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several libraries
        AccountClock(name)


def test_brackets_without_end_are_not_parsed() -> None:
    """The parser would take 20 GB for these 100 kB."""
    with pytest.raises(BrokenOffError):
        list(rows_of([b'{"data":', BRACKETS], strict))
    file = io.BytesIO(b"[{}," + BRACKETS)
    with pytest.raises(StreamError):
        list(logs.rows_of(file, strict, lambda: UnreadableError("broken")))


def test_texts_full_of_brackets_are_rows_like_others() -> None:
    row = {"ID": "1", "fields": {"Notes": "see [1 and {2"}}
    body = json.dumps({"data": [row] * 500}).encode()
    parts = [body[at : at + 4096] for at in range(0, len(body), 4096)]
    assert sum(len(rows) for rows in rows_of(parts, strict)) == 500


def test_an_empty_list_that_says_it_has_rows_is_no_empty_list(reader: Reader, box: Sandbox) -> None:
    def emptied(_request: Request, reply: Reply) -> Reply:
        return Reply(200, json.dumps({**json.loads(reply.body), "data": []}).encode())

    family = BY_NAME["events"]
    box.alter(emptied, family.path)
    output = reader.read(family)
    assert "holds none" in str(output.error)
    assert not output.records("clicks")


@pytest.mark.parametrize("name", ["events", "lists", "profiles"])
def test_a_bare_empty_list_is_no_empty_page(reader: Reader, box: Sandbox, name: str) -> None:
    family = BY_NAME[name]
    box.alter(answering([]), family.path)
    output = reader.read(family)
    assert "expected a list in an envelope" in str(output.error)
    assert not output.records(family.stream)


def test_an_error_under_200_is_an_error(reader: Reader, box: Sandbox) -> None:
    family = BY_NAME["per mailing"]
    box.alter(answering({"error": {"message": "Out of memory"}}), family.path)
    output = reader.read(family)
    assert "Out of memory" in str(output.error)
    assert not output.records(family.stream)


@pytest.mark.parametrize("name", ["per mailing", "consumption"])
def test_an_object_with_none_of_its_fields_is_no_row_of_nulls(
    reader: Reader, box: Sandbox, name: str
) -> None:
    family = BY_NAME[name]
    box.alter(answering({"result": {"destinations": 5, "emails": 7}}), family.path)
    output = reader.read(family)
    assert "none of the documented fields" in str(output.error)
    assert not output.records(family.stream)


@pytest.mark.parametrize(
    "names",
    [["cdm-click.2026-02-30.log"], [["cdm-click.2026-05-30.log"]], ["2026-05-30"], [7]],
    ids=str,
)
def test_names_of_log_files_that_are_none_are_an_error(
    reader: Reader, box: Sandbox, names: list[Any]
) -> None:
    box.alter(answering(names), "/logfiles")
    output = reader.read(BY_NAME["log names"])
    assert "names of log files" in str(output.error)


def test_the_name_of_a_log_file_leads_to_no_other_path(reader: Reader, box: Sandbox) -> None:
    box.reset_calls()
    box.alter(answering(["cdm-click.2026-05-30./../../database/11"]), "/logfiles")
    reader.read(BY_NAME["log names"])
    assert not any("/v2/database" in path and path != "/v2/databases" for path in box.calls)


def test_a_byte_order_mark_is_passed_over(reader: Reader, box: Sandbox) -> None:
    def marked(_request: Request, reply: Reply) -> Reply:
        reply.body = b"\xef\xbb\xbf" + reply.body
        return reply

    family = BY_NAME["events"]
    box.alter(marked, family.path)
    output = reader.read(family)
    assert output.error is None
    assert rows_read(family, output) == reader.right(family)


def test_a_jwt_that_says_nonsense_of_its_end_is_used_all_the_same(box: Sandbox) -> None:
    payload = base64.urlsafe_b64encode(b'{"exp": 1' + b"0" * 400 + b"}").decode().rstrip("=")

    def odd(request: Request, reply: Reply) -> Reply:
        if request.path == "/":
            reply.body = f"eyJhbGciOiJIUzI1NiJ9.{payload}.signature".encode()
        return reply

    box.alter(odd)
    output = run(box, start_date=START, api_version="v4")
    # It is not signed: that the API refuses it shows that it was sent.
    assert "refused the access token" in str(output.error)


def test_a_bulk_answer_that_only_drips_is_given_up(
    reader: Reader,
    box: Sandbox,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tap_copernica.http.transport._WHOLE_CALL", 0.1)
    family = BY_NAME["bulk"]
    box.fault("drip", path="/bulk/", seconds=30)
    output = reader.read(replace(family, settings={"request_timeout": 5}))
    assert output.error is None
    assert rows_read(family, output) == reader.right(BY_NAME["profiles"])
    assert "no rows in 0.5 s" in caplog.text

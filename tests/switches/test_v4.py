"""v4: both families of path names, and a JWT that ends, is refused, or is never given."""

from __future__ import annotations

from typing import Any

import pytest

from tap_copernica.errors import TokenError
from tests.switches.accounts import account, assert_exact, read

ANSWERS = ["400json", "400words", "400empty", "401json", "401empty", "403", "498"]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("names", ["both", "old", "new"])
def test_whichever_names_the_api_knows_are_found_once_and_remembered(
    names: str, concurrency: int
) -> None:
    with account(rows=200, names=names) as box:
        assert_exact(box, read(box, api_version="v4", concurrency=concurrency))
        refused = {"old": "/v4/draganddrop/clicks"}.get(names, "/v4/ms/clicks")
        assert box.calls[refused] <= concurrency if names != "both" else box.calls[refused] == 0


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_jwt_that_ends_during_the_run_is_renewed(answer: str, concurrency: int) -> None:
    switches: dict[str, Any] = {"jwt_lifetime_seconds": 1, "expired_jwt": answer}
    with account(rows=300, **switches) as box:
        for _ in range(4):
            assert_exact(box, read(box, api_version="v4", concurrency=concurrency))


@pytest.mark.parametrize("offset", [-90_000, 90_000])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_jwt_is_used_whatever_this_machines_clock_says(answer: str, offset: int) -> None:
    with account(
        rows=100, jwt_lifetime_seconds=3, expired_jwt=answer, clock_offset_seconds=offset
    ) as box:
        output = read(box, api_version="v4", end_date="2025-10-25")
        assert_exact(box, output, until="2025-10-24T22:00:00+00:00")
        assert box.calls["/"] == 1


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_jwt_that_is_refused_again_after_renewal_is_an_error(answer: str) -> None:
    with account(rows=100, expired_jwt=answer, jwt_lifetime_seconds=-10) as box:
        output = read(box, api_version="v4")
    assert isinstance(output.error, TokenError)
    assert "refused the access token" in str(output.error)
    assert not output.ids()
    assert not any(state.get("bookmarks") for state in output.states)


@pytest.mark.parametrize("body", ["text", "padded", "marked", "json_string", "json_object"])
def test_the_jwt_is_found_in_any_form(body: str) -> None:
    with account(rows=100, jwt_body=body) as box:
        assert_exact(box, read(box, api_version="v4"))
        assert box.calls["/"] == 1


@pytest.mark.parametrize("answer", ["400json", "401", "200text"])
def test_a_failed_exchange_says_what_to_check(answer: str) -> None:
    with account(rows=100, failed_exchange=answer) as box:
        output = read(box, api_version="v4", access_token="mistyped-token", max_tries=2)
    assert isinstance(output.error, TokenError)
    assert "was not exchanged for a JWT" in str(output.error)
    assert "access_token" in str(output.error)
    assert not output.ids()


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_token_for_v4_alone_is_told_apart(version: str) -> None:
    with account(rows=100, v4_only=True) as box:
        output = read(box, api_version=version)
    assert isinstance(output.error, TokenError)
    assert "v4" in str(output.error)

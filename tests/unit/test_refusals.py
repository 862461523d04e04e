"""Refusals: whether the token is refused, or one call."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tap_copernica.errors import ApiError, DoubtfulError, TokenError
from tap_copernica.http.refusals import TokenTrust


class Account:
    """Answers, or refuses, the call that every token may make."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.asked, self.works, self.seconds = 0, True, seconds

    def __call__(self) -> None:
        self.asked += 1
        time.sleep(self.seconds)
        if not self.works:
            raise refusal()


def refusal() -> DoubtfulError:
    return DoubtfulError("the call", "Forbidden", "the token")


def test_a_good_answer_from_before_the_refusal_shows_nothing() -> None:
    trust, account = TokenTrust(), Account()
    trust.answered("clicks", trust.begin())
    account.works = False
    judged = trust.judge(refusal(), "clicks", account)
    assert (type(judged), str(judged)) == (TokenError, "the token")


def test_a_stream_that_is_always_refused_costs_one_call_for_the_account() -> None:
    trust, account = TokenTrust(), Account()
    for number, stream in enumerate(["clicks", "errors", "abuses"], 1):
        for _ in range(50):
            assert type(trust.judge(refusal(), stream, account)) is ApiError
        trust.answered("impressions", trust.begin())
        assert account.asked == number


def test_a_refusal_after_an_answer_of_the_same_stream_is_settled_anew() -> None:
    trust, account = TokenTrust(), Account()
    assert type(trust.judge(refusal(), "clicks", account)) is ApiError
    trust.answered("clicks", trust.begin())
    account.works = False
    assert type(trust.judge(refusal(), "clicks", account)) is TokenError


@pytest.mark.parametrize(("works", "kind"), [(True, ApiError), (False, TokenError)])
def test_threads_that_are_refused_at_once_ask_for_the_account_once(
    works: Any, kind: type[Exception]
) -> None:
    trust, account = TokenTrust(), Account(seconds=0.3)
    account.works = works
    found: list[Exception] = []
    threads = [
        threading.Thread(
            target=lambda n=n: found.append(trust.judge(refusal(), f"stream {n}", account))
        )
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(one) for one in found] == [kind] * 8
    # The first one, and another for those that came while it was on its way.
    assert account.asked <= 2

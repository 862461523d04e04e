"""How a call proves who it is for: the token in the query, and the JWT that it is exchanged for."""

from __future__ import annotations

import base64
import json
import threading
import time
from typing import Any

import pytest
import requests

from tap_copernica.errors import BudgetSpent, RunError, TokenError, UnreachableError
from tap_copernica.http.auth import JwtBearer, QueryToken, find_jwt, seconds_of_use
from tap_copernica.http.calls import Calls
from tap_copernica.http.transport import Transport
from tap_copernica.redaction import MASK, redact
from tests.support.scripted import Answer, Scripted


def request(url: str = "https://h.example/v2/ms/clicks") -> requests.PreparedRequest:
    return requests.Request("GET", url).prepare()


def jwt(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"h3ader.{payload}.c2ln"  # not as JWTs begin, by which they would be masked in any case


def bearer(server: Scripted, calls: Calls | None = None) -> JwtBearer:
    calls = calls or Calls(max_tries=2, backoff_seconds=0.001)
    return JwtBearer("to ken&1", f"{server.url}/authenticate", Transport(calls, 5), calls)


def sent(authenticator: JwtBearer) -> str:
    return str(authenticator(request()).headers["Authorization"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example/v2/x", "https://h.example/v2/x?access_token=to+ken%261"),
        ("https://h.example/v2/x?a=1", "https://h.example/v2/x?a=1&access_token=to+ken%261"),
        ("https://h.example/v2/x?access_token=7", "https://h.example/v2/x?access_token=7"),
    ],
)
def test_the_token_is_in_the_query_once(url: str, expected: str) -> None:
    authenticator = QueryToken("to ken&1")
    once = authenticator(request(url))
    assert once.url == expected
    assert authenticator(once).url == expected
    assert not authenticator.renew(once)


def test_the_token_is_exchanged_for_one_jwt_that_serves_every_call() -> None:
    first, second = jwt(iat=0, exp=86_400), jwt(iat=1, exp=86_401)
    calls = Calls()
    with Scripted([Answer(first.encode()), Answer(second.encode())]) as server:
        authenticator = bearer(server, calls)
        assert [sent(authenticator) for _ in range(3)] == [f"Bearer {first}"] * 3
        (exchange,) = server.asked
        assert (exchange.method, exchange.path) == ("POST", "/authenticate")
        assert exchange.body == b"access_token=to+ken%261"
        assert exchange.headers["content-type"] == "application/x-www-form-urlencoded"
    assert (calls.made, dict(calls.made_for)) == (1, {"authentication": 1})
    assert redact(f"with {first}") == f"with {MASK}"


def test_a_jwt_that_was_refused_is_renewed_once_for_all_that_used_it() -> None:
    made = [jwt(iat=number, exp=number + 86_400) for number in range(3)]
    with Scripted([Answer(one.encode()) for one in made]) as server:
        authenticator = bearer(server)
        refused, too = authenticator(request()), authenticator(request())
        assert authenticator.renew(refused)
        assert authenticator.renew(too)
        assert len(server.asked) == 2
        assert sent(authenticator) == f"Bearer {made[1]}"
        assert authenticator.renew(authenticator(request()))
        assert sent(authenticator) == f"Bearer {made[2]}"


def test_threads_that_need_a_jwt_at_once_make_one_exchange() -> None:
    found: list[str] = []
    with Scripted([Answer(jwt(iat=0, exp=86_400).encode())]) as server:
        authenticator = bearer(server)
        threads = [
            threading.Thread(target=lambda: found.append(sent(authenticator))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.asked) == 1
    assert len(set(found)) == 1


def test_a_jwt_is_renewed_before_it_ends() -> None:
    made = [jwt(iat=number, exp=number + 0.2) for number in range(2)]
    with Scripted([Answer(one.encode()) for one in made]) as server:
        authenticator = bearer(server)
        assert sent(authenticator) == f"Bearer {made[0]}"
        time.sleep(0.2)
        assert sent(authenticator) == f"Bearer {made[1]}"


@pytest.mark.parametrize(
    ("claims", "seconds"),
    [
        ({"iat": 100, "exp": 86_500}, 86_340),  # a minute before its end
        ({"iat": 100, "exp": 700}, 540),
        ({"iat": 100, "exp": 200}, 90),  # a tenth of a short one
        ({"iat": "100", "exp": "86500"}, 86_340),
        ({"iat": 100, "exp": 100}, 3600),  # what cannot be is not believed
        ({"iat": 200, "exp": 100}, 3600),
        ({"iat": 100}, 3600),
        ({"iat": None, "exp": 100}, 3600),
        ({"iat": "soon", "exp": 100}, 3600),
    ],
)
def test_a_jwt_says_itself_for_how_long_to_use_it(claims: dict[str, Any], seconds: float) -> None:
    assert seconds_of_use(jwt(**claims)) == seconds


def test_a_jwt_without_a_beginning_begins_now() -> None:
    assert abs(seconds_of_use(jwt(exp=time.time() + 86_400)) - 86_340) < 5


@pytest.mark.parametrize("payload", ["", "e", "e30", "W10", "bnVsbA", "!!!!", "gICA"])
def test_a_jwt_that_cannot_be_read_is_used_for_an_hour(payload: str) -> None:
    assert seconds_of_use(f"eyJhbGciOi.{payload}.c2ln") == 3600


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("a.b.c", "a.b.c"),
        ("\n a.b.c \r\n", "a.b.c"),
        ("a.b.", "a.b."),  # no signature
        ('"a.b.c"', "a.b.c"),
        ('{"expires": 5, "note": "x", "token": "a.b.c"}', "a.b.c"),
        ('{"token": "none"}', None),
        ("{}", None),
        ('"a.b"', None),
        ('"a.b.c', None),
        ("{a.b.c", None),
        ("", None),
        ("a.b", None),
        ("a.b.c.d", None),
        (".b.c", None),
        ("a..c", None),
        ("<p>a.b.c</p>", None),
        ("No. Such. Token", None),
        ("a.b\tb.c", None),
        ("a.b\nb.c", None),
        ("[1.2.3]", None),
        ('["1.2.3"]', "1.2.3"),
        ('{"data": {"jwt": "a.b.c"}}', "a.b.c"),
        ("\ufeffa.b.c", "a.b.c"),
        ('\ufeff{"token": "a.b.c"}', "a.b.c"),
        ("a-_.b-_.c-_", "a-_.b-_.c-_"),
        ("eyJ.b=.c=", "eyJ.b=.c="),
        ("é.b.c", None),  # what is not ASCII fits into no header
        ("a.b.ç", None),
        ("a.b.\u200b", None),
        ("a.b.c;", None),
    ],
)
def test_the_jwt_is_found_in_each_form_and_in_no_other_text(body: str, found: str | None) -> None:
    assert find_jwt(body.encode()) == found


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b'{"error":{"message":"Invalid access token"}}', 400),
        Answer(b"a.b.c", 401),  # no JWT, whatever it looks like
        Answer(b"Invalid access token"),
        Answer(b"a.b.c", 301, {"Location": "https://elsewhere.example/"}),
    ],
)
def test_a_refused_exchange_is_not_tried_again(answer: Answer) -> None:
    with (
        Scripted([answer]) as server,
        pytest.raises(TokenError, match=rf"was not exchanged for a JWT \(HTTP {answer.status}\)"),
    ):
        sent(bearer(server))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(b"", 503), UnreachableError),
        (Answer(b"", 500), RunError),
        (Answer(b""), RunError),
        (Answer(b"<p>a.b.c</p>", 200, {"Content-Type": "text/plain"}), RunError),
    ],
)
def test_an_exchange_that_may_pass_is_tried_again(answer: Answer, kind: type[Exception]) -> None:
    good = Answer(jwt(iat=0, exp=86_400).encode())
    with Scripted([answer, good]) as server:
        assert sent(bearer(server)) == f"Bearer {good.body.decode()}"
    with Scripted([answer]) as server, pytest.raises(kind, match=r"^authentication: .* 2 tries"):
        sent(bearer(server))
    assert len(server.asked) == 2


@pytest.mark.parametrize("kind", ["text/html; charset=UTF-8", "text/plain", "application/json", ""])
@pytest.mark.parametrize("form", [b"%s", b'"%s"', b'{"token":"%s"}', b"\xef\xbb\xbf%s\n"])
def test_the_exchange_is_judged_by_its_body_whatever_it_is_called(kind: str, form: bytes) -> None:
    made = jwt(iat=0, exp=86_400)
    with Scripted([Answer(form % made.encode(), 200, {"Content-Type": kind})]) as server:
        assert sent(bearer(server)) == f"Bearer {made}"


def test_a_jwt_that_is_not_ascii_is_a_failed_exchange() -> None:
    with Scripted([Answer("a.b.é".encode())]) as server, pytest.raises(TokenError):
        sent(bearer(server))


def test_after_three_renewals_in_vain_a_refusal_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Scripted([Answer(jwt(iat=n, exp=n + 86_400).encode()) for n in range(9)]) as server:
        authenticator = bearer(server)
        assert [authenticator.renew(authenticator(request())) for _ in range(5)] == [
            *[True] * 3,
            *[False] * 2,
        ]
        assert len(server.asked) == 4
        authenticator.renewal_helped()
        assert authenticator.renew(authenticator(request()))
        for _ in range(3):
            authenticator.renew(authenticator(request()))
        asked, real = len(server.asked), time.monotonic
        # One that is no longer new may be over, whatever was refused before.
        monkeypatch.setattr(time, "monotonic", lambda: real() + 601)
        assert authenticator.renew(authenticator(request()))
        assert len(server.asked) == asked + 1


def test_an_exchange_is_a_call_of_the_budget() -> None:
    with Scripted() as server, pytest.raises(BudgetSpent):
        sent(bearer(server, Calls(budget=0)))
    assert server.asked == []

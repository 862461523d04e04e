"""Calls: URLs per version, parameters of pages, redirects, and what each answer means."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tap_copernica.errors import (
    ApiError,
    NotOfferedError,
    RunError,
    StreamError,
    TokenError,
    TransientError,
)
from tap_copernica.http.downloads import check_array
from tap_copernica.http.pagination import body_of, page_of
from tap_copernica.http.path_names import PathNames
from tap_copernica.http.question import Question
from tap_copernica.tap import TapCopernica
from tests.support.scripted import Answer, Asked, Scripted

if TYPE_CHECKING:
    from tap_copernica.http.client import CopernicaStream

CLICKS = Question(path="/ms/clicks")
WORDS = "Copernica REST API Error 400:   Invalid\n access token"


def stream(name: str = "clicks", **settings: Any) -> CopernicaStream:
    return streams(name, **settings)[0]


def streams(*names: str, **settings: Any) -> list[CopernicaStream]:
    """Streams of one tap."""
    config = {
        "access_token": "a-token",
        "start_date": "2024-01-01",
        "api_url": "http://127.0.0.1:9",
        "max_tries": 2,
        "backoff_seconds": 0.001,
        **settings,
    }
    found = TapCopernica(config=config, catalog={"streams": []}).static_streams()
    return [one for name in names for one in found if one.name == name]


def query(path: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(path).query))


def refused(status: int = 400, message: str = "No database with supplied ID") -> Answer:
    return Answer(b'{"error":{"message":"%s"}}' % message.encode(), status)


# Names of paths


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_before_v4_paths_have_one_name(version: str) -> None:
    names = PathNames(version)
    for path in ("/ms/clicks", "/publisher/clicks", "/identity"):
        assert [names.spelled(path, family) for family in names.to_try(path)] == [path]
        assert names.spelled(path) == path


def test_in_v4_the_new_names_come_first_and_the_old_ones_are_tried() -> None:
    names = PathNames("v4")

    def tried(path: str) -> list[str]:
        return [names.spelled(path, family) for family in names.to_try(path)]

    assert tried("/ms/clicks") == ["/draganddrop/clicks", "/ms/clicks"]
    assert tried("/publisher/ms/clicks") == ["/html/ms/clicks", "/publisher/ms/clicks"]
    assert tried("/identity") == ["/identity"]
    assert tried("/msx/ms/") == ["/msx/ms/"]
    assert names.spelled("/ms/ms/x") == "/draganddrop/ms/x"


def test_the_names_that_answered_are_those_of_the_rest_of_the_run() -> None:
    names = PathNames("v4")
    names.answered("/ms/clicks", PathNames.OLD)
    names.answered("/ms/clicks", PathNames.OLD)
    assert names.spelled("/ms/clicks") == "/ms/clicks"
    assert names.to_try("/ms/clicks") == [PathNames.OLD, PathNames.NEW]
    assert names.to_try("/identity") == [PathNames.OLD]
    names.answered("/ms/clicks", PathNames.NEW)
    assert names.spelled("/ms/clicks") == "/draganddrop/clicks"


# Questions


def test_a_page_is_asked_for_with_the_token_its_place_and_the_filter(server: Scripted) -> None:
    clicks = stream(api_url=server.url, page_size=50)
    clicks.answer(
        Question(
            path="/ms/clicks", params={"begintime": "2024-01-01 00:00:00", "list[]": ["a", "b"]}
        )
    )
    clicks.answer(Question(path="/ms/clicks", limit=7, total=False))
    clicks.answer(CLICKS, start=150)
    first, second, third = (one.path for one in server.asked)
    assert first.startswith("/v2/ms/clicks?")
    assert parse_qsl(urlsplit(first).query) == [
        ("begintime", "2024-01-01 00:00:00"),
        ("list[]", "a"),
        ("list[]", "b"),
        ("start", "0"),
        ("limit", "50"),
        ("access_token", "a-token"),
    ]
    assert query(second) == {
        "start": "0",
        "limit": "7",
        "total": "false",
        "access_token": "a-token",
    }
    assert query(third)["start"] == "150"
    assert query(third)["total"] == "false"


def test_no_cookie_goes_back_and_the_answer_is_as_requests_would_give_it(server: Scripted) -> None:
    headers = {"Set-Cookie": "session=1", "Content-Type": "text/plain; charset=ascii"}
    server.answers = [Answer(b'{"data":[]}', headers=headers), Answer(b'{"data":[]}')]
    clicks = stream(api_url=server.url)
    first, second = (clicks.answer(CLICKS) for _ in range(2))
    assert (first.reason, first.encoding, first.text) == ("OK", "ascii", '{"data":[]}')
    assert first.headers["set-cookie"] == "session=1"
    assert "Cookie" not in second.request.headers
    assert "cookie" not in server.asked[1].headers


def test_another_path_and_an_object_are_asked_for_as_they_are(server: Scripted) -> None:
    server.answers = [Answer(b'{"id":"1"}')]
    account = stream("account", api_url=server.url, api_version="v3")
    assert account.single("/ms/emailing/5", {"a": "1"}) == {"id": "1"}
    assert account.single("/identity") == {"id": "1"}
    assert [one.path for one in server.asked] == [
        "/v3/ms/emailing/5?a=1&access_token=a-token",
        "/v3/identity?access_token=a-token",
    ]


def test_pages_follow_until_one_is_empty(server: Scripted) -> None:
    server.answers = [Answer(b'{"data":[{"ID":1},{"ID":2}],"total":2}'), Answer(b'{"data":[]}')]
    pages = list(stream(api_url=server.url).pages(CLICKS))
    assert [page.rows for page in pages] == [[{"ID": 1}, {"ID": 2}], []]
    assert [page.total for page in pages] == [2, None]
    assert [query(one.path)["start"] for one in server.asked] == ["0", "2"]


def test_the_sdk_s_hook_gives_the_rows_of_an_answer(server: Scripted) -> None:
    server.answers = [Answer(b'{"data":[{"ID":1}]}')]
    clicks = stream(api_url=server.url)
    assert list(clicks.parse_response(clicks.answer(CLICKS))) == [{"ID": 1}]


def test_v4_sends_the_jwt_and_renews_it_once_where_it_is_refused(server: Scripted) -> None:
    server.answers = [
        Answer(b"a.b.c"),
        refused(401, "expired"),
        Answer(b"d.e.f"),
        Answer(b'{"data":[{"ID":1}]}'),
    ]
    clicks = stream(api_url=server.url, api_version="v4")
    assert page_of(clicks.answer(CLICKS)).rows == [{"ID": 1}]
    assert [one.headers.get("authorization") for one in server.asked] == [
        *(None, "Bearer a.b.c", None, "Bearer d.e.f"),
    ]
    assert all("access_token" not in one.path for one in server.asked)
    assert clicks.calls.made == 4


def test_a_jwt_that_is_refused_twice_is_an_error(server: Scripted) -> None:
    server.answers = [Answer(b"a.b.c"), refused(401), Answer(b"d.e.f"), refused(401)]
    with pytest.raises(TokenError):
        stream(api_url=server.url, api_version="v4").answer(CLICKS)
    assert urlsplit(server.asked[4].path).path == "/v4/identity"  # does the token work at all?
    assert len(server.asked) == 5


REFUSALS = [
    refused(message="JWT expired"),
    refused(message="Signature verification failed"),
    refused(message="Something that nobody has seen"),
    Answer(b"", 400),
    Answer(b"no JSON", 400),
    Answer(b"<h1>Bad Request</h1>", 400, {"Content-Type": "text/html"}),
    Answer(b"", 401),
    Answer(b"", 403),
    Answer(b"", 498),
    refused(404, "Gone"),
    refused(200, "Expired token"),
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_v4_renews_the_jwt_once_whatever_the_refusal_says(server: Scripted, answer: Answer) -> None:
    good = Answer(b'{"data":[{"ID":1}]}')
    server.answers = [Answer(b"a.b.c"), answer, Answer(b"d.e.f"), good]
    clicks = stream(api_url=server.url, api_version="v4")
    assert page_of(clicks.answer(CLICKS)).rows == [{"ID": 1}]
    assert len(server.asked) == 4


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_that_outlives_the_jwt_names_the_token(server: Scripted, answer: Answer) -> None:
    jwts = [Answer(b"a.b.c"), answer, Answer(b"d.e.f"), answer]
    server.answers = [*jwts, Answer(b'{"id":"1"}')]  # the token works for /identity
    with pytest.raises(ApiError, match="`access_token`") as caught:
        stream(api_url=server.url, api_version="v4").answer(CLICKS)
    assert type(caught.value) is ApiError
    server.answers, server.asked = [*jwts, answer], []  # and for nothing
    with pytest.raises(TokenError, match="`access_token`"):
        stream(api_url=server.url, api_version="v4").answer(CLICKS)
    server.answers, server.asked = [*jwts, refused(message="Invalid method")], []
    with pytest.raises(ApiError):  # the API's own words: it took the token
        stream(api_url=server.url, api_version="v4").answer(CLICKS)


def test_a_thousand_refused_calls_do_not_cost_three_each(server: Scripted) -> None:
    numbers = iter(range(10_000))
    server.reply = lambda asked: (
        Answer(b"a.b.%d" % next(numbers))
        if asked.method == "POST"
        else Answer(b'{"id":"1"}')
        if "identity" in asked.path
        else Answer(b"", 403)
    )
    clicks = stream(api_url=server.url, api_version="v4")
    for _ in range(100):
        with pytest.raises(ApiError):
            clicks.answer(Question(path="/ms/emailing/1"))
    # An exchange, three renewals with a call again each, one call for the account.
    assert len(server.asked) == 100 + 1 + 3 * 2 + 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_list_is_its_own_matter_where_the_token_works(
    server: Scripted, status: int
) -> None:
    server.answers = [Answer(), refused(status, "Not for you"), Answer(b'{"id":"1"}')]
    clicks = stream(api_url=server.url)
    clicks.answer(CLICKS)
    with pytest.raises(ApiError, match=rf"HTTP {status}: Not for you.*the token works") as caught:
        clicks.answer(CLICKS)
    assert type(caught.value) is ApiError
    assert [urlsplit(one.path).path for one in server.asked[2:]] == ["/v2/identity"]


@pytest.mark.parametrize("version", ["v2", "v4"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_worked_a_moment_ago_may_be_revoked(
    server: Scripted, version: str, status: int
) -> None:
    dead = False
    numbers = iter(range(100))

    def reply(asked: Asked) -> Answer:
        if asked.method == "POST":
            return Answer(b"a.b.%d" % next(numbers))
        return refused(status, "Invalid access token") if dead else Answer()

    server.reply = reply
    clicks = stream(api_url=server.url, api_version=version)
    clicks.answer(CLICKS)
    dead = True
    with pytest.raises(
        TokenError, match=r"refused the access token .*Check `access_token`"
    ) as caught:
        clicks.answer(CLICKS)
    other = {"v2": "v4", "v4": "v2"}[version]
    assert f"(then set `api_version`, for example to {other})" in str(caught.value)


def test_a_jwt_that_is_over_is_no_reason_to_call_the_token_refused(server: Scripted) -> None:
    jwts = iter(range(100))
    newest = b""

    def reply(asked: Asked) -> Answer:
        nonlocal newest
        if asked.method == "POST":
            newest = b"a.b.%d" % next(jwts)
            return Answer(newest)
        is_over = over and asked.headers["authorization"].encode() != b"Bearer " + newest
        return Answer(b'{"id":"1"}') if "identity" in asked.path and not is_over else refused(403)

    over = False
    server.reply = reply
    clicks, errors = streams("clicks", "errors", api_url=server.url, api_version="v4")
    for _ in range(4):  # renewals in vain: no further one is tried for a while
        with pytest.raises(ApiError):
            clicks.answer(CLICKS)
    over, newest = True, b"another"
    with pytest.raises(ApiError) as caught:
        errors.answer(CLICKS)
    assert type(caught.value) is ApiError


def test_v4_tries_the_old_name_where_the_new_one_is_unknown(server: Scripted) -> None:
    server.answers = [Answer(b"a.b.c"), refused(message="Invalid method"), Answer()]
    clicks = stream(api_url=server.url, api_version="v4")
    for _ in range(3):
        clicks.answer(CLICKS)
    paths = [urlsplit(one.path).path for one in server.asked[1:]]
    assert paths == ["/v4/draganddrop/clicks", *["/v4/ms/clicks"] * 3]


def test_v4_tries_both_names_of_the_path_that_is_asked_for(server: Scripted) -> None:
    server.answers = [Answer(b"a.b.c"), refused(message="Invalid method"), Answer(b"{}")]
    stream("account", api_url=server.url, api_version="v4").single("/ms/emailing/5")
    paths = [urlsplit(one.path).path for one in server.asked[1:]]
    assert paths == ["/v4/draganddrop/emailing/5", "/v4/ms/emailing/5"]
    server.answers, server.asked = [Answer(b"a.b.c"), refused(message="Invalid method")], []
    with pytest.raises(NotOfferedError):
        stream(api_url=server.url, api_version="v4").single("/identity")
    assert len(server.asked) == 2


def test_v4_says_what_it_was_told_where_no_name_is_known(server: Scripted) -> None:
    server.answers = [Answer(b"a.b.c"), refused(message="Invalid method")]
    clicks = stream(api_url=server.url, api_version="v4")
    words = "clicks: this account has no `/ms/clicks` under v4"
    with pytest.raises(NotOfferedError, match=words) as caught:
        clicks.answer(CLICKS)
    assert caught.value.said == "Invalid method"
    assert len(server.asked) == 3


# Answers


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refused(), ApiError, r"clicks: .*`/ms/clicks` \(HTTP 400: No database with"),
        (
            refused(message="No license"),
            ApiError,
            r"\. Run again later; .* rights .* deselect the st",
        ),
        (refused(404, "Gone"), ApiError, r"\(HTTP 404: Gone\)\. Check `api_url`\.$"),
        (refused(message="Invalid method"), NotOfferedError, "clicks: this account has no `/ms/cl"),
        (refused(message="INVALID METHOD called"), NotOfferedError, "this account has no"),
        (refused(message="Invalid access token"), TokenError, "HTTP 400: Invalid access token"),
        (refused(message="A tokenised value"), ApiError, "A tokenised value"),
        (Answer(b"[]", 400), ApiError, "HTTP 400: Bad Request"),
        (Answer(b'{"error":"gone"}', 400), ApiError, "HTTP 400: gone"),
        (Answer(b'{"error":"Invalid access token"}', 400), TokenError, "HTTP 400: Invalid access"),
        (Answer(b'{"error":"gone away"}'), ApiError, "HTTP 200: gone away"),
        (Answer(b'{"error":{"code":5}}'), ApiError, "HTTP 200: an error without a message"),
        (Answer(b'{"error":[]}'), ApiError, "HTTP 200: an error without a message"),
        (Answer(b'{"error":{}}', 400), ApiError, "HTTP 400: Bad Request"),
        (refused(200, "No entity"), ApiError, r"\(HTTP 200: No entity\)\. Run again"),
        (refused(message="x" * 300), ApiError, rf"HTTP 400: {'x' * 200}\)"),
        (refused(message=r"a\n  b"), ApiError, "HTTP 400: a b"),
    ],
)
def test_a_refusal_is_final_and_says_what_to_do(
    server: Scripted, answer: Answer, kind: type[Exception], words: str
) -> None:
    server.answers = [answer]
    with pytest.raises(kind, match=words) as caught:
        stream(api_url=server.url).answer(CLICKS)
    assert type(caught.value) is kind
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("path", "params", "asked"),
    [
        (
            "/ms/clicks",
            {"begintime": "2024-05-01 00:00:00", "endtime": "2024-05-02 00:00:00"},
            "`/ms/clicks` for 2024-05-01 00:00:00 to 2024-05-02 00:00:00",
        ),
        (
            "/publisher/clicks",
            {"fields[]": ["timestamp>=2024-05-01 00:00:00", "timestamp<2024-05-02 00:00:00"]},
            "`/publisher/clicks` for 2024-05-01 00:00:00 to 2024-05-02 00:00:00",
        ),
        (
            "/ms/destinations",
            {"from": "2024-05-01", "to": "2024-05-02"},
            "`/ms/destinations` for 2024-05-01 to 2024-05-02",
        ),
        ("/database/7/profiles", {"fields[]": ["Email==a@example.org", "id>5"]}, None),
    ],
)
def test_a_refusal_names_what_was_asked_for_and_the_period(
    server: Scripted, path: str, params: dict[str, Any], asked: str | None
) -> None:
    server.answers = [refused(message="Access denied")]
    with pytest.raises(ApiError) as caught:
        stream(api_url=server.url).answer(Question(path=path, params=params))
    assert f"the API refused {asked or f'`{path}`'} (HTTP 400: Access denied)" in str(caught.value)
    assert "example.org" not in str(caught.value)


def test_a_missing_list_is_no_matter_of_api_url_where_others_answer(server: Scripted) -> None:
    server.answers = [Answer(), refused(404, "Not Found")]
    clicks = stream(api_url=server.url)
    clicks.answer(CLICKS)
    with pytest.raises(ApiError, match=r"\(HTTP 404: Not Found\)\. Run again later") as caught:
        clicks.answer(Question(path="/ms/errors"))
    assert "api_url" not in str(caught.value)
    missing = refused(404, "Not Found")
    server.answers, server.asked = [Answer(b"a.b.c"), missing, Answer(b"d.e.f"), missing], []
    with pytest.raises(TokenError, match=r"Check `access_token`: .* Check `api_url` too\.$"):
        stream(api_url=server.url, api_version="v4").answer(CLICKS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"", 401), "HTTP 401: Unauthorized"),
        (Answer(b"", 403), "HTTP 403: Forbidden"),
        (refused(message="Unknown Token given"), "`access_token`"),
        (refused(message="No rights by your access token's profile"), "HTTP 400: No"),
    ],
)
def test_what_may_be_of_the_token_ends_the_run_if_the_token_works_for_nothing(
    server: Scripted, answer: Answer, words: str
) -> None:
    server.answers = [answer]
    with pytest.raises(TokenError, match=words):
        stream(api_url=server.url).answer(CLICKS)
    assert len(server.asked) == 2
    server.answers, server.asked = [answer, Answer(b'{"id":"1"}')], []
    with pytest.raises(ApiError, match=words):
        stream(api_url=server.url).answer(CLICKS)


def test_the_apis_own_words_come_along(server: Scripted) -> None:
    server.answers = [refused(message="No entity, access_token=a-token")]
    with pytest.raises(ApiError) as caught:
        stream(api_url=server.url).answer(CLICKS)
    assert caught.value.said.startswith("No entity, ")
    assert "a-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(b"{"), "1 bytes that are no JSON, or cut off"),
        (Answer(b""), "sent nothing under HTTP 200"),
        (Answer(b"<p>{}", headers={"Content-Type": "text/html"}), "an HTML page under HTTP 200"),
        (Answer(b"\n <p>", headers={"Content-Type": "application/json"}), "an HTML page under"),
        (Answer(b"{}"), "something else than a list: expected a list in an envelope"),
        (Answer(b"{}", 408), "HTTP 408"),
        (Answer(b"{}", 425), "HTTP 425"),
        (Answer(b"{}", 500), "HTTP 500"),
    ],
)
def test_what_may_pass_is_tried_again(server: Scripted, answer: Answer, words: str) -> None:
    server.answers = [answer, Answer(b'[{"ID":1}]')]
    assert page_of(stream(api_url=server.url).answer(CLICKS)).rows == [{"ID": 1}]
    server.answers = [answer]
    with pytest.raises(StreamError, match=f"^clicks: .*{words}"):
        stream(api_url=server.url).answer(CLICKS)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{}", "an empty list without one"),
        (b"[]", "an empty list without one"),
        (b"null", "in an envelope, got nothing"),
        (b"false", "in an envelope, got false"),
        (b"7", "got a number"),
        (b'{"data":"x"}', "under `data`, got a text"),
        (b'{"message":"x"}', "under `data`, got nothing"),
        (b'{"count":5,"data":[]}', "holds 5 rows, and holds none"),
    ],
)
def test_an_answer_in_no_documented_form_is_to_be_reported(
    server: Scripted, body: bytes, words: str
) -> None:
    server.answers = [Answer(body)]
    with pytest.raises(
        StreamError, match=rf"{words} for `/\S+`, in each of 2 tries\. Run"
    ) as caught:
        stream(api_url=server.url).answer(CLICKS)
    assert "report it as an unexpected API answer" in caught.value.message
    assert "page_size" not in caught.value.message


def test_a_page_for_people_that_stays_is_a_matter_of_the_address(server: Scripted) -> None:
    server.answers = [Answer(b"<html>Welcome</html>")]
    with pytest.raises(StreamError, match="check `api_url`, and whether a proxy") as caught:
        stream(api_url=server.url).answer(CLICKS)
    assert "page_size" not in caught.value.message


@pytest.mark.parametrize("path", ["/database/7/profileids", "/logfile/x.2026-01-01/json"])
def test_an_error_in_the_place_of_a_file_is_a_refusal(server: Scripted, path: str) -> None:
    server.answers = [refused(200, "Database is locked")]
    ids = stream(api_url=server.url)
    for ask in (ids.download, lambda path: ids.download_page(Question(path=path), 0)):
        server.asked.clear()
        with pytest.raises(ApiError) as caught:
            ask(path)
        assert f"clicks: the API refused `{path}` (HTTP 200: Database is locked)" in str(
            caught.value
        )
        assert len(server.asked) == 1


@pytest.mark.parametrize("body", [b'[{"error":1}]', b'{"data":[],"error":{"message":"x"}}'])
def test_a_list_that_names_an_error_is_no_refusal(server: Scripted, body: bytes) -> None:
    server.answers = [Answer(body)]
    with stream(api_url=server.url).download_page(CLICKS, 0) as file:
        assert file.read() == body


def test_after_a_jwt_was_renewed_what_may_pass_is_tried_again(server: Scripted) -> None:
    server.answers = [Answer(b"a.b.c"), refused(401), Answer(b"d.e.f"), Answer(b"", 500)]
    with pytest.raises(
        StreamError, match=r"^clicks: .*HTTP 500 for `/draganddrop/clicks`, in each of 2 tries"
    ):
        stream(api_url=server.url, api_version="v4").answer(CLICKS)
    assert len(server.asked) == 5


def test_a_byte_order_mark_is_no_part_of_the_answer(server: Scripted) -> None:
    server.answers = [Answer(b'\xef\xbb\xbf{"data":[{"ID":1}]}')]
    assert page_of(stream(api_url=server.url).answer(CLICKS)).rows == [{"ID": 1}]


# Few rows: where bytes come again, they double with each part, and a machine has only so much memory.
@pytest.mark.parametrize(
    ("part", "count"), [(1 << 16, 600), (1 << 17, 600), (1 << 18, 600), (1 << 20, 3000)]
)
def test_a_body_packed_in_parts_of_a_round_size_comes_once(
    server: Scripted, part: int, count: int
) -> None:
    rows = b",".join(b'{"ID":%d,"link":"%s"}' % (n, b"x" * 1000) for n in range(count))
    body = b'{"data":[%s]}' % rows
    parts = [gzip.compress(body[place : place + part], 1) for place in range(0, len(body), part)]
    server.answers = [Answer(b"".join(parts), headers={"Content-Encoding": "gzip"})]
    page = page_of(stream(api_url=server.url).answer(CLICKS))
    assert [int(row["ID"]) for row in page.rows] == list(range(count))


def test_what_is_no_list_may_be_any_json(server: Scripted) -> None:
    server.answers = [Answer(b"17")]
    response = stream(api_url=server.url).answer(Question(path="/ms/clicks", is_object=True))
    assert body_of(response) == 17


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed_with_the_token(
    server: Scripted, status: int
) -> None:
    server.answers = [Answer(b"", status, {"Location": "/v9/moved?start=3"}), Answer()]
    clicks = stream(api_url=server.url)
    clicks.answer(CLICKS)
    assert server.asked[1].path == "/v9/moved?start=3&access_token=a-token"
    assert dict(clicks.calls.made_for) == {"clicks": 2}


@pytest.mark.parametrize(
    "location", ["http://elsewhere.example/v2", "//elsewhere.example/", "https://127.0.0.1/"]
)
def test_a_redirect_to_another_host_or_scheme_is_refused(server: Scripted, location: str) -> None:
    server.answers = [Answer(b"", 302, {"Location": location})]
    with pytest.raises(RunError, match=r"redirects to another host \((elsewhere.example|127)"):
        stream(api_url=server.url).answer(CLICKS)
    assert len(server.asked) == 1


def test_three_redirects_are_followed_and_no_fourth(server: Scripted) -> None:
    moved = Answer(b"", 301, {"Location": "/v2/round"})
    server.answers = [moved, moved, moved, Answer()]
    stream(api_url=server.url).answer(CLICKS)
    server.answers, server.asked = [moved], []
    with pytest.raises(StreamError, match=r"clicks: the API redirects in a circle"):
        stream(api_url=server.url).answer(CLICKS)
    assert len(server.asked) == 4


# Downloads


@pytest.mark.parametrize("body", [b"[]", b' \n[{"a": 1}]\r\n ', b"[" + b"1," * 500 + b"1]"])
def test_a_downloaded_array_is_given_from_its_start(server: Scripted, body: bytes) -> None:
    server.answers = [Answer(body)]
    with stream(api_url=server.url).download("/logfile/x/json") as file:
        assert file.read() == body
    assert server.asked[0].path == "/v2/logfile/x/json?access_token=a-token"


def test_a_page_may_be_downloaded_bare_or_in_its_envelope(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    clicks = stream(api_url=server.url)
    for body in (b'["1","2"]', b'{"data":[{"ID":1}],"limit":7}'):
        server.answers = [Answer(body)]
        with clicks.download_page(Question(path="/database/1/profileids", limit=7), 14) as file:
            assert file.read() == body
    path = urlsplit(server.asked[0].path)
    assert path.path == "/v2/database/1/profileids"
    assert (query(server.asked[0].path)["start"], query(server.asked[0].path)["limit"]) == (
        "14",
        "7",
    )
    monkeypatch.setattr("tap_copernica.http.client.MOST_PAGE_BYTES", 20)
    with pytest.raises(RunError, match="in one answer"):
        clicks.download_page(Question(path="/database/1/profileids"), 0)


def test_a_download_that_was_cut_off_is_made_again_from_its_start(server: Scripted) -> None:
    server.answers = [Answer(b"[1,2,3,4,5"), Answer(b"[6]")]
    with stream(api_url=server.url).download("/logfile/x/json") as file:
        assert file.read() == b"[6]"


def test_a_download_may_be_large_but_not_without_end(
    server: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_copernica.http.client.MOST_FILE_BYTES", 20)
    server.answers = [Answer(b"[" + b" " * 18 + b"]"), Answer(b"[" + b" " * 19 + b"]")]
    clicks = stream(api_url=server.url)
    clicks.download("/logfile/x/json").close()
    with pytest.raises(RunError, match="in one answer"):
        clicks.download("/logfile/x/json")


def test_a_download_is_an_array_and_no_envelope(server: Scripted) -> None:
    server.answers = [Answer(b'{"data":[]}')]
    with pytest.raises(StreamError, match="11 bytes that are no JSON array"):
        stream(api_url=server.url).download("/logfile/x/json")


def test_a_download_that_is_refused_says_so(server: Scripted) -> None:
    server.answers = [refused()]
    with pytest.raises(ApiError, match="No database"):
        stream(api_url=server.url).download("/logfile/x/json")


@pytest.mark.parametrize("body", [b"", b"[", b"]", b"{", b"[1", b"1]", b"[" + b" " * 200, b" "])
def test_what_is_no_array_is_said_with_its_size(body: bytes) -> None:
    with pytest.raises(TransientError, match=f"sent {len(body)} bytes that are no JSON array"):
        check_array(io.BytesIO(body))


@pytest.mark.parametrize("body", [b" {} ", b'{"data": [1]}', b"[1]\n"])
def test_an_array_may_come_in_an_envelope_where_that_is_said(body: bytes) -> None:
    check_array(io.BytesIO(body), or_envelope=True)
    with pytest.raises(TransientError, match="no JSON array"):
        check_array(io.BytesIO(body[:-2]), or_envelope=True)


def test_what_was_asked_of_the_api_tells_its_time(server: Scripted) -> None:
    clicks = stream(api_url=server.url)
    assert clicks.calls.api_date is None
    clicks.answer(CLICKS)
    assert clicks.calls.api_date is not None

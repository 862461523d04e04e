"""Nonsense is answered with 400 or as if it were not there, never with a broken answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from copernica_sandbox import Sandbox
from copernica_sandbox.served import served

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sure("inferred", "PHP casts what it gets, and an unknown id is a 400")
IDS = ("0", "-1", "9" * 5000, "x", "%E2%82%AC", "1.5", "٣", "a%2Fb")
PARAMETERS: list[list[tuple[str, str]]] = [
    [("start", "9" * 5000), ("limit", "x"), ("total", "")],
    [("fields[]", "id>" + "9" * 5000), ("fields[a]", "=="), ("orderby", "")],
    [("begintime", "x"), ("endtime", "9999-99-99"), ("fromdate", "9999-12-31")],
    [("begin", "0001-01-01"), ("end", "9999-12-31")],
]
BODIES = (
    b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 5000, b'{"fields":null,"interests":5}',
    b'{"fields":{"Email":{"a":[1]},"Lastlogin":99999999999999999999},"secret":[]}',
    b'{"fields":{"Orders":"' + b"9" * 5000 + b'","Spent":"1e999"},"interests":{"a":[]}}',
    b'{"name":5,"type":7,"behavior":5,"email":{}}',
)  # fmt: skip
MANY = ("profiles", "subprofiles/*")


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(days=20, profiles=100, now="2024-06-01T12:00:00+00:00") as box:
        yield box


def test_nothing_that_is_asked_breaks_the_answer(box: Sandbox) -> None:
    session = requests.Session()
    examples = {
        one["path"]: one for one in session.get(f"{box.url}/sandbox/paths", timeout=30).json()
    }

    def ask(method: str, path: str, body: bytes = b"", *pairs: tuple[str, str]) -> None:
        asked: dict[str, Any] = {"params": [("access_token", box.token), *pairs], "data": body}
        url = f"{box.url}/{path}"
        answer = session.request(method, url, allow_redirects=False, timeout=30, **asked)
        assert answer.status_code in {200, 201, 303, 400, 404}, (
            method,
            path[:80],
            body[:60],
            pairs,
        )

    for one in served():
        example = examples[one.path]["example"]
        for odd in IDS:
            for method, _ in one.methods:
                ask(method, f"v2/{one.path.replace('*', odd)}", b"{}")
        for pairs in PARAMETERS:
            ask("GET", f"v2/{example}", b"", *pairs)
        for method in {method for method, _ in one.methods} & {"POST", "PUT"}:
            for body in BODIES:
                condition = [("fields[]", "id==1")] if one.path.endswith(MANY) else []
                ask(method, f"v2/{example}", body, *condition)

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import Client


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_bad_token_is_400(client: Client, token: str) -> None:
    url = f"{client.box.url}/v2/ms/clicks"
    answer = client.session.get(url, params={"access_token": token}, timeout=20)
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": "Invalid access token"}}


def test_the_exchange_gives_a_jwt_that_lives_as_long_as_it_says(client: Client) -> None:
    token = client.jwt()
    payload = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert 86_300 < payload["exp"] - time.time() <= 86_400
    assert client.bearer("v4/draganddrop/clicks", token).status_code == 200
    client.box.switch(jwt_lifetime_seconds=-1)
    assert client.bearer("v4/identity", client.jwt()).status_code == 400
    assert client.bearer("v4/identity", token).status_code == 200
    assert client.box.calls["/"] == 2


@pytest.mark.parametrize(
    ("form", "status", "body"),
    [
        ("400json", 400, "Invalid"),
        ("401json", 401, "Invalid"),
        ("401empty", 401, ""),
        ("403", 403, "Inv"),
    ],
)
def test_the_answer_to_an_invalid_jwt_is_a_switch(
    client: Client, form: str, status: int, body: str
) -> None:
    client.box.switch(expired_jwt=form)
    for token in ("a.b.c", "junk", client.box.token):
        answer = client.bearer("v4/identity", token)
        assert (answer.status_code, body in answer.text) == (status, True)
    assert client.get("v4/identity").status_code == status


@pytest.mark.parametrize(("form", "status"), [("400json", 400), ("401", 401), ("200text", 200)])
def test_the_answer_to_a_failed_exchange_is_a_switch(
    client: Client, form: str, status: int
) -> None:
    client.box.switch(failed_exchange=form)
    answer = client.session.post(client.box.url, data={"access_token": "wrong"}, timeout=20)
    assert answer.status_code == status
    assert answer.text.count(".") < 2


def test_the_raw_token_as_bearer_and_v4_only_tokens_are_switches(client: Client) -> None:
    client.box.switch(raw_token_as_bearer=True, v4_only=True)
    assert client.bearer("v4/identity", client.box.token).status_code == 200
    assert client.get("v3/identity").status_code == 400


@pytest.mark.parametrize(
    ("names", "new", "old"), [("both", 200, 200), ("new", 200, 400), ("old", 400, 200)]
)
def test_v4_knows_one_or_both_families_of_names(
    client: Client, names: str, new: int, old: int
) -> None:
    client.box.switch(names=names)
    token = client.jwt()
    assert client.bearer("v4/draganddrop/clicks", token).status_code == new
    assert client.bearer("v4/ms/clicks", token).status_code == old
    assert client.get("v3/ms/clicks").status_code == 200

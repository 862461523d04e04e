"""The account on which what others observed is checked, and a client that says what came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from copernica_sandbox import Sandbox

# As the fake has it that was checked against the real API (rmuit/copernica-api).
LAYOUT: list[dict[str, Any]] = [
    {
        "name": "Test",
        "profiles": 0,
        "fields": [
            ["Email", "email"],
            ["LastName", "text"],
            ["Birthdate", "empty_date"],
            ["ANumber", "integer", "-1"],
        ],
        "interests": [["cycling", "hobby"], ["chess", "hobby"]],
        "collections": [
            {
                "name": "Test",
                "subprofiles": 0,
                "fields": [["Score", "integer", "-1"], ["ActionTime", "empty_datetime"]],
            }
        ],
    }
]
OPTIONS: dict[str, Any] = {
    "layout": LAYOUT,
    "clicks_per_day": 20,
    "days": 5,
    "now": "2024-06-01T12:00:00+00:00",
}
DATABASE, COLLECTION = 11, 701


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def message(self) -> str:
        """The message of an error, which is all that its body holds."""
        body = self.json
        assert list(body) == ["error"]
        assert list(body["error"]) == ["message"]
        message: str = body["error"]["message"]
        return message

    @property
    def created(self) -> int:
        """The id of what was made."""
        assert self.status == 201, (self.status, self.text)
        return int(self.headers["X-Created"])


class Caller:
    """Calls one version of the API, as a client would."""

    def __init__(self, box: Sandbox, version: str = "v2") -> None:
        self.box, self.version = box, version
        self._session = requests.Session()
        self._bearer = {}
        if version == "v4":
            jwt = self._session.post(box.url, data={"access_token": box.token}, timeout=20).text
            self._bearer = {"Authorization": f"Bearer {jwt}"}

    def __call__(self, method: str, path: str, body: Any = None, *pairs: tuple[str, str]) -> Answer:
        """Make a call; redirects are not followed."""
        token = [] if self._bearer else [("access_token", self.box.token)]
        request = requests.Request(
            method,
            f"{self.box.url}/{self.version}/",
            params=[*token, *pairs],
            headers=self._bearer,
            json=body,
        ).prepare()
        assert request.url is not None
        request.url = request.url.replace(f"/{self.version}/", f"/{self.version}/{path}", 1)
        answer = self._session.send(request, allow_redirects=False, timeout=20)
        return Answer(answer.status_code, answer.headers, answer.text)

    def get(self, path: str, *pairs: tuple[str, str]) -> Any:
        """Read what must be there."""
        answer = self("GET", path, None, *pairs)
        assert answer.status == 200, (path, answer.text)
        return answer.json

    def close(self) -> None:
        self._session.close()

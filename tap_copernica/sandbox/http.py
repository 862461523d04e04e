"""A call and a reply as plain values, and the errors of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_copernica.sandbox.render import encode

if TYPE_CHECKING:
    from tap_copernica.sandbox.php import Parameters


@dataclass(slots=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: str
    pairs: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    host: str


@dataclass(slots=True)
class Call:
    """An authorised call of the API: version, path parts in the names of v2 and v3, parameters."""

    version: int
    parts: list[str]
    parameters: Parameters
    request: Request


@dataclass(slots=True)
class Reply:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


class ApiError(Exception):
    """An application error; the API answers 400 and the message, whatever is wrong."""

    def __init__(self, message: str, status: int = 400) -> None:
        """Take the API's own text."""
        super().__init__(message)
        self.message = message
        self.status = status

    def reply(self, *, prefix: str = "") -> Reply:
        """Return the error as the API writes it."""
        return Reply(self.status, encode({"error": {"message": prefix + self.message}}))


def json_reply(value: Any, *, unicode_escaped: bool = True) -> Reply:  # noqa: ANN401
    """Return a value as a successful reply."""
    return Reply(200, encode(value, unicode_escaped=unicode_escaped))

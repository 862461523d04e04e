"""A call and a reply as plain values, and the errors of the API."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from copernica_sandbox.render import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from copernica_sandbox.php import Parameters


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
    bulk: bool = False  # it came to the host that streams large lists


@dataclass(slots=True)
class Reply:
    """What goes back; with ``chunks`` the body is streamed, without a Content-Length."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: Iterator[bytes] | None = None


class ApiError(Exception):
    """An application error; the API answers 400 and the message, whatever is wrong."""

    def __init__(self, message: str, answer: Reply | None = None) -> None:
        """Take the API's own text, and the whole answer where it is not the usual one."""
        super().__init__(message)
        self._message = message
        self._answer = answer

    def reply(self, *, prefix: str = "") -> Reply:
        """Return the error as the API writes it."""
        return self._answer or error_reply(400, prefix + self._message)


def invalid_method() -> ApiError:
    """Return the error for a path or HTTP method that does not exist."""
    return ApiError("Invalid method")


def missing_entity() -> ApiError:
    """Return the error for the id of something that does not exist."""
    return ApiError("No entity with supplied ID")


def error_reply(status: int, message: str) -> Reply:
    """Return an error in the API's own form under any status."""
    return Reply(status, encode({"error": {"message": message}}))


def json_reply(value: Any, *, unicode_escaped: bool = True) -> Reply:
    """Return a value as a successful reply."""
    return Reply(200, encode(value, unicode_escaped=unicode_escaped))

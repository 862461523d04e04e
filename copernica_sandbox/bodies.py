"""What is no list and no record: bodies of messages, files, translations, requests for data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from copernica_sandbox import php, singles
from copernica_sandbox.databases.files import files_of
from copernica_sandbox.http import (
    ApiError,
    Reply,
    error_reply,
    invalid_method,
    json_reply,
    missing_entity,
)
from copernica_sandbox.mailings import TEMPLATES
from copernica_sandbox.narrowed import recipient

if TYPE_CHECKING:
    from copernica_sandbox.account import Position
    from copernica_sandbox.core import Core
    from copernica_sandbox.http import Call

# Path, versions. Those of one destination exist under two words in the Marketing Suite.
PATHS = (
    ("ms/destination/*/body", (2, 3, 4)),
    ("ms/destination/*/body/*", (2, 3, 4)),
    ("ms/message/*/body", (2, 3, 4)),
    ("ms/message/*/body/*", (2, 3, 4)),
    ("ms/template/*/body/*", (2, 3, 4)),
    ("ms/template/*/translations", (3, 4)),
    ("publisher/destination/*/body", (2, 3, 4)),
    ("publisher/destination/*/body/*", (2, 3, 4)),
    ("publisher/destination/*/content", (2, 3, 4)),
    ("publisher/destination/*/content/*", (2, 3, 4)),
    ("profile/*/file/*/json", (3, 4)),
    ("profile/*/file/*/content", (3, 4)),
    ("datarequest/*/status", (2, 3, 4)),
    ("datarequest/*/data", (2, 3, 4)),
)
_SINCE = 3
_TYPES = {"html": "text/html", "text": "text/plain", "mime": "message/rfc822", "amp": "text/html"}


def handle(core: Core, call: Call) -> Reply | None:
    """Answer one of `PATHS`; None for any other path."""
    return _message_part(core, call) or _rest(core, call)


def _message_part(core: Core, call: Call) -> Reply | None:
    match call.parts:
        case ["ms", "destination" | "message", number, "body", *form]:
            return _body(core, "ms", number, form)
        case ["publisher", "destination", number, "body", *form]:
            return _body(core, "publisher", number, form)
        case ["publisher", "destination", number, "content", *kinds]:
            return _content(core, number, kinds or [str(call.parameters.get("type", ""))])
        case ["ms", "template", number, "body", form]:
            return _text(form, _written(f"Template {_template(number)}"))
    return None


def _rest(core: Core, call: Call) -> Reply | None:
    match call.parts:
        case ["ms", "template", number, "translations"] if call.version >= _SINCE:
            return _json(core, singles.translations(_template(number)))
        case ["profile", number, "file", file, "json" | "content" as form] if (
            call.version >= _SINCE
        ):
            return _file(core, number, file, form)
        case ["datarequest", number, "status"]:
            return _json(core, core.datarequests.status(number, core.now()))
        case ["datarequest", number, "data"]:
            return _data(core, number)
    return None


def _body(core: Core, family: str, number: str, form: list[str]) -> Reply:
    """Answer with a message as it was sent; without a form as HTML."""
    position = recipient(core, family, number)
    return _text((form or ["html"])[0], _message(position))


def _content(core: Core, number: str, kinds: list[str]) -> Reply:
    """Answer with parts of a message; a plus sign adds another kind, none asks for all."""
    written = _message(recipient(core, "publisher", number))
    wanted = [kind for one in kinds for kind in one.replace("+", " ").split()]
    parts = {kind: written[kind] for kind in ("html", "text", "amp", "subject")}
    return _json(core, {k: v for k, v in parts.items() if not wanted or k in wanted})


def _message(position: Position) -> dict[str, str]:
    return _written(f"Message {position.mailing + 1}-{position.nth + 1}")


def _written(title: str) -> dict[str, str]:
    """Return one text in every form."""
    html = f"<html><body><p>{title}, caf\u00e9 &amp; more</p></body></html>"
    text = f"{title}, caf\u00e9 & more"
    head = f"Subject: {title}\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=UTF-8"
    mime = f"{head}\r\n\r\n{html}\r\n"
    return {"html": html, "text": text, "amp": "", "mime": mime, "subject": title}


def _text(form: str, written: dict[str, str]) -> Reply:
    """Answer with a text in one form, which may be written in capitals."""
    form = form.lower()
    if form not in _TYPES:
        raise invalid_method()
    return Reply(200, written[form].encode(), f"{_TYPES[form]}; charset=UTF-8")


def _template(text: str) -> int:
    number = php.identity(text)
    if not 1 <= number <= TEMPLATES:
        raise missing_entity()
    return number


def _file(core: Core, number: str, file: str, form: str) -> Reply:
    found = core.databases.profile(php.identity(number))
    if found is None:
        raise missing_entity()
    for one in files_of(found[1], core.clock):
        if str(one["ID"]) == file:
            if form == "json":
                return _json(core, {**one, "ID": str(one["ID"])})
            return Reply(200, b"%PDF-1.4\n" + b"0" * (one["size"] - 9), "application/octet-stream")
    raise missing_entity()


def _data(core: Core, number: str) -> Reply:
    """Answer with what was collected, or 404 while there is nothing: the one documented 404."""
    if core.datarequests.status(number, core.now())["status"] != "available":
        message = "The data is not available"
        raise ApiError(message, error_reply(404, message))
    return _json(core, core.datarequests.data(number))


def _json(core: Core, value: Any) -> Reply:
    return json_reply(value, unicode_escaped=core.switches.unicode_escaped)

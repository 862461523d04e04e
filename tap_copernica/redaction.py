"""Keeps secrets out of every output.

v2 and v3 of the API carry the token in the query of each URL, so it reaches urllib3's DEBUG log,
the text of every connection error, and `Location` headers. A filter on the root logger would miss
what child loggers hand to their own handlers; the LogRecord factory sees every record.
"""

from __future__ import annotations

import logging
import re
import threading
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[secret]"
_QUERY_TOKEN = re.compile(
    r"(access_token(?:=|%3D|['\"]?\s*[:=]\s*['\"]?))[^&\s'\"<>),]+", re.IGNORECASE
)
_JWT = re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")
# Anything shorter would mask ordinary words and is no token that Copernica gives out.
_SHORTEST = 4

_lock = threading.Lock()
_secrets: tuple[str, ...] = ()


def add_secret(secret: object) -> None:
    """Remember a value that must never be printed, with its percent-encoded spellings.

    Args:
        secret: the token or JWT; whatever is not text is taken as its text.
    """
    global _secrets  # noqa: PLW0603 - a process has one set of secrets, whichever tap uses it
    text = str(secret)
    if len(text) < _SHORTEST:
        return
    with _lock:
        spellings = {*_secrets, text, quote(text, safe=""), quote_plus(text), repr(text)[1:-1]}
        _secrets = tuple(sorted(spellings, key=len, reverse=True))


def redact(text: str) -> str:
    """Give `text` with every known secret, access token parameter and JWT masked."""
    for secret in _secrets:
        if secret in text:
            text = text.replace(secret, MASK)
    if "access_token" in text.lower():
        text = _QUERY_TOKEN.sub(rf"\g<1>{MASK}", text)
    if "eyJ" in text:
        text = _JWT.sub(MASK, text)
    return text


def redact_exception(error: BaseException | None) -> None:
    """Mask secrets in an exception and all it was raised from, in place, so that it may be printed."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        text = str(error)
        clean = redact(text)
        if clean != text:
            error.args = (clean,)
            if str(error) != clean:  # a class with a text of its own, made from other attributes
                error.__dict__.clear()
        redact_exception(error.__context__ if error.__context__ is not error.__cause__ else None)
        error = error.__cause__


def install() -> None:
    """Make every log record of this process pass through `redact`; a second call does nothing."""
    factory = logging.getLogRecordFactory()
    if getattr(factory, "redacts", False):
        return

    def redacting(*args: Any, **kwargs: Any) -> logging.LogRecord:
        return _clean(factory(*args, **kwargs))

    redacting.redacts = True  # type: ignore[attr-defined] # marks the wrapper, so that it is put on once
    logging.setLogRecordFactory(redacting)


def _clean(record: logging.LogRecord) -> logging.LogRecord:
    """Mask secrets in a record's message and exception; arguments go only where they hold one."""
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - a broken format string must not hide what it was given
        message = f"{record.msg} {record.args}"
    clean = redact(message)
    if clean != message:
        record.msg, record.args = clean, None
    if record.exc_info and record.exc_info[1] is not None:
        redact_exception(record.exc_info[1])
    return record

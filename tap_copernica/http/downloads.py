"""Bodies of answers that are kept in a file: whether one is an array, or an error in its place."""

from __future__ import annotations

import os
from typing import IO

from tap_copernica.errors import TransientError
from tap_copernica.http.bounds import MOST_HEAD
from tap_copernica.http.decoding import tolerant
from tap_copernica.http.json_rows import begins_array
from tap_copernica.http.refusals import is_error
from tap_copernica.http.transport import without_mark

# So many bytes at the beginning and the end of a body are searched for its brackets.
_EDGE = 64


def go_to_begin(file: IO[bytes]) -> None:
    """Go to where the text begins: after a byte order mark, if there is one."""
    file.seek(0)
    head = file.read(_EDGE)
    file.seek(len(head) - len(without_mark(head)))


def error_in(file: IO[bytes]) -> bytes:
    """Give a body that is the API's refusal instead of what was asked for; empty for any other."""
    file.seek(0)
    head = file.read(MOST_HEAD + 1)
    if len(head) > MOST_HEAD or not without_mark(head).lstrip().startswith(b"{"):
        return b""
    try:
        return head if is_error(tolerant(head)) else b""
    except ValueError:
        return b""


def check_array(file: IO[bytes], *, or_envelope: bool = False) -> None:
    """Make sure that a downloaded body is a JSON array that was not cut off.

    An empty array, or one with gaps in its keys, comes as an object: that is how PHP writes it.

    Args:
        file: the body.
        or_envelope: it may also be the envelope of a page, an object that has the array in it.

    Raises:
        TransientError: if its first and last character are not the brackets of what it may be.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = without_mark(file.read(_EDGE)).lstrip()
    file.seek(max(0, size - _EDGE))
    last = file.read().rstrip()[-1:]
    may_be_object = or_envelope or begins_array(head) or head.rstrip() == b"{}"
    if head[:1] + last not in ((b"[]", b"{}") if may_be_object else (b"[]",)):
        msg = f"the API sent {size} bytes that are no JSON array, or cut off"
        raise TransientError(msg)

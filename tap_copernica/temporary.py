"""Temporary files: what does not fit into memory, gone when it is closed or the process ends."""

from __future__ import annotations

import tempfile
from typing import IO

from tap_copernica.errors import RunError


def temporary_file() -> IO[bytes]:
    """Open a temporary file that nobody else can read.

    Raises:
        RunError: if no folder can be written to.
    """
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        msg = (
            f"A temporary file could not be made ({error.strerror}). Let TMPDIR name a folder that can "
            "be written to."
        )
        raise RunError(msg) from None

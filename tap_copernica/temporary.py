"""Temporary files, for what does not fit into memory; they are gone when closed, or when the process ends."""

from __future__ import annotations

import tempfile
from typing import IO

from tap_copernica.errors import RunError


def temporary_file() -> IO[bytes]:
    """Open a temporary file that nobody else can read.

    Raises:
        RunError: if there is no folder that can be written to.
    """
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        msg = (
            f"A temporary file could not be made ({error.strerror}). Let TMPDIR name a folder that can "
            "be written to."
        )
        raise RunError(msg) from None

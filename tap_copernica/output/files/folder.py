"""Files that are whole as soon as they have their name: written under another one, then renamed."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_UNFINISHED = ".part"
_OURS = re.compile(r"-\d{8}T\d{6}Z-[0-9a-f]{8}-\d{5,}\.(jsonl|jsonl\.gz|parquet)\.part$")
# An unfinished file may belong to another run that is writing now. After so long it does not.
_LEFT_OVER_SECONDS = 86_400


class Folder:
    """The folder of one run's files. All methods may raise `OSError`."""

    def __init__(self, path: Path, prefix: str, ending: str) -> None:
        """Name files `<prefix><stream>-<run>-<number><ending>`; nothing is written yet."""
        self._path = path
        self._prefix = prefix
        self._ending = ending
        self._run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self._number = 0

    def prepare(self) -> None:
        """Make the folder, and remove what runs that were killed did not finish."""
        self._path.mkdir(parents=True, exist_ok=True)
        before = time.time() - _LEFT_OVER_SECONDS
        for file in self._path.glob(f".*{_UNFINISHED}"):
            with contextlib.suppress(OSError):  # another run was faster
                if _OURS.search(file.name) and file.stat().st_mtime < before:
                    file.unlink()

    def open(self, stream: str) -> NewFile:
        """Begin a file of a stream's records."""
        self._number += 1
        name = re.sub(r"[^\w.-]", "_", stream)  # an alias of a stream map may be anything
        return NewFile(
            self._path.resolve()
            / f"{self._prefix}{name}-{self._run}-{self._number:05}{self._ending}"
        )


class NewFile:
    """A file that is being written. Until it is finished it is hidden, and its name ends with `.part`."""

    def __init__(self, path: Path) -> None:
        """Begin the file that is to have this path."""
        self._path = path
        self._unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
        self.bytes: IO[bytes] = self._unfinished.open("xb")

    def finish(self) -> str:
        """Make the file durable, give it its name, and give its URL."""
        self.bytes.flush()
        os.fsync(self.bytes.fileno())
        self.bytes.close()
        self._unfinished.rename(self._path)
        if os.name == "posix":  # elsewhere a folder cannot be opened, and renaming is durable
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return _url(self._path)

    def abandon(self) -> None:
        """Remove what is not finished."""
        # On a full disk closing can fail, since it writes what is still in memory.
        with contextlib.suppress(OSError):
            self.bytes.close()
        with contextlib.suppress(OSError):
            self._unfinished.unlink(missing_ok=True)


def _url(path: Path) -> str:
    """Write a path as a URL in the way that the SDK's loaders read one.

    They decode nothing, so blanks and other characters stay. They cut a path off at a question mark, but not
    after a `#`. So if a folder has a question mark in its name, the path begins with `/#/..`, which leads into a
    folder `#` and out of it again.
    """
    text = path.as_posix()
    if "?" in path.parent.as_posix().partition("#")[0]:
        text = f"/#/..{text if text.startswith('/') else f'/{text}'}"
    return f"file://{text}" if text.startswith("/") else f"file:///{text}"

"""Where the files lie, and how a whole folder of them takes the place of another at once.

Rows are written below `parts/`, into a folder of one attempt. When it is complete, a link to it is
put below `tables/`, in one step that either happens or does not: what is below `tables/` is always
a complete partition or increment. Both must be on one file system, which all workers share.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INCREMENT = "increment-{:06}"


class OccupiedError(Exception):
    """Another run is writing the same partition."""


@contextmanager
def partition(root: Path, table: str, key: str) -> Iterator[Path]:
    """Give an empty folder that replaces the partition, if the block ends well.

    Raises OccupiedError if another run is at it.
    """
    with _alone(root, table, key), _replacing(root, table, key) as folder:
        yield folder


@contextmanager
def increment(root: Path, table: str) -> Iterator[tuple[Path, Path | None]]:
    """Give an empty folder for the next increment, and that of the last one, if there is one.

    Raises OccupiedError if another run is at it.
    """
    with _alone(root, table, "increment"):
        done = sorted((root / "tables" / table).glob("increment-*"))
        number = int(done[-1].name.rpartition("-")[2]) + 1 if done else 1
        with _replacing(root, table, _INCREMENT.format(number)) as folder:
            yield folder, done[-1] if done else None


@contextmanager
def _replacing(root: Path, table: str, name: str) -> Iterator[Path]:
    parts, link = root / "parts" / table, root / "tables" / table / name
    for place in (parts, link.parent):
        place.mkdir(parents=True, exist_ok=True)
    _clear(parts, name, keep=link)  # what an attempt that was killed has left
    folder = parts / f"{name}.{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder)
        raise
    fresh = folder / "link"
    fresh.symlink_to(os.path.relpath(folder, link.parent))
    fresh.replace(link)
    _clear(parts, name, keep=link)


def _clear(parts: Path, name: str, *, keep: Path) -> None:
    """Remove the folders of all attempts but the one that the link leads to."""
    for folder in parts.glob(f"{name}.*"):
        if not keep.exists() or not folder.samefile(keep):
            shutil.rmtree(folder)


@contextmanager
def _alone(root: Path, table: str, name: str) -> Iterator[None]:
    """Keep others out. The lock goes with the process, however that ends."""
    locks = root / "locks" / table
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"Another run is writing {table}, {name}."
            raise OccupiedError(msg) from None
        yield

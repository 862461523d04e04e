"""Bodies of any size: one clear error, and memory that stays small."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_copernica.http.bounds import MOST_BYTES
from tests.hostile.families import FAMILIES, Family
from tests.support.profiles import discovered, select
from tests.support.runs import TAP, config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from copernica_sandbox import Sandbox
    from copernica_sandbox.http import Reply, Request
    from tests.hostile.reading import Reader

MOST_MEMORY = 300 << 20
BY_NAME = {family.name: family for family in FAMILIES}
_MEGABYTE = 1 << 20
# A process of its own between: the memory of this one would count as that of its children.
_MEASURED = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def too_large(begin: bytes) -> Callable[[Request, Reply], Reply]:
    """Make a body that begins like the right one and is far larger than any may be."""

    def chunks() -> Iterator[bytes]:
        yield begin
        for _ in range(2 * MOST_BYTES // _MEGABYTE):
            yield b" " * _MEGABYTE

    def alter(_request: Request, reply: Reply) -> Reply:
        reply.body, reply.chunks = b"", chunks()
        return reply

    return alter


def bomb(_request: Request, reply: Reply) -> Reply:
    """Make a body of a gigabyte that comes as one megabyte of gzip."""
    reply.body = gzip.compress(b" " * _MEGABYTE) * 1024
    reply.headers.append(("Content-Encoding", "gzip"))
    return reply


def measured(box: Sandbox, family: Family, folder: Path) -> tuple[int, str, int]:
    """Run the tap as a command; give its exit status, its messages and the memory it took."""
    given: dict[str, Any] = {
        "config": config(box, optional_streams=["*"], **family.configured(box)),
        "catalog": select(discovered(box), family.stream),
    }
    files = []
    for name, content in given.items():
        (folder / name).write_text(json.dumps(content))
        files += [f"--{name}", str(folder / name)]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *TAP, *files], capture_output=True, text=True, check=False
    )
    said, _, kilobytes = done.stderr.rstrip().rpartition("\n")
    return done.returncode, said, int(kilobytes) * 1024


@pytest.mark.parametrize(
    ("name", "alter"),
    [
        ("events", too_large(b'{"data":[')),
        ("events", bomb),
        ("ids", too_large(b"[")),
        ("bulk", too_large(b'{"data":[')),
    ],
    ids=["a page", "a page that unpacks to a gigabyte", "ids", "the bulk host's"],
)
def test_a_body_without_end_takes_little_memory(
    reader: Reader, tmp_path: Path, name: str, alter: Callable[[Request, Reply], Reply]
) -> None:
    family = BY_NAME[name]
    reader.box.clear_faults()
    reader.box.alter(alter, family.path)
    status, said, memory = measured(reader.box, family, tmp_path)
    reader.box.clear_faults()
    assert memory < MOST_MEMORY, f"{memory >> 20} MB"
    assert "Traceback" not in said
    if name == "bulk":  # the other host has the rows
        assert status == 0
    else:
        assert status == 1
        assert (
            "no JSON array, or cut off" if name == "ids" else "more than 128 MB in one answer"
        ) in said

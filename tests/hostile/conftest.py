from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from copernica_sandbox import Sandbox
from tests.hostile.families import ACCOUNT
from tests.hostile.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    with Sandbox(**ACCOUNT) as box:
        yield Reader(box)

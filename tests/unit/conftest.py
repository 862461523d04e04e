"""What several unit tests begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.scripted import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Scripted]:
    """Give a server whose answers the test writes."""
    with Scripted() as server:
        yield server

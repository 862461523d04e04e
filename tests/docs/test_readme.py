from __future__ import annotations

from tools.stream_table import README, updated


def test_the_table_of_streams_is_that_of_the_code() -> None:
    text = README.read_text()
    assert updated(text) == text, "the README's table of streams is stale: run `make docs`"

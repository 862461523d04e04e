"""How many calls are made at once: few while the process computes, as many as allowed while it waits."""

from __future__ import annotations

import pytest

from tap_copernica.http.abreast import Abreast


class Clocks:
    """Two clocks that the test moves."""

    def __init__(self) -> None:
        self.time = self.computed = 100.0

    def chooses(self, most: int) -> Abreast:
        return Abreast(most, lambda: self.time, lambda: self.computed)

    def go_by(self, seconds: float, share: float) -> None:
        """Let time pass in which the process computes for so large a part."""
        self.time += seconds
        self.computed += seconds * share


@pytest.mark.parametrize(
    ("most", "shares", "numbers"),
    [
        (8, [0.1, 0.1], [8, 8]),
        (8, [1.0, 1.0, 1.0], [4, 2, 2]),
        (8, [1.0, 1.0, 0.9, 0.5, 0.5, 0.5], [4, 2, 2, 4, 8, 8]),
        (4, [1.3, 0.9, 0.2], [2, 2, 4]),
        (5, [1.0, 1.0, 0.1, 0.1], [2, 2, 4, 5]),
        (2, [1.0, 0.1], [2, 2]),
        (1, [1.0, 1.0, 0.1], [1, 1, 1]),
    ],
)
def test_a_busy_process_makes_fewer_calls_at_once_and_one_that_waits_more(
    most: int, shares: list[float], numbers: list[int]
) -> None:
    clocks = Clocks()
    abreast = clocks.chooses(most)
    found = [abreast.number()]
    for share in shares:
        clocks.go_by(0.3, share)
        found.append(abreast.number())
    assert found == [most, *numbers]


def test_a_moment_tells_nothing() -> None:
    clocks = Clocks()
    abreast = clocks.chooses(8)
    for _ in range(3):
        clocks.go_by(0.05, 1.0)
        assert abreast.number() == 8


def test_what_came_before_a_list_is_not_looked_at() -> None:
    clocks = Clocks()
    abreast = clocks.chooses(8)
    clocks.go_by(10, 1.0)
    abreast.begin()
    clocks.go_by(0.3, 0.2)
    assert abreast.number() == 8

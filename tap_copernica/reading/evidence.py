"""What shows that a window or list is complete: kept with it, so that completeness is data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_copernica.reading.verdict import Reading, Verdict


class Proof(StrEnum):
    """How a window or list was known to be complete, from the strongest to the weakest."""

    COUNTED = "counted"  # as many distinct rows came as the API announced
    CONFIRMED = "confirmed"  # two readings in pages of other sizes gave the same rows
    UNITED = "united"  # several readings together gave as many rows as announced
    WITHOUT_TOTAL = "without_total"  # read to its end; the API announced no number
    ANSWERED = "answered"  # what has no count to check: single objects, files, lists of ids
    PARTIAL = "partial"  # a part was refused, and is asked for again


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was announced and read.

    Attributes:
        announced: rows that the API announced, None where it did not.
        distinct: different rows that came; a window's bounds may add some that are not its own.
        proof: how the rows are known to be all.
        readings: how often it was read.
        calls: the calls that this took, tries of a failed call not counted.
    """

    announced: int | None
    distinct: int
    proof: Proof
    readings: int
    calls: int

    @staticmethod
    def of(reading: Reading, verdict: Verdict, distinct: int, earlier: list[Reading]) -> Evidence:
        """Give what a list that was read completely shows."""
        total = reading.total
        if verdict.unite:
            proof = Proof.UNITED
        elif total == distinct:
            proof = Proof.COUNTED
        else:
            proof = Proof.CONFIRMED if earlier else Proof.WITHOUT_TOTAL
        calls = reading.pages + sum(one.pages for one in earlier)
        return Evidence(total, distinct, proof, len(earlier) + 1, calls)

    def __add__(self, other: Evidence) -> Evidence:
        """Give what several lists show together: the weakest proof of all."""
        known = self.announced is not None and other.announced is not None
        order = list(Proof)
        return Evidence(
            (self.announced or 0) + (other.announced or 0) if known else None,
            self.distinct + other.distinct,
            max(self.proof, other.proof, key=order.index),
            max(self.readings, other.readings),
            self.calls + other.calls,
        )

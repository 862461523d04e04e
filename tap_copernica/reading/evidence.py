"""What shows that a window or list is complete: kept with it, so that completeness is data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_copernica.reading.verdict import Reading, Verdict


class Proof(StrEnum):
    """How a window or list was known to be complete, from the strongest to the weakest."""

    COUNTED = "counted"  # as many different rows came as the API announced
    CONFIRMED = "confirmed"  # two readings with different page sizes gave the same rows
    UNITED = "united"  # several readings together gave as many rows as announced
    WITHOUT_TOTAL = "without_total"  # read to its end; the API announced no number
    ANSWERED = "answered"  # single objects, files, lists of ids: there is no count to check
    SHORT = (
        "short"  # fewer rows came than the API announced: these are missing, or its number is wrong
    )
    PARTIAL = "partial"  # a part was refused; the next run asks for it again


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was announced and read.

    Attributes:
        announced: rows that the API announced, None where it did not.
        distinct: different rows that came. A window is asked for a little wider than it is, so this may
            count rows of its neighbours.
        proof: how it is known that no row is missing.
        readings: how often it was read.
        calls: how many pages were asked for. Repeated tries of a failed call do not count.
    """

    announced: int | None
    distinct: int
    proof: Proof
    readings: int
    calls: int

    @staticmethod
    def of(reading: Reading, verdict: Verdict, distinct: int, earlier: list[Reading]) -> Evidence:
        """Sum up the reading of a window or list that is complete.

        Args:
            reading: the last reading.
            verdict: the verdict on it, DONE.
            distinct: how many different rows it has, those of other readings included where they count.
            earlier: the readings before it.
        """
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
        """Sum up two lists: the numbers together, and the weaker of the two proofs."""
        known = self.announced is not None and other.announced is not None
        order = list(Proof)
        return Evidence(
            (self.announced or 0) + (other.announced or 0) if known else None,
            self.distinct + other.distinct,
            max(self.proof, other.proof, key=order.index),
            max(self.readings, other.readings),
            self.calls + other.calls,
        )

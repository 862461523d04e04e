"""The simulated accounts that are read: how many clicks, over which period, how slowly answered."""

from __future__ import annotations

from dataclasses import dataclass

TOKEN = "sandbox-token"  # noqa: S105  (it opens nothing)
DAYS = 400

# The account's wall clock. Every contender asks for this period, and all of its clicks lie in it.
BEGIN, END = "2024-04-28", "2025-06-02"
NOW = "2025-06-02T12:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Account:
    """What decides one sandbox; equal accounts hold equal rows."""

    clicks_per_day: int
    even: bool = False  # spread evenly over each day, instead of bursts after each mailing
    latency_ms: float = 0
    offset_ms_per_thousand: float = 0  # added for each thousand of `start`

    @property
    def description(self) -> str:
        """Return the account in words."""
        spread = "spread evenly" if self.even else "in bursts after each mailing"
        if not self.latency_ms:
            return f"clicks {spread}, no latency"
        return (
            f"clicks {spread}, {self.latency_ms:g} ms a call"
            f" and {self.offset_ms_per_thousand:g} ms per thousand of offset"
        )


def of(rows: int, *, even: bool = False, slow: bool = False) -> Account:
    """Return an account of about this many clicks; exactly as many when they are spread evenly."""
    if even:
        return Account(rows // DAYS, even=True)
    # The newest mailings have not had all of their clicks yet.
    per_day = -(-rows * 1005 // (1000 * DAYS))
    return Account(per_day, latency_ms=50, offset_ms_per_thousand=2) if slow else Account(per_day)

"""What fuzzing and hostile answers did, per family of streams; as a pytest plugin, the table of it.

`pytest -p tests.support.tally` prints the table at the end of a session in which anything was counted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest import TerminalReporter  # noqa: PT013 (types only)


@dataclass
class Tally:
    """The counts of one family; the last four must stay zero.

    Attributes:
        runs: runs of the tap.
        kills: runs that were killed, and followed by runs that made the set whole.
        faults: calls that failed on purpose.
        hostile: answers that were made wrong on purpose.
        compared: rows compared with the account's.
        lost: rows that a STATE vouches for and the consumer lacks.
        duplicated: rows that are there twice, after an upsert by the key that SCHEMA names.
        secrets: runs in whose output or log the token, or a JWT, was found.
        personal: runs in whose log or error a recipient's address was found.
    """

    runs: int = 0
    kills: int = 0
    faults: int = 0
    hostile: int = 0
    compared: int = 0
    lost: int = 0
    duplicated: int = 0
    secrets: int = 0
    personal: int = 0

    @property
    def wrongs(self) -> int:
        """How much of what must never happen has happened."""
        return self.lost + self.duplicated + self.secrets + self.personal


TALLIES: defaultdict[str, Tally] = defaultdict(Tally)
_HEADS = {
    "runs": "runs",
    "kills": "kills survived",
    "faults": "faults injected",
    "hostile": "hostile answers",
    "compared": "rows compared",
    "lost": "rows lost",
    "duplicated": "duplicated",
    "secrets": "secrets",
    "personal": "personal data",
}


def table() -> list[str]:
    """Give the lines of the table: one per family, and their sum."""
    rows = [(family, TALLIES[family]) for family in sorted(TALLIES)]
    sums = {one.name: sum(getattr(tally, one.name) for _, tally in rows) for one in fields(Tally)}
    rows.append(("together", Tally(**sums)))
    lines = ["  ".join([f"{'family':12}", *_HEADS.values()])]
    for family, tally in rows:
        cells = (f"{getattr(tally, name):>{len(head)}}" for name, head in _HEADS.items())
        lines.append("  ".join([f"{family:12}", *cells]))
    return lines


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the table."""
    if TALLIES:
        terminalreporter.section("what fuzzing did")
        for line in table():
            terminalreporter.write_line(line)

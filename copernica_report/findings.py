"""Which mailings stand out, and why: each rate held against what is usual in the account.

A rate stands out where it is worse than usual by more than two deviations. The deviation takes
together how much this account's mailings differ anyhow, and how much chance there is in a mailing
of this size.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any

from copernica_report.figures import RATES, counted_as_usual, median

if TYPE_CHECKING:
    from datetime import date

    from copernica_report.figures import Figures

_ENOUGH = 2.0  # deviations
_SHARE = 0.1  # and by at least this part of the usual rate
_MAD = 1.4826  # turns a median deviation into a standard deviation, for values around one middle
PER_MONTH = 5  # mailings of a month that are described; the table marks them all

# Each rate that says how well a mailing did, and whether more of it is better.
_JUDGED = {
    "opened": True,
    "clicked": True,
    "bounced": False,
    "unsubscribed": False,
    "complained": False,
}


@dataclass(frozen=True)
class Finding:
    """One rate of a mailing that is worse than usual."""

    rate: str
    value: float
    usual: float
    deviations: float  # how far from usual, always positive


@dataclass(frozen=True)
class Outlier:
    """A mailing that did worse than usual, with its reasons, the gravest first."""

    mailing: dict[str, Any]
    findings: list[Finding]

    @property
    def gravity(self) -> float:
        """By how many deviations its worst rate is off."""
        return self.findings[0].deviations


@dataclass(frozen=True)
class Month:
    """A month of the account's calendar: its mailings that did worse than usual, the worst first."""

    first_day: date
    mailings: int
    outliers: list[Outlier]
    lowest: dict[str, Any] | None  # where none stands out: the one that was clicked least


def judged_rates(figures: Figures) -> dict[str, bool]:
    """Name the rates that are judged; those of people, where machines can be told apart."""
    if not figures.machines_known:
        return _JUDGED
    people = {"opened": "opened_by_people", "clicked": "clicked_by_people"}
    return {people.get(name, name): more for name, more in _JUDGED.items()}


def months(figures: Figures) -> list[Month]:
    """Judge the mailings of each month of the period, the newest month first."""
    found: dict[date, list[dict[str, Any]]] = {}
    for mailing in figures.mailings:
        first_day = figures.period.local(mailing["sent_at"]).date().replace(day=1)
        found.setdefault(first_day, []).append(mailing)
    spread = _spread(figures)
    return [
        _month(figures, spread, day, mailings)
        for day, mailings in sorted(found.items(), reverse=True)
    ]


def worst_of_last_month(figures: Figures) -> Outlier | None:
    """Give the mailing that did worst in the month before the one in which the period ends."""
    end = figures.period.local(figures.period.until).date().replace(day=1)
    found = [month for month in months(figures) if month.first_day < end]
    if not found or found[0].first_day != (end - timedelta(days=1)).replace(day=1):
        return None
    return next(iter(found[0].outliers), None)


def _month(
    figures: Figures, spread: dict[str, float], first_day: date, mailings: list[dict[str, Any]]
) -> Month:
    chosen = [m for m in mailings if counted_as_usual(m)]
    outliers = [Outlier(m, found) for m in chosen if (found := _findings(figures, spread, m))]
    outliers.sort(key=lambda outlier: (-outlier.gravity, outlier.mailing["key"]))
    clicked = next(name for name in judged_rates(figures) if name.startswith("clicked"))
    lowest = (
        min(chosen, key=lambda m: m["rates"][clicked] or 0, default=None) if not outliers else None
    )
    return Month(first_day, len(mailings), outliers, lowest)


def _spread(figures: Figures) -> dict[str, float]:
    """Give by how much each rate differs among the account's mailings, outliers left out of account."""
    result = {}
    for name in judged_rates(figures):
        usual = figures.usual[name]
        rates = [m["rates"][name] for m in figures.mailings if counted_as_usual(m)]
        off = [abs(value - usual) for value in rates if value is not None and usual is not None]
        result[name] = _MAD * (median([*off]) or 0.0)
    return result


def _findings(figures: Figures, spread: dict[str, float], mailing: dict[str, Any]) -> list[Finding]:
    found = []
    for name, more_is_better in judged_rates(figures).items():
        value, usual = mailing["rates"][name], figures.usual[name]
        number = mailing[RATES[name][1]]
        if value is None or usual is None or not number:
            continue
        chance = usual * (1 - usual) / number
        deviation = sqrt(spread[name] ** 2 + max(chance, 1 / number**2))
        worse = usual - value if more_is_better else value - usual
        if worse > _ENOUGH * deviation and worse >= _SHARE * usual:
            found.append(Finding(name, value, usual, worse / deviation))
    found.sort(key=lambda finding: -finding.deviations)
    return found
